"""What negotiations and transfers share: two process ids, two roles, and where the next message goes."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from typing import Any, Final, Protocol

import msgspec
from msgspec import UNSET, UnsetType

from tegata.exchange.courier import Answer, Courier
from tegata.model.base import Text, t
from tegata.model.errors import ProtocolError
from tegata.model.process import OTHER, Negotiation, TransferProcess
from tegata.store import Transaction
from tegata.wire.dsp import codec
from tegata.wire.dsp.paths import address, endpoint_for
from tegata.wire.dsp.reason import reason_terms
from tegata.wire.dsp.term import Term

MESSAGE_ID: Final = "@id"

Process = Negotiation | TransferProcess


class Paired(Protocol):
    """A message about a process that both sides know; a first counter-message may lack one of the ids."""

    @property
    def provider_pid(self) -> str | UnsetType: ...

    @property
    def consumer_pid(self) -> str | UnsetType: ...


def new_id() -> str:
    """A fresh id for a process or an agreement: urn:uuid:..."""
    return uuid.uuid4().urn


def paired(process: Process) -> dict[str, Any]:
    """`provider_pid` and `consumer_pid` of a process, as the fields of a message."""
    own, theirs = process.id, process.peer_pid
    provider, consumer = (own, theirs) if process.role == "provider" else (theirs, own)
    return {"provider_pid": provider, "consumer_pid": consumer}


def peer_pid(process: Process, message: Paired) -> str:
    """The peer's id for the process, as it stands in its message.

    Raises:
        ProtocolError: status 400 when the ids in the message are not those of this process.
    """
    own, theirs = message.provider_pid, message.consumer_pid
    if process.role == "consumer":
        own, theirs = theirs, own
    known = process.peer_pid
    if own not in (process.id, UNSET) or (known and theirs != known):
        raise ProtocolError("`providerPid` and `consumerPid` are not those of this process")
    return theirs if isinstance(theirs, str) else known


def is_about(process: Process, described: Paired) -> bool:
    """Whether what a peer describes is this very process. One that never learned our id for it leaves that empty."""
    own, theirs = described.provider_pid, described.consumer_pid
    if process.role == "consumer":
        own, theirs = theirs, own
    return own in (process.id, "") and theirs == process.peer_pid


def termination_of(message: Callable[..., Term]) -> Callable[[Process], Term]:
    """What says once more that a process has ended, and why."""

    def say(process: Process) -> Term:
        return message(**paired(process), code=process.code, reason=reason_terms(process.reasons))

    return say


def post(courier: Courier, tx: Transaction, process: Process, message: Term, *, first: bool = False) -> None:
    """Put a message to the counter-party into the outbox. `first`: it begins the process.

    It gets an `@id`, which the protocol does not ask for and JSON-LD allows: one for each message and all
    its repetitions. Without it nobody can tell the second suspension of a transfer from a repetition of the first.
    """
    message = msgspec.structs.replace(message, extra={**message.extra, MESSAGE_ID: new_id()})
    endpoint = endpoint_for(type(message), OTHER[process.role], first=first)
    url = address(process.peer_url, endpoint, process.peer_pid)
    courier.post(tx, process=process.id, peer=process.peer, url=url, body=codec.encode(message))


def is_named(message: Term) -> bool:
    """Whether a message of the peer has an id of its own."""
    return isinstance(message.extra.get(MESSAGE_ID), str)


def not_taken(answer: Answer) -> tuple[str, Text]:
    """Code and sentence for a message that the peer did not take."""
    why = answer.why or answer.body[:500].decode("utf-8", "replace")
    said = t(f"the peer did not take the message: {why}", f"相手がメッセージを受け付けませんでした: {why}")
    return ("refused" if answer.status else "unreachable"), said
