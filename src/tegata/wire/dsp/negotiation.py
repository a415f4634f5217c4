"""The contract negotiation machine (DSP 2025-1, specifications/negotiation/contract.negotiation.protocol.md)."""

from __future__ import annotations

import enum
from typing import Final

from tegata.wire.dsp.machine import Effect, Machine, Transition


class NegotiationState(enum.StrEnum):
    REQUESTED = "REQUESTED"
    OFFERED = "OFFERED"
    ACCEPTED = "ACCEPTED"
    AGREED = "AGREED"
    VERIFIED = "VERIFIED"
    FINALIZED = "FINALIZED"
    TERMINATED = "TERMINATED"


class NegotiationEvent(enum.StrEnum):
    """The messages by `@type`; the one with two meanings by its `eventType` too."""

    REQUEST = "ContractRequestMessage"
    OFFER = "ContractOfferMessage"
    ACCEPTED = "ContractNegotiationEventMessage:ACCEPTED"
    AGREEMENT = "ContractAgreementMessage"
    VERIFICATION = "ContractAgreementVerificationMessage"
    FINALIZED = "ContractNegotiationEventMessage:FINALIZED"
    TERMINATION = "ContractNegotiationTerminationMessage"


_S, _E = NegotiationState, NegotiationEvent

# The three rows that are not drawn are in the prose ("either party may terminate at any time before FINALIZED") and in
# the conformance kit. The last of them lets a consumer terminate while the provider finalises: `dispute` settles it.
NEGOTIATION: Final = Machine(
    "contract negotiation",
    (
        Transition(None, _E.REQUEST, "consumer", _S.REQUESTED, (Effect.KEEP_OFFER,)),
        Transition(None, _E.OFFER, "provider", _S.OFFERED, (Effect.KEEP_OFFER,)),
        Transition(_S.REQUESTED, _E.OFFER, "provider", _S.OFFERED, (Effect.KEEP_OFFER,)),
        Transition(_S.REQUESTED, _E.AGREEMENT, "provider", _S.AGREED, (Effect.KEEP_AGREEMENT,)),
        Transition(_S.REQUESTED, _E.TERMINATION, "consumer", _S.TERMINATED),
        Transition(_S.REQUESTED, _E.TERMINATION, "provider", _S.TERMINATED),
        Transition(_S.OFFERED, _E.REQUEST, "consumer", _S.REQUESTED, (Effect.KEEP_OFFER,)),
        Transition(_S.OFFERED, _E.ACCEPTED, "consumer", _S.ACCEPTED),
        Transition(_S.OFFERED, _E.TERMINATION, "consumer", _S.TERMINATED),
        Transition(_S.OFFERED, _E.TERMINATION, "provider", _S.TERMINATED),
        Transition(_S.ACCEPTED, _E.AGREEMENT, "provider", _S.AGREED, (Effect.KEEP_AGREEMENT,)),
        Transition(_S.ACCEPTED, _E.TERMINATION, "provider", _S.TERMINATED),
        Transition(_S.ACCEPTED, _E.TERMINATION, "consumer", _S.TERMINATED, drawn=False),
        Transition(_S.AGREED, _E.VERIFICATION, "consumer", _S.VERIFIED),
        Transition(_S.AGREED, _E.TERMINATION, "consumer", _S.TERMINATED),
        Transition(_S.AGREED, _E.TERMINATION, "provider", _S.TERMINATED, drawn=False),
        Transition(_S.VERIFIED, _E.FINALIZED, "provider", _S.FINALIZED, (Effect.AGREEMENT_IN_FORCE,)),
        Transition(_S.VERIFIED, _E.TERMINATION, "provider", _S.TERMINATED),
        Transition(_S.VERIFIED, _E.TERMINATION, "consumer", _S.TERMINATED, drawn=False),
    ),
    rests=(_S.TERMINATED, _S.FINALIZED),
    endings=(_E.TERMINATION, _E.FINALIZED),
)
