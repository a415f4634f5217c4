"""Duties with a clock, in words."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Final

from tegata.cli.paper import Paper
from tegata.model.base import Text, t
from tegata.rules.duties import Duty, Term

NONE = t("nothing has to be reported", "報告を要するものはありません")
PERHAPS = t("(perhaps) ", "（可能性あり）")

EVENTS: Final = {
    "awareness": t("becoming aware", "認知"),
    "assessment": t("the assessment", "評価"),
    "detection": t("detection", "検知"),
    "introduction": t("introduction", "導入"),
    "start_of_service": t("the start of service", "サービス開始"),
    "change": t("the change", "変更"),
    "first_transfer": t("the first transfer", "最初の移転"),
    "contract_in_effect": t("the contract taking effect", "契約の発効"),
    "incident_notification": t("the incident notification", "インシデント通知"),
}


def show(paper: Paper, found: Sequence[Duty]) -> None:
    if not found:
        paper.line(NONE)
        return
    for duty in found:
        _entry(paper, duty)


def _entry(paper: Paper, duty: Duty) -> None:
    """Until when and to whom; what; where it is written."""
    until = duty.until.isoformat(" ", "minutes") if duty.until else paper.word(clock(duty.term))
    told = ": ".join(word.replace("_", " ") for word in (duty.to, duty.stage) if word)
    paper.line(f"{until}  {told}", style="bold")
    paper.line("" if duty.certain else PERHAPS, duty.say, indent=2)
    paper.line("; ".join(citation.ref for citation in duty.citations), f" [{duty.pack}/{duty.rule}]", indent=2)


def clock(term: Term | None) -> Text:
    """The length of a clock that has not begun."""
    if term is None:
        return t("no set time", "期限の定めなし")
    start = EVENTS.get(term.start, Text(en=term.start, ja=term.start))
    parts = list(_parts(term))
    if not parts:
        return t(f"without delay after {start.en}", f"{start.ja}の後、遅滞なく")
    spans = " ".join(part.en for part in parts), "".join(part.ja for part in parts)
    return t(f"{spans[0]} from {start.en}", f"{start.ja}から{spans[1]}以内")


def _parts(term: Term) -> Iterator[Text]:
    if term.months:
        yield t(f"{term.months} months", f"{term.months} か月")
    if term.days:
        kind = t("working days", "営業日") if term.working else t("days", "日")
        yield t(f"{term.days} {kind.en}", f"{term.days} {kind.ja}")
    if term.hours:
        yield t(f"{term.hours} h", f"{term.hours} 時間")
