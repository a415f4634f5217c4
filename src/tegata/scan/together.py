"""People of several tables counted together by the key that the tables have in common."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import combinations
from typing import Final

import msgspec
import polars as pl

from tegata.model.base import Text, t
from tegata.model.errors import InputError
from tegata.model.profile import Link, Profile, SubjectCount
from tegata.scan.disguise import applied
from tegata.scan.engine import in_threads
from tegata.scan.keys import Kinds, compare, shared_keys
from tegata.scan.looked import Looked
from tegata.scan.roles import CountPlan
from tegata.scan.scanning import Findings, seed
from tegata.scan.subjects import SubjectCounter, SubjectPartial, count_batch, hash_seed, key_hashes, kinds_of
from tegata.scan.wanted import Distinct, Wanted
from tegata.tables import Part

_TRAITS: Final = ("birth_date", "full_name")  # what stays with a person: the same key beside another is another's
_COMPARED: Final = 1024  # people per table whose traits are held against those of other tables
_LEAST: Final = 3  # people compared
_SAME: Final = 0.8  # of them: names are written in more ways than one


@dataclass(frozen=True)
class Scanned:
    """A table of a data set after its own scan."""

    part: Part
    profile: Profile
    found: Findings


@dataclass(frozen=True)
class Together:
    """Tables that tell the same people apart, and how many these are."""

    link: Link
    subjects: tuple[SubjectCount, ...]
    distinct: tuple[Distinct, ...]


def count_together(tables: Sequence[Scanned], salt: bytes, wanted: Sequence[Wanted]) -> Iterator[Together]:
    """Each group of tables that a key links, where what can be compared speaks for it."""
    by_name = {table.part.name: table for table in tables}
    about_people = {name: table.found.keys for name, table in by_name.items() if table.profile.subjects}
    for kinds, names in shared_keys(about_people):
        if group := _Group(kinds, [by_name[name] for name in names]).supported():
            try:
                counted = group.count(salt, wanted)
            except InputError:  # what was read once is no longer there: each table keeps its own count
                continue
            if counted:
                yield counted


class _Group:
    """Tables with a key of the same kinds, in each of which every row has it."""

    def __init__(self, kinds: Kinds, tables: Sequence[Scanned]) -> None:
        self._kinds, self._tables = kinds, tables
        self._columns = {table.part.name: table.found.keys.keys[kinds].columns for table in tables}
        self._proper = any(table.found.keys.keys[kinds].proper for table in tables)
        self._evidence: list[Text] = []

    def supported(self) -> _Group | None:
        """Those tables of which something says that they are about the same people; None where fewer than two are."""
        if not self._proper:
            self._evidence.append(
                t("such a number is the same person's wherever it stands", "この番号はどこにあっても同じ人を指します")
            )
            return self
        told: dict[str, Text] = {}
        comparable: set[str] = set()
        for one, other in combinations(self._tables, 2):
            for own, its in ((one, other), (other, one)):
                if text := self._contained(own, its):
                    told[own.part.name] = text
                    comparable |= {own.part.name, its.part.name}
            if _traits(one.found.plan.count).keys() & _traits(other.found.plan.count).keys():
                comparable |= {one.part.name, other.part.name}
        if len(comparable) < 2:
            return None
        kept = _Group(self._kinds, [table for table in self._tables if table.part.name in comparable])
        kept._evidence += told.values()
        return kept

    def _contained(self, own: Scanned, other: Scanned) -> Text | None:
        """Whether the numbers of one table stand in another of a different shape: not the next clinic's register."""
        mine, its = own.found.keys, other.found.keys
        if mine.columns == its.columns:
            return None
        seen = compare(mine.keys[self._kinds].smallest, its.keys[self._kinds].smallest)
        return seen.told(own.part.name, other.part.name) if seen.contained else None

    def count(self, salt: bytes, wanted: Sequence[Wanted]) -> Together | None:
        """Read all tables once more, counting by the common key. None where traits speak against it, or where nothing
        speaks for it."""
        categories = tuple(sorted({c for table in self._tables for c in table.found.plan.count.categories}))
        plans = {table.part.name: self._plan(table, categories) for table in self._tables}
        whole = replace(
            plans[self._tables[0].part.name], roles=tuple(role for plan in plans.values() for role in plan.roles)
        )
        sketches: dict[str, _Sketch] = {}
        with SubjectCounter(whole, seed(b"subjects", salt)) as counter:
            for table in self._tables:
                sketches[table.part.name] = self._read(table, plans[table.part.name], counter, seed(b"subjects", salt))
            if not self._agree(sketches):
                return None
            counts = tuple(self._exact(count, plans) for count in counter.result().subjects)
            return Together(self._link(), counts, counter.distinct(wanted))

    def _plan(self, table: Scanned, categories: tuple[str, ...]) -> CountPlan:
        plan, key = table.found.plan.count, self._columns[table.part.name]
        roles = (
            replace(role, keys=(key,)) if role.unit == "person" and role.keys and not role.element else role
            for role in plan.roles
        )
        return replace(plan, roles=tuple(roles), categories=categories)

    def _read(self, table: Scanned, plan: CountPlan, counter: SubjectCounter, key: int) -> _Sketch:
        classifier, taken = table.found.classifier, table.found.plan
        sketch = _Sketch()

        def work(batch: pl.DataFrame) -> tuple[SubjectPartial, pl.DataFrame, int]:
            cells, beyond = classifier.cells(batch)
            looked = classifier.look(applied(cells, taken.paths), taken.chosen)
            return count_batch(plan, looked, key), self._traits_of(plan, looked, key, table.part.name), beyond

        source = table.part.open()
        for partial, traits, beyond in in_threads(work, source.batches()):
            counter.add(partial)
            counter.add_beyond(beyond)
            sketch.add(traits)
        if source.digest != table.profile.source_digest:
            raise InputError(t(f"`{table.part.name}` changed", f"`{table.part.name}` が変わりました"))
        return sketch

    def _traits_of(self, plan: CountPlan, looked: Looked, key: int, table: str) -> pl.DataFrame:
        traits = {
            kind: looked.canonical(column).hash(hash_seed(key, (kind,))).set(looked.cells[column].is_null(), None)
            for kind, column in _traits(plan).items()
        }
        return pl.DataFrame({"key": key_hashes(plan, self._columns[table], looked, key), **traits}).drop_nulls("key")

    def _agree(self, sketches: Mapping[str, _Sketch]) -> bool:
        """Whether the traits of people with the same key are the same; and where nothing else was said for the key,
        whether enough of them could be compared."""
        supported = not self._proper or bool(self._evidence)
        for (one, mine), (other, its) in combinations(sketches.items(), 2):
            compared, same = mine.compare(its)
            if compared >= _LEAST and same < _SAME * compared:
                return False
            if compared >= _LEAST:
                supported = True
                self._evidence.append(_same_traits(one, other, compared, same))
        return supported

    def _exact(self, count: SubjectCount, plans: Mapping[str, CountPlan]) -> SubjectCount:
        """Exact only where every row is counted by keys of one kind: others could tell of the same people."""
        kinds = {
            kinds_of(plan, key)
            for plan in plans.values()
            for role in plan.roles
            if count.category in role.categories
            for key in role.keys
        }
        return count if len(kinds) < 2 else msgspec.structs.replace(count, exact=False)

    def _link(self) -> Link:
        columns = tuple(dict.fromkeys(column for key in self._columns.values() for column in key))
        return Link(
            tables=tuple(table.part.name for table in self._tables), key=columns, evidence=tuple(self._evidence)
        )


