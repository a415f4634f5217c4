"""Questions to a release: a few columns, rows and figures of it, asked in a form that can say nothing else."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Final, Literal

import msgspec

from tegata.model.base import Noun, Text, t
from tegata.model.errors import UsageError
from tegata.store.renditions import Column

if TYPE_CHECKING:
    import polars as pl

MOST_ROWS: Final = 1000
MOST_BYTES: Final = 256 << 10
"""So much is answered to one question, in rows and in JSON."""

Value = str | int | float | bool
Names = Annotated[tuple[str, ...], msgspec.Meta(max_length=200)]


class Where(Noun, frozen=True, kw_only=True):
    """A condition on one column. `in` takes several values, `contains` a text, `is_null` and `not_null` none."""

    column: str
    op: Literal["=", "!=", "<", "<=", ">", ">=", "in", "contains", "is_null", "not_null"]
    value: Value | Annotated[tuple[Value, ...], msgspec.Meta(max_length=1000)] | None = None


class Figure(Noun, frozen=True, kw_only=True):
    """A figure over the rows, or over each group of them. `count` needs no column."""

    op: Literal["count", "count_distinct", "sum", "mean", "min", "max"]
    column: str = ""


class Order(Noun, frozen=True, kw_only=True):
    column: str
    descending: bool = False


class Question(Noun, frozen=True, kw_only=True):
    """Rows that meet all conditions: some columns of them, or figures, by group where groups are named."""

    columns: Names = ()
    where: Annotated[tuple[Where, ...], msgspec.Meta(max_length=50)] = ()
    group_by: Names = ()
    figures: Annotated[tuple[Figure, ...], msgspec.Meta(max_length=50)] = ()
    order_by: Annotated[tuple[Order, ...], msgspec.Meta(max_length=20)] = ()
    limit: Annotated[int, msgspec.Meta(ge=1, le=MOST_ROWS)] = 100


class Found(Noun, frozen=True, kw_only=True):
    """Rows in the order of `columns`. `more`: there are others that the limits left out."""

    columns: tuple[str, ...]
    rows: tuple[tuple[Any, ...], ...]
    more: bool


def answer(path: Path, columns: tuple[Column, ...], question: Question) -> Found:
    """What a Parquet file has to say. Takes its time.

    Raises:
        UsageError: a column does not exist, or does not have values of the kind asked about.
    """
    import polars as pl

    try:
        found = selected(path, columns, question).head(question.limit + 1)  # one more, to tell whether there are more
        return _within(found.collect(engine="streaming"), question.limit)
    except pl.exceptions.PolarsError as error:
        raise UsageError(
            t("this cannot be answered", "この問い合わせには答えられません"), why=type(error).__name__
        ) from None


def selected(path: Path, columns: tuple[Column, ...], question: Question) -> pl.LazyFrame:
    """What a question is about, whatever its limit. UsageError as for `answer`."""
    import polars as pl

    kinds = {column.name: column.type for column in columns}
    table = pl.scan_parquet(path, glob=False)
    for where in question.where:
        table = table.filter(_condition(where, kinds))
    table = _chosen(table, question, kinds)
    named = table.collect_schema().names()
    for order in question.order_by:
        _known(order.column, named)
    if question.order_by:
        by = [pl.nth(named.index(order.column)) for order in question.order_by]
        table = table.sort(by, descending=[order.descending for order in question.order_by], nulls_last=True)
    return table


def _chosen(table: pl.LazyFrame, question: Question, kinds: Mapping[str, str]) -> pl.LazyFrame:
    import polars as pl

    if not question.figures and not question.group_by:
        return table.select(_column(name, kinds) for name in question.columns) if question.columns else table
    if question.columns:
        raise UsageError(t("`columns` is for rows, not for figures", "`columns` は集計では使えません"))
    figures = [_figure(figure, kinds) for figure in question.figures] or [pl.len().alias("count")]
    groups = [_column(name, kinds) for name in question.group_by]
    return table.group_by(groups).agg(figures) if groups else table.select(figures)


def _condition(where: Where, kinds: Mapping[str, str]) -> pl.Expr:
    cell, kind = _column(where.column, kinds), kinds[where.column]
    if where.op in ("is_null", "not_null"):
        return cell.is_null() if where.op == "is_null" else cell.is_not_null()
    if where.op == "in":
        several = where.value if isinstance(where.value, tuple) else (where.value,)
        return cell.is_in([_value(one, kind, where.column) for one in several])
    if where.op == "contains":
        if kind != "string" or not isinstance(where.value, str):
            raise _wrong_kind(where.column, kind)
        return cell.str.contains(where.value, literal=True)
    value = _value(where.value, kind, where.column)
    compared: dict[str, pl.Expr] = {
        "=": cell == value, "!=": cell != value, "<": cell < value, "<=": cell <= value,
        ">": cell > value, ">=": cell >= value,
    }  # fmt: skip
    return compared[where.op]


def _value(value: Any, kind: str, column: str) -> Any:
    """A value as cells of that kind are. UsageError when it is of another."""
    if kind == "date" and isinstance(value, str):
        try:
            return dt.date.fromisoformat(value)
        except ValueError:
            raise _wrong_kind(column, kind) from None
    numeric = isinstance(value, int | float) and not isinstance(value, bool)
    fits = {"string": isinstance(value, str), "boolean": isinstance(value, bool), "long": numeric, "double": numeric}
    if not fits.get(kind, False):
        raise _wrong_kind(column, kind)
    return value


def _figure(figure: Figure, kinds: Mapping[str, str]) -> pl.Expr:
    import polars as pl

    if figure.op == "count" and not figure.column:
        return pl.len().alias("count")
    cell, kind = _column(figure.column, kinds), kinds[figure.column]
    if figure.op in ("sum", "mean") and kind not in ("long", "double"):
        raise _wrong_kind(figure.column, kind)
    figures = {
        "count": cell.count, "count_distinct": cell.n_unique, "sum": cell.sum, "mean": cell.mean, "min": cell.min,
        "max": cell.max,
    }  # fmt: skip
    return figures[figure.op]().alias(f"{figure.op}({figure.column})")


def _column(name: str, kinds: Mapping[str, str]) -> pl.Expr:
    """By its place: a name may look like a pattern. UsageError when there is none of that name."""
    import polars as pl

    _known(name, list(kinds))
    return pl.nth(list(kinds).index(name)).alias(name)


def _known(name: str, names: list[str]) -> None:
    if name not in names:
        some = ", ".join(names[:50])
        raise UsageError(
            t(f"there is no column `{name}`", f"列 `{name}` はありません"), hint=t(f"columns: {some}", f"列: {some}")
        )


def _within(frame: pl.DataFrame, limit: int) -> Found:
    """As many of the first rows as may be answered."""
    rows, size = list[tuple[Any, ...]](), 0
    for row in frame.head(limit).iter_rows():
        size += len(msgspec.json.encode(row))
        if size > MOST_BYTES:
            break
        rows.append(row)
    return Found(columns=tuple(frame.columns), rows=tuple(rows), more=len(rows) < frame.height)


def _wrong_kind(column: str, kind: str) -> UsageError:
    words: dict[str, Text] = {
        "string": t("texts", "文字列"),
        "long": t("whole numbers", "整数"),
        "double": t("numbers", "数値"),
        "date": t("days, as 2026-01-31", "日付（2026-01-31 の形）"),
        "boolean": t("true or false", "true または false"),
    }
    said = words[kind]
    return UsageError(t(f"`{column}` holds {said.en}", f"列 `{column}` の値は{said.ja}です"))
