"""The account of differential privacy: each release of statistics takes from the budget of data set and recipient.

State and evidence move together: what is taken, and what is taken in all, stands in the log entry of the release,
which becomes durable in the same transaction.
"""

from __future__ import annotations

import math
from fractions import Fraction
from typing import Final

from tegata.model.base import Text, t
from tegata.model.catalog import Agreement
from tegata.model.errors import TegataError
from tegata.model.statistics import Statistics
from tegata.protect import statistics, statistics_of
from tegata.store import Transaction, privacy

_UNIT: Final = 10**9  # losses are kept in whole billionths, so that sums are exact


class SpentError(TegataError):
    """Too little is left."""

    code = "budget"


def account(tx: Transaction, transfer: str, agreement: Agreement) -> dict[str, object]:
    """Take what a release under the agreement loses; what its log entry says of it. Nothing for releases of records.

    Raises:
        SpentError: the budget does not have so much left; nothing was taken.
    """
    asked = statistics_of(agreement.conditions)
    if asked is None:
        return {}
    before = privacy.spent(tx, agreement.dataset, agreement.consumer)
    loss = taken(asked, before)
    privacy.spend(tx, transfer, agreement.dataset, agreement.consumer, loss)
    return {"privacy": {"epsilon_billionths": loss, "spent_billionths": before + loss}}


def taken(asked: Statistics, before: int) -> int:
    """What a release loses, in billionths of epsilon, after others have lost what they have.

    Raises:
        SpentError: more than the budget has left.
    """
    loss = _billionths(statistics.loss(asked))
    if asked.budget is not None and before + loss > math.floor(Fraction(str(asked.budget)) * _UNIT):
        raise SpentError(_spent(loss / _UNIT, asked.budget, before / _UNIT))
    return loss


def _billionths(epsilon: Fraction) -> int:
    """Rounded up: an account that says less than was lost would be none."""
    return math.ceil(epsilon * _UNIT)


def _spent(epsilon: float, budget: float, before: float) -> Text:
    return t(
        f"the privacy budget of this data set for this recipient is spent: {before:g} of {budget:g} have been used, "
        f"and this release would take {epsilon:g}",
        f"このデータと受領者のプライバシー予算が尽きました。{budget:g} のうち {before:g} を使用済みで、"
        f"この提供には {epsilon:g} が必要です",
    )
