"""Whether a pack has a say at all: asked of every pack in every flow, and for most the answer is no."""

from __future__ import annotations

import operator
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Any, Final

from tegata.rules.expression.compiled import Code, Values
from tegata.rules.facts import FactSpec

MOST_REMEMBERED: Final = 4096

Places = tuple[int, ...]


_UNSEEN: Any = object()


@dataclass(frozen=True, slots=True)
class Gate:
    """The `applies` of a pack on one date.

    It looks at few facts, whose values repeat from flow to flow: what it said of them is remembered, within bounds.
    `key` picks their values; None where those cannot be told apart by comparing them.
    """

    code: Code
    key: Callable[[Values], Any] | None
    said: dict[Any, Places | None] = field(default_factory=dict, repr=False)

    def closed(self, values: list[Any], prepared: Callable[[], Values]) -> Places | None:
        """The facts on which it rests that the pack does not apply; None where it does, or may."""
        if self.key is None:
            return self._looked(prepared())
        key = self.key(values)
        found: Places | None = self.said.get(key, _UNSEEN)
        if found is _UNSEEN:
            if len(self.said) >= MOST_REMEMBERED:
                self.said.clear()
            found = self.said[key] = self._looked(prepared())
        return found

    def _looked(self, values: Values) -> Places | None:
        if self.code.value(values) is not False:
            return None
        used: set[int] = set()
        self.code.trace(values, used, False)
        return tuple(sorted(used))


def gate(code: Code, facts: Iterable[FactSpec], *, by_day: bool) -> Gate:
    """A gate that looks at these facts and, `by_day`, at the day of the act."""
    specs = list(facts)
    if by_day or any(spec.type.kind == "counts" for spec in specs):
        return Gate(code, None)
    places = [spec.index for spec in specs]
    return Gate(code, operator.itemgetter(*places) if places else lambda _values: ())
