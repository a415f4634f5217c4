"""What a scan tells of a flow: from `Profile` to facts."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Final

from tegata.model.categories import is_personal
from tegata.model.decision import Fact, FactValue
from tegata.model.profile import ColumnProfile, Profile, SubjectCount

_KINDS: Final = {"call_detail": "call"}
"""Kinds of listed identifier that the facts call by another name."""


def profile_facts(profile: Profile) -> dict[str, Fact]:
    """Facts that a profile supports, with `scan` as their source; what it does not tell is left unknown.

    * `data.personal` is false only when nothing personal was found and nothing was left unread.
    * Where parts were not read, what was found is not all: only what they cannot take back is told.
    * `subjects.us_persons` names a category only when it is known where every one of its subjects belongs: some of
      unknown country could be either, and the rules take what is stated for the number. `subjects.persons` bounds it.
    * `identifier` counts the people over all identifiers together: they stand in one table, so no more than its rows,
      unless its rows are about several people. It is told only when the people of every kind of identifier are.
    """
    held = [
        kind for column in profile.every_column for kind in (column.listed, *(find.listed for find in column.finds))
    ]
    identifiers = [_KINDS.get(kind, kind) for kind in held if kind]
    personal = [category for category in profile.categories if is_personal(category)]
    found: dict[str, FactValue | None] = {
        "data.personal": True if personal else None if profile.notes or profile.unread else False,
        "data.linked": True if any(map(_is_linked, _joined(profile))) else None,
    }
    if not profile.unread:
        found |= {
            "data.categories": list(profile.categories),
            "data.identifiers": sorted(set(identifiers)),
            "data.identifier_fields": len(identifiers),
            "data.precision_m": profile.geo_precision_m,
        }
        found |= _subjects(profile) if personal else {}
    return {name: Fact(value=value, source="scan") for name, value in found.items() if value is not None}


def _joined(profile: Profile) -> Iterator[Sequence[ColumnProfile]]:
    """Columns that stand together: in one table, or in tables that a key of the same people links."""
    yield from (table.columns for table in (profile, *profile.tables))
    for link in profile.links:
        yield [column for table in profile.tables if table.name in link.tables for column in table.columns]


def _is_linked(columns: Sequence[ColumnProfile]) -> bool:
    """Fields that tell of the same people (28 CFR 202.232)."""
    return sum(map(_is_personal, columns)) > 1


def _is_personal(column: ColumnProfile) -> bool:
    return any(map(is_personal, column.categories))


def _subjects(profile: Profile) -> dict[str, FactValue | None]:
    people = {count.category: count for count in profile.subjects if count.unit == "person"}
    devices = [count for count in profile.subjects if count.unit == "device"]
    in_us = {name: n for name, count in people.items() if (n := _in_us(count)) is not None}
    devices_in_us = [n for count in devices if (n := _in_us(count)) is not None]
    countries = {country for count in profile.subjects for country in count.residents}
    return {
        "subjects.persons": _with_total({name: count.n for name, count in people.items()}, people, profile.rows),
        "subjects.exact": all(count.exact for count in profile.subjects),
        "subjects.devices": max((count.n for count in devices), default=None),
        "subjects.us_persons": _with_total(in_us, people, profile.rows),
        "subjects.us_devices": max(devices_in_us) if devices_in_us and len(devices_in_us) == len(devices) else None,
        "data.subject_countries": sorted(countries) if all(map(_all_are_known, profile.subjects)) else None,
    }


def _in_us(count: SubjectCount) -> int | None:
    """US persons or devices among those counted, None unless it is known where each belongs."""
    return count.residents.get("US", 0) if count.exact and _all_are_known(count) else None


def _all_are_known(count: SubjectCount) -> bool:
    """Whoever belongs to two countries stands under both: only where nobody does, the sum tells that all are known."""
    return count.one_country and sum(count.residents.values()) == count.n


def _with_total(counts: dict[str, int], held: Iterable[str], rows: int) -> FactValue | None:
    """The counts, and where those of all identifiers held are among them their total."""
    if not counts:
        return None
    wanted = [category for category in held if category.startswith("identifier.")]
    parts = [counts[category] for category in wanted if category in counts]
    if not wanted or len(parts) < len(wanted):
        return counts
    several = max(parts) > rows  # people in a row
    return {**counts, "identifier": sum(parts) if several else min(sum(parts), rows)}
