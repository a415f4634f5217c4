"""The audit of the evidence log, for people."""

from __future__ import annotations

from typing import Final

from tegata.cli.paper import Paper
from tegata.evidence import LogReport
from tegata.model.base import t

_TOLD: Final = 50


def show_report(paper: Paper, report: LogReport) -> None:
    size, signed, published = (f"{n:,}" for n in (report.size, report.signed, report.published))
    covered = t(f"signed: {signed}, published: {published}", f"署名済み {signed} 件、公開済み {published} 件")
    if report.whole:
        paper.line(t(f"the log is whole: {size} entries", f"ログに異常はありません: {size} 件"))
        paper.line(covered)
        return
    found = f"{len(report.damages):,}"
    paper.line(t(f"the log is damaged in {found} places", f"ログが {found} か所で壊れています"))
    paper.line(covered)
    for damage in report.damages[:_TOLD]:
        paper.line(damage.say, indent=2)
    if len(report.damages) > _TOLD:
        more = f"{len(report.damages) - _TOLD:,}"
        paper.line(t(f"and {more} more", f"ほか {more} か所"), indent=2)
