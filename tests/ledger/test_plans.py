"""Who splits one big transfer into many is found; nobody else is. `make soak-ledger` runs ten thousand such plans."""

from __future__ import annotations

import random
from collections import Counter
from pathlib import Path

import pytest

from tests.ledger.plans import run
from tests.ledger.world import LIMITS, World
from tests.postgres import Server


def test_eighty_random_plans_against_the_oracle(tmp_path: Path) -> None:
    seen = sum((run(tmp_path, seed).seen for seed in range(80)), Counter[str]())
    assert min(seen["started"], seen["turned away"]) > 100, "else nothing was tried"


def test_eight_on_postgresql(tmp_path: Path, postgres: Server) -> None:
    pytest.importorskip("asyncpg", reason="the extra `postgres` is not installed")
    for seed in range(80, 88):
        run(tmp_path, seed, postgres.url())


def test_what_was_handed_out_has_gone_even_if_it_is_said_to_have_failed(tmp_path: Path) -> None:
    world = World(tmp_path)
    six, others = frozenset(range(6)), frozenset(range(6, 12))
    assert world.request("p1", {"health": six})
    world.hand_out(*world.open_transfers())
    world.end(*world.open_transfers(), completed=False)
    assert not world.request("p2", {"health": others})
    world.close()


@pytest.mark.parametrize("seed", range(4))
def test_racers_are_never_over_by_one_and_none_is_turned_away_for_nothing(tmp_path: Path, seed: int) -> None:
    dice, world = random.Random(seed), World(tmp_path)
    runners = [(dice.choice(("p1", "p2")), {"health": frozenset(dice.sample(range(25), 2))}) for _ in range(60)]
    started = world.run([world.asking(to, people) for to, people in runners])
    assert len(world.union("p1", "health")) <= LIMITS["health"]
    for (to, people), allowed in zip(runners, started, strict=True):
        assert allowed or not world.expected(to, people), "what stands only grows, so it would fit now least of all"
    world.close()


def test_of_five_hundred_with_one_person_each_as_many_start_as_the_limit(tmp_path: Path) -> None:
    world = World(tmp_path)
    started = world.run([world.asking("p0", {"health": frozenset({n})}) for n in range(500)])
    assert sum(started) == LIMITS["health"]
    world.close()
