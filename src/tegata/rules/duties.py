"""Duties with a clock: what must be told to whom and until when, read from the packs for stated facts and events."""

from __future__ import annotations

import calendar
import datetime as dt
from collections.abc import Mapping, Sequence
from typing import Any

from tegata.model.base import Noun, Text, t
from tegata.model.decision import Citation, Condition, Flow
from tegata.model.errors import UsageError
from tegata.rules.facts import fact_schema
from tegata.rules.judge import judge
from tegata.rules.pack import Pack

AWARENESS = "awareness"
REPORT = "report"
_NEVER = dt.datetime.max.replace(tzinfo=dt.UTC)
_SATURDAY = 5


class Term(Noun, frozen=True, kw_only=True):
    """How long a duty leaves: from the event `start` on. All three zero: without delay.

    `working`: days from Monday to Friday; public holidays are not left out, so the day may be too early but never too
    late. `inclusive`: the day of the event is the first day.
    """

    start: str
    hours: int = 0
    days: int = 0
    months: int = 0
    working: bool = False
    inclusive: bool = False

    def after(self, event: dt.datetime) -> dt.datetime:
        """The last moment: to the hour where hours count, else the end of the last day where the event happened."""
        if self.hours or not (self.days or self.months):
            return event + dt.timedelta(hours=self.hours)
        day = _later_month(event.date(), self.months)
        days = self.days - 1 if self.inclusive and self.days else self.days
        day = _working(day, days) if self.working else day + dt.timedelta(days)
        return dt.datetime.combine(day, dt.time(23, 59, 59), event.tzinfo)


class Duty(Noun, frozen=True, kw_only=True):
    """Something to report. `until` is None while its event has not happened, or is not told, or sets no clock.

    `certain` is false where facts are missing by which the rule may not hold.
    """

    pack: str
    rule: str
    to: str
    stage: str
    term: Term | None = None
    until: dt.datetime | None = None
    certain: bool = True
    say: Text
    citations: tuple[Citation, ...] = ()


def duties(
    flow: Flow, packs: Sequence[Pack], *, today: dt.date, events: Mapping[str, dt.datetime] = {}
) -> tuple[Duty, ...]:
    """What the packs ask to be reported, the most urgent first.

    Args:
        flow: the facts of the data, the parties and the incident.
        events: when each start of a clock happened, with a time zone. A duty is itself the event of a later one: it
            counts as done at its last moment where nothing is said.

    Raises:
        FactError: an unknown fact, or a value that does not fit.
    """
    values = fact_schema().values(flow.facts)
    as_of, known_on = flow.as_of or today, flow.known_on or today
    found: list[Duty] = []
    for pack in packs:
        judgement, moments = judge(pack, values, as_of, known_on), dict(events)
        for certain, rules in ((True, judgement.holding), (False, judgement.open)):
            asked = [condition for rule in rules for condition in rule.conditions if condition.verb == REPORT]
            found += [_duty(condition, moments, certain=certain) for condition in asked]
    return tuple(sorted(found, key=lambda duty: duty.until or _NEVER))


def read_event(text: str) -> tuple[str, dt.datetime]:
    """An event and its time from `awareness=2026-11-25T09:00+09:00`; without a zone it is UTC.

    Raises:
        UsageError: it is written otherwise, or there is no such time.
    """
    name, _, stated = text.partition("=")
    try:
        moment = dt.datetime.fromisoformat(stated)
    except ValueError:
        moment = None
    if not name or moment is None:
        raise UsageError(
            t(f"`{text}` says of no event when it was", f"`{text}` は出来事の日時になっていません"),
            hint=t("write for example `awareness=2026-11-25T09:00+09:00`", "例：`awareness=2026-11-25T09:00+09:00`"),
        )
    return name, moment if moment.tzinfo else moment.replace(tzinfo=dt.UTC)


def _duty(condition: Condition, moments: dict[str, dt.datetime], *, certain: bool) -> Duty:
    """A condition as a duty; where it has a last moment, that is the event of duties that start from it."""
    params, term = condition.params, _term(condition.params)
    event = moments.get(term.start) if term else None
    until = term.after(event) if term and event else None
    stage = str(params.get("stage", ""))
    if until is not None:
        moments.setdefault(stage, until)
    return Duty(
        pack=condition.pack,
        rule=condition.rule,
        to=str(params.get("to", "")),
        stage=stage,
        term=term,
        until=until,
        certain=certain,
        say=condition.say,
        citations=condition.citations,
    )


def _term(params: Mapping[str, Any]) -> Term | None:
    """The clock of a report; None where the law names no time."""
    if not any(f"within_{unit}" in params for unit in ("hours", "days", "months")):
        return None
    return Term(
        start=str(params.get("from") or params.get("event") or AWARENESS),
        hours=params.get("within_hours", 0),
        days=params.get("within_days", 0),
        months=params.get("within_months", 0),
        working=params.get("days") == "working",
        inclusive=params.get("counted") == "first_day",
    )


def _later_month(day: dt.date, months: int) -> dt.date:
    """The same day of a later month, or its last day where it is shorter."""
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    return day.replace(year=year, month=month + 1, day=min(day.day, calendar.monthrange(year, month + 1)[1]))


def _working(day: dt.date, days: int) -> dt.date:
    while days:
        day += dt.timedelta(1)
        days -= day.weekday() < _SATURDAY
    return day
