"""A damaged log: each damage is found, and each damaged place is named."""

from __future__ import annotations

import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tegata.log import Copy, Damage, commitment, find_damage, leaf_hash, root
from tests.log.memory import MemoryLog, flip, numbered

SIZE = 700  # two full tiles, one that is not, and a row above them


class Held:
    """One log in three copies, as dictionaries that can be damaged."""

    def __init__(self, size: int) -> None:
        entries = [commitment(entry) for entry in numbered(size)]
        self.size = size
        self.log = MemoryLog(entries)
        self.entries = dict(enumerate(leaf_hash(entry) for entry in entries))
        self.tiles = {place: hash_ for place, hash_ in self.log.nodes.items() if place[0] % 8 == 0}
        self.root = root(size, self.log.read)

    def copies(self) -> tuple[Copy, ...]:
        nodes = self.log.nodes
        return (
            Copy(
                "entries", lambda _, a, n: [self.entries.get(i) for i in range(a, a + n)], lambda lv: lv == 0, self.size
            ),
            Copy("hashes", lambda lv, a, n: [nodes.get((lv, i)) for i in range(a, a + n)], lambda _: True, self.size),
            Copy(
                "tiles",
                lambda lv, a, n: [self.tiles.get((lv, i)) for i in range(a, a + n)],
                lambda lv: lv % 8 == 0,
                self.size,
            ),
        )

    def damages(self, size: int | None = None) -> list[Damage]:
        return list(
            find_damage(self.size if size is None else size, self.copies(), {"the log": (self.size, self.root)})
        )


HELD = Held(SIZE)


@pytest.mark.parametrize("size", [0, 1, 2, 3, 255, 256, 257, 511, 512, 700, 65_536, 65_700, 131_072])
def test_a_sound_log_has_no_damage(size: int) -> None:
    assert Held(size).damages() == []


def _damaged(held: Held, place: tuple[str, int, int], value: bytes | None) -> list[Damage]:
    name, level, index = place
    store = {"entries": held.entries, "hashes": held.log.nodes, "tiles": held.tiles}[name]
    key = index if name == "entries" else (level, index)
    before = store.pop(key)  # type: ignore[attr-defined]
    if value is not None:
        store[key] = value  # type: ignore[index]
    try:
        return held.damages()
    finally:
        store[key] = before  # type: ignore[index]


PLACES = sorted(
    [("entries", 0, i) for i in HELD.entries]
    + [("hashes", *place) for place in HELD.log.nodes]
    + [("tiles", *place) for place in HELD.tiles]
)


@settings(deadline=None, max_examples=60)
@given(place=st.sampled_from(PLACES), bit=st.integers(0, 255), gone=st.booleans())
def test_one_damaged_place_is_named_and_no_other(place: tuple[str, int, int], bit: int, gone: bool) -> None:
    _, level, index = place
    right = HELD.log.nodes[level, index]
    found = _damaged(HELD, place, None if gone else flip(right, bit))
    assert [(one.copy, one.level, one.index) for one in found] == [place]
    assert ("missing" if gone else "damaged") in found[0].say.en
    assert str(index << level) in found[0].say.en


def test_damages_at_many_places_are_all_named() -> None:
    held, dice = Held(SIZE), random.Random(7)
    places = dice.sample(sorted(held.entries), 12)
    for index in places[:6]:
        held.entries[index] = bytes(32)
    for index in places[6:]:
        held.tiles[0, index] = bytes(32)
    found = {(one.copy, one.index) for one in held.damages()}
    assert found == {("entries", i) for i in places[:6]} | {("tiles", i) for i in places[6:]}


def test_a_log_rewritten_in_all_its_copies_still_contradicts_what_was_signed() -> None:
    held = Held(SIZE)
    rewritten = Held(SIZE)
    rewritten.log = MemoryLog([b"other", *(commitment(entry) for entry in numbered(SIZE)[1:])])
    rewritten.entries[0] = leaf_hash(b"other")
    rewritten.tiles = {place: hash_ for place, hash_ in rewritten.log.nodes.items() if place[0] % 8 == 0}
    rewritten.root = held.root
    assert [one.say.en for one in rewritten.damages()] == ["the first 700 entries are not those that the log signed"]


def test_entries_that_were_signed_and_are_gone_are_told() -> None:
    found = HELD.damages(600)
    assert [one.say.en for one in found][-1] == "entries 600 to 699, which the log signed, are gone"


@pytest.mark.parametrize("signed", [1, 255, 256, 300, 512, 699])
def test_the_root_of_every_size_is_compared(signed: int) -> None:
    good = {"x": (signed, root(signed, HELD.log.read))}
    assert list(find_damage(SIZE, HELD.copies(), good)) == []
    assert len(list(find_damage(SIZE, HELD.copies(), {"x": (signed, bytes(32))}))) == 1
