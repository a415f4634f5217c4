"""The two long-running processes of the Dataspace Protocol as rows, and the messages that they send."""

from __future__ import annotations

import datetime as dt
from typing import Literal

from tegata.model.base import Noun, Text

Role = Literal["provider", "consumer"]


class Negotiation(Noun, frozen=True, kw_only=True):
    """A contract negotiation as one side keeps it. States are those of DSP 2025-1."""

    id: str  # our own process id (providerPid or consumerPid), urn:uuid:...
    role: Role
    peer: str  # did:key of the counter-party
    peer_pid: str = ""  # its process id, `` until it is known
    peer_url: str  # where its messages go: its callback address (provider side) or its DSP base (consumer side)
    dataset: str
    offer: str  # id of the offer that is asked for
    state: str  # REQUESTED | OFFERED | ACCEPTED | AGREED | VERIFIED | FINALIZED | TERMINATED
    version: int = 1
    agreement: str = ""  # id, once AGREED
    decision: str = ""  # digest of the decision (provider side)
    reasons: tuple[Text, ...] = ()  # why it was terminated
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
    format: str  # HttpData-PULL
    state: str  # REQUESTED | STARTED | SUSPENDED | COMPLETED | TERMINATED
    version: int = 1
    reasons: tuple[Text, ...] = ()
    created_at: dt.datetime
    updated_at: dt.datetime


class Message(Noun, frozen=True, kw_only=True):
    """An outgoing protocol message: written with the state change that caused it, sent until it is answered."""

    id: str
    peer: str  # did:key: the audience of the token
    url: str
    body: bytes
    process: str  # id of the negotiation or transfer process it belongs to
    due_at: dt.datetime
    attempts: int = 0
    created_at: dt.datetime
