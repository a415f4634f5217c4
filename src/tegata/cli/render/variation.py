"""The grid of a what-if in words: a row for each combination, the rules that decide it, or what it still needs."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import groupby

from tegata.cli.paper import Paper
from tegata.model.base import Text, t
from tegata.rules.vary import Variant, Variation
from tegata.sheets.words import OUTCOMES

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
        return ", ".join(_by_pack(variant.rules))
    return paper.word(MISSING) + _few(variant.missing) if variant.missing else ""


def _by_pack(rules: Sequence[str]) -> Iterator[str]:
    """`<pack>/<rule>` where a pack has one rule, else its name and how many."""
    for pack, group in groupby(rules, key=lambda rule: rule.partition("/")[0]):
        names = list(group)
        yield names[0] if len(names) == 1 else f"{pack} ({len(names)})"


def _few(names: Sequence[str]) -> str:
    more = f" +{len(names) - MOST_NAMES}" if len(names) > MOST_NAMES else ""
    return ", ".join(names[:MOST_NAMES]) + more
