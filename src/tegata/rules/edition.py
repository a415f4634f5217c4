"""A pack as it reads on one date, compiled."""

from __future__ import annotations

import datetime as dt
import functools
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar

from tegata.model.base import t
from tegata.model.decision import Condition
from tegata.model.errors import PackError
from tegata.rules.expression.compiled import UNSET, Binding, Code, Evaluate, Values, compiled, memoised
from tegata.rules.expression.diagram import TooEntangledError
from tegata.rules.expression.parse import Node
from tegata.rules.expression.symbolic import Symbols
from tegata.rules.facts import FactSchema
from tegata.rules.gate import Gate, gate
from tegata.rules.outlook import Meetings, Outlook, Premise, meetings
from tegata.rules.pack_check import Checked, closure
from tegata.rules.pack_file import Lever, PackFiles, Rule, RuleCondition

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class CompiledRule:
    """A rule on one date. `overriders` are places of its exceptions in the edition's rules, all before its own."""

    rule: Rule
    code: Code
    severity: int
    overriders: tuple[int, ...]
    conditions: tuple[Condition, ...]


Step = tuple[Evaluate, int, tuple[int, ...]]
"""A rule's expression, severity and overriders."""


@dataclass(frozen=True, slots=True)
class CompiledLever:
    lever: Lever
    feasible: Code
    fact: int


@dataclass(frozen=True, slots=True)
class Edition:
    """A pack as it reads on one date.

    `rules` stand with exceptions first; `blank` makes room for what definitions are and what they rest on.
    """

    applies: Code
    uncounted: Code | None  # of which data the pack adds nobody up, where it adds up at all
    gate: Gate  # the same, remembered
    rules: tuple[CompiledRule, ...]
    announced: tuple[CompiledRule, ...]  # promulgated, not yet in force: they give notes, never outcomes
    levers: tuple[CompiledLever, ...]
    definitions: Mapping[str, Code]
    parameters: Mapping[str, Any]
    blank: tuple[Any, ...]
    steps: tuple[Step, ...]  # `rules` as far as weighing them needs
    facts: frozenset[int]  # every fact that some rule may ask for
    outlook: Callable[[], Outlook]  # made when it is first asked for
    meetings: Callable[[], Meetings]  # of `rules`, by their places

    def prepared(self, values: list[Any], as_of: dt.date) -> Values:
        """The list that this edition's code runs over; `values` come from `FactSchema.values`."""
        return values + [as_of, *self.blank]  # noqa: RUF005 - a third of the time


def edition_on(day: dt.date, files: PackFiles, checked: Checked, schema: FactSchema) -> Edition:
    """The pack as it reads on a day."""
    trees = checked.trees
    parameters = {parameter.id: _frozen(_on(parameter.values, day)) for parameter in files.parameters}
    first = len(schema.specs)
    slots = {spec.name: spec.index for spec in schema.specs} | {"as_of": first}
    binding = Binding(slots, parameters, {})
    count = len(checked.definition_order)
    for slot, name in enumerate(checked.definition_order, first + 1):
        code = compiled(trees[f"definitions.yaml/{name}"], binding)
        binding.definitions[name] = memoised(code, slot, slot + count)
    used = closure(checked)
    applies, looks_at = compiled(trees["pack.yaml/applies"], binding), used["pack.yaml/applies"]
    rules = _rules(files.head.id, checked, binding, [rule for rule in files.rules if _in_force(rule, day)])
    analysis = Analysis(files, checked, schema, binding, rules)
    uncounted = trees.get("pack.yaml/ledger")
    return Edition(
        applies=applies,
        uncounted=compiled(uncounted, binding) if uncounted is not None else None,
        gate=gate(applies, [spec for spec in schema.specs if spec.name in looks_at.facts], by_day=looks_at.as_of),
        rules=rules,
        steps=tuple((rule.code.value, rule.severity, rule.overriders) for rule in rules),
        announced=_rules(
            files.head.id, checked, binding, [rule for rule in files.rules if rule.status == "promulgated"]
        ),
        levers=tuple(
            CompiledLever(lever, compiled(trees[f"levers.yaml/{lever.id}"], binding), slots[lever.fact])
            for lever in files.levers
        ),
        definitions=binding.definitions,
        parameters=parameters,
        blank=(UNSET,) * (2 * count),
        facts=frozenset(slots[name] for uses in used.values() for name in uses.facts),
        outlook=functools.cache(analysis.outlook),
        meetings=analysis.meetings,
    )


