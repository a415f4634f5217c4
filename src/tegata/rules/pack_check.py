"""What a pack must be to be loaded: names exist, types fit, nothing circles, every parameter is cited and dated."""

from __future__ import annotations

import datetime as dt
import graphlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from tegata.model.base import Text, t
from tegata.model.errors import FactError
from tegata.rules import addition, owning
from tegata.rules.expression.check import Kind, Uses, check
from tegata.rules.expression.parse import ExpressionError, Node, names, parse
from tegata.rules.facts import FactSchema, check_value
from tegata.rules.faults import DependsOnFaultError, Faults, bad
from tegata.rules.pack_file import STATUSES, Definition, Lever, PackFiles, Rule
from tegata.rules.parameter_check import parameter_kind

_KINDS = {"int": "number"}
MOST_LEVELS = 30  # of definitions that rest on each other; nobody could follow more


@dataclass(slots=True)
class Checked:
    """A pack's expressions as trees, by `<file>/<id>`, and what each refers to; definitions in order of dependence."""

    trees: dict[str, Node] = field(default_factory=dict)
    uses: dict[str, Uses] = field(default_factory=dict)
    definition_order: tuple[str, ...] = ()
    rule_order: tuple[str, ...] = ()


@dataclass(slots=True)
class _Scope:
    """Names that the pack's expressions may use. Definitions are typed as they are met (depth first)."""

    schema: FactSchema
    parameters: dict[str, Kind]
    definitions: dict[str, Kind]
    broken: set[str] = field(default_factory=set)  # `definition/<id>` and `parameter/<id>` that have a fault

    def fact(self, name: str, at: int) -> Kind:
        try:
            kind = self.schema.spec(name).type
        except FactError as error:
            en, ja = error.parts("en"), error.parts("ja")
            message = t("; ".join(filter(None, (en[0], en[2]))), "。".join(filter(None, (ja[0], ja[2]))))
            raise ExpressionError(message, at) from None
        return Kind(_KINDS.get(kind.kind, kind.kind), kind.domain, (), kind.of)

    def definition(self, name: str, at: int) -> Kind:
        return self._known(self.definitions, name, at, ("definition", "定義"))

    def parameter(self, name: str, at: int) -> Kind:
        return self._known(self.parameters, name, at, ("parameter", "パラメーター"))

    def _known(self, table: Mapping[str, Kind], name: str, at: int, words: tuple[str, str]) -> Kind:
        if f"{words[0]}/{name}" in self.broken:
            raise DependsOnFaultError
        if name not in table:
            raise ExpressionError(t(f"there is no {words[0]} `{name}`", f"{words[1]} `{name}` はありません"), at)
        return table[name]


def check_pack(files: PackFiles, schema: FactSchema, faults: Faults) -> Checked:
    """Checks everything that can be known without a flow; each fault names file, id and, in expressions, the column.

    What is returned is whole only where no fault was found.
    """
    checked, scope = Checked(), _Scope(schema, {}, {})
    _parameters(files, scope, faults)
    _statuses(files, faults)
    _definitions(files, scope, checked, faults)
    with faults.kept():
        _expression(checked, scope, "pack.yaml", "applies", files.head.applies)
    with faults.kept():
        if files.head.ledger is not None:
            _ledger(files.head.ledger, scope, checked)
    with faults.kept():
        if files.head.ownership is not None and (fault := owning.fault_in(files.head.ownership, scope)) is not None:
            raise bad("pack.yaml", "ownership", fault.en, fault.ja)
    for rule in files.rules:
        with faults.kept():
            _expression(checked, scope, "rules.yaml", rule.id, rule.when)
        with faults.kept():
            _references(rule, scope)
    for lever in files.levers:
        with faults.kept():
            _expression(checked, scope, "levers.yaml", lever.id, lever.when)
        with faults.kept():
            _lever(lever, scope)
    with faults.kept():
        checked.rule_order = _rule_order(files)
    if not faults.found:
        _coverage(files, checked, faults)
    return checked


