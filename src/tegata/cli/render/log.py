"""The audit of the evidence log, for people."""

from __future__ import annotations

from typing import Any, Final

from tegata.cli.paper import Paper
from tegata.evidence import LogReport
from tegata.model.base import t

_TOLD: Final = 50


_STATES: Final = {
    "up-to-date": t("up to date", "すべて証明済み"),
    "waiting": t("waiting", "待機中"),
    "late": t("late", "遅れ"),
}


def show_lags(paper: Paper, lags: list[dict[str, Any]]) -> None:
    """How far each authority has stamped the log, and why it has not."""
    if not lags:
        paper.line(t("no time-stamping authority is configured", "時刻認証局が設定されていません"))
        return
    columns = [t("authority", "時刻認証局"), t("state", "状態"), t("stamped", "証明済み"), t("of", "全件数")]
    columns.append(t("in vain", "失敗"))
    lines = [
        (one["authority"], _STATES[one["state"]], f"{one['stamped']:,}", f"{one['entries']:,}", str(one["attempts"]))
        for one in lags
    ]
    paper.table(columns, lines, right=(2, 3, 4))
    for one in lags:
        if one["why"]:
            paper.exact(f"{one['authority']}: {one['why']}", indent=2)


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
