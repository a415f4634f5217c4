"""How many distinct people or devices: which columns tell subjects apart, and the exact count by them."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from types import TracebackType
from typing import Final, Self

import polars as pl

from tegata.model.categories import is_personal
from tegata.model.profile import SubjectCount
from tegata.scan.decide import Verdict
from tegata.scan.distinct import IN_MEMORY, SUBJECT, DistinctSubjects
from tegata.scan.looked import Looked
from tegata.scan.nested import element
from tegata.scan.partial import Partial
from tegata.scan.precision import finest
from tegata.scan.recogniser import Precision, Recogniser
from tegata.scan.residents import COUNTRIES, bit_of, country_bits
from tegata.scan.wanted import Distinct, Wanted

_NAME_AND_BIRTH: Final = 45  # key strength of a name with a birth date: below a number of one's own, above an e-mail
_PARTED: Final = "\x1f"

Key = tuple[str, ...]


@dataclass(frozen=True)
class Role:
    """One subject per row: who it is (the first key that is filled) and which columns hold data of which category."""

    keys: tuple[Key, ...]
    categories: Mapping[str, Key]
    unit: str = "person"
    element: str = ""  # of a list in a cell, other than the first: somebody beside the subject of the row


@dataclass(frozen=True)
class CountPlan:
    """How subjects are counted."""

    roles: tuple[Role, ...]
    recognisers: Mapping[str, Recogniser]  # column -> what it was recognised as
    country: str | None
    categories: Key
    places: Mapping[str, Precision]  # coordinate column -> how its digits tell its precision


@dataclass(frozen=True)
class Counted:
    """What was counted."""

    subjects: tuple[SubjectCount, ...]
    finest: Mapping[str, int]  # coordinate column -> digits of its finest value


_UNITS: Final = ("person", "device")
_LOOSE: Final = {"categories": pl.UInt32, "residents": pl.UInt64, "n": pl.UInt64}
_Totals = dict[tuple[int, int], int]  # (category bits, resident bits) -> subjects


@dataclass(frozen=True)
class SubjectPartial:
    """What one batch adds, per unit: subjects with a key, numbers of those without; digits of the finest places."""

    keyed: Mapping[str, pl.DataFrame]
    loose: Mapping[str, pl.DataFrame]
    finest: Mapping[str, int]


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
    roles = []
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


def _keys(known: Mapping[str, Recogniser], filled: Mapping[str, int], rows: int, unit: str) -> tuple[Key, ...]:
    """Keys in the order in which they are asked for. One that covers every row stands alone."""
    found: list[tuple[Key, int]] = [
        ((n,), r.key_strength) for n, r in known.items() if r.subject == unit and r.key_strength and filled[n]
    ]
    if unit == "person" and (combined := _name_and_birth(known)):
        found.append((combined, _NAME_AND_BIRTH))
    found.sort(key=lambda item: -item[1])
    whole = [key for key, _ in found if rows and all(filled[column] == rows for column in key)]
    return (whole[0],) if whole else tuple(key for key, _ in found)


def _name_and_birth(known: Mapping[str, Recogniser]) -> Key:
    first: dict[str, str] = {}
    for name, recogniser in known.items():
        first.setdefault(recogniser.role, name)
    for parts in (("full_name", "birth_date"), ("family_name", "given_name", "birth_date")):
        if all(part in first for part in parts):
            return tuple(first[part] for part in parts)
    return ()


class SubjectCounter:
    """Counts by a plan. The hashes are keyed by `seed`, never leave it, and change nothing in the result."""

    def __init__(self, plan: CountPlan, seed: int, in_memory: int = IN_MEMORY) -> None:
        self._plan, self._seed = plan, seed
        self._keyed = {unit: DistinctSubjects(in_memory) for unit in _UNITS}
        self._loose = dict.fromkeys(_UNITS, pl.DataFrame(schema=_LOOSE))
        self._finest: dict[str, int] = {}
        self._found: dict[str, set[str]] = {}  # category -> columns that hold values of it beside what they are

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for subjects in self._keyed.values():
            subjects.close()

    def batch(self, looked: Looked) -> SubjectPartial:
        """What one batch adds. May run in any thread; reads nothing but the plan."""
        return _count_batch(self._plan, looked, self._seed)

    def add(self, part: SubjectPartial) -> None:
        """Take in what a batch adds, in any order."""
        for unit in _UNITS:
            self._keyed[unit].add(part.keyed[unit])
            united = pl.concat([self._loose[unit], part.loose[unit]]).group_by("categories", "residents")
            self._loose[unit] = united.agg(pl.col("n").sum())
        for name, digits in part.finest.items():
            self._finest[name] = max(digits, self._finest.get(name, 0))

    def add_beyond(self, elements: int) -> None:
        """Take in elements of lists that no column tells of: each may be a person where those that are told of are."""
        told = {category for role in self._plan.roles if role.element for category in role.categories}
        if elements and told:
            bits = sum(1 << self._plan.categories.index(category) for category in told)
            lone = pl.DataFrame({"categories": [bits], "residents": [0], "n": [elements]}, schema=_LOOSE)
            self._loose["person"] = pl.concat([self._loose["person"], lone])

    def add_found(self, category: str, column: str, subjects: pl.DataFrame) -> None:
        """Take in values found beside what a column is, as `SUBJECT` without categories: each is a person of its own,
        unless that very number tells somebody apart already."""
        self._found.setdefault(category, set()).add(column)
        bit = pl.lit(1 << self._categories.index(category), pl.UInt32)
        self._keyed[self._unit(category)].add(subjects.with_columns(categories=bit))

    @property
    def _categories(self) -> Key:
        return (*self._plan.categories, *(one for one in self._found if one not in self._plan.categories))

    def _unit(self, category: str) -> str:
        return next((role.unit for role in self._plan.roles if category in role.categories), "person")

    def result(self) -> Counted:
        """The counts over everything that was added."""
        keyed = {unit: _totals(self._keyed[unit].parts()) for unit in _UNITS}
        loose = {unit: _totals([self._loose[unit]]) for unit in _UNITS}
        counts = (
            self._count(category, _of(keyed[unit], bit), _of(loose[unit], bit))
            for bit, category in enumerate(self._categories)
            for unit in (self._unit(category),)
        )
        return Counted(tuple(sorted(counts, key=lambda count: count.category)), self._finest)

    def _count(self, category: str, known: dict[int, int], lone: dict[int, int]) -> SubjectCount:
        """Subjects of one category, by resident bits: those with a key and those without."""
        roles = [role for role in self._plan.roles if category in role.categories]
        found = sorted(self._found.get(category, ()))
        return SubjectCount(
            category=category,
            n=sum(known.values()) + sum(lone.values()),
            unit=self._unit(category),
            exact=not lone and not found and all(len(role.keys) == 1 for role in roles),
            key=tuple(dict.fromkeys([*(c for role in roles for key in role.keys for c in key), *found])),
            residents=_split(known, lone),
            one_country=all(mask.bit_count() < 2 for mask in (*known, *lone)),
        )

    def distinct(self, wanted: Sequence[Wanted]) -> tuple[Distinct, ...]:
        """Who they are, by hash, as far as it is wanted."""
        found = tuple(Distinct(one, self._categories) for one in wanted)
        for unit in _UNITS if found else ():
            for part in self._keyed[unit].parts():
                for one in found:
                    one.take(part)
            for one in found:
                one.count(self._loose[unit])
        return found


def _count_batch(plan: CountPlan, looked: Looked, seed: int) -> SubjectPartial:
    cells = looked.cells
    residents = _residents(plan, cells)
    keyed = {unit: [pl.DataFrame(schema=SUBJECT)] for unit in _UNITS}
    loose = {unit: [pl.DataFrame(schema=_LOOSE)] for unit in _UNITS}
    for role in plan.roles:
        subjects = pl.DataFrame(
            {
                "subject": _subjects(plan, role, looked, seed),
                "categories": _category_bits(plan, role, cells),
                "residents": residents,
            },
            schema=SUBJECT,
        )
        if subjects.get_column("categories").min() == 0:
            subjects = subjects.filter(pl.col("categories") > 0)
        if subjects.get_column("subject").null_count():
            lone = subjects.filter(pl.col("subject").is_null()).group_by("categories", "residents")
            loose[role.unit].append(lone.agg(pl.len().cast(pl.UInt64).alias("n")))
            subjects = subjects.drop_nulls("subject")
        keyed[role.unit].append(subjects)
    digits = {name: finest(kind, cells[name].drop_nulls()) for name, kind in plan.places.items()}
    return SubjectPartial(
        {unit: pl.concat(frames) for unit, frames in keyed.items()},
        {unit: pl.concat(frames) for unit, frames in loose.items()},
        {name: most for name, most in digits.items() if most is not None},
    )


def _subjects(plan: CountPlan, role: Role, looked: Looked, seed: int) -> pl.Series:
    """Hash of the first key of the role that is filled; null where none is."""
    hashes = pl.repeat(None, looked.cells.height, dtype=pl.UInt64, eager=True)
    for number, key in enumerate(role.keys):
        parts = [looked.canonical(column) for column in key]
        text = parts[0] if len(parts) == 1 else pl.select(pl.concat_str(*parts, separator=_PARTED)).to_series()
        hashed = text.hash(hash_seed(seed, [_kind(column, plan.recognisers[column]) for column in key]))
        if text.null_count():
            hashed = hashed.set(text.is_null(), None)
        hashes = hashed if number == 0 else hashes.zip_with(hashes.is_not_null(), hashed)
    return hashes


def hash_seed(seed: int, kinds: Sequence[str]) -> int:
    """Numbers of different kinds never meet, though their digits be the same; those of one kind do in every table."""
    return int.from_bytes(hashlib.sha256(f"{seed} {kinds}".encode()).digest()[:8], "big")


def _kind(column: str, recogniser: Recogniser) -> str:
    """What a key column's numbers are. Those of no listed kind are what their column says: staff are no customers."""
    return recogniser.id if recogniser.category != "ordinary" else f"{recogniser.id} {column.strip().lower()}"


