"""A state that is older than what it has signed: found before the node starts, resolved without a break in the log.

Restoring yesterday's database is the natural thing to do after a crash, and the worst for a log: it would grow a second
time from an earlier size and contradict what others hold. What was published is the witness. Its leaves are brought
back, so that the log goes on from where it was; what the lost entries said is gone, and an entry says so.
"""

from __future__ import annotations

import datetime as dt
from typing import Literal

from tegata.evidence.log import EvidenceLog, append_bytes, reader
from tegata.evidence.published import PublishedLog
from tegata.log import TILE_WIDTH, root
from tegata.log.checkpoint import decode_hash
from tegata.model.base import Noun, Text, t
from tegata.model.errors import StoreError, VerificationError
from tegata.model.evidence import Checkpoint
from tegata.store import Transaction
from tegata.store import log as rows
from tegata.trust import KeyHistory

UNREADABLE = "unreadable"
"""Kind of a row that holds a commitment in the place of an entry."""


class Standing(Noun, frozen=True, kw_only=True):
    """How the state stands to what was published. `lost`: entries that only the files know of."""

    state: Literal["in-order", "behind", "unreadable-copy", "forked"]
    size: int
    published: int
    lost: int
    say: Text


def standing(tx: Transaction, keys: KeyHistory, tiles: PublishedLog) -> Standing:
    """Compare the state with the published checkpoint. StoreError when the files cannot be read at all."""
    size = rows.size(tx)
    try:
        published = _newest(tiles, keys)
    except VerificationError:
        return _standing("unreadable-copy", size, 0)
    if published is None:
        return _standing("in-order", size, 0)
    if published.size > size:
        return _standing("behind", size, published.size)
    if root(published.size, reader(tx)) != decode_hash(published.root):
        return _standing("forked", size, published.size)
    return _standing("in-order", size, published.size)


def look_back(tx: Transaction, keys: KeyHistory, tiles: PublishedLog) -> None:
    """Refuse to go on from a state that contradicts what was published. StoreError."""
    found = standing(tx, keys, tiles)
    if found.state != "in-order":
        raise StoreError(
            t("the evidence log must not go on from this state", "この状態から証拠ログを続けることはできません"),
            why=found.say,
            hint=t("see `tegata node log resolve`", "`tegata node log resolve` で対処してください"),
        )


def resolve(tx: Transaction, evidence: EvidenceLog, keys: KeyHistory, tiles: PublishedLog, at: dt.datetime) -> Standing:
    """Make the state one from which the log may go on, where that is possible; what was found.

    Raises:
        StoreError: the state and what was published are two different logs.
        VerificationError: the files are damaged too: they do not lead to the root that was signed.
    """
    found = standing(tx, keys, tiles)
    if found.state == "forked":
        raise StoreError(_CANNOT_GO_ON, why=found.say, hint=_NEW_NODE)
    published = _newest(tiles, keys) if found.state == "behind" else None
    if published is not None:
        _bring_back(tx, found.size, published, tiles)
        body = {"first": found.size, "count": found.lost, "checkpoint": published.note}
        evidence.record(tx, "log_restored", keys.did, body, at)
    elif found.state == "unreadable-copy":
        tx.after(tiles.remove_checkpoint)
    return found


def _newest(tiles: PublishedLog, keys: KeyHistory) -> Checkpoint | None:
    """The largest checkpoint that is known to have been signed: by the files, or by what a witness has shown."""
    known = [one for one in (tiles.published(keys), tiles.ahead(keys)) if one is not None]
    return max(known, key=lambda one: one.size, default=None)


def _bring_back(tx: Transaction, size: int, published: Checkpoint, tiles: PublishedLog) -> None:
    for index in range(size // TILE_WIDTH, -(-published.size // TILE_WIDTH)):
        for leaf in (tiles.leaves(published.size, index) or [])[max(size - index * TILE_WIDTH, 0) :]:
            append_bytes(tx, UNREADABLE, "", leaf)
    if rows.size(tx) != published.size or root(published.size, reader(tx)) != decode_hash(published.root):
        raise VerificationError(
            t("the files of the log are damaged too", "ログのファイルも壊れています"),
            why=t("they do not lead to the root that was signed", "署名されたルートに至りません"),
            hint=t("restore a newer copy of the state or of the files", "より新しい状態かファイルを戻してください"),
        )


def _standing(state: Literal["in-order", "behind", "unreadable-copy", "forked"], size: int, published: int) -> Standing:
    lost = max(published - size, 0)
    en, ja = (part.format(size=size, published=published, lost=lost) for part in _DETAIL[state])
    return Standing(state=state, size=size, published=published, lost=lost, say=t(en, ja))


_DETAIL = {
    "in-order": (
        "the state holds {size} entries and continues what was published ({published})",
        "状態は {size} 件で、公開済みの {published} 件を引き継いでいます",
    ),
    "behind": (
        "the state holds {size} entries, but {published} are published: it is an older state that was put back, "
        "and {lost} entries are missing",
        "状態は {size} 件ですが、公開済みは {published} 件です。古い状態が戻され、{lost} 件が失われています",
    ),
    "unreadable-copy": (
        "the published checkpoint is not one that this node's key signed, so nobody can tell what was published",
        "公開済みのチェックポイントがこのノードの鍵で署名されたものではなく、何が公開されたか確かめられません",
    ),
    "forked": (
        "the first {published} entries of the state are not those that were published: they are two different logs",
        "状態の先頭 {published} 件が公開済みのものと異なり、別々のログになっています",
    ),
}
_CANNOT_GO_ON = t("the log cannot be continued under this key", "この鍵でログを続けることはできません")
_NEW_NODE = t(
    "find the state that belongs to the files, or make a new node with a new key and tell your peers",
    "ファイルに対応する状態を探すか、新しい鍵でノードを作り直して相手に知らせてください",
)
