"""Requests to a witness and what it answers (C2SP tlog-witness): bytes <-> what they say."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Final, NamedTuple

from tegata.log.checkpoint import decode_hash
from tegata.log.note import MAX_NOTE
from tegata.model.errors import ProtocolError, VerificationError

ADD_CHECKPOINT: Final = "/add-checkpoint"
SIZE_TYPE: Final = "text/x.tlog.size"
MAX_PROOF: Final = 63
MAX_REQUEST: Final = MAX_NOTE + 4096
_OLD = re.compile(r"old (0|[1-9][0-9]{0,18})")
_SIZE = re.compile(rb"(0|[1-9][0-9]{0,18})\n")


class Submission(NamedTuple):
    """A checkpoint for a witness, and the proof (base64) that it continues the tree of size `old`."""

    old: int
    proof: tuple[str, ...]
    note: str


def write_submission(old: int, proof: Sequence[str], note: str) -> bytes:
    return "".join(f"{line}\n" for line in (f"old {old}", *proof, "")).encode() + note.encode()


def read_submission(data: bytes) -> Submission:
    """Raises ProtocolError 400 for anything but the one form."""
    try:
        head, blank, note = data.decode().partition("\n\n")
        first, *proof = head.split("\n")
        for line in proof:
            decode_hash(line)
    except (UnicodeDecodeError, VerificationError):
        raise _malformed() from None
    old = _OLD.fullmatch(first)
    if not old or not blank or not note or len(proof) > MAX_PROOF:
        raise _malformed()
    return Submission(int(old[1]), tuple(proof), note)


def read_size(body: bytes) -> int | None:
    """The size that a witness knows, from its answer 409; None when it says something else."""
    match = _SIZE.fullmatch(body)
    return int(match[1]) if match else None


def _malformed() -> ProtocolError:
    return ProtocolError("the request is not one to a witness", status=400)
