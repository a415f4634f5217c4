"""One rule in words, as it is on a day."""

from __future__ import annotations

from tegata.cli.paper import Paper
from tegata.cli.render.provision import HOLDS, show_facts, show_head
from tegata.cli.render.words import value_words
from tegata.model.base import t
from tegata.rules.explain import Explanation


def show(paper: Paper, explanation: Explanation) -> None:
    show_head(paper, explanation.provision)
    day = explanation.on.isoformat()
    if not explanation.in_force:
        paper.line(t(f"not in force on {day}", f"{day} 時点では効力がありません"), indent=4, style="yellow")
    if explanation.parameters:
        paper.heading(t(f"Parameters on {day}", f"{day} 時点のパラメーター"))
    for parameter in explanation.parameters:
        paper.line(f"{parameter.id}  {parameter.cite}", indent=2, style="cyan")
        paper.line(f"{value_words(parameter.value, paper.language)} {parameter.unit}", indent=4, hang=2)
    show_facts(paper, explanation.provision.facts)
    if examples := explanation.provision.showing("holds"):
        paper.heading(HOLDS)
        paper.line(", ".join(one.example.id for one in examples), indent=2)
