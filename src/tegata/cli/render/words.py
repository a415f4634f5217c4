"""Words that several renderers share."""

from __future__ import annotations

from typing import Any, Final

from tegata.model.base import Language, Text, t
from tegata.model.decision import Outcome

COLOURS: Final[dict[Outcome, str]] = {
    Outcome.ALLOW: "green",
    Outcome.ALLOW_WITH_CONDITIONS: "green",
    Outcome.NEEDS_INFO: "yellow",
    Outcome.HUMAN_REVIEW: "yellow",
    Outcome.DENY: "red",
}

SOURCES: Final[dict[str, Text]] = {
    "stated": t("stated", "申告"),
    "scan": t("from the scan", "スキャン結果"),
    "publisher": t("publisher", "公開者"),
    "node-settings": t("node settings", "ノードの設定"),
    "participant-register": t("participant register", "参加者登録簿"),
    "ledger": t("ledger", "台帳"),
    "ledger-from-above": t("ledger, an upper bound", "台帳（上限）"),
    "ownership": t("ownership file", "所有関係のファイル"),
    "assumed-by-path-search": t("assumed", "仮定"),
}

UNKNOWN = t("unknown", "不明")

UNITS: Final = ("B", "kB", "MB", "GB", "TB")


def value_words(value: Any, language: Language) -> str:
    """A fact's value as it would stand in a flow file, in one line."""
    match value:
        case None:
            return UNKNOWN.say(language)
        case bool():
            return "true" if value else "false"
        case int():
            return f"{value:,}"
        case list() | tuple() | set() | frozenset():
            return "[" + ", ".join(str(item) for item in value) + "]"
        case dict():
            return "{" + ", ".join(f"{key}: {value_words(item, language)}" for key, item in value.items()) + "}"
    return str(value)


def size_words(size: int) -> str:
    """Bytes for people, in powers of 1,000."""
    amount, unit = float(size), 0
    while amount >= 1000 and unit < len(UNITS) - 1:
        amount, unit = amount / 1000, unit + 1
    return f"{amount:.1f} {UNITS[unit]}" if unit else f"{size} {UNITS[0]}"
