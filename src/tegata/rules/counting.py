"""Laws that add up people over transfers: their limits, their window, and the facts that take what went before."""

from __future__ import annotations

import calendar
import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from tegata.model.decision import Fact
from tegata.rules.addition import Addition
from tegata.rules.pack import Pack
from tegata.rules.pack_file import Parameter


@dataclass(frozen=True, slots=True)
class CountingLaw:
    """A pack that adds up over transfers."""

    pack: str
    addition: Addition
    limits: Parameter
    months: Parameter

    @property
    def rooms(self) -> dict[str, int]:
        """Per category, how many subjects to keep: one more than the highest limit that the law has on any day."""
        rooms: dict[str, int] = {}
        for dated in self.limits.values:
            for category, limit in dated.value.items():
                rooms[category] = max(rooms.get(category, 0), int(limit) + 1)
        return rooms

    def since(self, now: dt.datetime) -> dt.datetime:
        """Begin of the window that ends now: the longest of those that hold today or will."""
        day = now.date()
        months = max((int(d.value) for d in self.months.values if d.until is None or day < d.until), default=0)
        return months_before(now, months)

    def facts(self, before: Mapping[str, int], above: bool, stated: Mapping[str, Fact]) -> dict[str, Fact]:
        """What the ledger tells of earlier transfers, by category, as facts of a flow; `above`: counted from above.

        What the publisher states of earlier ones went by other ways than this ledger, so it comes on top.
        """
        persons, devices = self.addition.persons.before, self.addition.devices.before
        people = {category: n for category, n in before.items() if n and category != self.addition.device_category}
        elsewhere = _counts(stated.get(persons))
        for category, n in elsewhere.items():
            people[category] = people.get(category, 0) + n
        number = before.get(self.addition.device_category, 0) + _number(stated.get(devices))
        source = "ledger-from-above" if above else "ledger"
        return {persons: Fact(value=people, source=source), devices: Fact(value=number, source=source)}

    def stated_now(self, category: str, stated: Mapping[str, Fact]) -> int | None:
        """The number of this transfer's subjects that the publisher states, None where nothing is stated."""
        if category == self.addition.device_category:
            fact = stated.get(self.addition.devices.now)
            return _number(fact) if fact is not None else None
        return _counts(stated.get(self.addition.persons.now)).get(category)

    def leaves_out(self, stated: Mapping[str, Fact]) -> bool:
        """Whether the law does not count this data at all."""
        fact = stated.get(self.addition.unless)
        return fact is not None and fact.value is True


def counting_laws(packs: Sequence[Pack]) -> tuple[CountingLaw, ...]:
    """Those of the packs that add up over transfers."""
    found = []
    for pack in packs:
        law, parameters = pack.files.head.ledger, {parameter.id: parameter for parameter in pack.files.parameters}
        if law is not None:
            found.append(CountingLaw(pack.id, law, parameters[law.limits], parameters[law.months]))
    return tuple(found)


def months_before(moment: dt.datetime, months: int) -> dt.datetime:
    """The same day and time so many calendar months ago; the last day of that month where it has no such day."""
    year, month = divmod(moment.year * 12 + moment.month - 1 - months, 12)
    day = min(moment.day, calendar.monthrange(year, month + 1)[1])
    return moment.replace(year=year, month=month + 1, day=day)


def _counts(fact: Fact | None) -> dict[str, int]:
    return fact.value if fact is not None and isinstance(fact.value, dict) else {}


def _number(fact: Fact | None) -> int:
    return fact.value if fact is not None and isinstance(fact.value, int) else 0
