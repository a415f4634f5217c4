"""Participants, datasets and offers: what is on offer, by whom, on which terms (DCAT 3, ODRL, DSP 2025-1)."""

from __future__ import annotations

import datetime as dt
from typing import Annotated, Final

from tegata.model.base import Noun, Text
from tegata.model.coding import Meta
from tegata.model.decision import Condition, Fact
from tegata.model.profile import Profile

LIMIT_USE: Final = "limit_use"
"""The verb of the condition by which an agreement limits what leaves under it."""

WITNESSED: Final = "witness_quorum"
"""The verb of the condition by which an agreement says whose cosignatures its evidence needs."""

TOKENISE: Final = "tokenise"
"""The verb of the condition by which values leave as tokens of a vault."""

FOR_RECIPIENT: Final = "encrypt_for_recipient"
"""The verb of the condition by which data leaves encrypted for the key of a certificate that the consumer names."""

COUNTERPARTY: Final = "counterparty"
"""The consumer, among the witnesses of a quorum."""

Count = Annotated[int, Meta(ge=0, le=(1 << 63) - 1)]


class Participant(Noun, frozen=True, kw_only=True):
    """A party of the data space. `id` is a did:key; `facts` hold what we assert of it (country, kind ...),
    by the names of the fact schema without the `recipient.` or `provider.` prefix. Participants of one `group` are
    under common control, so that what goes to one of them counts for all. From one that gives no passports, as other
    connectors do not, data is taken without: nobody then vouches for it."""

    id: str
    name: str
    url: str = ""  # DSP base URL, `` when it is only known by id
    group: str = ""
    gives_passports: bool = True
    facts: dict[str, Fact] = {}


class UseLimits(Noun, frozen=True, kw_only=True):
    """What a recipient may take under one agreement. 0: as much as it wants. `versions`: so many of what was delivered
    behind doors stay open side by side; `questions`: so many of agents are answered in a day."""

    transfers: Count = 0
    bytes: Count = 0
    rows: Count = 0
    bytes_per_second: Count = 0
    versions: Count = 0
    questions: Count = 0


class Quorum(Noun, frozen=True, kw_only=True):
    """How many of which witnesses must have cosigned the checkpoint that covers a release, for it to count.

    `of` has `counterparty`, and public witnesses as C2SP vkeys with Ed25519, which every verifier can check. Nothing
    leaves before; whoever waits for them gives up after `within_minutes`.
    """

    at_least: Annotated[int, Meta(ge=1, le=16)]
    of: Annotated[tuple[str, ...], Meta(min_length=1, max_length=16)]
    within_minutes: Annotated[int, Meta(ge=1, le=1440)] = 10


class Dataset(Noun, frozen=True, kw_only=True):
    """A published data set: a source, its profile, and the flow facts its publisher states for any recipient."""

    id: str  # urn:uuid:...
    title: Text
    description: Text
    path: str  # local source
    profile: Profile
    facts: dict[str, Fact] = {}  # publisher's facts: provider.*, transaction.*, purpose ...
    conditions: tuple[Condition, ...] = ()  # the publisher's own, beside those of rules: stand in every agreement on it
    limits: UseLimits = UseLimits()  # stand in every agreement on it
    witnesses: Quorum | None = None  # stands in every agreement on it too
    published_at: dt.datetime


class Agreement(Noun, frozen=True, kw_only=True):
    """What provider and consumer agreed, with the conditions that came from the decision."""

    id: str  # urn:uuid:...
    dataset: str
    offer: str
    provider: str  # did:key
    consumer: str  # did:key
    signed_at: dt.datetime
    conditions: tuple[Condition, ...]
    decision_digest: str
