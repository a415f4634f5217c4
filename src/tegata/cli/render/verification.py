"""What a passport proves, check by check."""

from __future__ import annotations

from collections import Counter
from typing import Final

from rich.cells import cell_len

from tegata.cli.paper import Paper
from tegata.model.base import Text, t
from tegata.model.evidence import Check, Passport, Verification
from tegata.sheets.words import MARKS, OUTCOMES, VERDICTS

_MARK_WIDTH: Final = 8


def show(paper: Paper, verification: Verification) -> None:
    words, colour = VERDICTS[verification.verdict]
    why = f", {verification.sub_indication}" if verification.sub_indication else ""
    paper.line(words, f"  ({verification.verdict}{why})", style=f"bold {colour}")
    checks(paper, verification)
    if verification.passport:
        paper.gap()
        _passport(paper, verification.passport)


def checks(paper: Paper, verification: Verification) -> None:
    for number, check in enumerate(verification.checks, 1):
        _check(paper, number, check)


def _check(paper: Paper, number: int, check: Check) -> None:
    words, colour = MARKS[check.verdict]
    word = paper.word(words)
    paper.line(f"{number:2}. ", word, " " * (_MARK_WIDTH - cell_len(word)), check.say, style=colour, indent=1)


def _passport(paper: Paper, passport: Passport) -> None:
    rows: list[tuple[str | Text, str | Text]] = [
        (t("data set", "データセット"), passport.title),
        (t("from", "提供者"), passport.provider),
        (t("to", "受領者"), passport.recipient),
        (t("issued", "発行"), passport.issued_at.isoformat(timespec="seconds")),
        (t("decision", "判定"), OUTCOMES[passport.outcome]),
        (t("packs", "規則"), ", ".join(f"{pack.pack} {pack.version}" for pack in passport.packs)),
        (t("data", "データ"), passport.data_digest),
        (
            t("log", "ログ"),
            f"{passport.proof.checkpoint.origin}  {passport.proof.index + 1:,}/{passport.proof.checkpoint.size:,}",
        ),
    ]
    for label, value in rows:
        paper.line(label, ": ", value, indent=1)
    for (how, met), count in Counter((duty.how, duty.met) for duty in passport.obligations).items():
        mark, style = (t("met", "履行"), "") if met else (t("NOT met", "未履行"), "red")
        paper.line(mark, f" ({count}): ", how, indent=1, hang=2, style=style)
