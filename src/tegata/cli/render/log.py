"""The audit of the evidence log, for people."""

from __future__ import annotations

from typing import Any, Final

import msgspec

from tegata.cli.paper import Paper
from tegata.evidence import LogReport
from tegata.model.base import Text, t

_TOLD: Final = 50


_STATES: Final = {
    "up-to-date": t("up to date", "最新"),
    "waiting": t("waiting", "待機中"),
    "late": t("late", "遅れ"),
}
_KINDS: Final = {
    "publication": t("published", "公開"),
    "time-stamp": t("time-stamps", "時刻証明"),
    "witness": t("cosigned", "連署"),
}
_COLUMNS: Final = (
    t("what", "種類"),
    t("state", "状態"),
    t("reached", "到達"),
    t("of", "全件数"),
    t("checkpoints behind", "未到達の署名"),
    t("in vain", "失敗"),
    t("where, by whom", "場所・相手"),
)


def show_lags(paper: Paper, lags: list[dict[str, Any]]) -> None:
    """How far others have come with the log, since when they have not, and why."""
    paper.table(_COLUMNS, [_line(one) for one in lags], right=(2, 3, 4, 5))
    for one in lags:
        if one["state"] != "up-to-date":
            paper.line(_since(one), f"  {one['name']}", f": {one['why']}" if one["why"] else "", indent=2)


def _since(one: dict[str, Any]) -> Text:
    at = one["since"] or "?"
    return t(f"since {at}", f"{at} から")


def _line(one: dict[str, Any]) -> tuple[str | Text, ...]:
    figures = (f"{one[name]:,}" for name in ("reached", "entries", "checkpoints", "attempts"))
    return _KINDS[one["kind"]], _STATES[one["state"]], *figures, one["name"]


def show_waiting(paper: Paper, waiting: list[dict[str, Any]]) -> None:
    """Releases that do not leave before their witnesses have cosigned."""
    for one in waiting:
        paper.heading(t("this transfer waits for witnesses: ", "証人を待っている転送: "), one["transfer"])
        paper.line(msgspec.convert(one["say"], Text), indent=2)
        paper.line(t(f"it gives up at {one['until']}", f"{one['until']} に中止します"), indent=2)


def show_report(paper: Paper, report: LogReport) -> None:
    paper.exact(report.origin)
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
