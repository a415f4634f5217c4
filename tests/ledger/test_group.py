"""Who counts together: by the register's groups, by who owns whom, and by both in a chain."""

from __future__ import annotations

import time

from hypothesis import given
from hypothesis import strategies as st

from tegata.ledger.group import Control, Groups
from tegata.model.catalog import Participant

NAMES = [f"p{n}" for n in range(6)]


def participant(name: str, group: str = "") -> Participant:
    return Participant(id=f"did:key:{name}", name=name, group=group)


def plain(text: str) -> str:
    return " ".join(text.lower().split())


@given(
    st.lists(st.sampled_from(["", "", "Red", "red ", "Blue"]), min_size=len(NAMES), max_size=len(NAMES)),
    st.lists(st.lists(st.sampled_from([*NAMES, *(f"did:key:{n}" for n in NAMES), " P1 "]), max_size=3).map(tuple)),
)
def test_members_are_those_of_a_search_by_pairs(labels: list[str], control: list[tuple[str, ...]]) -> None:
    known = [participant(name, label) for name, label in zip(NAMES, labels, strict=True)]

    def tied(one: Participant, other: Participant) -> bool:
        """Directly."""
        same = bool(plain(one.group)) and plain(one.group) == plain(other.group)
        own = [{plain(entity) for entity in group} for group in control]
        return same or any({plain(p.id), plain(p.name)} & group for p in (one,) for group in own if _in(other, group))

    def _in(one: Participant, group: set[str]) -> bool:
        return bool({plain(one.id), plain(one.name)} & group)

    found = Groups(Control(groups=tuple(control)))
    together = found.together(known)
    for first in known:
        expected = {first.id}
        while more := {o.id for p in known if p.id in expected for o in known if tied(p, o)} - expected:
            expected |= more
        assert together[first.id] == expected
        assert expected == {first.id} or not found.stands_alone(first)


def test_one_whom_nobody_registered_stands_alone_or_is_known_by_its_did() -> None:
    known, stranger = [participant("p0")], participant("stranger")
    assert Groups(Control()).stands_alone(stranger)
    owned = Groups(Control(groups=(("p0", stranger.id),)))
    assert not owned.stands_alone(stranger)
    assert owned.together([*known, stranger])[stranger.id] == {stranger.id, known[0].id}
    assert owned.lists(stranger)
    assert not Groups(Control(groups=(("p0",),))).lists(stranger)


def test_ten_thousand_participants_are_told_apart_in_a_moment() -> None:
    """A square of them would take minutes."""
    known = [participant(f"p{n}", f"g{n // 3}") for n in range(10_000)]
    control = Control(groups=tuple((f"p{n}", f"p{n + 1}") for n in range(9_999)))
    began = time.thread_time()
    assert len(Groups(control).together(known)["did:key:p7"]) == 10_000
    assert time.thread_time() - began < 5
