"""One rule in words, with all that it rests on."""

from __future__ import annotations

from tegata.cli.paper import Paper
from tegata.cli.render.rules import show_definition, show_rule
from tegata.cli.render.words import value_words
from tegata.model.base import t
from tegata.rules.explain import Explanation

DEFINITIONS = t("Definitions it rests on", "前提となる定義")
FACTS = t("Facts it asks for", "必要な事実")
EXAMPLES = t("Worked examples in which it holds", "該当する事例")
EXCEPTED = t("gives way to ", "次の規則が優先: ")
NO_CURE = t("no cure: ", "救済なし: ")


def show(paper: Paper, explanation: Explanation) -> None:
    rule, day = explanation.rule, explanation.on.isoformat()
    paper.line(f"{explanation.pack} {explanation.version}", style="bold")
    show_rule(paper, rule)
    for citation in rule.cite:
        if citation.url:
            paper.exact(citation.url, indent=4, style="cyan")
    if explanation.excepted_by:
        paper.line(EXCEPTED, ", ".join(explanation.excepted_by), indent=4, hang=2, style="dim")
    if rule.no_cure:
        paper.line(NO_CURE, rule.no_cure, indent=4, hang=2)
    if not explanation.in_force:
        paper.line(t(f"not in force on {day}", f"{day} 時点では効力がありません"), indent=4, style="yellow")
    if explanation.definitions:
        paper.heading(DEFINITIONS)
    for definition in explanation.definitions:
        show_definition(paper, definition)
    _parameters(paper, explanation)
    _facts(paper, explanation)
    if explanation.examples:
        paper.heading(EXAMPLES)
        paper.line(", ".join(explanation.examples), indent=2)


def _parameters(paper: Paper, explanation: Explanation) -> None:
    day = explanation.on.isoformat()
    if explanation.parameters:
        paper.heading(t(f"Parameters on {day}", f"{day} 時点のパラメーター"))
    for parameter in explanation.parameters:
        paper.line(f"{parameter.id}  {parameter.cite}", indent=2, style="cyan")
        paper.line(f"{value_words(parameter.value, paper.language)} {parameter.unit}", indent=4, hang=2)


def _facts(paper: Paper, explanation: Explanation) -> None:
    if explanation.facts:
        paper.heading(FACTS)
    for fact in explanation.facts:
        paper.line(fact.name, indent=2, style="cyan")
        paper.line(fact.question, indent=4)
        paper.line(f"{fact.takes} | {fact.why}", indent=4, hang=2, style="dim")
