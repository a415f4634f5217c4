"""Error bodies of the protocol, one type per family of endpoints."""

from __future__ import annotations

from typing import Final, Literal

from tegata.model.errors import ProtocolError
from tegata.wire.dsp.dcat import CatalogError
from tegata.wire.dsp.messages import ContractNegotiationError, TransferError

Family = Literal["catalog", "negotiation", "transfer"]

FAMILIES: Final[dict[str, Family]] = {
    "catalog": "catalog",
    "negotiations": "negotiation",
    "transfers": "transfer",
}
"""Families by the first segment of a path below the DSP base."""

_NOT_FOUND: Final = "not found"


def error_body(
    family: Family, error: ProtocolError, *, provider_pid: str = "", consumer_pid: str = ""
) -> CatalogError | ContractNegotiationError | TransferError:
    """The body that goes with `error.status`. Every 404 says the same, so that "you may not see it" cannot be told from
    "it is not there" (DSP 2025-1: both are answered with 404)."""
    code = str(error.status)
    reason = tuple(part for part in error.parts("en") if part) if error.status != 404 else (_NOT_FOUND,)
    if family == "catalog":
        return CatalogError(code=code, reason=reason)
    kind = ContractNegotiationError if family == "negotiation" else TransferError
    return kind(code=code, reason=reason, provider_pid=provider_pid, consumer_pid=consumer_pid)
