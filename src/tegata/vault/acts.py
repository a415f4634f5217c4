"""What was done with a vault, as a chain that tells when an act was taken out or changed."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence

import apsw
import msgspec

from tegata.model.base import digest
from tegata.model.vault import VaultAct
from tegata.vault import sql


def record(
    database: apsw.Connection, at: dt.datetime, act: str, reason: str, tokens: Sequence[str] = (), missing: int = 0
) -> VaultAct:
    """Inside the transaction of the act itself: neither is there without the other."""
    before = next((str(chain) for (chain,) in database.execute(sql.LAST_CHAIN)), "")
    done = VaultAct(at=at, act=act, reason=reason, tokens=tuple(tokens), missing=missing)
    done = msgspec.structs.replace(done, chain=_chained(done, before))
    rest = msgspec.json.encode({"tokens": done.tokens, "missing": missing}).decode()
    database.execute(sql.NEW_ACT, (at.isoformat(), act, reason, rest, done.chain))
    return done


def acts_of(database: apsw.Connection) -> tuple[VaultAct, ...]:
    return tuple(
        msgspec.convert(
            {**msgspec.json.decode(str(told)), "at": at, "act": act, "reason": reason, "chain": chain}, VaultAct
        )
        for at, act, reason, told, chain in database.execute(sql.ACTS)
    )


def unbroken(acts: Sequence[VaultAct]) -> bool:
    """Whether each act binds all before it. Acts cut off at the end are missed only by who has noted the last chain."""
    before = ""
    for act in acts:
        if act.chain != _chained(act, before):
            return False
        before = act.chain
    return True


def _chained(act: VaultAct, before: str) -> str:
    return digest(msgspec.structs.replace(act, chain=before))
