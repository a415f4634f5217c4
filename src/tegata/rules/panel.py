"""Packs that judge together on one day: which of them have no say in a flow, asked of all of them at once."""

from __future__ import annotations

import datetime as dt
import functools
import operator
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from tegata.rules import gate
from tegata.rules.facts import Value
from tegata.rules.gate import Silence
from tegata.rules.judge import Judgement, judge, silence
from tegata.rules.pack import Pack

Silences = tuple[Silence | None, ...]


@dataclass(frozen=True, slots=True, eq=False)
class Panel:
    """The gates of all packs look at few facts together: what they say of these is remembered as one answer.

    `key` picks the values of these facts. A gate whose facts cannot be told apart by comparing them is asked each time.
    """

    packs: tuple[Pack, ...]
    day: dt.date
    key: Callable[[list[Value]], Any]
    said: dict[Any, Silences] = field(default_factory=dict, repr=False)

    def heard(self, values: list[Value], known_on: dt.date) -> list[Judgement | Silence]:
        """What each pack says: its judgement, or why it has no say."""
        silences = self._remembered(values)
        return [
            silent or self._judged(pack, values, known_on) for pack, silent in zip(self.packs, silences, strict=True)
        ]

    def _judged(self, pack: Pack, values: list[Value], known_on: dt.date) -> Judgement | Silence:
        judgement = judge(pack, values, self.day, known_on)
        return judgement.silent or judgement

    def _remembered(self, values: list[Value]) -> Silences:
        key = self.key(values)
        found = self.said.get(key)
        if found is None:
            if len(self.said) >= gate.MOST_REMEMBERED:
                self.said.clear()
            found = self.said[key] = tuple([self._silence(pack, values) for pack in self.packs])
        return found

    def _silence(self, pack: Pack, values: list[Value]) -> Silence | None:
        edition = pack.edition(self.day)
        return silence(pack, edition, values, self.day) if edition.gate.places is not None else None


@functools.lru_cache(maxsize=16)
def panel_of(packs: tuple[Pack, ...], day: dt.date) -> Panel:
    """The panel of these packs; those of late are remembered."""
    gates = [pack.edition(day).gate for pack in packs]
    places = sorted({place for one in gates for place in one.places or ()})
    return Panel(packs, day, operator.itemgetter(*places) if places else lambda _values: ())