def _expression(checked: Checked, scope: _Scope, file: str, where: str, source: str) -> Kind:
    uses = Uses()
    try:
        node = parse(source)
        kind = check(node, scope, uses)
        if kind.kind != "bool" and file != "definitions.yaml":
            raise ExpressionError(t("this is not a condition", "条件になっていません"), 0)
    except ExpressionError as error:
        place = Text(en=f" (column {error.at})", ja=f"（{error.at} 文字目）")
        raise bad(file, where, error.what.en + place.en, error.what.ja + place.ja, error.at) from None
    checked.trees[f"{file}/{where}"] = node
    checked.uses[f"{file}/{where}"] = uses
    return kind


def _ledger(ledger: addition.Addition, scope: _Scope, checked: Checked) -> None:
    if (fault := addition.fault_in(ledger, scope)) is not None:
        raise bad("pack.yaml", "ledger", fault.en, fault.ja)
    _expression(checked, scope, "pack.yaml", "ledger", ledger.unless)


def _parameters(files: PackFiles, scope: _Scope, faults: Faults) -> None:
    for parameter in files.parameters:
        with faults.kept():
            scope.broken.add(f"parameter/{parameter.id}")
            scope.parameters[parameter.id] = parameter_kind(parameter)
            scope.broken.discard(f"parameter/{parameter.id}")


def _statuses(files: PackFiles, faults: Faults) -> None:
    for file, where, status in [("pack.yaml", "status", files.head.status)] + [
        ("rules.yaml", rule.id, rule.status) for rule in files.rules
    ]:
        with faults.kept():
            if status not in STATUSES:
                raise bad(file, where, f"there is no status `{status}`", f"状態 `{status}` はありません")
    for rule in files.rules:
        with faults.kept():
            if not rule.cite:
                raise bad("rules.yaml", rule.id, "it cites no provision", "根拠条文がありません")


# ---------------------------------------------------------------------------------------------- order


def _definitions(files: PackFiles, scope: _Scope, checked: Checked, faults: Faults) -> None:
    by_id = {definition.id: definition for definition in files.definitions}
    graph = {name: _names_in(definition.when or definition.value or "", by_id) for name, definition in by_id.items()}
    scope.broken.update(f"definition/{name}" for name in by_id)
    with faults.kept():
        checked.definition_order = _sorted(graph, "definitions.yaml")
    levels: dict[str, int] = {}
    for name in checked.definition_order:
        levels[name] = 1 + max((levels[other] for other in graph[name]), default=0)
        with faults.kept():
            if levels[name] > MOST_LEVELS:
                en = f"it rests on {MOST_LEVELS} other definitions, one upon another"
                raise bad("definitions.yaml", name, en, f"定義を {MOST_LEVELS} 段を超えて重ねています")
            scope.definitions[name] = _definition(by_id[name], scope, checked)
            scope.broken.discard(f"definition/{name}")


def _definition(definition: Definition, scope: _Scope, checked: Checked) -> Kind:
    name = definition.id
    if (definition.when is None) == (definition.value is None):
        raise bad("definitions.yaml", name, "it needs either `when` or `value`", "`when` か `value` の一方が必要です")
    if not name.isidentifier() or name in ("as_of", "relation", "true", "false", "and", "or", "not", "in"):
        raise bad("definitions.yaml", name, "the id is not a plain name", "id が単純な名前ではありません")
    source = definition.when if definition.when is not None else definition.value or ""
    kind = _expression(checked, scope, "definitions.yaml", name, source)
    if definition.when is not None and kind.kind != "bool":
        raise bad("definitions.yaml", name, "`when` is not a condition", "`when` が条件になっていません")
    return Kind(kind.kind, kind.domain, (), kind.of)


def _names_in(source: str, known: Iterable[str]) -> set[str]:
    """Definitions that an expression names; text that cannot be parsed is refused later, with its column."""
    try:
        return set(names(parse(source))) & set(known)
    except ExpressionError:
        return set()


def _sorted(graph: Mapping[str, Iterable[str]], file: str) -> tuple[str, ...]:
    """Every id after those that it depends on, else in the order of the file: never in that of a set."""
    sorter = graphlib.TopologicalSorter(graph)
    try:
        sorter.prepare()
    except graphlib.CycleError as error:
        circle = " -> ".join(error.args[1])
        raise bad(file, error.args[1][0], f"it depends on itself: {circle}", f"循環しています：{circle}") from None
    place = {name: number for number, name in enumerate(graph)}
    order: list[str] = []
    while sorter.is_active():
        ready = sorted(sorter.get_ready(), key=place.__getitem__)
        order += ready
        sorter.done(*ready)
    return tuple(order)


