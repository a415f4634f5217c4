"""Is the log whole? Rows, files and signed checkpoints of one node compared with each other."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from itertools import islice

import msgspec

from tegata.evidence.endorsements import key_of
from tegata.evidence.published import ROLLS, PublishedLog
from tegata.log import Copy, Damage, commitment, cosigners, find_damage, is_commitment, leaf_hash, origin_of
from tegata.log.checkpoint import decode_hash
from tegata.log.note import refuse
from tegata.model.base import Noun, t
from tegata.model.errors import VerificationError
from tegata.model.evidence import Checkpoint, Entry
from tegata.store import Transaction, publications
from tegata.store import log as rows
from tegata.trust import KeyHistory, MlDsaPublicKey
from tegata.trust.key_history import follow, split_notes

_BATCH = 1000
_MOST = 10_000
_ENTRY = msgspec.json.Decoder(Entry)


class LogReport(Noun, frozen=True, kw_only=True):
    """What an audit found: whose log it is, all entries, those under the latest checkpoint, those under that of the
    files, damages."""

    origin: str
    size: int
    signed: int
    published: int
    damages: tuple[Damage, ...]

    @property
    def whole(self) -> bool:
        return not self.damages


def check_evidence(tx: Transaction, keys: KeyHistory, tiles: PublishedLog | None = None) -> LogReport:
    """Compare everything with everything; each damage is named. Without `tiles` only what is in the store."""
    damages: list[Damage] = []
    signed = _opened("the latest checkpoint", rows.latest_checkpoint(tx), keys, lambda _: None, damages)
    note = tiles.checkpoint() if tiles else None
    published = _opened("the published checkpoint", note, keys, lambda size: key_of(tx, keys.did, size), damages)
    size = max(rows.size(tx), rows.node_count(tx), published.size if published else 0)
    copies = [*stored(tx, size), *(tiles.copies(published.size) if tiles and published else ())]
    if tiles is not None:
        damages += _put_back(published.size if published else 0, publications.of_place(tx, tiles.address).size)
    known = {"the latest checkpoint": signed, "the published checkpoint": published}
    roots = {name: (one.size, decode_hash(one.root)) for name, one in known.items() if one}
    damages += find_damage(size, copies, roots)
    return LogReport(
        origin=keys.did,
        size=size,
        signed=signed.size if signed else 0,
        published=published.size if published else 0,
        damages=tuple(damages),
    )


def check_published(tiles: PublishedLog) -> LogReport:
    """Compare all that is published with the checkpoint, as a stranger does who has nothing else. It ends after ten
    thousand damages: a signature alone can claim a log of any size.

    Raises:
        VerificationError: there is no checkpoint, or not one that the log which it names has signed.
        StoreError: the place cannot be read.
    """
    note = tiles.checkpoint()
    if note is None:
        raise VerificationError(
            t(f"no log is published at `{tiles.address}`", f"`{tiles.address}` に公開されたログはありません")
        )
    rolls = tiles.fetch(ROLLS).decode("utf-8", "replace")
    signed = follow(origin_of(note), split_notes(rolls) if rolls else ()).open(note)
    size, roots = signed.size, {"the checkpoint": (signed.size, decode_hash(signed.root))}
    found = tuple(islice(find_damage(size, tiles.copies(size), roots), _MOST))
    return LogReport(origin=signed.origin, size=size, signed=size, published=size, damages=found)


def stored(tx: Transaction, size: int) -> tuple[Copy, Copy]:
    """The rows of the store as two copies of the tree's hashes: what the entries hash to, and what is kept of them."""

    def leaves(_: int, first: int, count: int) -> list[bytes | None]:
        return [None if data is None else leaf_hash(commitment(data)) for data in rows.entries(tx, first, count)]

    return (
        Copy("entries", leaves, lambda level: level == 0, size),
        Copy("hashes", lambda *asked: rows.nodes(tx, *asked), lambda _: True, size),
    )


def recorded(tx: Transaction) -> Iterator[Entry]:
    """All entries that can be read, in order, a batch at a time."""
    for start in range(0, rows.size(tx), _BATCH):
        for data in rows.entries(tx, start, _BATCH):
            if data is not None and not is_commitment(data):
                yield _ENTRY.decode(data)


def _opened(
    name: str,
    note: str | None,
    keys: KeyHistory,
    second_at: Callable[[int], MlDsaPublicKey | None],
    damages: list[Damage],
) -> Checkpoint | None:
    """The checkpoint, with the signature of the second key of its size where there is one to ask for."""
    if note is None:
        return None
    try:
        opened = keys.open(note)
        second = second_at(opened.size)
        if second is not None and keys.did not in cosigners(note, {keys.did: second}):
            refuse("the second key of the log did not sign it", "ログの第二の鍵による署名がありません")
        return opened
    except VerificationError as error:
        say = t(f"{name}: {error.said.en}", f"{name}: {error.said.ja}")
        damages.append(Damage(copy=name, level=0, index=0, say=say))
        return None


def _put_back(size: int, known: int) -> Iterator[Damage]:
    """What is published is less than what was."""
    if size < known:
        say = t(
            f"entries {size} to {known - 1} were published, and are not any more: an older copy was put back",
            f"公開済みだったエントリー {size}〜{known - 1} が見当たりません。古い写しに戻されています",
        )
        yield Damage(copy="the published checkpoint", level=0, index=size, say=say)
