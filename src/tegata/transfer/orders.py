"""What an operator can order a transfer to do, in either role, besides ending it: the messages that carry it out."""

from __future__ import annotations

from typing import Any, Final

from tegata.exchange import paired
from tegata.exchange.service import BY_OPERATOR, Order
from tegata.model.base import Text, t
from tegata.model.errors import UsageError
from tegata.model.process import OTHER, TransferProcess
from tegata.wire.dsp import messages as m
from tegata.wire.dsp.reason import reason_terms
from tegata.wire.dsp.term import Term

Carried = tuple[Term, dict[str, Any]]


def _suspend(transfer: TransferProcess, reason: Text) -> Carried:
    said = m.TransferSuspensionMessage(**paired(transfer), code=BY_OPERATOR, reason=reason_terms((reason,)))
    return said, {"suspended_by": transfer.role}


def _resume(transfer: TransferProcess, _: Text) -> Carried:
    """Only whoever holds a transfer up lets it go on: the other side would take its own hold for nothing."""
    if transfer.state == "REQUESTED":
        raise UsageError(t("the transfer has not started", "転送はまだ開始されていません"))
    if transfer.suspended_by == OTHER[transfer.role]:
        raise UsageError(
            t("the other side has suspended the transfer", "相手がこの転送を停止しています"),
            hint=t("ask its operator to resume it", "相手の運用者に再開を依頼してください"),
        )
    return m.TransferStartMessage(**paired(transfer)), {"suspended_by": ""}


def _complete(transfer: TransferProcess, _: Text) -> Carried:
    return m.TransferCompletionMessage(**paired(transfer)), {}


ORDERS: Final[dict[str, Order[TransferProcess]]] = {
    "suspend": _suspend,
    "resume": _resume,
    "complete": _complete,
}
