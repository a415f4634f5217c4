"""One step of a plan as an operation on a column of text. Null stays null; what cannot be read becomes null."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

import polars as pl

from tegata.model.step import (
    Drop,
    Encrypt,
    EncryptFpe,
    Generalise,
    Keep,
    Keyed,
    Mask,
    Pseudonymise,
    RedactText,
    RoundLocation,
    ShiftDates,
    Step,
    SuppressRare,
    Tokenise,
    TopBottomCode,
)
from tegata.protect.dates import coarser
from tegata.protect.distinct import per_value
from tegata.protect.fpe import FormatPreserving
from tegata.protect.location import rounded
from tegata.protect.means import Means, Operation, Redacting, Tokens
from tegata.protect.number import number
from tegata.protect.pseudonym import Pseudonyms
from tegata.protect.shift import Shift
from tegata.protect.siv import Fields, different_nonces, one_nonce

HIDDEN = "*"


def operation(step: Step, means: Means) -> Operation | None:
    """What to do with the column of `step`; None: leave it out."""
    match step:
        case Drop():
            return None
        case Keep():
            return lambda values, _: values
        case Pseudonymise() | EncryptFpe() | Encrypt() | ShiftDates():
            return _keyed(step, means)
        case Tokenise(column=column, domain=domain):
            return _alone(partial(_handing(means), domain or column))
        case RedactText(kinds=kinds, known=known):
            return _redacting(means)(kinds, known)
        case SuppressRare(column=column):
            return lambda values, _: without_rare(values, means.frequent.get(column, values.clear()))
        case _:
            return lambda values, _: each_once(values, lambda text: _of_itself(step, text))


def _of_itself(step: Mask | TopBottomCode | RoundLocation | Generalise, text: pl.Expr) -> pl.Expr:
    """What a value becomes that depends on nothing else."""
    match step:
        case Mask(show_last=shown):
            return masked(text, shown)
        case TopBottomCode(bottom=bottom, top=top):
            return coded(text, bottom, top)
        case RoundLocation(min_error_m=error):
            return rounded(text, error)
        case Generalise():
            return generalised(text, step)


def _redacting(means: Means) -> Redacting:
    if means.redacting is None:
        raise RuntimeError("a plan that redacts text is carried out without anything that finds values in text")
    return means.redacting


def _handing(means: Means) -> Tokens:
    if means.tokens is None:
        raise RuntimeError("a plan that hands out tokens is carried out without a vault")
    return means.tokens


def _keyed(step: Keyed, means: Means) -> Operation:
    key = means.key
    match step:
        case Pseudonymise(column=column, domain=domain):
            return _alone(Pseudonyms(key, domain or column).column)
        case EncryptFpe(column=column, domain=domain, alphabet=alphabet):
            return _alone(FormatPreserving(key, domain or column, alphabet).column)
        case Encrypt(deterministic=True, column=column, domain=domain):
            return _alone(Fields(key, one_nonce(key, domain or column)).column)
        case Encrypt(column=column):
            return _alone(Fields(key, different_nonces(key, means.salt, column)).column)
        case ShiftDates(subject=subject, days=days, domain=domain):
            return Shift(key, domain, subject, days).column


def masked(text: pl.Expr, show_last: int) -> pl.Expr:
    """All characters but the last become `*`; all of them where the tail would be the whole value."""
    length = text.str.len_chars()
    shown = pl.when(length > show_last).then(text.str.tail(show_last)).otherwise(text.str.head(0))
    return shown.str.pad_start(length, "*")


def without_rare(values: pl.Series, frequent: pl.Series) -> pl.Series:
    """Values that are not among the frequent ones become `*`."""
    told = values.is_in(frequent.implode()) | values.is_null()
    return values.zip_with(told, pl.Series([HIDDEN]))


def generalised(text: pl.Expr, step: Generalise) -> pl.Expr:
    match step.to:
        case "first_chars":
            return text.str.head(step.n)
        case "number_range":
            return number_range(text, step.n)
        case unit:
            return coarser(text, unit)


def number_range(text: pl.Expr, width: int) -> pl.Expr:
    """`20..29` for 20 up to but not including 30, at width 10; null for text that is not a number."""
    low = (number(text).floor().cast(pl.Int64, strict=False) // width) * width
    return low.cast(pl.String) + ".." + (low + (width - 1)).cast(pl.String)


def coded(text: pl.Expr, bottom: float | None, top: float | None) -> pl.Expr:
    """`<=18` and `>=90` beyond the limits, which are among what they hide; null for text that is not a number."""
    found = number(text)
    low = pl.lit(None) if bottom is None else pl.when(found <= bottom).then(pl.lit(f"<={bottom:.15g}"))
    high = pl.lit(None) if top is None else pl.when(found >= top).then(pl.lit(f">={top:.15g}"))
    return pl.when(found.is_finite()).then(pl.coalesce(low, high, text))


def each_once(values: pl.Series, *expressions: Callable[[pl.Expr], pl.Expr]) -> pl.Series:
    """The expressions one after the other, on each distinct value once: dates take forty times as long as a look-up."""

    def made(distinct: pl.Series) -> pl.Series:
        frame = distinct.to_frame("")
        for expression in expressions:
            frame = frame.with_columns(expression(pl.col("")).alias(""))
        return frame.to_series()

    return per_value(values, made).alias(values.name)


def _alone(column: Callable[[pl.Series], pl.Series]) -> Operation:
    return lambda values, _: column(values)
