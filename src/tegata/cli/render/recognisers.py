"""Recognisers in words: the list, one of them whole, what came of their examples."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from tegata.cli.paper import Paper
from tegata.cli.render.profile import category_words
from tegata.model.base import Text, t
from tegata.scan.recogniser import Recogniser
from tegata.scan.trial import Trial

if TYPE_CHECKING:
    from tegata.cli.recognisers.results import RecogniserTest

TITLES = (
    t("RECOGNISER", "認識器"),
    t("CATEGORY", "分類"),
    t("COUNTRIES", "国"),
    t("PROVEN BY", "検査"),
    t("WHAT", "内容"),
)
PARTS = (
    (t("headers", "見出し語"), "names"),
    (t("headers that hint", "手掛かりとなる見出し語"), "weak_names"),
    (t("header patterns", "見出しのパターン"), "header_patterns"),
    (t("ruled out by", "除外語"), "except_names"),
    (t("patterns", "パターン"), "patterns"),
    (t("examples", "例"), "examples"),
    (t("counterexamples", "反例"), "counterexamples"),
    (t("needs beside it", "必要な隣接列"), "needs"),
)
RECOGNISED = t("recognised", "認識")
WRONG_PROOF = t("has the shape, fails the proof", "形は一致、検査は不合格")
OTHER = t("not recognised", "認識せず")
UNTRIED = t("nothing tries: ", "例がない認識器: ")


def show_list(paper: Paper, recognisers: Sequence[Recogniser]) -> None:
    paper.table(
        TITLES, ((one.id, one.category, ", ".join(one.jurisdictions), proof(one), one.title) for one in recognisers)
    )


def proof(one: Recogniser) -> str:
    low_high = f"{one.range[0]:g}..{one.range[1]:g}" if one.range else ""
    return one.validator or low_high


def show_one(paper: Paper, one: Recogniser) -> None:
    paper.line(one.id, ": ", one.title, style="bold")
    where = ", ".join(one.jurisdictions) or "-"
    paper.line(category_words(one.category), f" ({one.category}), {where}", indent=2)
    paper.line(one.citation, indent=2, style="cyan")
    for title, field in PARTS:
        values: tuple[str, ...] = getattr(one, field)
        if values:
            paper.line(title, indent=2, style="dim")
            paper.line("  ".join(values), indent=4)
    if one.proves:
        paper.line(t("proven by ", "検査: "), proof(one), indent=2)
    for support in one.neighbours:
        paper.line(t("beside ", "隣接列 "), ", ".join(support.of), f": {support.weight:+g}", indent=2)


def show_test(paper: Paper, result: RecogniserTest) -> None:
    asked = [trial for trial in result.trials if trial.expected is None]
    for trial in asked or [trial for trial in result.trials if not trial.passed]:
        paper.line(f"{trial.recogniser}  {trial.value}: ", _came_out(trial), style="" if trial.passed else "bold red")
    if result.untried:
        paper.line(UNTRIED, ", ".join(result.untried), hang=2, style="yellow")
    if not asked:
        _sum(paper, result.trials)


def _came_out(trial: Trial) -> Text:
    if trial.proven:
        return RECOGNISED
    return WRONG_PROOF if trial.shaped else OTHER


def _sum(paper: Paper, trials: Sequence[Trial]) -> None:
    total, passed = len(trials), sum(trial.passed for trial in trials)
    said = t(f"{passed} of {total} examples come out as they should", f"例 {total} 件中 {passed} 件が期待どおり")
    paper.line(said, style="green" if passed == total else "red")
