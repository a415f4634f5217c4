"""What is on offer, by whom."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import msgspec

from tegata.cli.paper import Paper
from tegata.cli.render.words import value_words
from tegata.model.base import Text, t

NOTHING = t("nothing found", "見つかりませんでした")


def show_found(paper: Paper, items: Sequence[dict[str, Any]]) -> None:
    if not items:
        paper.line(NOTHING)
    for item in items:
        paper.line(_text(item, "title"), style="bold")
        paper.exact(item["dataset"], indent=2, style="cyan")
        if description := paper.word(_text(item, "description")):
            paper.line(description, indent=2)


def show_published(paper: Paper, published: dict[str, Any]) -> None:
    dataset = published["dataset"]
    paper.line(t("published", "公開しました"), ": ", _text(dataset, "title"), style="bold")
    paper.exact(dataset["id"], indent=2, style="cyan")


def show_participants(paper: Paper, known: Sequence[dict[str, Any]]) -> None:
    if not known:
        paper.line(NOTHING)
    for participant in known:
        paper.line(participant["name"], style="bold")
        paper.exact(participant["id"], indent=2, style="cyan")
        paper.line(participant["url"], indent=2)
        for name, fact in sorted(participant["facts"].items()):
            paper.line(f"{name}: {value_words(fact['value'], paper.language)}", indent=2, style="dim")


def _text(holder: dict[str, Any], name: str) -> Text:
    return msgspec.convert(holder.get(name) or {"en": "", "ja": ""}, Text)
