"""Columns that records in cells unfolded into, folded back: they are what the column holds that the cells stand in."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from typing import Final

import msgspec

from tegata.model.profile import ColumnProfile, Find
from tegata.scan.nested import Unfolding

_INDEX: Final = re.compile(r"\[[0-9]+\]")


def folded(profiles: Sequence[ColumnProfile], unfolding: Unfolding) -> tuple[ColumnProfile, ...]:
    """Profiles of the table's own columns, with what was found in their records."""
    held: dict[str, list[Find]] = {name: [] for name in unfolding.paths}
    for profile in profiles:
        if parent := unfolding.parents.get(profile.name):
            held[parent] += _finds(profile, _INDEX.sub("[]", profile.name.removeprefix(parent)))
    own = (profile for profile in profiles if profile.name not in unfolding.parents)
    return tuple(_with(profile, held.get(profile.name, ())) for profile in own)


def _finds(profile: ColumnProfile, path: str) -> Iterator[Find]:
    if profile.category != "ordinary":
        yield Find(
            recogniser=profile.recogniser,
            category=profile.category,
            path=path,
            listed=profile.listed,
            jurisdictions=profile.jurisdictions,
            cells=profile.matched,
            evidence=profile.evidence,
        )
    for find in profile.finds:
        yield msgspec.structs.replace(find, path=path)


def _with(profile: ColumnProfile, finds: Iterable[Find]) -> ColumnProfile:
    """The same path of several elements is one find: that of the element which most cells have."""
    most: dict[tuple[str, str], Find] = {}
    for find in finds:
        known = most.get((find.path, find.recogniser))
        if known is None or known.cells < find.cells:
            most[find.path, find.recogniser] = find
    return msgspec.structs.replace(profile, finds=(*profile.finds, *most.values())) if most else profile
