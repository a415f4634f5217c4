"""The grid of a what-if in words: a row for each combination, the rules that decide it, or what it still needs."""

from __future__ import annotations

from tegata.cli.paper import Paper
from tegata.cli.render.words import OUTCOMES
from tegata.model.base import Text, t
from tegata.rules.vary import Variant, Variation

TITLES = (t("OUTCOME", "結果"), t("BECAUSE OF", "根拠"))
MISSING = t("missing: ", "不足: ")
MOST_NAMES = 3


def show(paper: Paper, variation: Variation) -> None:
    titles: list[str | Text] = [axis.name for axis in variation.axes]
    paper.table([*titles, *TITLES], (_row(paper, variant) for variant in variation.variants))


def _row(paper: Paper, variant: Variant) -> list[str | Text]:
    return [*variant.values, OUTCOMES[variant.outcome], _because(paper, variant)]


def _because(paper: Paper, variant: Variant) -> str:
    if variant.rules:
        return _few(variant.rules)
    return paper.word(MISSING) + _few(variant.missing) if variant.missing else ""


def _few(names: tuple[str, ...]) -> str:
    more = f" +{len(names) - MOST_NAMES}" if len(names) > MOST_NAMES else ""
    return ", ".join(names[:MOST_NAMES]) + more
