"""Checking proofs without the log: only the hashes that somebody sends. A proof that does not hold raises."""

from __future__ import annotations

from collections.abc import Sequence

from tegata.log.tree import EMPTY_ROOT, node_hash
from tegata.model.base import t
from tegata.model.errors import VerificationError


def verify_inclusion(leaf: bytes, proof: Sequence[bytes], root: bytes, *, index: int, size: int) -> None:
    """Checks that `leaf` is leaf `index` of the tree of `size` leaves with this root (RFC 9162 section 2.1.3.2).

    All hashes are 32 bytes. The size is not bound by the proof: take it from the signed checkpoint, with the root.
    Raises VerificationError.
    """
    verify_subtree_inclusion(leaf, proof, root, index=index, start=0, end=size)


def verify_subtree_inclusion(
    leaf: bytes, proof: Sequence[bytes], root: bytes, *, index: int, start: int, end: int
) -> None:
    """Checks that `leaf` is leaf `index` in the subtree of leaves `start` to `end` with hash `root`.

    The subtree is a tree of its own (draft-ietf-plants-merkle-tree-certs, "Subtrees"). Raises VerificationError.
    """
    _require(
        _is_subtree(start, end) and start <= index < end, "the position lies outside the tree", "位置が木の外にあります"
    )
    _require_hashes(leaf, root, *proof)
    node, last, hash_ = index - start, end - start - 1, leaf
    for sibling in proof:
        _require(last > 0, "the proof is too long", "証明が長すぎます")
        if node % 2 == 1 or node == last:
            hash_ = node_hash(sibling, hash_)
            while node % 2 == 0:  # nodes on the right edge without a sibling move up unchanged
                node, last = node >> 1, last >> 1
        else:
            hash_ = node_hash(hash_, sibling)
        node, last = node >> 1, last >> 1
    _require(last == 0, "the proof is too short", "証明が短すぎます")
    _require(hash_ == root, "the proof leads to another root", "証明が別のルートに至ります")


def verify_consistency(old_root: bytes, new_root: bytes, proof: Sequence[bytes], *, old: int, new: int) -> None:
    """Checks that the tree of size `old` is a beginning of the tree of size `new` (RFC 9162 section 2.1.4.2).

    All hashes are 32 bytes. `old` must not be 0: every log begins with the empty one, so nothing would be shown.
    Raises VerificationError.
    """
    _require(old > 0, "a proof from the empty log shows nothing", "空のログからの証明は何も示しません")
    verify_subtree_consistency(old_root, new_root, proof, start=0, end=old, size=new)


def verify_subtree_consistency(
    subtree: bytes, root: bytes, proof: Sequence[bytes], *, start: int, end: int, size: int
) -> None:
    """Checks that leaves `start` to `end` with hash `subtree` are part of the tree of `size` leaves with this root.

    With `start` 0, consistency of two trees (draft-ietf-plants-merkle-tree-certs, "Subtrees").
    Raises VerificationError.
    """
    if proof:  # without one, the two are only compared
        _require_hashes(subtree, root, *proof)
    _require(0 <= start <= end <= size, "the sizes are out of order", "サイズの順序が誤っています")
    if start == end:
        _require(
            subtree == EMPTY_ROOT and not proof,
            "the empty subtree has one hash and no proof",
            "空の部分木のハッシュは一つに定まり、証明は付きません",
        )
        return
    reached = _reached(subtree, proof, start, end, size)
    _require(reached == (subtree, root), "the proof leads to other roots", "証明が別のルートに至ります")


def beginning(proof: Sequence[bytes], root: bytes, *, old: int, new: int) -> bytes:
    """The root that the first `old` leaves have in the tree of `new` leaves with this root, as the proof shows it.

    Where `old` is a power of two its root is not part of a consistency proof: then it must stand in front of it.
    Raises VerificationError when the proof does not lead to `root`.
    """
    _require(0 < old < new, "the sizes are out of order", "サイズの順序が誤っています")
    _require_hashes(root, *proof)
    rest = list(proof)
    _require(bool(rest), "the proof is too short", "証明が短すぎます")
    seed = rest.pop(0) if old & (old - 1) == 0 else b""
    inner, outer = _reached(seed, rest, 0, old, new)
    _require(outer == root, "the proof leads to another root", "証明が別のルートに至ります")
    return inner


def _reached(subtree: bytes, proof: Sequence[bytes], start: int, end: int, size: int) -> tuple[bytes, bytes]:
    """Hash of the subtree and root of the tree, as a consistency proof computes them."""
    _require(_is_subtree(start, end), "the range is not a subtree", "範囲が部分木ではありません")
    first, node, last = start, end - 1, size - 1
    while first != node and (node == last or node % 2 == 1):
        first, node, last = first >> 1, node >> 1, last >> 1
    rest = list(proof)
    if first != node:
        _require(bool(rest), "the proof is too short", "証明が短すぎます")
        seed = rest.pop(0)
    else:  # the subtree is complete: it is itself the first hash of the proof
        seed = subtree
    inner = outer = seed
    for sibling in rest:
        _require(last > 0, "the proof is too long", "証明が長すぎます")
        if node % 2 == 1 or node == last:
            if first < node:
                inner = node_hash(sibling, inner)
            outer = node_hash(sibling, outer)
            while node % 2 == 0:
                first, node, last = first >> 1, node >> 1, last >> 1
        else:
            outer = node_hash(outer, sibling)
        first, node, last = first >> 1, node >> 1, last >> 1
    _require(last == 0, "the proof is too short", "証明が短すぎます")
    return inner, outer


def _is_subtree(start: int, end: int) -> bool:
    """Whether leaves `start` to `end` hang below one node: `start` is a multiple of the next power of two."""
    return 0 <= start < end and start % (1 << (end - start - 1).bit_length()) == 0


def _require_hashes(*hashes: bytes) -> None:
    """Two hashes of other lengths could be cut at another place and still give the same parent."""
    _require(all(len(hash_) == 32 for hash_ in hashes), "a hash is not 32 bytes", "ハッシュが 32 バイトではありません")


def _require(holds: bool, en: str, ja: str) -> None:
    if not holds:
        raise VerificationError(t("the Merkle proof does not hold", "マークル証明が成り立ちません"), why=t(en, ja))
