"""The two long-running processes of the Dataspace Protocol as rows, and the messages that they send."""

from __future__ import annotations

import datetime as dt
from typing import Final, Literal

from tegata.model.base import Noun, Text
from tegata.model.decision import Condition

Role = Literal["provider", "consumer"]
OTHER: Final[dict[Role, Role]] = {"provider": "consumer", "consumer": "provider"}


class Dispute(Noun, frozen=True, kw_only=True):
    """The peer may be in another state than we: it refused a message of ours, or ours and its own met on the way.

    `code` and `reasons` say what is told when the process has to be ended for it.
    """

    since: dt.datetime
    code: str = ""
    reasons: tuple[Text, ...] = ()
    unrecognised: bool = False  # it answered as to somebody whom it does not know: perhaps a clock is wrong


class Negotiation(Noun, frozen=True, kw_only=True):
    """A contract negotiation as one side keeps it. States are those of DSP 2025-1."""

    id: str  # our own process id (providerPid or consumerPid), urn:uuid:...
    role: Role
    peer: str  # did:key of the counter-party
    peer_pid: str = ""  # its process id, `` until it is known
    peer_url: str  # where its messages go: its callback address (provider side) or its DSP base (consumer side)
    dataset: str
    offer: str  # id of the offer that is asked for
    terms: str = ""  # digest of the rules of that offer (consumer side)
    proposed: tuple[Condition, ...] | None = None  # of an offer that waits for our operator (consumer side)
    state: str  # REQUESTED | OFFERED | ACCEPTED | AGREED | VERIFIED | FINALIZED | TERMINATED
    version: int = 1
    agreement: str = ""  # id, once AGREED
    decision: str = ""  # digest of the decision (provider side)
    code: str = ""  # why it was terminated, for machines: an outcome (deny, needs_info ...) or another word
    reasons: tuple[Text, ...] = ()  # the same for people
    left: str = ""  # the state in which this side terminated it
    dispute: Dispute | None = None
    created_at: dt.datetime
    updated_at: dt.datetime


class TransferProcess(Noun, frozen=True, kw_only=True):
    """A transfer process as one side keeps it. States are those of DSP 2025-1."""

    id: str
    role: Role
    peer: str
    peer_pid: str = ""
    peer_url: str
    agreement: str
    format: str  # HttpData-PULL | HttpData-PUSH | Doors-PULL
    certificate: str = ""  # DER in base64, for whose key the data is encrypted (provider side)
    state: str  # REQUESTED | STARTED | SUSPENDED | COMPLETED | TERMINATED
    version: int = 1
    suspended_by: str = ""  # role of the side that holds it up, while it is SUSPENDED
    code: str = ""
    reasons: tuple[Text, ...] = ()
    left: str = ""
    dispute: Dispute | None = None
    created_at: dt.datetime
    updated_at: dt.datetime


class Message(Noun, frozen=True, kw_only=True):
    """An outgoing protocol message: written with the state change that caused it, sent until it is answered."""

    id: str
    peer: str  # did:key: the audience of the token
    url: str
    body: bytes
    process: str  # id of the negotiation or transfer process it belongs to
    attempts: int = 0
    created_at: dt.datetime


Phase = Literal["negotiating", "offered", "preparing", "receiving", "open", "done", "refused", "failed"]


class Acquisition(Noun, frozen=True, kw_only=True):
    """A data set on its way to this node, as its operator sees it. Its id is that of the negotiation."""

    id: str
    peer: str
    dataset: str
    title: Text
    phase: Phase
    transfer: str = ""
    code: str = ""  # why it was refused or failed, for machines
    reasons: tuple[Text, ...] = ()  # the same for people
    bytes: int = 0  # received so far
    total: int = 0  # 0 until it is known
    data: str = ""  # path of the received data
    passport: str = ""  # path of its passport, `` from a peer that gives none
    verdict: str = ""  # of the passport's verification, or `no-passport`