class _Sketch:
    """Traits of the people of a table whose keys have the smallest hashes: of two tables these are the same people."""

    def __init__(self) -> None:
        self._held: pl.DataFrame | None = None

    def add(self, traits: pl.DataFrame) -> None:
        held = traits if self._held is None else pl.concat([self._held, traits])
        self._held = held.sort("key", maintain_order=True).unique("key", keep="first", maintain_order=True)
        self._held = self._held.head(_COMPARED)

    def compare(self, other: _Sketch) -> tuple[int, int]:
        """People whose traits both tables know, and those of them for whom all are the same."""
        if self._held is None or other._held is None:
            return 0, 0
        common = [name for name in self._held.columns if name != "key" and name in other._held.columns]
        if not common:
            return 0, 0
        both = self._held.join(other._held, on="key", suffix=" of the other")
        known = both.filter(
            pl.all_horizontal(pl.col(n).is_not_null() & pl.col(f"{n} of the other").is_not_null() for n in common)
        )
        same = known.filter(pl.all_horizontal(pl.col(n) == pl.col(f"{n} of the other") for n in common))
        return known.height, same.height


def _traits(plan: CountPlan) -> Mapping[str, str]:
    """Kind of what stays with a person, and the first column of it."""
    found: dict[str, str] = {}
    for column, recogniser in plan.recognisers.items():
        if recogniser.role in _TRAITS or (recogniser.listed == "government" and recogniser.subject == "person"):
            found.setdefault(recogniser.id, column)
    return found


def _same_traits(one: str, other: str, compared: int, same: int) -> Text:
    return t(
        f"of {compared} people in both `{one}` and `{other}`, {same} have the same names, birth dates or numbers there",
        f"`{one}` と `{other}` の両方にいる {compared} 人のうち {same} 人は、氏名・生年月日・番号が一致します",
    )
