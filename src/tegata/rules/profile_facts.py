"""What a scan tells of a flow: from `Profile` to facts."""

from __future__ import annotations

from typing import Final

from tegata.model.categories import is_personal
from tegata.model.decision import Fact, FactValue
from tegata.model.profile import ColumnProfile, Profile, SubjectCount

_ACCOUNT_WORDS: Final = ("account", "card", "iban", "bank")


def profile_facts(profile: Profile) -> dict[str, Fact]:
    """Facts that a profile supports, with `scan` as their source; what it does not tell is left unknown.

    * `data.personal` is false only when nothing personal was found and nothing was left unread.
    * `subjects.us_persons` names a category only when the residents of all its subjects are known.
    * `identifier` counts the people over all identifiers together: they stand in one table, so no more than its rows.
    """
    identifiers = [kind for kind in map(_kind_of_identifier, profile.columns) if kind]
    personal = [category for category in profile.categories if is_personal(category)]
    found: dict[str, FactValue | None] = {
        "data.categories": list(profile.categories),
        "data.personal": True if personal else None if profile.notes else False,
        "data.identifiers": sorted(set(identifiers)),
        "data.identifier_fields": len(identifiers),
        "data.precision_m": profile.geo_precision_m,
        # 28 CFR 202.232: fields in one table are linked
        "data.linked": True if sum(is_personal(column.category) for column in profile.columns) > 1 else None,
    }
    found |= _subjects(profile) if personal else {}
    return {name: Fact(value=value, source="scan") for name, value in found.items() if value is not None}


def _kind_of_identifier(column: ColumnProfile) -> str:
    """Kind of listed identifier (28 CFR 202.234) that a column holds, `` for none."""
    if column.category.startswith("identifier."):
        return column.category.removeprefix("identifier.")
    is_account = column.category == "financial" and any(word in column.recogniser for word in _ACCOUNT_WORDS)
    return "financial_account" if is_account else ""


def _subjects(profile: Profile) -> dict[str, FactValue | None]:
    people = [count for count in profile.subjects if count.unit == "person"]
    devices = [count for count in profile.subjects if count.unit == "device"]
    split = [count for count in profile.subjects if _split_is_known(count)]
    countries = sorted({country for count in split for country in count.residents})
    return {
        "subjects.persons": _with_total({count.category: count.n for count in people}, profile.rows),
        "subjects.exact": all(count.exact for count in profile.subjects),
        "subjects.devices": max((count.n for count in devices), default=None),
        "subjects.us_persons": _with_total({c.category: _in_us(c) for c in people if c in split}, profile.rows),
        "subjects.us_devices": max((_in_us(count) for count in devices if count in split), default=None),
        "data.subject_countries": countries if len(split) == len(profile.subjects) else None,
    }


def _in_us(count: SubjectCount) -> int:
    return count.residents.get("US", 0)


def _split_is_known(count: SubjectCount) -> bool:
    return sum(count.residents.values()) >= count.n


def _with_total(counts: dict[str, int], rows: int) -> FactValue | None:
    if not counts:
        return None
    parts = [n for category, n in counts.items() if category.startswith("identifier.")]
    return {**counts, "identifier": max(max(parts), min(sum(parts), rows))} if parts else counts
