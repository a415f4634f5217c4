"""Laws that add up people over transfers: their limits, their window, and the facts that take what went before."""

from __future__ import annotations

import calendar
import datetime as dt
import functools
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from tegata.model.decision import Fact, FactValue
from tegata.model.profile import Wanted
from tegata.rules.addition import Addition, Categories
from tegata.rules.pack import Pack
from tegata.rules.pack_file import Parameter


@dataclass(frozen=True)
class CountingLaw:
    """A pack that adds up over transfers. What it counts stands under names: categories, or the facts of totals."""

    pack: Pack
    addition: Addition
    parameters: Mapping[str, Parameter]

    @functools.cached_property
    def rooms(self) -> dict[str, int]:
        """Per name, how many subjects to keep: one more than the highest limit that the law has on any day."""
        if by := self.addition.by_category:
            limits = [pair for dated in self.parameters[by.limits].values for pair in dated.value.items()]
        else:
            dates = [(total.fact, self.parameters[total.limit].values) for total in self.addition.totals]
            limits = [(name, dated.value) for name, values in dates for dated in values]
        rooms: dict[str, int] = {}
        for name, limit in limits:
            rooms[name] = max(rooms.get(name, 0), math.ceil(limit) + 1)
        return rooms

    @functools.cached_property
    def heads(self) -> dict[str, tuple[str, ...]]:
        """Per name, the categories or heads of categories whose people it counts."""
        totals = {total.fact: total.categories for total in self.addition.totals}
        return totals or {name: (name,) for name in self.rooms}

    @property
    def wanted(self) -> Wanted:
        """Whom a scan has to tell of."""
        return Wanted(country=self.addition.country, most=self.rooms, heads=self.heads)

    @property
    def over_all(self) -> bool:
        """Whether transfers to everybody count together, not only those to one recipient and its group."""
        return self.addition.scope == "exporter"

    @property
    def counts_present(self) -> bool:
        """Whether its numbers have the people of this transfer in them."""
        return self.addition.by_category is None

    def since(self, now: dt.datetime) -> dt.datetime:
        """Begin of the window that ends now: of the months, the longest of those that hold today or will."""
        if self.addition.year_turns_at:
            return year_of(now, self.addition.year_turns())
        day = now.date()
        dates = self.parameters[self.addition.months].values
        return months_before(now, max((int(d.value) for d in dates if d.until is None or day < d.until), default=0))

    def leaves_out(self, facts: Mapping[str, Fact], day: dt.date) -> bool:
        """Whether the law certainly does not count data of which these facts are known."""
        edition = self.pack.edition(day)
        values = edition.prepared(self.pack.schema.values(facts), day)
        return edition.uncounted is not None and edition.uncounted.value(values) is True

    def facts(
        self, before: Mapping[str, int], present: Mapping[str, int], above: bool, stated: Mapping[str, Fact]
    ) -> dict[str, Fact]:
        """What the ledger tells, by name, as facts of a flow: others who went before, and those present.

        What the publisher states went by other ways than this ledger, so others come on top. `above`: some of them
        are counted from above.
        """
        by = self.addition.by_category
        found = _by_category(by, before, stated) if by else self._totals(before, present, stated)
        source = "ledger-from-above" if above else "ledger"
        return {name: Fact(value=value, source=source) for name, value in found.items()}

    def _totals(
        self, before: Mapping[str, int], present: Mapping[str, int], stated: Mapping[str, Fact]
    ) -> dict[str, FactValue]:
        return {
            name: before[name] + (_number(stated[name]) if name in stated else present.get(name, 0))
            for name in self.heads
        }

    def stated_now(self, name: str, stated: Mapping[str, Fact]) -> int | None:
        """The number of this transfer's subjects that the publisher states, at most; None where nothing is stated."""
        by = self.addition.by_category
        if by is None or name == by.device_category:
            fact = stated.get(name if by is None else by.devices.now)
            return _number(fact) if fact is not None else None
        return _counts(stated.get(by.persons.now)).get(name)


def counting_laws(packs: Sequence[Pack]) -> tuple[CountingLaw, ...]:
    """Those of the packs that add up over transfers."""
    return tuple(
        CountingLaw(pack, pack.files.head.ledger, {parameter.id: parameter for parameter in pack.files.parameters})
        for pack in packs
        if pack.files.head.ledger is not None
    )


def year_of(moment: dt.datetime, zone: dt.timezone) -> dt.datetime:
    """The midnight of that zone with which its year began."""
    return dt.datetime(moment.astimezone(zone).year, 1, 1, tzinfo=zone)


def months_before(moment: dt.datetime, months: int) -> dt.datetime:
    """The same day and time so many calendar months ago; the last day of that month where it has no such day."""
    year, month = divmod(moment.year * 12 + moment.month - 1 - months, 12)
    day = min(moment.day, calendar.monthrange(year, month + 1)[1])
    return moment.replace(year=year, month=month + 1, day=day)


def _by_category(by: Categories, before: Mapping[str, int], stated: Mapping[str, Fact]) -> dict[str, FactValue]:
    people = {category: n for category, n in before.items() if n and category != by.device_category}
    for category, n in _counts(stated.get(by.persons.before)).items():
        people[category] = people.get(category, 0) + n
    devices = before.get(by.device_category, 0) + _number(stated.get(by.devices.before))
    return {by.persons.before: people, by.devices.before: devices}


def _counts(fact: Fact | None) -> dict[str, int]:
    return fact.value if fact is not None and isinstance(fact.value, dict) else {}


def _number(fact: Fact | None) -> int:
    return fact.value if fact is not None and isinstance(fact.value, int) else 0
