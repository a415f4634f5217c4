"""How many distinct people or devices there are: the exact count by a plan."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from types import TracebackType
from typing import Final, Self

import polars as pl

from tegata.model.profile import SubjectCount, Wanted
from tegata.scan.distinct import IN_MEMORY, SUBJECT, DistinctSubjects
from tegata.scan.looked import Looked
from tegata.scan.precision import finest
from tegata.scan.recogniser import Recogniser
from tegata.scan.residents import COUNTRIES, country_bits
from tegata.scan.roles import CountPlan, Key, Role, residence_bits
from tegata.scan.wanted import Distinct

_PARTED: Final = "\x1f"


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
    """What some rows add, per unit: subjects with a key, numbers of those without; digits of the finest places."""

    keyed: Mapping[str, pl.DataFrame]
    loose: Mapping[str, pl.DataFrame]
    finest: Mapping[str, int]


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
        return count_batch(self._plan, looked, self._seed)

    def add(self, part: SubjectPartial) -> None:
        """Take in what a batch adds, in any order."""
        for unit in _UNITS:
            self._keyed[unit].add(part.keyed[unit])
            united = pl.concat([self._loose[unit], part.loose[unit]]).group_by("categories", "residents")
            self._loose[unit] = united.agg(pl.col("n").sum())
        for name, digits in part.finest.items():
            self._finest[name] = max(digits, self._finest.get(name, 0))

    def partial(self) -> SubjectPartial:
        """Everything that was added, each subject once."""
        keyed = {unit: pl.concat(subjects.parts()) for unit, subjects in self._keyed.items()}
        return SubjectPartial(keyed, self._loose, self._finest)

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
            exact=not lone and not found and all(role.by_column or len(role.keys) == 1 for role in roles),
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


def count_batch(plan: CountPlan, looked: Looked, seed: int) -> SubjectPartial:
    """What one batch of a table adds to the count of whoever has the categories of the plan."""
    cells = looked.cells
    residents = _residents(plan, cells)
    keyed = {unit: [pl.DataFrame(schema=SUBJECT)] for unit in _UNITS}
    loose = {unit: [pl.DataFrame(schema=_LOOSE)] for unit in _UNITS}
    for role in plan.roles:
        if role.by_column:
            keyed[role.unit].append(_columns_told_apart(plan, role, cells, seed))
            continue
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


def _columns_told_apart(plan: CountPlan, role: Role, cells: pl.DataFrame, seed: int) -> pl.DataFrame:
    """One subject for each column of a role that holds anything: who it is its name says."""
    ((category, columns),) = role.categories.items()
    names = pl.Series([name for name in columns if cells[name].null_count() < cells.height], dtype=pl.String())
    return pl.DataFrame({"subject": names.hash(hash_seed(seed, ("column",)))}).select(
        "subject",
        categories=pl.lit(1 << plan.categories.index(category), pl.UInt32),
        residents=pl.lit(0, pl.UInt64),
    )


def _subjects(plan: CountPlan, role: Role, looked: Looked, seed: int) -> pl.Series:
    """Hash of the first key of the role that is filled; null where none is."""
    hashes = pl.repeat(None, looked.cells.height, dtype=pl.UInt64, eager=True)
    for number, key in enumerate(role.keys):
        hashed = key_hashes(plan, key, looked, seed)
        hashes = hashed if number == 0 else hashes.zip_with(hashes.is_not_null(), hashed)
    return hashes


def key_hashes(plan: CountPlan, key: Key, looked: Looked, seed: int) -> pl.Series:
    """Hash of one key in every row; null where it is not filled."""
    parts = [looked.canonical(column) for column in key]
    text = parts[0] if len(parts) == 1 else pl.select(pl.concat_str(*parts, separator=_PARTED)).to_series()
    hashed = text.hash(hash_seed(seed, kinds_of(plan, key)))
    return hashed.set(text.is_null(), None) if text.null_count() else hashed


def kinds_of(plan: CountPlan, key: Key) -> tuple[str, ...]:
    """What the numbers of a key are: keys of the same kinds tell the same people apart in every table."""
    return tuple(kind_of(column, plan.recognisers[column]) for column in key)


def hash_seed(seed: int, kinds: Sequence[str]) -> int:
    """Numbers of different kinds never meet, though their digits be the same; those of one kind do in every table."""
    return int.from_bytes(hashlib.sha256(f"{seed} {list(kinds)}".encode()).digest()[:8], "big")


def kind_of(column: str, recogniser: Recogniser) -> str:
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
