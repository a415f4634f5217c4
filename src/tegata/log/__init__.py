"""Merkle log: append, prove and check (RFC 6962, RFC 9162, C2SP tlog-checkpoint and tlog-tiles). Pure; stores nothing.

The caller keeps one hash per complete subtree, named by (level, index): the subtree over the leaves
`index * 2**level` to `(index + 1) * 2**level`. Every function that needs stored hashes takes a `HashReader`.
"""

from tegata.log.checkpoint import decode_hash, open_checkpoint, origin_of, sign_checkpoint
from tegata.log.cosignature import (
    ED25519_COSIGNATURE,
    ML_DSA_44,
    cosign,
    cosigners,
    is_heavy,
    valid_cosignatures,
    without_heavy,
)
from tegata.log.damage import Copy, Damage, find_damage
from tegata.log.endorsement import endorse, endorsed, is_endorsement
from tegata.log.entry import commitment, is_commitment, prove_entry, read_proof, verify_entry, write_proof
from tegata.log.fork import FORK_VERSION, Fork, find_fork, verify_fork
from tegata.log.note import (
    SignatureLine,
    Signer,
    Verifier,
    read_lines,
    read_vkey,
    split_note,
    with_signatures,
    write_vkey,
)
from tegata.log.proof import (
    beginning,
    verify_consistency,
    verify_inclusion,
    verify_subtree_consistency,
    verify_subtree_inclusion,
)
from tegata.log.stamp import stamp_line, stamped_text, stamps
from tegata.log.tiles import (
    TILE_HEIGHT,
    TILE_WIDTH,
    Tile,
    decode_bundle,
    encode_bundle,
    entries_path,
    read_tiles,
    tile_of,
    tile_path,
    tiles_between,
)
from tegata.log.tree import (
    EMPTY_ROOT,
    Frontier,
    HashReader,
    Node,
    append,
    consistency_proof,
    inclusion_proof,
    leaf_hash,
    node_hash,
    root,
)

__all__ = [
    "ED25519_COSIGNATURE",
    "EMPTY_ROOT",
    "FORK_VERSION",
    "ML_DSA_44",
    "TILE_HEIGHT",
    "TILE_WIDTH",
    "Copy",
    "Damage",
    "Fork",
    "Frontier",
    "HashReader",
    "Node",
    "SignatureLine",
    "Signer",
    "Tile",
    "Verifier",
    "append",
    "beginning",
    "commitment",
    "consistency_proof",
    "cosign",
    "cosigners",
    "decode_bundle",
    "decode_hash",
    "encode_bundle",
    "endorse",
    "endorsed",
    "entries_path",
    "find_damage",
    "find_fork",
    "inclusion_proof",
    "is_commitment",
    "is_endorsement",
    "is_heavy",
    "leaf_hash",
    "node_hash",
    "open_checkpoint",
    "origin_of",
    "prove_entry",
    "read_lines",
    "read_proof",
    "read_tiles",
    "read_vkey",
    "root",
    "sign_checkpoint",
    "split_note",
    "stamp_line",
    "stamped_text",
    "stamps",
    "tile_of",
    "tile_path",
    "tiles_between",
    "valid_cosignatures",
    "verify_consistency",
    "verify_entry",
    "verify_fork",
    "verify_inclusion",
    "verify_subtree_consistency",
    "verify_subtree_inclusion",
    "with_signatures",
    "without_heavy",
    "write_proof",
    "write_vkey",
]
