"""A decision in words: the outcome, whose rule it is, what is missing, what must be done, what would make it a yes."""

from __future__ import annotations

from collections.abc import Sequence

from tegata.cli.paper import Paper
from tegata.cli.render.words import COLOURS, SOURCES, UNKNOWN, value_words
from tegata.model.base import t
from tegata.model.decision import (
    Citation,
    Condition,
    Decision,
    FactUse,
    MissingFact,
    Outcome,
    PackDecision,
    PathToYes,
    RuleHit,
)
from tegata.sheets.words import OUTCOMES

FACTS_USED = t("facts used: ", "用いた事実: ")
MISSING = t(
    "Facts that are missing; state them in the flow file:", "不足している事実（フローファイルに記入してください）:"
)
CONDITIONS = t("What must be done:", "行うべきこと:")
PATHS = t("What would make it better:", "結果を改善するには:")
BY = t("by ", "手段: ")
STILL = t("still possible: ", "まだあり得る結果: ")
MAY_APPLY = t("may still apply: ", "適用の可能性: ")
MAY_HOLD = t(" [may still apply]", "［適用の可能性］")
NO_SAY = t("No say in this: ", "対象外のパック: ")
NO_SAY_WHY = t(" (`--explain` tells why)", "（理由は `--explain` で表示）")
MOST_QUESTIONS = 10
MOST_REFS = 3


def show(paper: Paper, decision: Decision, *, explain: bool = False) -> None:
    """`explain`: also every rule that may still apply, why a pack does not, facts, means, and every question."""
    _head(paper, decision)
    for pack in _strictest_first(decision):
        if pack.applies or explain:
            _pack(paper, pack, explain=explain)
    if not explain:
        _silent(paper, decision)
    _missing(paper, decision.missing, explain=explain)
    _conditions(paper, decision.conditions, explain=explain)
    _paths(paper, decision)


def show_brief(paper: Paper, decision: Decision) -> None:
    """The packs that decide in full when they stand in the way, all else in a line each."""
    _head(paper, decision)
    in_the_way = decision.outcome not in (Outcome.ALLOW, Outcome.ALLOW_WITH_CONDITIONS)
    for pack in _strictest_first(decision):
        if in_the_way and pack.outcome is decision.outcome:
            _pack(paper, pack, explain=False)
            paper.gap()
        else:
            paper.line(pack.pack, ": ", OUTCOMES[pack.outcome], _cited(pack), indent=2, hang=2)
    _missing(paper, decision.missing, explain=False)
    if not in_the_way:
        for condition in decision.conditions:
            paper.line("- ", condition.say, indent=4, hang=2, style="dim")
    _paths(paper, decision)


def _silent(paper: Paper, decision: Decision) -> None:
    names = [pack.pack for pack in decision.per_pack if not pack.applies]
    if names:
        paper.gap()
        paper.line(NO_SAY, ", ".join(names), NO_SAY_WHY, hang=2, style="dim")


def _strictest_first(decision: Decision) -> list[PackDecision]:
    return sorted(decision.per_pack, key=lambda pack: -pack.outcome.severity)


def _cited(pack: PackDecision) -> str:
    """The first sources of a pack, and how many more there are."""
    refs = list(dict.fromkeys(citation.ref for hit in pack.rules for citation in hit.citations))
    more = f" +{len(refs) - MOST_REFS}" if len(refs) > MOST_REFS else ""
    return f" ({'; '.join(refs[:MOST_REFS])}{more})" if refs else ""


def _head(paper: Paper, decision: Decision) -> None:
    as_of, known_on = decision.as_of.isoformat(), decision.known_on.isoformat()
    when = t(f"  (act of {as_of}, law as known on {known_on})", f"（行為の日 {as_of}、知識の日 {known_on}）")
    paper.line(OUTCOMES[decision.outcome], when, style=f"bold {COLOURS[decision.outcome]}")


