"""Many flows at once, one a row of a table: the same judgement as `decide`, without its words."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Final, NamedTuple

from tegata.model.base import Text, t
from tegata.model.decision import FactValue, Outcome
from tegata.model.errors import FactError
from tegata.rules.answer import fact_and_part, read_answer, read_number
from tegata.rules.decide import refuse_before_all
from tegata.rules.facts import fact_schema
from tegata.rules.flow import DATES, read_date
from tegata.rules.judge import Judgement, judge, overall
from tegata.rules.missing import Inquiry
from tegata.rules.pack import Pack

MOST_REMEMBERED: Final = 50_000  # answers and cells; more are forgotten at once, so memory stays bounded

Cells = Sequence[str | None]


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


class Batch:
    """Decides row by row.

    Args:
        columns: names of the table's columns: facts by their dotted names (`subjects.us_persons.health` is one number
            of a counts fact), `relation`, `as_of` and `known_on`. Any other name without a dot is the caller's own
            and stands in `carried`.
        questions: also find the facts that still matter where some are missing; this takes longer.

    Raises:
        FactError: a column with a dot in its name is no fact.
    """

    def __init__(
        self, columns: Sequence[str], packs: Sequence[Pack], *, today: dt.date, questions: bool = False
    ) -> None:
        schema = fact_schema()
        self.packs, self._today, self._questions = tuple(packs), today, questions
        self.carried = tuple(name for name in columns if "." not in name and name not in (*DATES, *schema.by_name))
        self._columns = [_column(place, name) for place, name in enumerate(columns) if name not in self.carried]
        _refuse_twice(self._columns)
        self._cells: dict[tuple[int, str], Any] = {}
        self._rows: dict[tuple[str | None, ...], RowDecision] = {}

    def decide(self, cells: Cells) -> RowDecision:
        """The decision on one row; a row that cannot be read is told as such and does not end the batch."""
        key = tuple([cells[column.place] for column in self._columns])
        found = self._rows.get(key)
        if found is None:
            if len(self._rows) >= MOST_REMEMBERED:
                self._rows.clear()
            found = self._rows[key] = self._decided(key)
        return found

    def _decided(self, cells: Cells) -> RowDecision:
        try:
            stated, dates = self._stated(cells)
            as_of, known_on = dates.get("as_of", self._today), dates.get("known_on", self._today)
            refuse_before_all(self.packs, as_of)
        except FactError as error:
            said = ["; ".join(part for part in error.parts(language) if part) for language in ("en", "ja")]
            return RowDecision(None, error=Text(en=said[0], ja=said[1]))
        values = fact_schema().to_values(stated)
        judgements = [judge(pack, values, as_of, known_on) for pack in self.packs]
        outcome = overall(judgements)
        return RowDecision(
            outcome,
            tuple([judgement.outcome for judgement in judgements]),
            _deciding(judgements, outcome),
            _missing(judgements) if self._questions and outcome is Outcome.NEEDS_INFO else (),
        )

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
            if len(self._cells) >= MOST_REMEMBERED:
                self._cells.clear()
            self._cells[key] = column.read(text)
        return self._cells[key]


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


def _deciding(judgements: Sequence[Judgement], outcome: Outcome) -> tuple[str, ...]:
    return tuple(
        f"{judgement.pack.id}/{rule.rule.id}"
        for judgement in judgements
        if judgement.outcome is outcome
        for rule in judgement.holding
        if rule.rule.outcome is outcome
    )


def _missing(judgements: Sequence[Judgement]) -> tuple[str, ...]:
    found: dict[str, None] = {}
    for judgement in judgements:
        if judgement.unsettled:
            inquiry = Inquiry(judgement.pack, judgement.edition)
            asked = inquiry.missing(judgement.weighed, judgement.values, judgement.possible)
            found |= dict.fromkeys(fact.name for fact in asked)
    return tuple(found)
