"""The questionnaire: exactly the questions that still matter, one by one, the most decisive first."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import msgspec

from tegata.cli.files import write_document
from tegata.cli.packs import PackChoice, packs_in_use
from tegata.cli.paper import Paper
from tegata.cli.render import errors
from tegata.cli.terminal import Terminal
from tegata.model.base import t
from tegata.model.decision import Decision, Fact, FactValue, Flow, MissingFact
from tegata.model.errors import FactError
from tegata.sheets.words import OUTCOMES

HOW = t(
    "An empty line: not known. Ctrl-D: no more questions. Sets: US, DE (none: empty). "
    "Counts: health=1000, financial=20.",
    "空行は「不明」、Ctrl-D で質問を終わります。集合は US, DE（空は none）、"
    "人数は health=1000, financial=20 と書きます。",
)
WHY = t("why: ", "理由: ")
DECIDES = t("rules that wait for it: ", "左右する規則: ")
MOST_RULES = 6
STILL = t("still possible: ", "まだあり得る結果: ")
TAKES = t("answer: ", "回答: ")


def complete(terminal: Terminal, flow: Flow, packs: PackChoice) -> Flow:
    """The flow with the answers. After each one it is decided anew, so that no question is put whose answer is idle.

    Questions go to stderr, answers come from stdin. Each fact is asked for once at most, so the questions end.
    """
    from tegata.clock import SystemClock
    from tegata.rules import decide

    used, today, paper = packs_in_use(packs), SystemClock().now().date(), terminal.side()
    asked: set[str] = set()
    while question := _next(decide(flow, used, today=today, search_paths=False), asked):
        if not asked:
            paper.line(HOW, style="dim")
        asked.add(question.name)
        try:
            value = _answered(paper, question, len(asked))
        except EOFError:
            break
        if value is not None:
            flow = msgspec.structs.replace(flow, facts={**flow.facts, question.name: Fact(value=value)})
    paper.gap()
    return flow


def _next(decision: Decision, asked: set[str]) -> MissingFact | None:
    return next((fact for fact in decision.missing if fact.name not in asked), None)


def _answered(paper: Paper, question: MissingFact, number: int) -> FactValue | None:
    """Asks until the answer fits the fact. EOFError when there is nobody to answer."""
    from tegata.rules import fact_schema
    from tegata.rules.answer import read_answer

    spec = fact_schema().spec(question.name)
    _put(paper, question, number, spec.type.label, spec.why)
    while True:
        line = sys.stdin.readline()
        if not line:
            raise EOFError
        try:
            return read_answer(spec, line)
        except FactError as error:
            errors.show(paper, error)


def _put(paper: Paper, question: MissingFact, number: int, takes: str, why: str) -> None:
    paper.gap()
    paper.line(f"{number}. ", question.question, style="bold", hang=3)
    paper.line(question.name, indent=3, style="cyan")
    paper.line(WHY, why, indent=3, style="dim")
    rules = ", ".join(question.rules[:MOST_RULES]) + (" ..." if len(question.rules) > MOST_RULES else "")
    if rules:
        paper.line(DECIDES, rules, indent=3, hang=2, style="dim")
    possible = ", ".join(paper.word(OUTCOMES[outcome]) for outcome in question.possible)
    paper.line(STILL, possible, indent=3, style="dim")
    paper.line(TAKES, "yes / no" if takes == "bool" else takes, indent=3, style="dim")


def save(path: Path, flow: Flow) -> None:
    """The facts as a flow file; JSON is YAML too."""
    document: dict[str, Any] = {name: fact.value for name, fact in flow.facts.items()}
    dates = {"as_of": flow.as_of, "known_on": flow.known_on}
    document |= {name: day for name, day in dates.items() if day is not None}
    write_document(path, msgspec.yaml.encode(document))