def _missing(paper: Paper, missing: Sequence[MissingFact], *, explain: bool) -> None:
    if not missing:
        return
    paper.heading(MISSING)
    shown = missing if explain else missing[:MOST_QUESTIONS]
    for fact in shown:
        paper.line(fact.name, style="cyan", indent=2)
        paper.line(fact.question, indent=4)
    if more := len(missing) - len(shown):
        paper.line(
            t(f"and {more} more (`--explain` shows all)", f"ほか {more} 件（`--explain` ですべて表示）"),
            indent=2,
            style="dim",
        )
    possible = {outcome for fact in missing for outcome in fact.possible}
    still = sorted(possible, key=lambda outcome: outcome.severity)
    paper.line(STILL, ", ".join(paper.word(OUTCOMES[outcome]) for outcome in still), indent=2, style="dim")


def _conditions(paper: Paper, conditions: Sequence[Condition], *, explain: bool) -> None:
    if conditions:
        paper.heading(CONDITIONS)
    for condition in conditions:
        paper.line("- ", condition.say, indent=2, hang=2)
        because = (condition.pack, condition.rule, _citations(condition.citations))
        paper.line("  ".join(part for part in because if part), indent=4, style="dim")
        if explain and condition.means:
            paper.line(BY, ", ".join(condition.means), indent=4, style="dim")


def _paths(paper: Paper, decision: Decision) -> None:
    if decision.path_to_yes or decision.path_note:
        paper.heading(PATHS)
    for path in decision.path_to_yes:
        _path(paper, path)
    if decision.path_note:
        paper.line(decision.path_note, indent=2)


def _path(paper: Paper, path: PathToYes) -> None:
    paper.line("-> ", OUTCOMES[path.outcome], style=COLOURS[path.outcome], indent=2, hang=3)
    for change in path.changes:
        was, value = (value_words(side, paper.language) for side in (change.was, change.value))
        paper.line("- ", change.say, indent=5, hang=2)
        paper.line(f"{change.fact}: {was} -> {value}", indent=7, hang=2, style="dim")


def _pack(paper: Paper, pack: PackDecision, *, explain: bool) -> None:
    """Rules that hold in full; of those that may still hold the names suffice, unless all is to be explained."""
    paper.gap()
    paper.line(f"{pack.pack} {pack.version}: ", OUTCOMES[pack.outcome], style=COLOURS[pack.outcome])
    for hit in pack.rules:
        if hit.holds or explain:
            _rule(paper, hit, explain=explain)
    still = [hit.rule for hit in pack.rules if not hit.holds]
    if still and not explain:
        paper.line(MAY_APPLY, ", ".join(still), indent=2, hang=2, style="dim")
    if not explain and pack.outcome is not Outcome.NEEDS_INFO:
        _facts(paper, pack.facts_used, indent=2)
    for note in pack.notes:
        paper.line(note, indent=2, style="dim")


def _rule(paper: Paper, hit: RuleHit, *, explain: bool) -> None:
    paper.line("- ", hit.say, "" if hit.holds else MAY_HOLD, indent=2, hang=2)
    paper.line(f"{hit.rule}  {_citations(hit.citations)}", indent=4, style="cyan")
    if explain:
        _facts(paper, hit.facts_used, indent=4)


def _facts(paper: Paper, used: Sequence[FactUse], *, indent: int) -> None:
    if used:
        paper.line(FACTS_USED, "; ".join(_fact(paper, use) for use in used), indent=indent, hang=2, style="dim")


def _fact(paper: Paper, use: FactUse) -> str:
    if use.value is None:
        return f"{use.name} = {paper.word(UNKNOWN)}"
    source = SOURCES.get(use.source, t(use.source, use.source))
    return f"{use.name} = {value_words(use.value, paper.language)} ({paper.word(source)})"


def _citations(citations: Sequence[Citation]) -> str:
    return "; ".join(citation.ref for citation in citations)
