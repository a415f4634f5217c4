"""Whom a data set concerns: as its scan told, within what the publisher states, else from above."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import msgspec
import pytest

from tegata.model.catalog import Dataset, Participant
from tegata.model.decision import Fact, FactValue
from tegata.model.profile import SubjectCount, SubjectSet
from tegata.store import ledger, transfers
from tests.ledger.world import LIMITS, World, a_transfer, table

P0 = Participant(id="p0", name="p0")


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    world = World(tmp_path)
    yield world
    world.close()


def stating(dataset: Dataset, **facts: FactValue) -> Dataset:
    """The same data set with facts of the publisher, dots written as two underscores."""
    stated = {name.replace("__", "."): Fact(value=value) for name, value in facts.items()}
    return msgspec.structs.replace(dataset, facts=stated)


def reserved(world: World, dataset: Dataset, found: SubjectSet | None = None) -> dict[str, tuple[int, int]]:
    """By category, how many are reserved for the data set and how many of them from above."""
    source = dataset.profile.source_digest

    def work(tx: Any) -> Mapping[str, tuple[int, int]]:
        if found is not None:
            world.ledger.keep(
                tx, source, world.ledger.told(source, world.ledger.asking({}, world.now.date()), [[found]])
            )
        transfers.insert(tx, a_transfer("urn:uuid:t", "p0", world.now))
        world.ledger.reserve(tx, "urn:uuid:t", "p0", dataset, dataset.facts, world.now)
        return {
            one.category: (len(one.subjects.tokens), one.subjects.above)
            for one in ledger.reservations(tx, "urn:uuid:t")
        }

    return dict(world.write(work))


HEALTH = table("sha256:aa", {"health": frozenset()})
FIVE = SubjectSet(category="health", hashes=(1, 2, 3, 4, 5), uncertain=2)


def test_who_was_told_by_the_scan(world: World) -> None:
    assert reserved(world, HEALTH, FIVE) == {"health": (5, 2)}


def test_a_table_of_which_no_scan_told_counts_by_its_profile(world: World) -> None:
    """Published before there was a ledger."""
    count = SubjectCount(category="health", n=7)
    profile = msgspec.structs.replace(HEALTH.profile, subjects=(count,))
    assert reserved(world, msgspec.structs.replace(HEALTH, profile=profile)) == {"health": (7, 7)}


def test_a_table_of_which_nothing_is_known_counts_by_its_rows(world: World) -> None:
    assert reserved(world, HEALTH) == {"health": (LIMITS["health"] + 1,) * 2}


def test_fewer_that_the_publisher_states(world: World) -> None:
    assert reserved(world, stating(HEALTH, subjects__us_persons={"health": 3}), FIVE) == {"health": (3, 3)}


def test_more_that_the_publisher_states_than_there_are(world: World) -> None:
    assert reserved(world, stating(HEALTH, subjects__us_persons={"health": 9}), FIVE) == {"health": (5, 2)}


def test_a_category_that_the_publisher_knows_better(world: World) -> None:
    assert reserved(world, stating(HEALTH, data__categories=["ordinary"]), FIVE) == {}


def test_a_category_that_only_the_publisher_names(world: World) -> None:
    named = stating(HEALTH, data__categories=["biometric"], subjects__us_persons={"biometric": 2})
    assert reserved(world, named, FIVE) == {"biometric": (2, 2)}


def test_lawfully_public_data_counts_nobody(world: World) -> None:
    assert reserved(world, stating(HEALTH, data__public_record=True), FIVE) == {}


def test_facts_say_when_people_were_counted_from_above(world: World) -> None:
    def source() -> str:
        other = table("sha256:bb", {"health": frozenset()})
        return world.write(lambda tx: world.ledger.before(tx, other, P0, {}, world.now))[
            "subjects.prior_us_persons"
        ].source

    assert source() == "ledger"
    assert reserved(world, HEALTH, FIVE) == {"health": (5, 2)}
    assert source() == "ledger-from-above"
    world.write(lambda tx: world.ledger.settle(tx, "urn:uuid:t", "p0", world.now, completed=True))
    assert source() == "ledger-from-above"
    world.now = world.now.replace(year=world.now.year + 2)
    assert source() == "ledger"
