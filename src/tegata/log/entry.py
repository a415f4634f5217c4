"""The leaf of an entry, and the inclusion proof as it travels: position, path, and the checkpoint above them.

What lies in the tree is not the entry but a commitment to it: the digest of its fixed bytes, which hold 16 random bytes
of salt. So the tree can be shown to everybody and tells nobody what is in it, and an entry can be made unreadable for
good while every proof, also those that others hold, goes on to verify.
"""

from __future__ import annotations

import base64
import re
from typing import Final

from tegata.log.checkpoint import decode_hash
from tegata.log.proof import verify_inclusion
from tegata.log.tree import HashReader, inclusion_proof, leaf_hash
from tegata.model.base import sha256, t
from tegata.model.errors import VerificationError
from tegata.model.evidence import Checkpoint, InclusionProof

_TYPE: Final = b"tegata-entry/1 "
_HEAD: Final = "c2sp.org/tlog-proof@v1"
_SIZE = re.compile(r"0|[1-9][0-9]{0,18}")
_INDEX = re.compile(rf"index ({_SIZE.pattern})")
_COMMITMENT = re.compile(_TYPE + rb"sha256:[0-9a-f]{64}")


def commitment(entry: bytes) -> bytes:
    """The leaf of an entry: `tegata-entry/1 sha256:` and 64 hexadecimal digits, 86 bytes of ASCII.

    A commitment, which stands in the place of an entry that can no longer be read, is its own leaf.
    """
    return entry if is_commitment(entry) else _TYPE + sha256(entry).encode()


def is_commitment(data: bytes) -> bool:
    """Whether this is a leaf and no entry: entries are JSON objects and begin otherwise."""
    return _COMMITMENT.fullmatch(data) is not None


def prove_entry(index: int, checkpoint: Checkpoint, read: HashReader) -> InclusionProof:
    """Proof that entry `index` lies under `checkpoint`. Raises UsageError when the checkpoint is older than it."""
    path = inclusion_proof(index, checkpoint.size, read)
    return InclusionProof(
        index=index, hashes=tuple(base64.b64encode(hash_).decode() for hash_ in path), checkpoint=checkpoint
    )


def write_proof(proof: InclusionProof) -> str:
    """The proof as a text that other programs read (C2SP tlog-proof)."""
    return "\n".join((_HEAD, f"index {proof.index}", *proof.hashes, "", proof.checkpoint.note))


def read_proof(text: str) -> InclusionProof:
    """A proof whose checkpoint is read as it stands: `open_checkpoint` tells whether the log signed it.

    Raises VerificationError.
    """
    head, blank, note = text.partition("\n\n")
    first, index, *hashes = [*head.split("\n"), ""]
    match = _INDEX.fullmatch(index)
    lines = note.split("\n")
    if first != _HEAD or not match or not blank or len(lines) < 3 or not _SIZE.fullmatch(lines[1]):
        raise VerificationError(t("the proof is malformed", "証明の形式が誤っています"))
    checkpoint = Checkpoint(origin=lines[0], size=int(lines[1]), root=lines[2], note=note)
    return InclusionProof(index=int(match[1]), hashes=tuple(hashes[:-1]), checkpoint=checkpoint)


def verify_entry(entry: bytes, proof: InclusionProof) -> None:
    """Checks that these bytes are entry `proof.index` under the root that the proof's checkpoint states.

    Takes the checkpoint's size and root as they stand: `open_checkpoint` tells whether the log signed them.
    Raises VerificationError.
    """
    verify_inclusion(
        leaf_hash(commitment(entry)),
        [decode_hash(hash_) for hash_ in proof.hashes],
        decode_hash(proof.checkpoint.root),
        index=proof.index,
        size=proof.checkpoint.size,
    )
