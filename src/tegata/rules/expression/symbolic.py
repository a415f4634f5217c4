"""Expressions as decision diagrams over the facts that they ask for."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from tegata.rules.expression.check import is_fact
from tegata.rules.expression.compiled import Binding, compiled
from tegata.rules.expression.diagram import FALSE, MOST_VARIABLES, TRUE, Builder, TooEntangledError
from tegata.rules.expression.parse import Call, Junction, Literal, Name, Node, Not
from tegata.rules.expression.variables import (
    NOT_STATED,
    STATED,
    Probe,
    Ranges,
    Variable,
    condition,
    probe_of,
    probes_in,
    ranges,
    statement,
)
from tegata.rules.facts import FactSpec


class Symbols(Builder):
    """Conditions of one edition of a pack, in one graph. `variables` stand in the order in which they were met.

    Facts of single values are branched on by ranges of their values, so that what excludes each other never holds
    together. Of everything else (sets, counts, two facts compared) each condition is a variable of its own: it may
    then look possible what is not, never the other way.
    """

    def __init__(
        self, binding: Binding, specs: Mapping[str, FactSpec], definitions: Mapping[str, Node], others: Iterable[Node]
    ) -> None:
        """`definitions` are those that are conditions; all that will be asked for is made of them and of `others`."""
        super().__init__()
        self.variables: list[Variable] = []
        self._binding, self._specs = binding, specs
        self._probes = probes_in([*definitions.values(), *others], specs, binding.parameters)
        self._places: dict[Node | str, int] = {}
        self._ranges: dict[str, Ranges] = {}
        self._definitions, self._defined = definitions, dict[str, int]()

    def of(self, node: Node) -> int:
        """The diagram of a condition.

        Raises:
            TooEntangledError: it has no short form.
        """
        match node:
            case Literal():
                return TRUE if node.value else FALSE
            case Not():
                return self.choose(self.of(node.item), FALSE, TRUE)
            case Junction():
                return self._joined(node)
            case Call(function="stated", arguments=(Name(name=name), derived)):
                return self._stated(node, name, derived)
            case Name(name=name) if name in self._definitions:
                return self._definition(name)
        return self._leaf(node)

    def _definition(self, name: str) -> int:
        found = self._defined.get(name)
        if found is None:
            found = self._defined[name] = self.of(self._definitions[name])
        return found

    def _joined(self, node: Junction) -> int:
        parts = [self.of(item) for item in node.items]
        found = parts.pop()
        for part in reversed(parts):
            found = self.choose(part, TRUE, found) if node.op == "or" else self.choose(part, found, FALSE)
        return found

    def _stated(self, node: Call, name: str, derived: Node) -> int:
        fact, follows = self._specs[name].index, compiled(derived, self._binding)
        place = self._place(node, lambda: statement(fact, compiled(node, self._binding), follows))
        follows_from = self.of(derived)
        silent = self.graph.node(place, tuple(int(value == NOT_STATED) for value in range(3)))
        said = self.graph.node(place, tuple(int(value == STATED) for value in range(3)))
        return self.choose(silent, follows_from, said)

    def _leaf(self, node: Node) -> int:
        """A condition that is not made of others."""
        probe = probe_of(node, self._specs, self._binding.parameters)
        if isinstance(node, Name) and is_fact(node.name) and not node.name.startswith("param."):
            probe = Probe(node.name, "==", constant=True)
        if probe is None:
            place = self._place(node, lambda: condition(compiled(node, self._binding)))
            return self.graph.node(place, (FALSE, TRUE))
        return self._in_range(probe)

    def _in_range(self, probe: Probe) -> int:
        found = self._ranges.get(probe.fact)
        if found is None:
            probes = self._probes.get(probe.fact, [probe])
            found = self._ranges[probe.fact] = ranges(self._specs[probe.fact], probes)
        place = self._place(probe.fact, lambda: found.variable)
        return self.graph.node(place, tuple(int(probe.holds(sample)) for sample in found.samples))

    def _place(self, key: Node | str, made: Any) -> int:
        place = self._places.get(key)
        if place is None:
            if len(self.variables) >= MOST_VARIABLES:
                raise TooEntangledError
            place = self._places[key] = len(self.variables)
            self.variables.append(made())
        return place
