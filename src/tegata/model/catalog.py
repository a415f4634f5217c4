"""Participants, datasets and offers: what is on offer, by whom, on which terms (DCAT 3, ODRL, DSP 2025-1)."""

from __future__ import annotations

import datetime as dt

from tegata.model.base import Noun, Text
from tegata.model.decision import Condition, Fact
from tegata.model.profile import Profile


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


class Dataset(Noun, frozen=True, kw_only=True):
    """A published data set: a source, its profile, and the flow facts its publisher states for any recipient."""

    id: str  # urn:uuid:...
    title: Text
    description: Text
    path: str  # local source
    profile: Profile
    facts: dict[str, Fact] = {}  # publisher's facts: provider.*, transaction.*, purpose ...
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
