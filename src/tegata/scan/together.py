"""People of several tables counted together by the key that the tables have in common."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import islice
from typing import Final

import msgspec
import polars as pl

from tegata.model.base import Text, t
from tegata.model.errors import InputError
from tegata.model.profile import Link, Profile, SubjectCount, Wanted
from tegata.scan.engine import in_threads
from tegata.scan.keys import Kinds, compare, shared_keys
from tegata.scan.looked import Looked
from tegata.scan.roles import CountPlan
from tegata.scan.scanning import Findings, seed
from tegata.scan.subjects import SubjectCounter, SubjectPartial, count_batch, hash_seed, key_hashes, kinds_of
from tegata.scan.wanted import Distinct
from tegata.tables import Part

_TRAITS: Final = ("birth_date", "full_name")  # what stays with a person: the same key beside another is another's
_COMPARED: Final = 1024  # people per table whose traits are held against those of other tables
_LEAST: Final = 3  # people compared
_HUBS: Final = 16  # the longest tables, in which the numbers of each are looked for
_REASONS: Final = 12  # that are told of one link
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
        self._told: dict[str, Text] = {}  # what speaks for a table
        self._hubs: set[str] = set()  # tables in which the numbers of others stand

    def supported(self) -> _Group | None:
        """Those tables of which something says that they are about the same people; None where fewer than two are."""
        if not self._proper:
            self._evidence.append(
                t("such a number is the same person's wherever it stands", "この番号はどこにあっても同じ人を指します")
            )
            return self
        hubs = sorted(self._tables, key=lambda table: -table.profile.rows)[:_HUBS]
        comparable: set[str] = set()
        for own in self._tables:
            for hub in hubs:
                if own is not hub and (text := self._contained(own, hub)):
                    self._told[own.part.name] = text
                    comparable |= {own.part.name, hub.part.name}
                    self._hubs.add(hub.part.name)
        kinds = Counter(kind for table in self._tables for kind in _traits(table.found.plan.count))
        comparable |= {
            table.part.name
            for table in self._tables
            if any(kinds[kind] > 1 for kind in _traits(table.found.plan.count))
        }
        return self._without({table.part.name for table in self._tables} - comparable)

    def _without(self, names: set[str]) -> _Group | None:
        """The group without some of its tables, where two are left."""
        kept = [table for table in self._tables if table.part.name not in names]
        if len(kept) < 2:
            return None
        group = _Group(self._kinds, kept)
        group._told = {name: text for name, text in self._told.items() if name not in names}
        group._hubs, group._evidence = self._hubs - names, list(self._evidence)
        return group

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
            alone = self._compare(sketches)
            if alone is None:
                return None
            if alone:
                smaller = self._without(alone)
                return smaller.count(salt, wanted) if smaller else None
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
            _, looked, beyond = taken.seen(classifier, batch)
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

    def _compare(self, sketches: Mapping[str, _Sketch]) -> set[str] | None:
        """Tables for which nothing speaks; None where people with the same key are not the same.

        Traits are what speaks against a key, and for one that is an organisation's own they can speak for it.
        """
        seen = _compared(sketches)
        if any(compared >= _LEAST and same < _SAME * compared for compared, same in seen.values()):
            return None
        for name, (compared, same) in seen.items():
            if compared >= _LEAST:
                self._told.setdefault(name, _same_traits(name, compared, same))
        return (
            {name for name in sketches if name not in self._told and name not in self._hubs} if self._proper else set()
        )

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
            tables=tuple(table.part.name for table in self._tables), key=columns, evidence=tuple(self._reasons())
        )

    def _reasons(self) -> Iterator[Text]:
        yield from self._evidence
        yield from islice(self._told.values(), _REASONS)
        if (more := len(self._told) - _REASONS) > 0:
            yield t(f"and so for {more:,} more tables", f"ほか {more:,} 表も同様です")


class _Sketch:
    """Traits of the people of a table whose keys have the smallest hashes: of two tables these are the same people."""

    def __init__(self) -> None:
        self._held: pl.DataFrame | None = None

    def add(self, traits: pl.DataFrame) -> None:
        held = traits if self._held is None else pl.concat([self._held, traits])
        self._held = held.sort("key", maintain_order=True).unique("key", keep="first", maintain_order=True)
        self._held = self._held.head(_COMPARED)

    def values(self) -> pl.DataFrame:
        """Columns `key`, `kind` and `value`: what is known of whom."""
        held = pl.DataFrame(schema={"key": pl.UInt64}) if self._held is None else self._held
        if held.width == 1:
            return pl.DataFrame(schema={"key": pl.UInt64, "kind": pl.String, "value": pl.UInt64})
        return held.unpivot(index="key", variable_name="kind").drop_nulls("value")


def _compared(sketches: Mapping[str, _Sketch]) -> Mapping[str, tuple[int, int]]:
    """By table: people of whom another table knows the same kind of trait, and those of whom all tables know the same.

    Who is one person here and another there is told by one table that differs, however many agree.
    """
    names = list(sketches)
    values = pl.concat(
        sketch.values().with_columns(table=pl.lit(n, pl.UInt32)) for n, sketch in enumerate(sketches.values())
    )
    each = values.group_by("key", "kind").agg(
        several=pl.col("table").n_unique() > 1, same=pl.col("value").n_unique() == 1
    )
    shared = values.join(each.filter("several"), on=["key", "kind"])
    people = shared.group_by("table", "key").agg(pl.col("same").all())
    counted = people.group_by("table").agg(pl.len().alias("compared"), pl.col("same").sum())
    return {names[table]: (compared, same) for table, compared, same in counted.sort("table").iter_rows()}


def _traits(plan: CountPlan) -> Mapping[str, str]:
    """Kind of what stays with a person, and the first column of it."""
    found: dict[str, str] = {}
    for column, recogniser in plan.recognisers.items():
        if recogniser.role in _TRAITS or (recogniser.listed == "government" and recogniser.subject == "person"):
            found.setdefault(recogniser.id, column)
    return found


def _same_traits(name: str, compared: int, same: int) -> Text:
    return t(
        f"of {compared} people of `{name}` who stand in another table too, {same} have the same names, birth dates or"
        " numbers there",
        f"`{name}` のうち別の表にもいる {compared} 人を比べると、{same} 人の氏名・生年月日・番号が一致します",
    )
