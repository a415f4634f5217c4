"""Whether a pack has a say at all: asked of every pack in every flow, and for most the answer is no."""

from __future__ import annotations

import operator
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Any, Final, NamedTuple

from tegata.rules.expression.compiled import Code, Values
from tegata.rules.facts import FactSpec

MOST_REMEMBERED: Final = 4096

Places = tuple[int, ...]


class Silence(NamedTuple):
    """Why a pack has no say; where it is not applicable, the facts on which that rests."""

    why: str  # not_in_force, not_begun or not_applicable
    closed: Places = ()


NOT_IN_FORCE: Final = Silence("not_in_force")
NOT_BEGUN: Final = Silence("not_begun")

_UNSEEN: Any = object()


@dataclass(frozen=True, slots=True)
class Gate:
    """The `applies` of a pack on one date.

    It looks at few facts, whose values repeat from flow to flow: what it said of them is remembered, within bounds.
    `places` are theirs, and `key` picks their values; None where those cannot be told apart by comparing them.
    """

    code: Code
    places: Places | None
    key: Callable[[Values], Any] | None
    said: dict[Any, Silence | None] = field(default_factory=dict, repr=False)

    def silence(self, values: list[Any], prepared: Callable[[], Values]) -> Silence | None:
        """That the pack does not apply; None where it does, or may."""
        if self.key is None:
            return self._looked(prepared())
        key = self.key(values)
        found: Silence | None = self.said.get(key, _UNSEEN)
        if found is _UNSEEN:
            if len(self.said) >= MOST_REMEMBERED:
                self.said.clear()
            found = self.said[key] = self._looked(prepared())
        return found

    def _looked(self, values: Values) -> Silence | None:
        if self.code.value(values) is not False:
            return None
        used: set[int] = set()
        self.code.trace(values, used, False)
        return Silence("not_applicable", tuple(sorted(used)))


def gate(code: Code, facts: Iterable[FactSpec], *, by_day: bool) -> Gate:
    """A gate that looks at these facts and, `by_day`, at the day of the act."""
    specs = list(facts)
    if by_day or any(spec.type.kind == "counts" for spec in specs):
        return Gate(code, None, None)
    places = tuple(spec.index for spec in specs)
    return Gate(code, places, operator.itemgetter(*places) if places else lambda _values: ())
