"""Consent in words."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from tegata.cli.paper import Paper
from tegata.model.base import Text, t

if TYPE_CHECKING:
    from tegata.consent import Change, ConsentAct, ConsentReport

NOBODY_ASKED = t(
    "there is no register: consent is not looked at, and everybody's records leave",
    "登録簿がありません。同意は確認せず、全員のレコードが出ます",
)
WOULD = t("this would happen (nothing was changed):", "実行した場合の結果（まだ変更していません）:")


def show_change(paper: Paper, change: Change, *, dry_run: bool) -> None:
    if dry_run:
        paper.line(WOULD, style="bold")
    paper.line(_act(change.act))
    listed, effective = f"{change.act.listed:,}", f"{change.effective:,}"
    if not change.act.everybody:
        paper.line(t(f"named: {listed}; changed: {effective}", f"指定 {listed} 人、変更 {effective} 人"), indent=2)
    else:
        paper.line(t(f"changed: {effective}", f"変更 {effective} 人"), indent=2)
    if change.act.act == "withdrawn" and change.effective < change.act.listed:
        paper.line(
            t(
                "some of them had given no consent: check how the keys are written",
                "同意のない人が含まれます。キーの表記を確かめてください",
            ),
            indent=2,
            style="yellow",
        )
    _standing(paper, change.standing)
    count = f"{len(change.ended):,}"
    if change.ended:
        paper.line(t(f"transfers that end with it: {count}", f"終了する転送: {count} 件"), style="yellow")
    for transfer in change.ended:
        paper.exact(transfer, indent=2, style="dim")


def show_report(paper: Paper, report: ConsentReport) -> None:
    if not report.epoch:
        paper.line(NOBODY_ASKED)
        return
    column, epoch = report.column, f"{report.epoch:,}"
    paper.line(
        t(f"epoch {epoch}; people are told apart by `{column}`", f"第 {epoch} 版。人は列 `{column}` で区別します"),
        style="bold",
    )
    _standing(paper, report.standing)
    for act in report.acts:
        listed = f"{act.listed:,}"
        paper.line(_act(act), t(f" ({listed} named)", f"（指定 {listed} 人）") if not act.everybody else "", indent=2)


def _standing(paper: Paper, standing: Mapping[str, int]) -> None:
    for purpose, people in standing.items():
        words = _purpose(purpose)
        paper.line(t(f"consent to {words.en}: {people:,} people", f"{words.ja}への同意: {people:,} 人"), indent=2)


def _act(act: ConsentAct) -> Text:
    at, who = act.at.strftime("%Y-%m-%d %H:%M"), t("everybody: ", "全員: ") if act.everybody else t("", "")
    if act.act == "given":
        purpose = _purpose(act.purpose)
        return t(
            f"{act.epoch:,}  {at}  consent given to {purpose.en}", f"{act.epoch:,}  {at}  {purpose.ja}への同意を登録"
        )
    purpose = _purpose(act.purpose) if act.purpose else t("every purpose", "すべての目的")
    return t(
        f"{act.epoch:,}  {at}  {who.en}consent withdrawn from {purpose.en}",
        f"{act.epoch:,}  {at}  {who.ja}{purpose.ja}への同意を撤回",
    )


def _purpose(purpose: str) -> Text:
    return t(f"`{purpose}`", f"`{purpose}` ") if purpose else t("what the data set is for", "データセットの用途")