def _category_bits(plan: CountPlan, role: Role, cells: pl.DataFrame) -> pl.Series:
    bits = pl.zeros(cells.height, dtype=pl.UInt32, eager=True)
    for category, columns in role.categories.items():
        bit = 1 << plan.categories.index(category)
        if not all(cells[column].null_count() for column in columns):
            bits = bits | bit
            continue
        there = cells[columns[0]].is_not_null()
        for column in columns[1:]:
            there = there | cells[column].is_not_null()
        bits = bits | there.cast(pl.UInt32) * bit
    return bits


def _residents(plan: CountPlan, cells: pl.DataFrame) -> pl.Series:
    """What a country column says; where it says nothing, the states whose numbers the person carries."""
    bits = pl.zeros(cells.height, dtype=pl.UInt64, eager=True)
    for name, recogniser in plan.recognisers.items():
        if bit := residence_bits(recogniser):
            bits = bits | cells[name].is_not_null().cast(pl.UInt64) * pl.Series([bit], dtype=pl.UInt64)
    if plan.country is None:
        return bits
    stated = country_bits(cells[plan.country])
    return stated.zip_with(stated > 0, bits)


def _totals(parts: Iterable[pl.DataFrame]) -> _Totals:
    """Subjects by their masks; a part without a column `n` holds one subject per row."""
    totals: _Totals = {}
    for part in parts:
        n = pl.col("n").sum() if "n" in part.columns else pl.len()
        for categories, residents, found in part.group_by("categories", "residents").agg(n.alias("found")).iter_rows():
            totals[categories, residents] = totals.get((categories, residents), 0) + found
    return totals


def _of(totals: _Totals, bit: int) -> dict[int, int]:
    """Subjects with data of one category, by resident bits."""
    found: dict[int, int] = {}
    for (categories, residents), n in totals.items():
        if categories >> bit & 1:
            found[residents] = found.get(residents, 0) + n
    return found


def _split(*counts: Mapping[int, int]) -> dict[str, int]:
    """Subjects by country. Nobody is guessed: who has no bit is in no country."""
    split = {
        code: sum(n for residents in counts for mask, n in residents.items() if mask >> bit & 1)
        for bit, code in enumerate(COUNTRIES)
    }
    return {code: n for code, n in split.items() if n}
