"""Many flows at once, one a row of a table: the same outcomes as `decide`, without its words.

Column by column: each different text is read once, each pack judges each different combination of the facts that it
looks at once, and what it said goes back to the rows. Nothing is kept from one frame to the next.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
import polars as pl

from tegata.model.base import Language
from tegata.model.decision import Outcome
from tegata.rules.cells import Cells, Column, columns_of, groups, read_cells
from tegata.rules.decide import refuse_before_all
from tegata.rules.facts import CATEGORY_FACT, fact_schema
from tegata.rules.flow import DATES
from tegata.rules.judge import brief, judge
from tegata.rules.missing import missing_facts
from tegata.rules.ownership import Ownership
from tegata.rules.ownership.columns import PartyColumns
from tegata.rules.pack import Pack
from tegata.rules.pack_check import closure
from tegata.rules.weigh import OUTCOMES, SEVERITY

JOINED = "; "
NAMES = tuple(outcome.value for outcome in OUTCOMES)


class _Said(NamedTuple):
    """What a pack says of one combination of facts: its outcome, the rules that hold by their severity, its needs."""

    severity: int
    rules: dict[int, str]
    missing: list[str]


class _Column(NamedTuple):
    """What a pack says, row by row: the number of the combination, and what it says of each."""

    group: Any
    said: list[_Said]

    @property
    def severities(self) -> Any:
        return np.array([one.severity for one in self.said], dtype=np.int8)[self.group]


@dataclass(frozen=True, slots=True)
class _Bench:
    """A pack and the columns that it looks at."""

    pack: Pack
    columns: tuple[Column, ...]


class Batch:
    """Decides frames of text.

    Args:
        columns: names of the table's columns: facts by their dotted names (`subjects.us_persons.health` is one number
            of a counts fact), `relation`, `as_of` and `known_on`. Any other name without a dot is the caller's own
            and stands in `carried`.
        questions: also find the facts that still matter where some are missing; this takes longer.
        language: of the errors.
        ownership: who owns whom; also what that says of the parties, as `PartyColumns` tells.

    Raises:
        FactError: a column with a dot in its name is no fact, or a fact stands in two columns.
    """

    def __init__(
        self,
        columns: Sequence[str],
        packs: Sequence[Pack],
        *,
        today: dt.date,
        questions: bool = False,
        language: Language = "en",
        ownership: Ownership | None = None,
    ) -> None:
        self._packs, self._today, self._questions, self._language = tuple(packs), today, questions, language
        refuse_before_all(packs, today)
        self._stating = columns_of(columns, lambda day: refuse_before_all(self._packs, day))
        stating = {column.name for column in self._stating}
        self.carried = tuple(name for name in columns if name not in stating)
        self._parties = PartyColumns(ownership, packs, today, columns) if ownership else None
        self.naming = self._parties.naming if self._parties else ()
        known = (*self._stating, *(self._parties.beside(self._stating) if self._parties else ()))
        self._benches = [_Bench(pack, _looked_at(pack, known)) for pack in packs]

    @property
    def columns(self) -> tuple[str, ...]:
        """Those of the decisions, after the carried ones."""
        return ("outcome", *(pack.id for pack in self._packs), "rules", "missing", "error")

    def decide(self, frame: pl.DataFrame) -> pl.DataFrame:
        """One decision a row: `outcome`, what each pack says, `rules` (`<pack>/<rule>`) that hold and have the outcome
        of the whole, `missing` facts where they were asked for, and `error` where the row could not be read."""
        cells = {column.name: read_cells(column, frame[column.name]) for column in self._stating}
        if self._parties:
            cells = self._parties.complete(cells, frame)
        errors = self._errors(cells, frame.height)
        rows = np.flatnonzero([error is None for error in errors])
        good = {name: Cells(one.codes[rows], one.values, one.errors) for name, one in cells.items()}
        decided = self._decided([self._judged(bench, good, len(rows)) for bench in self._benches], len(rows))
        place = np.full(frame.height, -1, dtype=np.int64)
        place[rows] = np.arange(len(rows))
        gathered = decided.select(pl.all().gather(pl.Series(place).replace(-1, None)))
        carried = [frame[name] for name in self.carried]
        return pl.DataFrame([*carried, *gathered, pl.Series("error", errors, dtype=pl.String)])

    def _errors(self, cells: Mapping[str, Cells], height: int) -> list[str | None]:
        """Why a row cannot be read: the first column that cannot."""
        errors: list[str | None] = [None] * height
        for one in reversed(list(cells.values())):
            for code, text in one.errors.items():
                for row in np.flatnonzero(one.codes == code).tolist():
                    errors[row] = text.say(self._language)
        return errors

    def _judged(self, bench: _Bench, cells: Mapping[str, Cells], rows: int) -> _Column:
        """What one pack says of each different combination."""
        first, group = groups([cells[column.name] for column in bench.columns], rows)
        stated = zip(*(cells[column.name].of(first) for column in bench.columns), strict=True)
        combinations = stated if bench.columns else [()] * len(first)
        return _Column(group, [self._judge(bench, values) for values in combinations])

    def _judge(self, bench: _Bench, stated: Sequence[Any]) -> _Said:
        pack, dates = bench.pack, dict[str, dt.date]()
        values: list[Any] = [None] * len(fact_schema().specs)
        for column, value in zip(bench.columns, stated, strict=True):
            if value is None:
                continue
            if column.slot < 0:
                dates[column.fact] = value
            elif column.part:
                values[column.slot] = {**(values[column.slot] or {}), column.part: value}
            else:
                values[column.slot] = value
        values = fact_schema().counted(values)
        as_of, known_on = dates.get("as_of", self._today), dates.get("known_on", self._today)
        outcome, holding = brief(pack, values, as_of, known_on)
        rules: dict[int, str] = {}
        for rule in holding:
            name = f"{pack.id}/{rule.rule.id}"
            rules[rule.severity] = f"{rules[rule.severity]}{JOINED}{name}" if rule.severity in rules else name
        asking = self._questions and outcome is Outcome.NEEDS_INFO
        missing = [fact.name for fact in missing_facts(judge(pack, values, as_of, known_on))] if asking else []
        return _Said(SEVERITY[outcome], rules, missing)

    def _decided(self, columns: Sequence[_Column], rows: int) -> pl.DataFrame:
        """The strictest outcome, what each pack says, whose rules it is, and what the packs still need."""
        each = [column.severities for column in columns]
        whole = np.max([np.zeros(rows, dtype=np.int8), *each], axis=0)
        outcomes = [pl.Series("outcome", NAMES).gather(whole.astype(np.uint32))]
        for pack, severities in zip(self._packs, each, strict=True):
            outcomes.append(pl.Series(pack.id, NAMES).gather(severities.astype(np.uint32)))
        return pl.DataFrame([*outcomes, _rules(columns, whole), _missing(columns, whole)])


def _rules(columns: Sequence[_Column], whole: Any) -> pl.Series:
    """The rules that hold and have the outcome of the whole."""
    joined: list[str | None] = [None] * len(whole)
    for severity in np.unique(whole).tolist():
        rows = np.flatnonzero(whole == severity)
        said = [[one.rules.get(severity) for one in column.said] for column in columns]
        told = [
            pl.Series(str(n), names, dtype=pl.String).gather(column.group[rows].astype(np.uint32))
            for n, (column, names) in enumerate(zip(columns, said, strict=True))
            if any(names)
        ]
        if told:
            texts = pl.DataFrame(told).select(pl.concat_str(pl.all(), separator=JOINED, ignore_nulls=True)).to_series()
            for row, text in zip(rows.tolist(), texts.to_list(), strict=True):
                joined[row] = text or None
    return pl.Series("rules", joined, dtype=pl.String)


def _missing(columns: Sequence[_Column], whole: Any) -> pl.Series:
    """The facts that are needed where that is the answer, each once."""
    joined: list[str | None] = [None] * len(whole)
    asking = [column for column in columns if any(one.missing for one in column.said)]
    for row in np.flatnonzero(whole == SEVERITY[Outcome.NEEDS_INFO]).tolist() if asking else ():
        names = dict.fromkeys(name for column in asking for name in column.said[column.group[row]].missing)
        joined[row] = JOINED.join(names) or None
    return pl.Series("missing", joined, dtype=pl.String)


def _looked_at(pack: Pack, columns: Sequence[Column]) -> tuple[Column, ...]:
    """The columns on which a pack's answer can rest; the categories of the data give counts their meaning."""
    facts = {name for uses in closure(pack.checked).values() for name in uses.facts} | {*DATES, CATEGORY_FACT}
    return tuple(column for column in columns if column.fact in facts)
