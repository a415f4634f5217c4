"""One provision whole: the rule and all in its pack that it rests on, for who reads it against the law."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

from tegata.model.base import Noun, Text, t
from tegata.model.errors import UsageError
from tegata.rules.examples import ExampleRun, run_examples
from tegata.rules.facts import did_you_mean
from tegata.rules.pack import Pack
from tegata.rules.pack_check import closure
from tegata.rules.pack_file import Definition, Edit, Example, Lever, Parameter, Rule


class AskedFact(Noun, frozen=True, kw_only=True):
    """A fact on which a rule can rest: its question, the values that it takes, and why it matters."""

    name: str
    question: Text
    takes: str
    why: str


class Illustration(Noun, frozen=True, kw_only=True):
    """A worked example and what it shows of the rule: that it `holds`, or the meaning of a `definition` it rests on."""

    example: Example
    run: ExampleRun
    shows: Literal["holds", "definition"]


class Provision(Noun, frozen=True, kw_only=True):
    """A rule, its exceptions both ways, and all that it refers to, directly or through definitions.

    `digest` is the pack's: a signature under the provision is one under the pack as it stands.
    """

    pack: str
    version: str
    digest: str
    rule: Rule
    excepted_by: tuple[str, ...] = ()  # rules that override this one
    definitions: tuple[Definition, ...] = ()  # each after those that it rests on
    parameters: tuple[Parameter, ...] = ()  # of all days
    facts: tuple[AskedFact, ...] = ()
    levers: tuple[Lever, ...] = ()  # what the parties can change of these facts
    examples: tuple[Illustration, ...] = ()
    history: tuple[Edit, ...] = ()  # what the pack's changelog says of this rule, or of all rules

    def showing(self, shows: Literal["holds", "definition"]) -> tuple[Illustration, ...]:
        return tuple(one for one in self.examples if one.shows == shows)


def provisions(pack: Pack) -> tuple[Provision, ...]:
    """Every rule of a pack, in the order of its file."""
    runs = run_examples(pack)
    return tuple(_provision(pack, rule, runs) for rule in pack.files.rules)


def provision(pack: Pack, name: str) -> Provision:
    """One rule of a pack. UsageError when the pack has none of this name."""
    rules = {rule.id: rule for rule in pack.files.rules}
    if name not in rules:
        raise UsageError(
            t(f"`{pack.id}` has no rule `{name}`", f"`{pack.id}` に規則 `{name}` はありません"),
            hint=did_you_mean(name, rules) or ", ".join(rules),
        )
    return _provision(pack, rules[name], run_examples(pack))


def _provision(pack: Pack, rule: Rule, runs: Sequence[ExampleRun]) -> Provision:
    files, uses = pack.files, closure(pack.checked)[f"rules.yaml/{rule.id}"]
    by_id = {definition.id: definition for definition in files.definitions}
    referred = _referred(pack, rule)
    specs = [spec for spec in pack.schema.specs if spec.name in uses.facts]
    return Provision(
        pack=pack.id,
        version=pack.version,
        digest=pack.digest,
        rule=rule,
        excepted_by=tuple(other.id for other in files.rules if rule.id in other.overrides),
        definitions=tuple(by_id[name] for name in pack.checked.definition_order if name in referred),
        parameters=tuple(p for p in files.parameters if p.id in uses.parameters | _in_conditions(rule)),
        facts=tuple(AskedFact(name=s.name, question=s.question, takes=s.type.label, why=s.why) for s in specs),
        levers=tuple(lever for lever in files.levers if lever.fact in uses.facts),
        examples=_illustrations(pack.examples, runs, rule, referred),
        history=tuple(edit for edit in files.changelog if not edit.rules or rule.id in edit.rules),
    )


def _illustrations(
    examples: Sequence[Example], runs: Sequence[ExampleRun], rule: Rule, referred: set[str]
) -> tuple[Illustration, ...]:
    found = []
    for example, run in zip(examples, runs, strict=True):
        defines = example.expect.get("definition")
        if rule.id in run.rules:
            found.append(Illustration(example=example, run=run, shows="holds"))
        elif isinstance(defines, dict) and not referred.isdisjoint(defines):
            found.append(Illustration(example=example, run=run, shows="definition"))
    return tuple(found)


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
