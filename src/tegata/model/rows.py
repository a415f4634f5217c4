"""Which records of a table may leave, by what one of their columns says."""

from __future__ import annotations

import datetime as dt

from tegata.model.base import Noun


class Among(Noun, frozen=True, kw_only=True, tag="in", tag_field="is"):
    """One of some values: the same text, full width and blanks around it aside."""

    values: tuple[str, ...]


class NumberRange(Noun, frozen=True, kw_only=True, tag="number", tag_field="is"):
    """A number within the limits, which are within too."""

    low: float | None = None
    high: float | None = None


class DateRange(Noun, frozen=True, kw_only=True, tag="date", tag_field="is"):
    """A day within the limits, which are within too."""

    low: dt.date | None = None
    high: dt.date | None = None


class Empty(Noun, frozen=True, kw_only=True, tag="empty", tag_field="is"):
    """Nothing."""


Predicate = Among | NumberRange | DateRange | Empty


class KeepRows(Noun, frozen=True, kw_only=True, tag="keep_rows", tag_field="op"):
    """Only records whose `column` is so leave. Where a cell does not tell (it is no number, no date) they do not."""

    column: str
    where: Predicate
    because: str = ""  # rules that ask for it


class DropRows(Noun, frozen=True, kw_only=True, tag="drop_rows", tag_field="op"):
    """Records whose `column` is so do not leave; no more do those of which a cell does not tell."""

    column: str
    where: Predicate
    because: str = ""


RowFilter = KeepRows | DropRows
