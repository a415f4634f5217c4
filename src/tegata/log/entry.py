"""The inclusion proof as it travels: an entry, its position, and the checkpoint under which it lies."""

from __future__ import annotations

import base64

from tegata.log.checkpoint import decode_hash
from tegata.log.proof import verify_inclusion
from tegata.log.tree import HashReader, inclusion_proof, leaf_hash
from tegata.model.evidence import Checkpoint, InclusionProof


def prove_entry(index: int, checkpoint: Checkpoint, read: HashReader) -> InclusionProof:
    """Proof that entry `index` lies under `checkpoint`. Raises UsageError when the checkpoint is older than it."""
    path = inclusion_proof(index, checkpoint.size, read)
    return InclusionProof(
        index=index, hashes=tuple(base64.b64encode(hash_).decode() for hash_ in path), checkpoint=checkpoint
    )


def verify_entry(entry: bytes, proof: InclusionProof) -> None:
    """Checks that these bytes are entry `proof.index` under the root that the proof's checkpoint states.

    Takes the checkpoint's size and root as they stand: `open_checkpoint` tells whether the log signed them.
    Raises VerificationError.
    """
    verify_inclusion(
        leaf_hash(entry),
        [decode_hash(hash_) for hash_ in proof.hashes],
        decode_hash(proof.checkpoint.root),
        index=proof.index,
        size=proof.checkpoint.size,
    )
