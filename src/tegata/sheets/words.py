"""Words for verdicts, wherever people read them."""

from __future__ import annotations

from typing import Final

from tegata.model.base import Text, t
from tegata.model.decision import Outcome

VERDICTS: Final[dict[str, tuple[Text, str]]] = {
    "total-passed": (t("valid", "有効"), "green"),
    "indeterminate": (t("not certain", "判断できない"), "yellow"),
    "total-failed": (t("NOT valid", "無効"), "red"),
}
"""By verdict: the word, and its colour."""

MARKS: Final[dict[str, tuple[Text, str]]] = {
    "passed": (t("ok", "適合"), "green"),
    "indeterminate": (t("unsure", "不確定"), "yellow"),
    "failed": (t("FAILED", "不適合"), "red"),
}
"""The same for a single check."""

OUTCOMES: Final[dict[Outcome, Text]] = {
    Outcome.ALLOW: t("allowed", "許可"),
    Outcome.ALLOW_WITH_CONDITIONS: t("allowed with conditions", "条件付きで許可"),
    Outcome.NEEDS_INFO: t("facts are missing", "事実が不足"),
    Outcome.HUMAN_REVIEW: t("a person must decide", "人の確認が必要"),
    Outcome.DENY: t("denied", "拒否"),
}