@dataclass(frozen=True, slots=True)
class Analysis:
    """What the diagrams of an edition tell; each is made anew.

    Raises (both):
        PackError: the rules have no short form.
    """

    files: PackFiles
    checked: Checked
    schema: FactSchema
    binding: Binding
    rules: Sequence[CompiledRule]

    def outlook(self) -> Outlook:
        default = self.files.head.default.severity
        return self._in_bounds(lambda: Outlook(self._symbols(), self._applies, self._premises, default))

    def meetings(self) -> Meetings:
        return self._in_bounds(lambda: meetings(self._symbols(), self._applies, self._premises))

    @property
    def _applies(self) -> Node:
        return self.checked.trees["pack.yaml/applies"]

    @property
    def _premises(self) -> list[Premise]:
        trees = self.checked.trees
        return [Premise(trees[f"rules.yaml/{rule.rule.id}"], rule.severity, rule.overriders) for rule in self.rules]

    def _symbols(self) -> Symbols:
        trees = self.checked.trees
        conditions = [definition.id for definition in self.files.definitions if definition.when is not None]
        predicates = {name: trees[f"definitions.yaml/{name}"] for name in conditions}
        others = [self._applies, *(premise.when for premise in self._premises)]
        return Symbols(self.binding, self.schema.by_name, predicates, others)

    def _in_bounds(self, made: Callable[[], T]) -> T:
        try:
            return made()
        except TooEntangledError:
            name = self.files.head.id
            raise PackError(
                t(f"the rule pack `{name}` cannot be used", f"ルールパック `{name}` を使えません"),
                why=t(
                    "its rules depend on too many facts in too many ways to be judged for certain",
                    "規則が多くの事実に複雑に依存しすぎていて、確実に判定できません",
                ),
                hint=t("split it into packs of fewer rules", "規則の少ないパックに分けてください"),
                file="rules.yaml",
            ) from None


def _promulgated(files: PackFiles) -> list[Rule]:
    return [rule for rule in files.rules if rule.status == "promulgated"]


def _in_force(rule: Rule, day: dt.date) -> bool:
    begun = rule.from_ is None or rule.from_ <= day
    return rule.status == "in_force" and begun and (rule.until is None or day < rule.until)


def _on(values: Iterable[Any], day: dt.date) -> Any:
    """The value of a dated list on a day, None outside all its periods."""
    return next((d.value for d in values if d.from_ <= day and (d.until is None or day < d.until)), None)


def _frozen(value: Any) -> Any:
    return frozenset(value) if isinstance(value, list) else value


def _rules(pack: str, checked: Checked, binding: Binding, rules: Iterable[Rule]) -> tuple[CompiledRule, ...]:
    order = {name: place for place, name in enumerate(checked.rule_order)}
    rules = sorted(rules, key=lambda rule: order[rule.id])
    places = {rule.id: place for place, rule in enumerate(rules)}
    exceptions: dict[str, list[int]] = {rule.id: [] for rule in rules}
    for rule in rules:
        for overridden in rule.overrides:
            exceptions.get(overridden, []).append(places[rule.id])
    return tuple(
        CompiledRule(
            rule,
            compiled(checked.trees[f"rules.yaml/{rule.id}"], binding),
            rule.outcome.severity,
            tuple(exceptions[rule.id]),
            _conditions(pack, rule, binding.parameters),
        )
        for rule in rules
    )


def _conditions(pack: str, rule: Rule, parameters: Mapping[str, Any]) -> tuple[Condition, ...]:
    """Each once."""
    found: list[Condition] = []
    for condition in (_condition(pack, rule, written, parameters) for written in rule.conditions):
        if condition not in found:
            found.append(condition)
    return tuple(found)


def _condition(pack: str, rule: Rule, condition: RuleCondition, parameters: Mapping[str, Any]) -> Condition:
    params = {name: resolved(value, parameters) for name, value in condition.params.items()}
    return Condition(
        verb=condition.verb,
        params=params,
        means=condition.means,
        rule=rule.id,
        pack=pack,
        citations=rule.cite,
        say=condition.say,
    )


def resolved(value: Any, parameters: Mapping[str, Any]) -> Any:
    """`{param: id, key: k}` replaced by the parameter's value; everything else as it is."""
    if not isinstance(value, dict):
        return value
    found = parameters[value["param"]]
    if "key" in value:
        found = found[value["key"]]
    return sorted(found) if isinstance(found, frozenset) else found
