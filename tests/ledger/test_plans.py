"""Who splits one big transfer into many, by people, columns, recipients or time, is found; nobody else is.

Plans mix single asks and racers, ends of all kinds, clocks that jump both ways and over the turn of the year, restarts,
a new key, and recipients that come under other control.
"""

from __future__ import annotations

import datetime as dt
import random
from pathlib import Path

import pytest

from tests.ledger.world import GROUPS, LAWS, LIMITS, Holding, World


def part(dice: random.Random, people: int) -> Holding:
    """A piece of a table about so many people: some rows, some columns."""
    rows = frozenset(dice.sample(range(people), dice.randrange(0, min(people, 13))))
    columns = dice.sample(sorted(LIMITS), dice.randrange(1, len(LIMITS) + 1))
    return dict.fromkeys(columns, rows)


def later(now: dt.datetime, dice: random.Random, move: str) -> dt.datetime:
    """Or earlier: clocks go back. The year turns in Beijing at 16:00 UTC."""
    if move == "year":
        return now.replace(month=12, day=31, hour=16, minute=0) + dt.timedelta(seconds=dice.choice((-1, 0, 1, 9**5)))
    return now + dt.timedelta(days=dice.choice((-2, 1, 30, 200, 366)), seconds=dice.randrange(86_400))


def walk(world: World, dice: random.Random, people: int) -> None:
    """One plan of about a dozen moves."""
    for _ in range(dice.randrange(6, 16)):
        waiting = world.open_transfers()
        move = dice.choice((*["ask"] * 4, "race", "end", "hand out", "time", "year", "restart", "key", "group"))
        if move == "race":
            world.race([(dice.choice(sorted(GROUPS)), part(dice, people)) for _ in range(dice.randrange(2, 6))])
        elif move == "key" and dice.random() < 0.2:
            world.change_key()
        elif move == "group" and dice.random() < 0.5:
            world.regroup(dice.choice(sorted(GROUPS)), dice.choice(sorted(set(GROUPS.values()))))
        elif move == "ask":
            world.request(dice.choice(sorted(GROUPS)), part(dice, people))
        elif move in ("time", "year"):
            world.now = later(world.now, dice, move)
        elif move == "restart" and dice.random() < 0.3:
            world.restart()
        elif move == "hand out" and waiting:
            world.hand_out(dice.choice(waiting))
        elif move == "end" and waiting:
            world.end(dice.choice(waiting), completed=dice.random() < 0.6)


def plans(folder: Path, seeds: range) -> None:
    for seed in seeds:
        dice = random.Random(seed)
        world = World(folder / str(seed), LAWS[seed % len(LAWS)])
        try:
            walk(world, dice, dice.choice((8, 12, 16, 40)))
        except AssertionError as error:
            raise AssertionError(f"plan {seed}") from error
        finally:
            world.close()


def test_eighty_random_plans_against_the_oracle(tmp_path: Path) -> None:
    plans(tmp_path, range(80))


@pytest.mark.soak
@pytest.mark.parametrize("thousand", range(10))
def test_ten_thousand_random_plans_against_the_oracle(tmp_path: Path, thousand: int) -> None:
    plans(tmp_path, range(1000 * thousand, 1000 * (thousand + 1)))


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
