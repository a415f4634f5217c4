"""What ownership says, in words."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Final

from tegata.cli.paper import Paper
from tegata.model.base import Text, t
from tegata.rules.ownership import OwnershipAnswer

if TYPE_CHECKING:
    from tegata.ledger import ControlReport

COLOURS: Final = {True: "red", None: "yellow", False: "green"}
MOST_MEMBERS: Final = 20
GROUP = t("under common control with: ", "共通の支配下にある者: ")
ALONE = t("under common control with nobody else here", "共通の支配下にある者はほかにいない")

TOGETHER = t("counts together with: ", "通算される相手: ")
BY_ITSELF = t("counts by itself", "単独で数える")
UNLISTED = t("the ownership file does not list it", "所有関係のファイルに記載がない")
NO_FILE = t("no ownership file is in use", "所有関係のファイルは使われていない")


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


def show_control(paper: Paper, found: ControlReport) -> None:
    """By which ownership file a node counts, and what that makes of the participants that it knows."""
    if found.entities:
        paper.line(
            t(
                f"entities: {found.entities:,}; groups of two or more under common control: {found.groups:,}",
                f"当事者 {found.entities:,} 件、共通の支配下にある二者以上のグループ {found.groups:,} 件",
            )
        )
        paper.exact(found.digest, style="dim")
    else:
        paper.line(NO_FILE)
    for one in found.participants:
        paper.line(one.name, style="bold")
        paper.exact(one.id, indent=2, style="cyan")
        if found.entities and not one.listed:
            paper.line(UNLISTED, indent=2, style="yellow")
        paper.line(*(TOGETHER, ", ".join(one.together_with)) if one.together_with else (BY_ITSELF,), indent=2, hang=2)
