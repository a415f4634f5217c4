"""The key of a node, and handing its name on to another key while it does not run.

node.key        the key that speaks for the node
node.rolls      the notes that lead from the name of the node to it; absent while it is the first one
node.key.next   a key that is about to follow

A roll is durable in the state, with its entry, before the files change; what was broken off is finished by the same
command. A node does not start in between: its log would go on under a key that it has said goes no further.
"""

from __future__ import annotations

import asyncio
import os
import secrets
from collections.abc import Callable
from pathlib import Path
from typing import Final

from tegata import durable
from tegata.clock import SystemClock
from tegata.evidence import EvidenceLog, PublishedLog
from tegata.evidence.place import published_at
from tegata.evidence.rollback import look_back
from tegata.evidence.rolls import keep
from tegata.log import Reason, Roll, write_roll
from tegata.model.base import Noun, t
from tegata.model.errors import InputError, StoreError, VerificationError
from tegata.node.config import read_config
from tegata.store import Store, Transaction, witnesses
from tegata.store import log as rows
from tegata.trust import KeyHistory, SigningKey, encode_did
from tegata.trust.key_history import read_history
from tegata.trust.keyfile import read_secret, write_secret

KEY: Final = "node.key"
ROLLS: Final = "node.rolls"
_NEXT: Final = "node.key.next"


class Tenure(Noun, frozen=True, kw_only=True):
    """One key of a node. `until`: entries of the log that it signed for at most; None for the one in use."""

    key: str  # did:key of the very key
    until: int | None = None
    reason: str = ""  # why it went


class KeyStanding(Noun, frozen=True, kw_only=True):
    """The keys of a node, oldest first. `unfinished`: a roll was broken off, and is to be finished."""

    did: str
    keys: tuple[Tenure, ...]
    unfinished: bool = False


def identity_of(folder: Path) -> SigningKey:
    """The key of the node, under its name. InputError when it cannot be read, or a roll of it is not finished."""
    key = SigningKey.load(folder / KEY)
    return key.known_as(_history(folder)) if (folder / ROLLS).exists() else key


def check_key(tx: Transaction, history: KeyHistory) -> None:
    """Refuse to begin with a key that the state says is not the newest. StoreError."""
    if witnesses.rolls(tx, history.did) != history.notes:
        raise StoreError(
            t(
                "the key of this node is not the one that its state knows",
                "ノードの鍵が、状態の記録にある鍵と異なります",
            ),
            hint=t(
                "finish what was broken off with `tegata node key roll --apply`, or put `node.key` and `node.rolls` "
                "of the same backup in place",
                "中断した引き継ぎは `tegata node key roll --apply` で完了します。"
                "または同じバックアップの `node.key` と `node.rolls` を戻してください",
            ),
        )


def key_standing(folder: Path) -> KeyStanding:
    """Which keys the node of a folder has had. InputError when they cannot be read."""
    key, history = SigningKey.load(folder / KEY), _history(folder) if (folder / ROLLS).exists() else None
    history = history or key.history
    begun = (folder / _NEXT).exists() or history.current.raw != key.raw
    return _standing(history, unfinished=begun)


def roll_key(folder: Path, reason: Reason, successor: Path | None = None) -> KeyStanding:
    """Hand the name of a node on to a new key, or to that in a file; what was broken off is finished.

    Raises:
        StoreError: the node runs, or its state must not go on.
        InputError: a key cannot be read.
    """
    config = read_config(folder)
    history = _history(folder) if (folder / ROLLS).exists() else None
    old = SigningKey.load(folder / KEY)
    if history is None or history.current.raw == old.raw:
        old = old.known_as(history) if history is not None else old
        new = _next_key(folder, successor)
        store = Store.open(folder / "state", config.database)
        try:
            tiles = published_at(config.log, folder)
            notes = asyncio.run(store.write(lambda tx: _handed_on(tx, old, new, tiles, reason)))
        finally:
            store.close()
        _settle(folder, lambda: durable.replace(folder / ROLLS, "".join(notes).encode()))
    _settle(folder, lambda: os.replace(folder / _NEXT, folder / KEY))
    _settle(folder, lambda: durable.sync(folder))
    return _standing(identity_of(folder).history, unfinished=False)


def _settle(folder: Path, step: Callable[[], None]) -> None:
    try:
        step()
    except OSError as error:
        raise StoreError(
            t(
                f"the roll is not finished: `{folder}` cannot be written",
                f"引き継ぎが未完了です。`{folder}` に書き込めません",
            ),
            why=error.strerror or str(error),
            hint=t("run the same command again", "同じコマンドをもう一度実行してください"),
        ) from None


def _handed_on(
    tx: Transaction, old: SigningKey, new: SigningKey, tiles: PublishedLog, reason: Reason
) -> tuple[str, ...]:
    """All rolls, the new one among them; durable with its entry. The old key signs the log up to there once more."""
    known = witnesses.rolls(tx, old.did)
    if known[: len(old.history.notes)] == old.history.notes and len(known) == len(old.history.notes) + 1:
        return known  # it was broken off behind this
    check_key(tx, old.history)
    look_back(tx, old.history, tiles)
    evidence = EvidenceLog(old, secrets.token_bytes)
    evidence.checkpoint(tx)
    roll = Roll(old.did, len(known) + 1, rows.size(tx), reason, encode_did(new.raw))
    note = write_roll(roll, old, new)
    keep(tx, evidence, note, roll, SystemClock().now())
    return (*known, note)


def _next_key(folder: Path, successor: Path | None) -> SigningKey:
    """The one that was about to follow before, else that of a file, else a new one; it lies in the folder then."""
    path = folder / _NEXT
    if not path.exists():
        if successor is None:
            SigningKey.generate(secrets.token_bytes(32)).save(path)
        else:
            SigningKey.load(successor)  # which says what is wrong with it
            write_secret(path, read_secret(successor))
    return SigningKey.load(path)


def _history(folder: Path) -> KeyHistory:
    try:
        return read_history((folder / ROLLS).read_bytes().decode())
    except (VerificationError, UnicodeDecodeError, OSError) as error:
        raise InputError(
            t(f"cannot read `{folder / ROLLS}`", f"`{folder / ROLLS}` を読めません"), why=str(error)
        ) from None


def _standing(history: KeyHistory, *, unfinished: bool) -> KeyStanding:
    ends = [(roll.size, roll.reason) for roll in history.rolls]
    gone = [
        Tenure(key=encode_did(key.raw), until=size, reason=reason)
        for key, (size, reason) in zip(history.keys, ends, strict=False)
    ]
    return KeyStanding(
        did=history.did, keys=(*gone, Tenure(key=encode_did(history.current.raw))), unfinished=unfinished
    )