def _rule_order(files: PackFiles) -> tuple[str, ...]:
    """Exceptions before the rules that they override."""
    known = {rule.id for rule in files.rules}
    graph: dict[str, set[str]] = {rule.id: set() for rule in files.rules}
    for rule in files.rules:
        for overridden in rule.overrides:
            if overridden not in known:
                raise bad(
                    "rules.yaml", rule.id, f"there is no rule `{overridden}`", f"規則 `{overridden}` はありません"
                )
            graph[overridden].add(rule.id)
    return _sorted(graph, "rules.yaml")


# ---------------------------------------------------------------------------------------------- references


def _references(rule: Rule, scope: _Scope) -> None:
    for condition in rule.conditions:
        for value in condition.params.values():
            if isinstance(value, dict):
                _reference("rules.yaml", rule.id, value, scope)


def _reference(file: str, where: str, value: Mapping[str, Any], scope: _Scope) -> None:
    """Checks that `{param: id}` and its like name a parameter of the right type."""
    names = [str(value[word]) for word in ("param", "cap", "cap_lowest") if word in value]
    if len(names) != 1 or not value.keys() <= {"param", "key", "cap", "cap_lowest", "less"}:
        raise bad(file, where, f"`{dict(value)}` names no parameter", f"`{dict(value)}` はパラメーターを指していません")
    try:
        kind = scope.parameter(names[0], 0)
    except ExpressionError as error:
        raise bad(file, where, error.what.en, error.what.ja) from None
    if ("key" in value or "param" not in value) and kind.kind != "map":
        raise bad(file, where, f"`{names[0]}` is not a map", f"`{names[0]}` は表ではありません")


def _lever(lever: Lever, scope: _Scope) -> None:
    try:
        spec = scope.schema.spec(lever.fact)
        if not isinstance(lever.to, dict):
            check_value(spec, lever.to)
        elif "less" in lever.to:
            scope.schema.spec(str(lever.to["less"]))
    except FactError as error:
        raise bad("levers.yaml", lever.id, error.parts("en")[0], error.parts("ja")[0]) from None
    if isinstance(lever.to, dict):
        _reference("levers.yaml", lever.id, lever.to, scope)


def _coverage(files: PackFiles, checked: Checked, faults: Faults) -> None:
    """A rule may hold only on days on which every parameter that it uses has a value."""
    periods = {parameter.id: parameter.values for parameter in files.parameters}
    needed = closure(checked)
    for rule in files.rules:
        if rule.status != "in_force":
            continue
        begin, end = max(rule.from_ or files.head.from_, files.head.from_), rule.until
        for name in sorted(needed[f"rules.yaml/{rule.id}"].parameters):
            with faults.kept():
                if not _covers([(dated.from_, dated.until) for dated in periods[name]], begin, end):
                    en = f"parameter `{name}` has no value on some day on which the rule holds"
                    ja = f"規則が効力を持つ期間に、パラメーター `{name}` の値がない日があります"
                    raise bad("rules.yaml", rule.id, en, ja)


def _covers(periods: list[tuple[dt.date, dt.date | None]], begin: dt.date, end: dt.date | None) -> bool:
    reached: dt.date | None = begin
    for start, stop in periods:
        if reached is None or (end is not None and reached >= end):
            return True
        if start <= reached and (stop is None or stop > reached):
            reached = stop
    return reached is None or (end is not None and reached >= end)


def closure(checked: Checked) -> dict[str, Uses]:
    """What every expression refers to, directly or through definitions."""
    result: dict[str, Uses] = {}
    order = [f"definitions.yaml/{name}" for name in checked.definition_order]
    for key in order + [key for key in checked.uses if key not in order]:
        own = checked.uses[key]
        whole = Uses(set(own.facts), set(own.definitions), set(own.parameters), own.compared, own.as_of)
        for name in own.definitions:
            inner = result[f"definitions.yaml/{name}"]
            whole.facts |= inner.facts
            whole.parameters |= inner.parameters
            whole.as_of |= inner.as_of
        result[key] = whole
    return result
