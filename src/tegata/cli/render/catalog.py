"""What is on offer, by whom."""

from __future__ import annotations

from collections.abc import Sequence

from tegata.cli.paper import Paper
from tegata.cli.render.words import value_words
from tegata.model.base import t
from tegata.model.catalog import Dataset, Participant
from tegata.wire.dsp.catalog import CatalogItem

NOT_LOOKED_INTO = t(
    "nobody can look into this: decisions rest on what you state of it",
    "内容を確認できないため、判定は申告された事実だけに基づきます",
)
NOTHING = t("nothing found", "見つかりませんでした")


def show_found(paper: Paper, items: Sequence[CatalogItem]) -> None:
    if not items:
        paper.line(NOTHING)
    for item in items:
        paper.line(item.title, style="bold")
        paper.exact(item.id, indent=2, style="cyan")
        if description := paper.word(item.description):
            paper.line(description, indent=2)


def show_published(paper: Paper, dataset: Dataset) -> None:
    paper.line(t("published: ", "公開しました: "), dataset.title, style="bold")
    paper.exact(dataset.id, indent=2, style="cyan")
    for part in dataset.profile.unread:
        paper.line(f"! {part.name}: ", part.why, indent=2, style="yellow")
    if dataset.profile.unread:
        paper.line(NOT_LOOKED_INTO, indent=2)
    for condition in dataset.conditions:
        paper.line(f"{condition.verb}: ", condition.say, indent=2)
    if dataset.witnesses is not None:
        from tegata.trust.quorum import said

        paper.line(said(dataset.witnesses), indent=2)


def show_participants(paper: Paper, known: Sequence[Participant]) -> None:
    if not known:
        paper.line(NOTHING)
    for participant in known:
        paper.line(participant.name, style="bold")
        paper.exact(participant.id, indent=2, style="cyan")
        paper.line(participant.url, indent=2)
        for name, fact in sorted(participant.facts.items()):
            paper.line(f"{name}: {value_words(fact.value, paper.language)}", indent=2, style="dim")
