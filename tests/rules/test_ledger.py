"""Accounts of bounded size against sets that forget nothing."""

from __future__ import annotations

import random
from collections.abc import Iterable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tegata.rules.ledger import Account, others
from tegata.rules.tokens import Subjects

PEOPLE = st.frozensets(st.integers(0, 12), max_size=8)
SEEN = st.lists(st.tuples(PEOPLE, st.integers(0, 100)), max_size=20)


def account(events: Iterable[tuple[Iterable[int], int]], room: int) -> Account:
    made = Account()
    for people, at in events:
        made = made.merged(Account.seen(people, at), room)
    return made


def truth(events: Iterable[tuple[Iterable[int], int]], since: int) -> set[int]:
    return {one for people, at in events for one in people if at >= since}


def segments(events: Iterable[tuple[Iterable[int], int]], room: int, cuts: int) -> list[Account]:
    """What `account` keeps, in pieces: a new one begins where the bit of `cuts` is set."""
    made = [Account()]
    for place, (people, at) in enumerate(events):
        if cuts >> place & 1:
            made.append(Account())
        made[-1] = made[-1].merged(Account.seen(people, at), room)
    return made


@given(SEEN, st.integers(0, 2**20), st.integers(0, 2**20), st.integers(0, 110), st.integers(1, 12))
def test_an_account_in_pieces_that_are_joined_or_not_counts_like_one(
    events: list[tuple[frozenset[int], int]], cuts: int, joined: int, since: int, limit: int
) -> None:
    pieces = segments(events, limit + 1, cuts)
    for place in reversed(range(len(pieces) - 1)):
        if joined >> place & 1:
            pieces[place : place + 2] = [pieces[place].merged(pieces[place + 1], limit + 1)]
    counted = others(pieces, [], set(), since, limit + 1)
    actual = len(truth(events, since))
    assert counted == actual if actual <= limit else counted > limit


@given(SEEN, PEOPLE, st.lists(PEOPLE, max_size=3), st.integers(0, 110), st.integers(1, 12))
def test_the_sum_is_exact_up_to_the_limit_and_above_it_where_the_truth_is(
    events: list[tuple[frozenset[int], int]],
    present: frozenset[int],
    held: list[frozenset[int]],
    since: int,
    limit: int,
) -> None:
    room = limit + 1
    present = frozenset(sorted(present)[:room])
    on_the_way = [Subjects(tuple(sorted(one)[:room])) for one in held]
    counted = len(present) + others([account(events, room)], on_the_way, present, since, room)
    actual = len(truth(events, since).union(present, *held))
    assert counted == actual if actual <= limit else counted > limit


@given(st.lists(SEEN, max_size=4), st.integers(0, 110), st.integers(1, 12))
def test_a_group_counts_whoever_went_to_several_of_it_once(
    group: list[list[tuple[frozenset[int], int]]], since: int, limit: int
) -> None:
    counted = others([account(events, limit + 1) for events in group], [], set(), since, limit + 1)
    actual = len(set[int]().union(*(truth(events, since) for events in group)))
    assert counted == actual if actual <= limit else counted > limit


@given(SEEN, st.integers(1, 8))
def test_an_account_never_grows_beyond_its_room(events: list[tuple[frozenset[int], int]], room: int) -> None:
    assert len(account(events, room).subjects) <= room


@given(SEEN, st.integers(0, 110), st.integers(1, 5), st.integers(6, 12))
def test_a_limit_that_was_raised_later_never_counts_too_few(
    events: list[tuple[frozenset[int], int]], since: int, before: int, today: int
) -> None:
    """What was dropped under the lower limit is not known any more, so the account says more than today's limit."""
    counted = others([account(events, before + 1)], [], set(), since, today + 1)
    actual = len(truth(events, since))
    assert counted >= actual or counted > today


def test_a_clock_that_went_back_makes_nobody_older() -> None:
    assert account([([1], 50), ([1], 10)], 5).since(50) == [1]


def test_who_is_seen_again_is_not_the_first_to_go() -> None:
    assert account([([1], 1), ([2], 2), ([1], 3), ([3], 4)], 2).subjects == [1, 3]
    assert account([([1], 1), ([2], 2), ([2], 3), ([2], 4)], 2).subjects == [1, 2], "nor does it take room twice"


@pytest.mark.soak
def test_ten_thousand_long_lives_of_an_account() -> None:
    for seed in range(10_000):
        dice = random.Random(seed)
        limit = dice.randrange(1, 40)
        events, at = [], 100
        for _ in range(dice.randrange(1, 60)):
            at = max(0, at + dice.randrange(-3, 30))
            events.append((frozenset(dice.sample(range(60), dice.randrange(0, 20))), at))
        since = dice.randrange(0, at + 5)
        counted = others([account(events, limit + 1)], [], set(), since, limit + 1)
        actual = len(truth(events, since))
        assert counted == actual if actual <= limit else counted > limit, seed
