"""One provision in words, whole: what its page in the documents says, at the terminal."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from tegata.cli.paper import Paper
from tegata.cli.render.rules import PARAMETERS, show_definition, show_parameter, show_rule
from tegata.cli.render.words import value_words
from tegata.model.base import Text, t
from tegata.rules.pack_file import Edit, Lever
from tegata.rules.provision import AskedFact, Illustration, Provision

DEFINITIONS: Final = t("Definitions it rests on", "前提となる定義")
FACTS: Final = t("Facts it asks for", "必要な事実")
LEVERS: Final = t("What the parties can change", "当事者が変えられること")
HOLDS: Final = t("Worked examples in which it holds", "該当する事例")
DEFINES: Final = t("Worked examples of its definitions", "定義の事例")
HISTORY: Final = t("History", "変更履歴")
EXCEPTED: Final = t("gives way to ", "次の規則が優先: ")
NO_CURE: Final = t("no cure: ", "救済なし: ")
EXPECTED: Final = t("expected: ", "期待: ")


def show(paper: Paper, provision: Provision) -> None:
    show_head(paper, provision)
    if provision.parameters:
        paper.heading(PARAMETERS)
    for parameter in provision.parameters:
        show_parameter(paper, parameter)
    show_facts(paper, provision.facts)
    if provision.levers:
        paper.heading(LEVERS)
    for lever in provision.levers:
        _lever(paper, lever)
    _examples(paper, HOLDS, provision.showing("holds"))
    _examples(paper, DEFINES, provision.showing("definition"))
    _history(paper, provision.history)
    paper.gap()
    paper.exact(provision.digest, style="dim")


def show_head(paper: Paper, provision: Provision) -> None:
    """The rule, where it is to be read, its exceptions, and the definitions that it rests on."""
    rule = provision.rule
    paper.line(f"{provision.pack} {provision.version}", style="bold")
    show_rule(paper, rule)
    for citation in rule.cite:
        if citation.url:
            paper.exact(citation.url, indent=4, style="cyan")
    if provision.excepted_by:
        paper.line(EXCEPTED, ", ".join(provision.excepted_by), indent=4, hang=2, style="dim")
    if rule.no_cure:
        paper.line(NO_CURE, rule.no_cure, indent=4, hang=2)
    if provision.definitions:
        paper.heading(DEFINITIONS)
    for definition in provision.definitions:
        show_definition(paper, definition)


def show_facts(paper: Paper, facts: Iterable[AskedFact]) -> None:
    facts = tuple(facts)
    if facts:
        paper.heading(FACTS)
    for fact in facts:
        paper.line(fact.name, indent=2, style="cyan")
        paper.line(fact.question, indent=4)
        paper.line(f"{fact.takes} | {fact.why}", indent=4, hang=2, style="dim")


def _lever(paper: Paper, lever: Lever) -> None:
    paper.line(f"{lever.fact} -> {value_words(lever.to, paper.language)}", indent=2, hang=2, style="cyan")
    paper.line(lever.say, indent=4)


def _examples(paper: Paper, title: Text, examples: Iterable[Illustration]) -> None:
    examples = tuple(examples)
    if examples:
        paper.heading(title)
    for one in examples:
        paper.line(f"{one.example.id}  {one.example.section}  {one.run.as_of}", indent=2, hang=2, style="cyan")
        if one.example.why:
            paper.line(one.example.why, indent=4)
        facts = "; ".join(f"{name} = {value_words(value, paper.language)}" for name, value in one.example.facts.items())
        paper.line(facts, indent=4, hang=2, style="dim")
        paper.line(EXPECTED, value_words(one.example.expect, paper.language), indent=4, hang=2)


def _history(paper: Paper, history: Iterable[Edit]) -> None:
    edits = tuple(history)
    if edits:
        paper.heading(HISTORY)
    for edit in edits:
        paper.line(f"{edit.id}  {edit.on}: ", edit.say, indent=2, hang=2)
