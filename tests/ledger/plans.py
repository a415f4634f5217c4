"""Random plans to split one big transfer into many: by people, columns, recipients and time.

They mix single asks and racers, ends of all kinds, clocks that jump both ways and over the turn of the year, restarts,
a new key, and recipients that come under other control, by the register and by who owns whom.
"""

from __future__ import annotations

import datetime as dt
import random
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Final

from tests.ledger.world import GROUPS, LAWS, LIMITS, OWNERS, People, World

Move = Callable[[World, random.Random, int], None]
SIZES = (8, 12, 16, 40)
"""How many different people a plan is about."""


def part(dice: random.Random, people: int) -> People:
    """A piece of a table about so many people: some rows, some columns."""
    rows = frozenset(dice.sample(range(people), dice.randrange(0, min(people, 13))))
    columns = dice.sample(sorted(LIMITS), dice.randrange(1, len(LIMITS) + 1))
    return dict.fromkeys(columns, rows)


def somebody(dice: random.Random) -> str:
    return dice.choice(sorted(GROUPS))


def ask(world: World, dice: random.Random, people: int) -> None:
    world.request(somebody(dice), part(dice, people))


def race(world: World, dice: random.Random, people: int) -> None:
    world.race([(somebody(dice), part(dice, people)) for _ in range(dice.randrange(2, 6))])


def hand_out(world: World, dice: random.Random, _: int) -> None:
    if waiting := world.open_transfers():
        world.hand_out(dice.choice(waiting))


def end(world: World, dice: random.Random, _: int) -> None:
    if waiting := world.open_transfers():
        world.end(dice.choice(waiting), completed=dice.random() < 0.7)


def another_time(world: World, dice: random.Random, _: int) -> None:
    """Later as a rule; clocks also go back."""
    world.now += dt.timedelta(days=dice.choice((-2, 0, 1, 30, 120, 366)), seconds=dice.randrange(86_400))


def turn_of_the_year(world: World, dice: random.Random, _: int) -> None:
    """The year turns in Beijing at 16:00 UTC."""
    midnight = world.now.replace(month=12, day=31, hour=16, minute=0, second=0)
    world.now = midnight + dt.timedelta(seconds=dice.choice((-1, 0, 1, 9**5)))


def restart(world: World, dice: random.Random, _: int) -> None:
    if dice.random() < 0.3:
        world.restart()


def new_key(world: World, dice: random.Random, _: int) -> None:
    if dice.random() < 0.2:
        world.change_key()


def regroup(world: World, dice: random.Random, _: int) -> None:
    if dice.random() < 0.5:
        world.regroup(somebody(dice), dice.choice(sorted(set(GROUPS.values()))))


def own(world: World, dice: random.Random, _: int) -> None:
    """Chains, circles, shares that reach a half only together, too little, or nothing at all any more."""
    pairs = sorted({(a, b) for a, b in (dice.sample(OWNERS, 2) for _ in range(dice.randrange(6)))})
    holders = {owned: [pair for pair in pairs if pair[1] == owned] for _, owned in pairs}
    most = (100, 50, 33, 25, 20)
    world.own({pair: dice.choice((20, most[len(held) - 1])) for held in holders.values() for pair in held})


MOVES: Final[Mapping[Move, int]] = {
    ask: 8,
    race: 2,
    hand_out: 2,
    end: 5,
    another_time: 2,
    turn_of_the_year: 1,
    restart: 1,
    new_key: 1,
    regroup: 1,
    own: 1,
}
"""How often, of all moves."""


def walk(world: World, dice: random.Random) -> None:
    """One plan of about twenty moves."""
    people = dice.choice(SIZES)
    for move in dice.choices(list(MOVES), list(MOVES.values()), k=dice.randrange(10, 35)):
        move(world, dice, people)


def run(folder: Path, seed: int, database: str = "") -> World:
    """The plan of this number, each law in its turn; the world as it was left, closed.

    Raises:
        WrongError: the ledger was of another mind than the oracle.
    """
    world = World(folder / str(seed), LAWS[seed % len(LAWS)], database)
    try:
        walk(world, random.Random(seed))
    finally:
        world.close()
    return world
