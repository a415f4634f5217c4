"""The transfer process machine (DSP 2025-1, specifications/transfer/transfer.process.protocol.md)."""

from __future__ import annotations

import enum
from typing import Final

from tegata.wire.dsp.machine import Effect, Machine, Transition


class TransferState(enum.StrEnum):
    REQUESTED = "REQUESTED"
    STARTED = "STARTED"
    SUSPENDED = "SUSPENDED"
    COMPLETED = "COMPLETED"
    TERMINATED = "TERMINATED"


class TransferEvent(enum.StrEnum):
    """The messages by `@type`."""

    REQUEST = "TransferRequestMessage"
    START = "TransferStartMessage"
    COMPLETION = "TransferCompletionMessage"
    SUSPENSION = "TransferSuspensionMessage"
    TERMINATION = "TransferTerminationMessage"


_S, _E = TransferState, TransferEvent

# Both sides may end a started transfer, each in its own way, at the same moment: the protocol draws it so, `dispute`
# settles it.
TRANSFER: Final = Machine(
    "transfer process",
    (
        Transition(None, _E.REQUEST, "consumer", _S.REQUESTED),
        Transition(_S.REQUESTED, _E.START, "provider", _S.STARTED, (Effect.OPEN_DATA,)),
        Transition(_S.REQUESTED, _E.TERMINATION, "consumer", _S.TERMINATED),
        Transition(_S.REQUESTED, _E.TERMINATION, "provider", _S.TERMINATED),
        Transition(_S.STARTED, _E.COMPLETION, "consumer", _S.COMPLETED, (Effect.CLOSE_DATA,)),
        Transition(_S.STARTED, _E.COMPLETION, "provider", _S.COMPLETED, (Effect.CLOSE_DATA,)),
        Transition(_S.STARTED, _E.SUSPENSION, "consumer", _S.SUSPENDED, (Effect.CLOSE_DATA,)),
        Transition(_S.STARTED, _E.SUSPENSION, "provider", _S.SUSPENDED, (Effect.CLOSE_DATA,)),
        Transition(_S.STARTED, _E.TERMINATION, "consumer", _S.TERMINATED, (Effect.CLOSE_DATA,)),
        Transition(_S.STARTED, _E.TERMINATION, "provider", _S.TERMINATED, (Effect.CLOSE_DATA,)),
        Transition(_S.SUSPENDED, _E.START, "consumer", _S.STARTED, (Effect.OPEN_DATA,)),
        Transition(_S.SUSPENDED, _E.START, "provider", _S.STARTED, (Effect.OPEN_DATA,)),
        Transition(_S.SUSPENDED, _E.TERMINATION, "consumer", _S.TERMINATED),
        Transition(_S.SUSPENDED, _E.TERMINATION, "provider", _S.TERMINATED),
    ),
    rests=(_S.STARTED, _S.SUSPENDED, _S.TERMINATED, _S.COMPLETED),
    endings=(_E.TERMINATION, _E.COMPLETION),
)
