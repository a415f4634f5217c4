"""Columns of a table of flows: facts as people write them, each different text read once."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import polars as pl

from tegata.model.base import Language, Text, t
from tegata.model.errors import FactError
from tegata.rules.answer import fact_and_part, read_answer, read_number
from tegata.rules.facts import fact_schema, to_value
from tegata.rules.flow import DATES, read_date

LANGUAGES: tuple[Language, ...] = ("en", "ja")


@dataclass(frozen=True, slots=True)
class Column:
    """What a column of the table states: a fact, one category (`part`) of a counts fact, or a date."""

    name: str  # as the table writes it
    fact: str  # or the date
    part: str
    slot: int  # of the fact in the schema, -1 for a date
    read: Callable[[str], Any]  # a value as expressions see it, None for unknown; FactError where it is none


def columns_of(names: Sequence[str], check_day: Callable[[dt.date], None]) -> tuple[Column, ...]:
    """The columns that state something, of a table that has these.

    Raises:
        FactError: a column with a dot in its name is no fact, or a fact stands in two columns.
    """
    facts = fact_schema().by_name
    columns = [_column(name, check_day) for name in names if "." in name or name in DATES or name in facts]
    whole = {column.fact for column in columns if not column.part}
    for column in columns:
        if column.part and column.fact in whole:
            raise FactError(t(f"`{column.fact}` is stated twice", f"`{column.fact}` が二度記されています"))
    return tuple(columns)


def _column(name: str, check_day: Callable[[dt.date], None]) -> Column:
    if name in DATES:
        return Column(name, name, "", -1, lambda text: _read_day(name, text, check_day))
    spec, part = fact_and_part(fact_schema(), name)
    if part:
        return Column(name, spec.name, part, spec.index, lambda text: read_number(spec, part, text))

    def read(text: str) -> Any:
        answer = read_answer(spec, text)
        return None if answer is None else to_value(spec, answer)

    return Column(name, spec.name, "", spec.index, read)


def _read_day(name: str, text: str, check: Callable[[dt.date], None]) -> dt.date | None:
    day = read_date(name, text)
    if day is not None and name == "as_of":
        check(day)
    return day


@dataclass(frozen=True, slots=True)
class Cells:
    """One column of a frame: for each row the number of its text, for each number the value, or why there is none."""

    codes: np.ndarray[Any, np.dtype[np.int64]]
    values: list[Any]
    errors: dict[int, Text]

    def of(self, rows: np.ndarray[Any, np.dtype[np.int64]]) -> list[Any]:
        """The values at these rows."""
        values = self.values
        return [values[code] for code in self.codes[rows].tolist()]


def read_cells(column: Column, texts: pl.Series) -> Cells:
    """Each different text is read once; an empty cell is unknown."""
    known: dict[str | None, int] = {None: 0}
    codes = [known.setdefault(text, len(known)) for text in texts.to_list()]
    values: list[Any] = []
    errors: dict[int, Text] = {}
    for code, text in enumerate(known):
        try:
            values.append(column.read(text) if text else None)
        except FactError as error:
            values.append(None)
            errors[code] = in_a_line(error)
    return Cells(np.array(codes, dtype=np.int64), values, errors)


def in_a_line(error: FactError) -> Text:
    """All that an error says, in one line."""
    en, ja = ("; ".join(part for part in error.parts(language) if part) for language in LANGUAGES)
    return Text(en=en, ja=ja)


def groups(parts: Sequence[Cells], rows: int) -> tuple[Any, Any]:
    """Rows that read alike in these columns: one row of each group, and for each row the number of its group."""
    key = np.zeros(rows, dtype=np.int64)
    size = 1
    for cells in parts:
        if size * len(cells.values) >= 1 << 62:  # groups so far, numbered anew, so that the key does not overflow
            found, key = np.unique(key, return_inverse=True)
            size = len(found)
        key = key * len(cells.values) + cells.codes
        size *= len(cells.values)
    _, first, group = np.unique(key, return_index=True, return_inverse=True)
    return first, group
