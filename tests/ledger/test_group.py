"""Who counts together: by the register's groups, by who owns whom, and by both in a chain."""

from __future__ import annotations

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
    for first in known:
        expected = {first.id}
        while more := {o.id for p in known if p.id in expected for o in known if tied(p, o)} - expected:
            expected |= more
        assert found.members(first, known) == sorted(expected)


def test_one_whom_nobody_registered_stands_alone_or_by_its_did() -> None:
    known, stranger = [participant("p0")], participant("stranger")
    assert Groups(Control()).members(stranger, known) == [stranger.id]
    owned = Groups(Control(groups=(("p0", stranger.id),)))
    assert owned.members(stranger, known) == sorted([stranger.id, known[0].id])
    assert owned.lists(stranger)
    assert not Groups(Control(groups=(("p0",),))).lists(stranger)
