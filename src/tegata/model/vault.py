"""What a vault of tokens tells its steward."""

from __future__ import annotations

import datetime as dt

from tegata.model.base import Noun


class VaultRelease(Noun, frozen=True, kw_only=True):
    """A copy for which tokens were handed out. `digest` is empty where it did not come about."""

    at: dt.datetime
    source: str
    digest: str = ""


class VaultEntry(Noun, frozen=True, kw_only=True):
    """A token and the value that it stands for. It may stand in every release from the first on."""

    token: str
    value: str
    domain: str
    releases: tuple[VaultRelease, ...]


class VaultEntries(Noun, frozen=True, kw_only=True):
    """The answer to who looks something up."""

    entries: tuple[VaultEntry, ...]
    missing: int  # of what was asked for, not there


class VaultAct(Noun, frozen=True, kw_only=True):
    """What was done with a vault, and why. `chain` binds it to all acts before."""

    at: dt.datetime
    act: str  # made | released | found | exported | forgotten | destroyed
    reason: str
    tokens: tuple[str, ...] = ()
    missing: int = 0  # of what was asked for, not there
    chain: str = ""


class VaultState(Noun, frozen=True, kw_only=True):
    name: str  # of the data set
    made_at: dt.datetime
    values: dict[str, int]  # by domain
    releases: tuple[VaultRelease, ...]
    acts: tuple[VaultAct, ...]
    sound: bool  # the chain of acts is whole
