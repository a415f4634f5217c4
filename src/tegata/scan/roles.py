"""Which columns tell subjects apart: how the people and devices of a table are counted."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Final

from tegata.model.categories import is_personal
from tegata.scan.decide import Verdict
from tegata.scan.nested import element
from tegata.scan.partial import Partial
from tegata.scan.recogniser import Precision, Recogniser
from tegata.scan.residents import bit_of

_NAME_AND_BIRTH: Final = 45  # key strength of a name with a birth date: below a number of one's own, above an e-mail

Key = tuple[str, ...]


@dataclass(frozen=True)
class Role:
    """One subject per row: who it is (the first key that is filled) and which columns hold data of which category."""

    keys: tuple[Key, ...]
    categories: Mapping[str, Key]
    unit: str = "person"
    element: str = ""  # of a list in a cell, other than the first: somebody beside the subject of the row
    by_column: bool = False  # not the row: each of these columns that holds anything is about somebody of its own


@dataclass(frozen=True)
class CountPlan:
    """How subjects are counted."""

    roles: tuple[Role, ...]
    recognisers: Mapping[str, Recogniser]  # column -> what it was recognised as
    country: str | None
    categories: Key
    places: Mapping[str, Precision]  # coordinate column -> how its digits tell its precision
    whole: Mapping[Key, bool] = field(default_factory=dict, compare=False)
    """Every key that could tell people apart, the preferred first, and whether it does so for every row."""


def plan_count(names: Sequence[str], verdicts: Sequence[Verdict], partial: Partial) -> CountPlan:
    """How to count; without roles when no column is about people."""
    known = {name: v.recogniser for name, v in zip(names, verdicts, strict=True) if v.recogniser}
    filled = {name: partial.filled(n) for n, name in enumerate(names)}
    by_category: dict[str, list[str]] = {}
    for name, recogniser in known.items():
        if recogniser.category != "ordinary" and is_personal(recogniser.category):
            by_category.setdefault(recogniser.category, []).append(name)
    columns_of = {category: tuple(columns) for category, columns in sorted(by_category.items())}
    country = next((n for n, r in known.items() if r.role == "country" and filled[n]), None)
    return CountPlan(
        roles=tuple(_all_roles(known, columns_of, filled, partial.rows)),
        recognisers=known,
        country=country,
        categories=tuple(sorted(by_category)),
        places={n: r.precision for n, r in known.items() if r.category == "geo.precise" and r.precision},
        whole=_possible(known, filled, partial.rows, "person"),
    )


def residence_bits(recogniser: Recogniser) -> int:
    """The state to which a filled cell ties its subject: that of a person's number which a single government gives."""
    governed = recogniser.listed == "government" and recogniser.subject == "person"
    return bit_of(recogniser.jurisdictions[0]) if governed and len(recogniser.jurisdictions) == 1 else 0


def _all_roles(
    known: Mapping[str, Recogniser], categories: Mapping[str, Key], filled: Mapping[str, int], rows: int
) -> Iterator[Role]:
    """Roles of the row, and of every element of a list in a cell that tells who it is."""
    others = {element(name) for name, r in known.items() if _tells_who(r)} - {""}
    for one in ("", *sorted(others)):
        own = {name: r for name, r in known.items() if (element(name) if element(name) in others else "") == one}
        held = {category: tuple(c for c in columns if c in own) for category, columns in categories.items()}
        if held := {category: columns for category, columns in held.items() if columns}:
            yield from (replace(role, element=one) for role in _roles(own, held, filled, rows))


def _tells_who(recogniser: Recogniser) -> bool:
    return recogniser.role == "full_name" or (recogniser.subject == "person" and recogniser.key_strength > 0)


def _roles(
    known: Mapping[str, Recogniser], categories: dict[str, Key], filled: Mapping[str, int], rows: int
) -> tuple[Role, ...]:
    calls = [name for name, r in known.items() if r.role == "call_party"]
    keys = _keys(known, filled, rows, "person")
    devices = _keys(known, filled, rows, "device")
    people = dict(categories)
    roles = [] if keys else list(_samples(known, people))
    if "geo.precise" in people and (devices or not keys):
        located = Role(devices, {"geo.precise": people.pop("geo.precise")}, "device")
        roles.append(located)
    if len(calls) > 1 and keys and keys[0][0] in calls:
        roles[:0] = [Role(((name,),), people) for name in calls]
    elif people:
        roles.insert(0, Role(keys, people))
    named = [name for name, r in known.items() if r.role in ("full_name", "representative")]
    roles += [Role((), {known[name].category: (name,)}) for name in named[1:]]
    return tuple(roles)


def _samples(known: Mapping[str, Recogniser], people: dict[str, Key]) -> Iterator[Role]:
    """People who have a column each, in a table whose rows are about variants of their genomes.

    That is certain where the column stands that says how calls are written (VCF 4.3, 1.6.2). Elsewhere the rows may be
    people as well, and are counted too.
    """
    samples = tuple(name for name, r in known.items() if r.role == "sample")
    if not samples:
        return
    category = known[samples[0]].category
    yield Role((), {category: samples}, by_column=True)
    if any(name.strip().upper() == "FORMAT" for name in known):
        people.pop(category)


def _keys(known: Mapping[str, Recogniser], filled: Mapping[str, int], rows: int, unit: str) -> tuple[Key, ...]:
    """Keys in the order in which they are asked for. One that covers every row stands alone."""
    possible = _possible(known, filled, rows, unit)
    return next(((key,) for key, whole in possible.items() if whole), tuple(possible))


def _possible(known: Mapping[str, Recogniser], filled: Mapping[str, int], rows: int, unit: str) -> Mapping[Key, bool]:
    """All keys, strongest first, and whether each covers every row."""
    found: list[tuple[Key, int]] = [
        ((n,), r.key_strength) for n, r in known.items() if r.subject == unit and r.key_strength and filled[n]
    ]
    if unit == "person" and (combined := _name_and_birth(known)):
        found.append((combined, _NAME_AND_BIRTH))
    found.sort(key=lambda item: -item[1])
    return {key: bool(rows) and all(filled[column] == rows for column in key) for key, _ in found}


def _name_and_birth(known: Mapping[str, Recogniser]) -> Key:
    first: dict[str, str] = {}
    for name, recogniser in known.items():
        first.setdefault(recogniser.role, name)
    for parts in (("full_name", "birth_date"), ("family_name", "given_name", "birth_date")):
        if all(part in first for part in parts):
            return tuple(first[part] for part in parts)
    return ()
