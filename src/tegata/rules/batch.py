"""Many flows at once, one a row of a table: the same judgement as `decide`, without its words."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any, Final, NamedTuple, TypeVar

from tegata.model.base import Language, Text, t
from tegata.model.decision import FactValue, Outcome, strictest
from tegata.model.errors import FactError
from tegata.rules.answer import fact_and_part, read_answer, read_number
from tegata.rules.decide import refuse_before_all
from tegata.rules.facts import CATEGORY_FACT, Value, fact_schema
from tegata.rules.flow import DATES, read_date
from tegata.rules.judge import Judgement, judge
from tegata.rules.missing import missing_facts
from tegata.rules.pack import Pack
from tegata.rules.pack_check import closure

MOST_REMEMBERED: Final = 50_000  # answers and cells; more are forgotten at once, so memory stays bounded

Cells = tuple[str | None, ...]
LANGUAGES: Final[tuple[Language, ...]] = ("en", "ja")
K = TypeVar("K")
V = TypeVar("V")


class RowDecision(NamedTuple):
    """`outcome` None: the row could not be read, and `error` says why. `per_pack` is in the order of the packs."""

    outcome: Outcome | None
    per_pack: tuple[Outcome, ...] = ()
    rules: tuple[str, ...] = ()  # `<pack>/<rule>` that hold and have the outcome of the whole
    missing: tuple[str, ...] = ()  # facts that still matter, where they were asked for
    error: Text | None = None


@dataclass(frozen=True, slots=True)
class _Column:
    """A column that states something: a fact, one category (`part`) of a counts fact, or a date."""

    place: int
    name: str
    part: str
    read: Callable[[str], Any]


class _Judged(NamedTuple):
    """What one pack says of a row: its outcome, the rules that hold with theirs, and what it still needs."""

    outcome: Outcome
    holding: tuple[tuple[str, Outcome], ...]
    missing: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class _Bench:
    """A pack, the columns that it looks at, and what it said of the cells that it has seen in them."""

    pack: Pack
    places: tuple[int, ...]
    said: dict[Cells, _Judged] = field(default_factory=dict)


class Batch:
    """Decides row by row.

    Args:
        columns: names of the table's columns: facts by their dotted names (`subjects.us_persons.health` is one number
            of a counts fact), `relation`, `as_of` and `known_on`. Any other name without a dot is the caller's own
            and stands in `carried`.
        questions: also find the facts that still matter where some are missing; this takes longer.

    Raises:
        FactError: a column with a dot in its name is no fact, or a fact stands in two columns.
    """

    def __init__(
        self, columns: Sequence[str], packs: Sequence[Pack], *, today: dt.date, questions: bool = False
    ) -> None:
        self.packs, self._today, self._questions = tuple(packs), today, questions
        facts = fact_schema().by_name
        self.carried = tuple(name for name in columns if "." not in name and name not in (*DATES, *facts))
        self._columns = [_column(place, name) for place, name in enumerate(columns) if name not in self.carried]
        _refuse_twice(self._columns)
        self._benches = [_Bench(pack, _looked_at(pack, self._columns)) for pack in packs]
        self._cells: dict[tuple[int, str], Any] = {}

    def decide(self, row: Sequence[str | None]) -> RowDecision:
        """The decision on one row; a row that cannot be read is told as such and does not end the batch."""
        cells = tuple([row[column.place] for column in self._columns])
        try:
            stated, dates = self._stated(cells)
            as_of, known_on = dates.get("as_of", self._today), dates.get("known_on", self._today)
            refuse_before_all(self.packs, as_of)
        except FactError as error:
            said = ["; ".join(part for part in error.parts(language) if part) for language in LANGUAGES]
            return RowDecision(None, error=Text(en=said[0], ja=said[1]))
        values: list[Value] = []
        judged: list[_Judged] = []
        for bench in self._benches:
            seen = tuple([cells[place] for place in bench.places])
            found = bench.said.get(seen)
            if found is None:
                values = values or fact_schema().to_values(stated)
                found = _judged(judge(bench.pack, values, as_of, known_on), asking=self._questions)
                _remember(bench.said, seen, found)
            judged.append(found)
        return _row(self.packs, judged)

    def _stated(self, cells: Cells) -> tuple[dict[str, FactValue], dict[str, dt.date]]:
        """What a row states: facts, and its dates."""
        stated: dict[str, Any] = {}
        dates: dict[str, dt.date] = {}
        for column, text in zip(self._columns, cells, strict=True):
            value = self._value(column, text) if text else None
            if value is None:
                continue
            if column.name in DATES:
                dates[column.name] = value
            elif column.part:
                stated.setdefault(column.name, {})[column.part] = value
            else:
                stated[column.name] = value
        return stated, dates

    def _value(self, column: _Column, text: str) -> Any:
        """Cells repeat from row to row: each text of a column is read once."""
        key = (column.place, text)
        if key not in self._cells:
            _remember(self._cells, key, column.read(text))
        return self._cells[key]


def _remember(known: dict[K, V], key: K, value: V) -> None:
    if len(known) >= MOST_REMEMBERED:
        known.clear()
    known[key] = value


def _looked_at(pack: Pack, columns: Sequence[_Column]) -> tuple[int, ...]:
    """The columns on which a pack's answer can rest; the categories of the data give counts their meaning."""
    facts = {name for uses in closure(pack.checked).values() for name in uses.facts} | {*DATES, CATEGORY_FACT}
    return tuple(place for place, column in enumerate(columns) if column.name in facts)


def _judged(judgement: Judgement, *, asking: bool) -> _Judged:
    missing = tuple(fact.name for fact in missing_facts(judgement)) if asking else ()
    holding = tuple((rule.rule.id, rule.rule.outcome) for rule in judgement.holding)
    return _Judged(judgement.outcome, holding, missing)


def _row(packs: Sequence[Pack], judged: Sequence[_Judged]) -> RowDecision:
    """The strictest outcome, whose rules it is, and what the packs still need where that is the answer."""
    outcome = strictest([one.outcome for one in judged])
    said = zip(packs, judged, strict=True)
    rules = [f"{pack.id}/{rule}" for pack, one in said for rule, its in one.holding if its is outcome]
    needed = judged if outcome is Outcome.NEEDS_INFO else ()
    missing = dict.fromkeys(name for one in needed for name in one.missing)
    return RowDecision(outcome, tuple([one.outcome for one in judged]), tuple(rules), tuple(missing))


def _column(place: int, name: str) -> _Column:
    if name in DATES:
        return _Column(place, name, "", lambda text: read_date(name, text))
    spec, part = fact_and_part(fact_schema(), name)
    if part:
        return _Column(place, spec.name, part, lambda text: read_number(spec, part, text))
    return _Column(place, name, "", lambda text: read_answer(spec, text))


def _refuse_twice(columns: Sequence[_Column]) -> None:
    """A counts fact stands either whole in one column or in one column for each category."""
    whole = {column.name for column in columns if not column.part}
    for column in columns:
        if column.part and column.name in whole:
            raise FactError(t(f"`{column.name}` is stated twice", f"`{column.name}` が二度記されています"))
