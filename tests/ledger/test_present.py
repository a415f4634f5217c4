"""Whom a data set concerns: as its scan told, within what the publisher states, else from above."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import msgspec
import pytest

from tegata.model.base import Text
from tegata.model.catalog import Dataset, Participant
from tegata.model.decision import Fact, FactValue
from tegata.model.profile import SubjectCount, SubjectSet, Unread
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


def unread(dataset: Dataset) -> Dataset:
    """The same data set with a part that nobody could look into."""
    missing = (Unread(name="x-ray.dcm", why=Text(en="binary", ja="バイナリ")),)
    return msgspec.structs.replace(dataset, profile=msgspec.structs.replace(dataset.profile, rows=5, unread=missing))


def test_what_nobody_looked_into_may_hold_anybody(world: World) -> None:
    most = LIMITS["health"] + 1
    assert reserved(world, unread(HEALTH), FIVE) == {"health": (most, most - 3)}


def test_what_nobody_looked_into_holds_as_many_as_its_publisher_states(world: World) -> None:
    assert reserved(world, stating(unread(HEALTH), subjects__us_persons={"health": 7})) == {"health": (7, 7)}


def test_lawfully_public_data_counts_nobody(world: World) -> None:
    assert reserved(world, stating(HEALTH, data__public_record=True), FIVE) == {}


def source(world: World, dataset: Dataset | None = None) -> str:
    """Of the fact that tells how many went before."""
    asked = dataset or table("sha256:bb", {})
    return world.write(lambda tx: world.ledger.before(tx, asked, P0, {}, world.now))["subjects.prior_us_persons"].source


def test_facts_say_when_people_were_counted_from_above(world: World) -> None:
    assert source(world) == "ledger"
    assert reserved(world, HEALTH, FIVE) == {"health": (5, 2)}
    assert source(world) == "ledger-from-above"
    world.write(lambda tx: world.ledger.settle(tx, "urn:uuid:t", "p0", world.now, completed=True))
    assert source(world) == "ledger-from-above"
    world.now = world.now.replace(year=world.now.year + 2)
    assert source(world) == "ledger"


CERTAIN = msgspec.structs.replace(FIVE, uncertain=0)
OTHER = msgspec.structs.replace(CERTAIN, hashes=(8, 9))


def keeps(world: World, dataset: Dataset, found: SubjectSet) -> None:
    """Its people, told under the key of today."""
    laws = world.ledger.asking({}, world.now.date())
    told = world.ledger.told(dataset.profile.source_digest, laws, [[found]])
    world.write(lambda tx: world.ledger.keep(tx, dataset.profile.source_digest, told))


@pytest.mark.parametrize("ended", [False, True])
@pytest.mark.parametrize("written", [False, True])
def test_under_a_new_key_those_who_went_before_are_counted_from_above(world: World, ended: bool, written: bool) -> None:
    """Nobody of them is known again; whoever was told of under the new key is. `written`: something was since."""
    assert reserved(world, HEALTH, CERTAIN) == {"health": (5, 0)}
    if ended:
        world.write(lambda tx: world.ledger.settle(tx, "urn:uuid:t", "p0", world.now, completed=True))
    assert source(world) == "ledger"
    world.change_key()
    if written:
        keeps(world, table("sha256:cc", {"health": frozenset()}), OTHER)
    assert source(world) == "ledger-from-above"
    world.now = world.now.replace(year=world.now.year + 2)
    assert source(world) == ("ledger" if ended else "ledger-from-above"), "what is on the way is never over"


def test_a_table_told_under_the_old_key_is_counted_from_above_against_those_who_went_under_the_new(
    world: World,
) -> None:
    old = table("sha256:dd", {"health": frozenset()})
    keeps(world, old, CERTAIN)
    world.change_key()
    assert source(world, old) == "ledger", "nobody went"
    assert reserved(world, HEALTH, CERTAIN) == {"health": (5, 0)}
    assert source(world) == "ledger"
    assert source(world, old) == "ledger-from-above", "they are the same people"
    keeps(world, old, CERTAIN)
    assert source(world, old) == "ledger", "told anew"


def test_the_same_key_after_a_restart_is_the_same(world: World) -> None:
    assert reserved(world, HEALTH, CERTAIN) == {"health": (5, 0)}
    world.restart()
    keeps(world, table("sha256:cc", {"health": frozenset()}), OTHER)
    assert source(world) == "ledger"
