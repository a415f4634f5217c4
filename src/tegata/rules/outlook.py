"""What can still become of a flow while facts are unknown: the outcomes that are possible, and which facts decide.

Kleene's logic is weaker than trying every answer: `a or not a` is unknown to it while `a` is. The rules of a pack as
one diagram, restricted to what is known, leave exactly the outcomes that some answer leads to and the facts on which
they depend; nothing is tried and nothing is guessed.
"""

from __future__ import annotations

import functools
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from tegata.rules.expression.compiled import Values
from tegata.rules.expression.diagram import FALSE, TERMINALS, Graph, restricted
from tegata.rules.expression.parse import Node
from tegata.rules.expression.symbolic import Symbols
from tegata.rules.expression.variables import Variable


class Premise(NamedTuple):
    """A rule as far as its outcome goes; `overriders` are places of its exceptions, all before its own."""

    when: Node
    severity: int
    overriders: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Question:
    """A variable on which the outcome depends; `strength`: how far its answers move the expected severity apart."""

    variable: Variable
    strength: float


@dataclass(frozen=True, slots=True)
class Prospect:
    """What one list of values leaves open."""

    graph: Graph
    root: int
    variables: tuple[Variable, ...]

    @property
    def possible(self) -> int:
        """The outcomes that some answer leads to, as a mask."""
        if self.root < TERMINALS:
            return 1 << self.root
        return functools.reduce(
            int.__or__, (1 << node for below in self.graph.children for node in below if node < TERMINALS)
        )

    def questions(self) -> list[Question]:
        """Every variable that can change the outcome, the strongest first.

        All answers count as equally likely, silence aside: of each node, how likely it is reached and the severity to
        expect there; so of each answer, what is to be expected after it.
        """
        expected = self._expected()
        shifts: dict[int, list[float]] = {}
        for node, weight in self._reached():
            variable, below = self.graph.variable[node - TERMINALS], self.graph.children[node - TERMINALS]
            shift = shifts.setdefault(variable, [0.0] * len(below))
            for value, child in enumerate(below):
                shift[value] += weight * (expected[child] - expected[node])
        asked = [(self.variables[variable], shift) for variable, shift in shifts.items()]
        found = [Question(v, _spread([shift[answer] for answer in v.answers])) for v, shift in asked]
        return sorted(found, key=lambda question: -question.strength)

    def _expected(self) -> list[float]:
        """The mean severity at every node, terminals first."""
        expected = [float(severity) for severity in range(TERMINALS)]
        for variable, below in zip(self.graph.variable, self.graph.children, strict=True):
            expected.append(sum([expected[below[value]] for value in self._ways(variable)]) / len(self._ways(variable)))
        return expected

    def _reached(self) -> Iterable[tuple[int, float]]:
        """How likely each inner node is met on the way from the root, parents first."""
        weights: dict[int, float] = defaultdict(float, {self.root: 1.0})
        for node in range(self.root, TERMINALS - 1, -1):
            weight = weights[node]
            yield node, weight
            ways = self._ways(self.graph.variable[node - TERMINALS])
            for value in ways:
                weights[self.graph.children[node - TERMINALS][value]] += weight / len(ways)

    def _ways(self, variable: int) -> tuple[int, ...]:
        """The values that count: silence, where it is one, leads on to what else may be asked."""
        silent = self.variables[variable].silent
        return self.variables[variable].answers if silent is None else (silent,)


def _spread(shifts: list[float]) -> float:
    """Their variance."""
    mean = sum(shifts) / len(shifts)
    return sum([(shift - mean) ** 2 for shift in shifts]) / len(shifts)


class Outlook:
    """The rules of one edition of a pack as one diagram, whose values are severities.

    Raises:
        TooEntangledError: the rules have no short form.
    """

    def __init__(self, symbols: Symbols, applies: Node, premises: Sequence[Premise], default: int) -> None:
        self._root = symbols.choose(symbols.of(applies), _strictest(symbols, premises, default), 0)
        self._graph, self._variables = symbols.graph, tuple(symbols.variables)

    def settled(self, values: Values) -> int | None:
        """The severity that every answer leads to; None as soon as two are found that differ."""
        graph, variables = self._graph, self._variables
        waiting, met, found = [self._root], set[int](), set[int]()
        while waiting and len(found) < 2:
            node = waiting.pop()
            if node < TERMINALS:
                found.add(node)
            elif node not in met:
                met.add(node)
                below = graph.children[node - TERMINALS]
                value = variables[graph.variable[node - TERMINALS]].read(values)
                waiting += below if value is None else (below[value],)
        return found.pop() if len(found) == 1 else None

    def prospect(self, values: Values) -> Prospect:
        graph, root = restricted(self._graph, self._root, lambda variable: self._variables[variable].read(values))
        return Prospect(graph, root, self._variables)


def _strictest(symbols: Symbols, premises: Sequence[Premise], default: int) -> int:
    """The strictest severity among rules that hold and are not overridden."""
    strict_first = sorted(range(len(premises)), key=lambda place: -premises[place].severity)
    whens = {place: symbols.of(premises[place].when) for place in strict_first}  # what decides most comes first
    holding: list[int] = []
    for place, premise in enumerate(premises):
        holds = whens[place]
        for exception in premise.overriders:
            holds = symbols.choose(holding[exception], FALSE, holds)
        holding.append(holds)
    found = default
    for place in reversed(strict_first):
        found = symbols.choose(holding[place], premises[place].severity, found)
    return found


class Meetings(NamedTuple):
    """How rules meet, by their places: those that never hold, exceptions that never meet what they override, and
    permissions that meet what is stricter although neither says which gives way."""

    never: tuple[int, ...]
    idle: tuple[tuple[int, int], ...]
    conflicts: tuple[tuple[int, int], ...]


def meetings(symbols: Symbols, applies: Node, premises: Sequence[Premise]) -> Meetings:
    """Told for certain where a fact has single values; of sets and counts two conditions may look as if they could
    meet that cannot."""
    gate = symbols.of(applies)
    whens = [symbols.choose(gate, symbols.of(premise.when), FALSE) for premise in premises]

    def meet(one: int, other: int) -> bool:
        return symbols.choose(whens[one], whens[other], FALSE) != FALSE

    overriding = [(exception, rule) for rule, premise in enumerate(premises) for exception in premise.overriders]
    settled = {*overriding, *((rule, exception) for exception, rule in overriding)}
    excepting = {exception for exception, _ in overriding}
    permissions = [n for n, premise in enumerate(premises) if premise.severity == 0 and n not in excepting]
    strict = [n for n, premise in enumerate(premises) if premise.severity > MILD]
    return Meetings(
        never=tuple(n for n, when in enumerate(whens) if when == FALSE),
        idle=tuple(pair for pair in overriding if FALSE not in (whens[pair[0]], whens[pair[1]]) and not meet(*pair)),
        conflicts=tuple((one, n) for one in permissions for n in strict if (one, n) not in settled and meet(one, n)),
    )


MILD = 1  # what is allowed on conditions stands beside what is allowed: it is no conflict
