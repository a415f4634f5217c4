"""Checking a whole log against itself: entries, stored hashes and checkpoint must tell one story."""

from __future__ import annotations

from collections.abc import Iterable
from functools import reduce
from typing import NoReturn

from tegata.log.checkpoint import decode_hash
from tegata.log.tree import EMPTY_ROOT, HashReader, append, leaf_hash, node_hash
from tegata.model.base import t
from tegata.model.errors import VerificationError
from tegata.model.evidence import Checkpoint


def check_log(entries: Iterable[bytes], read: HashReader, checkpoint: Checkpoint) -> None:
    """Recomputes the tree from the raw entries up to `checkpoint.size` and compares every stored hash on the way.

    One pass; memory grows with the logarithm of the size. `open_checkpoint` tells whether the checkpoint is genuine.
    Raises VerificationError that names the first damaged position.
    """
    edge: dict[int, bytes] = {}  # by level, the last complete subtree as recomputed: nothing stored is trusted
    size = 0
    for position, entry in enumerate(entries):
        size = position + 1
        if size > checkpoint.size:
            _damaged(
                f"entry `{position}` is not under the checkpoint",
                f"エントリー `{position}` はチェックポイントの範囲外です",
            )
        for level, index, hash_ in append(position, leaf_hash(entry), lambda level, _: edge[level]):
            _compare(level, index, hash_, read)
            edge[level] = hash_
    if size < checkpoint.size:
        _damaged(f"entry `{size}` is missing", f"エントリー `{size}` がありません")
    if _edge_root(size, edge) != decode_hash(checkpoint.root):
        _damaged(
            "entries and stored hashes agree with each other, but not with the checkpoint",
            "エントリーと保存されたハッシュは互いに一致しますが、チェックポイントと一致しません",
        )


def _edge_root(size: int, edge: dict[int, bytes]) -> bytes:
    """Root from the complete subtrees on the right edge, one for each 1 in the binary form of `size`."""
    hashes = [edge[level] for level in range(size.bit_length()) if size >> level & 1]
    return reduce(lambda right, left: node_hash(left, right), hashes) if hashes else EMPTY_ROOT


def _compare(level: int, index: int, expected: bytes, read: HashReader) -> None:
    try:
        stored = read(level, index)
    except LookupError:
        stored = b""
    if stored == expected:
        return
    if level == 0:
        _damaged(
            f"entry `{index}` does not match its stored hash",
            f"エントリー `{index}` が保存されたハッシュと一致しません",
        )
    first, last = index << level, (index + 1 << level) - 1
    _damaged(
        f"the stored hash over entries `{first}` to `{last}` is damaged (level `{level}`)",
        f"エントリー `{first}` から `{last}` までのハッシュが壊れています（レベル `{level}`）",
    )


def _damaged(en: str, ja: str) -> NoReturn:
    raise VerificationError(
        t("the log is damaged", "ログが壊れています"),
        why=t(en, ja),
        hint=t("restore the log from a copy; do not append to it", "複製からログを復元し、追記しないでください"),
    )
