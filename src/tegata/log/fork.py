"""Equivocation as a document: two checkpoints that one key signed and that no single log can have had.

Anybody can check it offline, with nothing but the key, which is the name of the log.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from tegata.log.checkpoint import decode_hash
from tegata.log.proof import beginning
from tegata.model.base import Noun, Text, t
from tegata.model.errors import VerificationError
from tegata.model.evidence import Checkpoint

FORK_VERSION: Final = "tegata-fork/1"


class Fork(Noun, frozen=True, kw_only=True):
    """`one` and `other` are signed notes of the log `origin`.

    Of equal sizes their roots differ, and there is no proof. Otherwise `other` is the larger, and the proof (base64)
    shows by `log.beginning` that its first entries have another root than that of `one`.
    """

    version: str
    origin: str
    one: str
    other: str
    proof: tuple[str, ...] = ()


def find_fork(one: Checkpoint, other: Checkpoint, proof: tuple[str, ...]) -> Fork | None:
    """The document, where two genuine checkpoints of one log contradict each other; None where that is not shown."""
    fork = Fork(version=FORK_VERSION, origin=one.origin, one=one.note, other=other.note, proof=proof)
    try:
        _contradiction(one, other, proof)
    except VerificationError:
        return None
    return fork


def verify_fork(fork: Fork, opened: Callable[[str], Checkpoint]) -> Text:
    """What the document shows, in words. Raises VerificationError when it does not show that the log was forked.

    Args:
        opened: a checkpoint of the log from its note; raises VerificationError where the log did not sign it.
    """
    if fork.version != FORK_VERSION:
        raise VerificationError(t("its version is not known", "版が未知のものです"))
    return _contradiction(opened(fork.one), opened(fork.other), fork.proof)


def _contradiction(one: Checkpoint, other: Checkpoint, proof: tuple[str, ...]) -> Text:
    if one.size == other.size:
        _require(one.root != other.root and not proof)
        return t(
            f"the log signed two different trees of {one.size} entries",
            f"ログは {one.size} 件の異なる二つの木に署名しました",
        )
    root = beginning([decode_hash(hash_) for hash_ in proof], decode_hash(other.root), old=one.size, new=other.size)
    _require(root != decode_hash(one.root))
    return t(
        f"the log signed a tree of {one.size} entries, and one of {other.size} that begins with other ones",
        f"ログは {one.size} 件の木に署名し、また、異なる内容で始まる {other.size} 件の木にも署名しました",
    )


def _require(shown: bool) -> None:
    if not shown:
        raise VerificationError(
            t("the two checkpoints do not contradict each other", "二つのチェックポイントは矛盾していません")
        )
