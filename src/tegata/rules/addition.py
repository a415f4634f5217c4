"""What a pack says of adding up: the `ledger` of its pack.yaml."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from typing import Literal

from tegata.model.base import Noun, Text, t
from tegata.model.categories import CATEGORIES
from tegata.rules.expression.check import Scope
from tegata.rules.expression.parse import ExpressionError


class Unit(Noun, frozen=True, kw_only=True):
    """The facts that take a number: of this transfer, and of those before it."""

    now: str
    before: str


class Categories(Noun, frozen=True, kw_only=True):
    """Numbers for each category that the parameter `limits` names; in `device_category` they are of devices."""

    limits: str
    persons: Unit
    devices: Unit
    device_category: str


class Total(Noun, frozen=True, kw_only=True):
    """One number of people over all of `categories` (or heads of them), this transfer included, which `fact` takes."""

    fact: str
    limit: str
    categories: tuple[str, ...]


class Addition(Noun, frozen=True, kw_only=True):
    """How a law adds up people over the transfers of one exporter, by categories or in totals.

    `scope`: to one recipient, or parties under common control; or to everybody. The window is the parameter `months`,
    or the year, which turns at midnight of the offset from UTC `year_turns_at` (`+08:00`). Those of `country` are
    counted, everybody where there is none. `unless` is an expression: data of which it is true does not count.
    """

    by_category: Categories | None = None
    totals: tuple[Total, ...] = ()
    scope: Literal["counterparty", "exporter"] = "counterparty"
    months: str = ""
    year_turns_at: str = ""
    country: str = ""
    unless: str

    @property
    def limits(self) -> tuple[str, ...]:
        """The parameters that hold limits."""
        return (self.by_category.limits,) if self.by_category else tuple(total.limit for total in self.totals)

    def year_turns(self) -> dt.timezone:
        """Where the year of the law turns. ValueError when it is no offset from UTC."""
        zone = dt.datetime.strptime(self.year_turns_at, "%z").tzinfo
        if not isinstance(zone, dt.timezone):
            raise ValueError(self.year_turns_at)
        return zone


def fault_in(addition: Addition, scope: Scope) -> Text | None:
    """Which name in it does not exist or does not fit, if any: a slip would count nobody."""
    try:
        parameters = [(name, kind, scope.parameter(name, 0).kind) for name, kind in _parameters(addition)]
        facts = [(name, kind, scope.fact(name, 0).kind) for name, kind in _facts(addition)]
    except ExpressionError as error:
        return error.what
    wrong = next(((name, kind) for name, kind, actual in (*parameters, *facts) if actual != kind), None)
    if wrong is not None:
        return t(f"`{wrong[0]}` is no {wrong[1]}", f"`{wrong[0]}` の型が {wrong[1]} ではありません")
    return _misshapen(addition)


def _misshapen(addition: Addition) -> Text | None:
    if (addition.by_category is None) == (not addition.totals):
        return t("it needs either `by_category` or `totals`", "`by_category` か `totals` のどちらか一方が必要です")
    if bool(addition.months) == bool(addition.year_turns_at):
        return t("it needs either `months` or `year_turns_at`", "`months` か `year_turns_at` のどちらか一方が必要です")
    try:
        _ = addition.year_turns_at and addition.year_turns()
    except ValueError:
        return t(
            f"`{addition.year_turns_at}` is no offset from UTC such as `+08:00`",
            f"`{addition.year_turns_at}` は `+08:00` のような UTC との時差ではありません",
        )
    return next(filter(None, map(_foreign, addition.totals)), None)


def _foreign(total: Total) -> Text | None:
    """Which of its categories are none."""
    known = {name for category in CATEGORIES for name in (category, category.split(".")[0])}
    if total.categories and known.issuperset(total.categories):
        return None
    named = ", ".join(f"`{name}`" for name in total.categories if name not in known) or "`categories`"
    return t(f"{named} of `{total.fact}` are no categories", f"`{total.fact}` の {named} は区分ではありません")


def _parameters(addition: Addition) -> Iterator[tuple[str, str]]:
    for name in addition.limits:
        yield name, "map" if addition.by_category else "number"
    if addition.months:
        yield addition.months, "number"


def _facts(addition: Addition) -> Iterator[tuple[str, str]]:
    if by := addition.by_category:
        yield from [(by.persons.now, "counts"), (by.persons.before, "counts")]
        yield from [(by.devices.now, "number"), (by.devices.before, "number")]
    for total in addition.totals:
        yield total.fact, "number"
