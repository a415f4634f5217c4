"""What ownership says, in words."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from tegata.cli.paper import Paper
from tegata.model.base import Text, t
from tegata.rules.ownership import OwnershipAnswer

COLOURS: Final = {True: "red", None: "yellow", False: "green"}
MOST_MEMBERS: Final = 20
GROUP = t("under common control with: ", "共通の支配下にある者: ")
ALONE = t("under common control with nobody else here", "共通の支配下にある者はほかにいない")


def show(paper: Paper, found: Sequence[OwnershipAnswer]) -> None:
    for place, one in enumerate(found):
        if place:
            paper.gap()
        paper.line(one.evidence[0], style=COLOURS[one.covered])
        for line in one.evidence[1:]:
            paper.line("- ", line, indent=2, hang=2)
        others = [name for name in one.group if name != one.entity]
        paper.line(*_group(others), indent=2, hang=2)


def _group(others: Sequence[str]) -> tuple[str | Text, ...]:
    if not others:
        return (ALONE,)
    more = len(others) - MOST_MEMBERS
    rest = t(f" and {more} more", f" ほか {more} 件") if more > 0 else ""
    return (GROUP, ", ".join(others[:MOST_MEMBERS]), rest)
