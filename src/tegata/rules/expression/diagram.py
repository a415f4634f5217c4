"""Decision diagrams: functions of many-valued variables as graphs that share what they have in common.

The variables stand in one fixed order, no node has children that are all the same, and no two nodes are equal: so two
functions are the same exactly when their nodes are, and a variable occurs below a node exactly when it matters there
(Bryant 1986; Kam, Villa, Brayton and Sangiovanni-Vincentelli 1998 for more than two values).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

TERMINALS = 8
"""Nodes below this number are values: False and True of a condition, or the severities of outcomes."""
FALSE, TRUE = 0, 1
MOST_STEPS = 200_000  # children looked at; the packs of the package need 25,000 at most
MOST_VARIABLES = 300  # also the depth of the recursions below

Children = tuple[int, ...]


class TooEntangledError(Exception):
    """The diagram would grow beyond bounds: its function has no short form in this order."""


@dataclass(slots=True)
class Graph:
    """`variable` and `children` of each inner node n stand at n - TERMINALS; children come before parents."""

    variable: list[int] = field(default_factory=list)
    children: list[Children] = field(default_factory=list)
    known: dict[tuple[int, Children], int] = field(default_factory=dict)

    def node(self, variable: int, children: Children) -> int:
        """The one node of this variable and these children."""
        if children.count(children[0]) == len(children):
            return children[0]
        found = self.known.get((variable, children))
        if found is None:
            found = self.known[variable, children] = TERMINALS + len(self.variable)
            self.variable.append(variable)
            self.children.append(children)
        return found


class Builder:
    """Makes diagrams in one graph."""

    def __init__(self) -> None:
        self.graph = Graph()
        self._chosen: dict[tuple[int, int, int], int] = {}
        self._steps = 0

    def choose(self, condition: int, then: int, otherwise: int) -> int:
        """`then` where the condition holds, `otherwise` where it does not."""
        if condition < TERMINALS:
            return then if condition == TRUE else otherwise
        if then == otherwise:
            return then
        if then == TRUE and otherwise == FALSE:
            return condition
        key = (condition, then, otherwise)
        found = self._chosen.get(key)
        if found is None:
            found = self._chosen[key] = self._split(key)
        return found

    def _split(self, parts: tuple[int, int, int]) -> int:
        """Decides the first variable of the three, then the rest below each of its values."""
        variables, all_children = self.graph.variable, self.graph.children
        first = min([variables[part - TERMINALS] for part in parts if part >= TERMINALS])
        sides: list[Children] = []
        arity = 0
        for part in parts:
            own = part >= TERMINALS and variables[part - TERMINALS] == first
            sides.append(all_children[part - TERMINALS] if own else ())
            arity = max(arity, len(sides[-1]))
        self._steps += arity
        if self._steps > MOST_STEPS:
            raise TooEntangledError
        condition, then, otherwise = (side or (part,) * arity for side, part in zip(sides, parts, strict=True))
        below = [self.choose(*three) for three in zip(condition, then, otherwise, strict=True)]
        return self.graph.node(first, tuple(below))


def restricted(graph: Graph, root: int, value_of: Callable[[int], int | None]) -> tuple[Graph, int]:
    """What is left of a function once the variables whose values are known have them: a diagram of its own."""
    left, seen = Graph(), dict[int, int]()

    def below(node: int) -> int:
        if node < TERMINALS:
            return node
        found = seen.get(node)
        if found is None:
            variable, children = graph.variable[node - TERMINALS], graph.children[node - TERMINALS]
            value = value_of(variable)
            if value is not None:
                found = below(children[value])
            else:
                found = left.node(variable, tuple([below(child) for child in children]))
            seen[node] = found
        return found

    return left, below(root)
