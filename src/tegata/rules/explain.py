"""One rule of a pack with everything that it rests on: what a reader needs to check it against the law."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from typing import Any

from tegata.model.base import Noun, Text, t
from tegata.model.errors import UsageError
from tegata.rules.examples import run_examples
from tegata.rules.facts import did_you_mean
from tegata.rules.pack import Pack
from tegata.rules.pack_check import closure
from tegata.rules.pack_file import Definition, Rule


class AskedFact(Noun, frozen=True, kw_only=True):
    """A fact on which a rule can rest: its question, the values that it takes, and why it matters."""

    name: str
    question: Text
    takes: str
    why: str


class ParameterOn(Noun, frozen=True, kw_only=True):
    """A parameter as it is on a day; `value` None where it has none then."""

    id: str
    cite: str
    url: str = ""
    unit: str = ""
    value: Any


class Explanation(Noun, frozen=True, kw_only=True):
    """A rule, its exceptions both ways, and all that it refers to, directly or through definitions."""

    pack: str
    version: str
    on: dt.date
    in_force: bool
    rule: Rule
    excepted_by: tuple[str, ...] = ()  # rules that override this one
    definitions: tuple[Definition, ...] = ()  # each after those that it rests on
    facts: tuple[AskedFact, ...] = ()
    parameters: tuple[ParameterOn, ...] = ()
    examples: tuple[str, ...] = ()  # worked examples in which it holds


def explain(packs: Sequence[Pack], name: str, on: dt.date) -> tuple[Explanation, ...]:
    """The rule called `name` (or `<pack>/<rule>`) in every pack that has one.

    Raises:
        UsageError: no pack has such a rule.
    """
    found = [(pack, rule) for pack in packs for rule in pack.files.rules if name in (rule.id, f"{pack.id}/{rule.id}")]
    if not found:
        known = [rule.id for pack in packs for rule in pack.files.rules]
        raise UsageError(
            t(f"no pack has a rule `{name}`", f"規則 `{name}` を持つパックはありません"),
            hint=did_you_mean(name, known) or t("`tegata rules show PACK`", "`tegata rules show PACK`"),
        )
    return tuple(_explained(pack, rule, on) for pack, rule in found)


def _explained(pack: Pack, rule: Rule, on: dt.date) -> Explanation:
    uses, edition = closure(pack.checked)[f"rules.yaml/{rule.id}"], pack.edition(on)
    by_id = {definition.id: definition for definition in pack.files.definitions}
    referred = _referred(pack, rule)
    specs = [spec for spec in pack.schema.specs if spec.name in uses.facts]
    return Explanation(
        pack=pack.id,
        version=pack.version,
        on=on,
        in_force=any(compiled.rule is rule for compiled in edition.rules),
        rule=rule,
        excepted_by=tuple(other.id for other in pack.files.rules if rule.id in other.overrides),
        definitions=tuple(by_id[name] for name in pack.checked.definition_order if name in referred),
        facts=tuple(AskedFact(name=s.name, question=s.question, takes=s.type.label, why=s.why) for s in specs),
        parameters=tuple(
            ParameterOn(id=p.id, cite=p.cite, url=p.url, unit=p.unit, value=_shown(edition.parameters[p.id]))
            for p in pack.files.parameters
            if p.id in uses.parameters or p.id in _in_conditions(rule)
        ),
        examples=tuple(run.id for run in run_examples(pack) if rule.id in run.rules),
    )


def _referred(pack: Pack, rule: Rule) -> set[str]:
    """Ids of the definitions that a rule rests on, directly or through others."""
    found: set[str] = set()
    open_names = list(pack.checked.uses[f"rules.yaml/{rule.id}"].definitions)
    while open_names:
        name = open_names.pop()
        if name not in found:
            found.add(name)
            open_names += pack.checked.uses[f"definitions.yaml/{name}"].definitions
    return found


def _in_conditions(rule: Rule) -> set[str]:
    params = [value for condition in rule.conditions for value in condition.params.values()]
    return {str(value["param"]) for value in params if isinstance(value, dict) and "param" in value}


def _shown(value: Any) -> Any:
    return sorted(value) if isinstance(value, frozenset) else value
