"""What an operator can order a negotiation to do, besides ending it: the messages that carry it out."""

from __future__ import annotations

from typing import Any, Final

from tegata.exchange import paired
from tegata.exchange.service import Order
from tegata.model.base import Text
from tegata.model.process import Negotiation
from tegata.wire.dsp import messages as m
from tegata.wire.dsp.term import Term


def _accept(negotiation: Negotiation, _: Text) -> tuple[Term, dict[str, Any]]:
    """Take the offer that waits."""
    return m.ContractNegotiationEventMessage(**paired(negotiation), event_type="ACCEPTED"), {"proposed": None}


ORDERS: Final[dict[str, Order[Negotiation]]] = {"accept": _accept}
