"""A decision that stands in the way, told to the counter-party: rules, citations, open questions, the path to yes."""

from __future__ import annotations

from collections.abc import Iterator

from tegata.model.base import Text, t
from tegata.model.decision import Decision, Outcome


def reasons_of(decision: Decision) -> tuple[Text, ...]:
    """Sentences for people. They hold rule ids and citations, never the facts that we keep of the counter-party."""
    return (*_rules(decision), *_questions(decision), *_paths(decision))


def _rules(decision: Decision) -> Iterator[Text]:
    for pack in decision.per_pack:
        for hit in pack.rules:
            if hit.outcome == decision.outcome:
                cited = ", ".join(citation.ref for citation in hit.citations)
                yield t(f"{hit.say.en} ({hit.rule}: {cited})", f"{hit.say.ja}（{hit.rule}: {cited}）")


def _questions(decision: Decision) -> Iterator[Text]:
    if decision.outcome is Outcome.NEEDS_INFO:
        for missing in decision.missing:
            yield t(f"open: {missing.question.en} ({missing.name})", f"未確認: {missing.question.ja}（{missing.name}）")


def _paths(decision: Decision) -> Iterator[Text]:
    for path in decision.path_to_yes[:3]:
        en = "; ".join(change.say.en for change in path.changes)
        ja = "、".join(change.say.ja for change in path.changes)
        yield t(f"path to yes: {en}", f"許可への道: {ja}")
    if decision.path_note is not None:
        yield decision.path_note
