"""Signed checkpoints: what a log says of itself at one size (C2SP tlog-checkpoint in a C2SP signed-note, Ed25519)."""

from __future__ import annotations

import re

from tegata.log.note import (
    ED25519,
    SignatureLine,
    Signer,
    Verifier,
    by_key,
    from_base64,
    is_name,
    key_id,
    refuse,
    split_note,
    to_base64,
)
from tegata.model.base import t
from tegata.model.errors import UsageError, VerificationError
from tegata.model.evidence import Checkpoint

_TEXT = re.compile(r"(?P<origin>[^\n]+)\n(?P<size>0|[1-9][0-9]{0,18})\n(?P<root>[^\n]+)\n(?:[^\n]+\n)*")


def sign_checkpoint(origin: str, size: int, root: bytes, signer: Signer) -> Checkpoint:
    """Signs the root (32 bytes) of a log at `size`. The origin names the log and the key of the signature line.

    Raises UsageError for an origin that a signature line cannot carry: empty, with white space or with a plus.
    """
    if not is_name(origin):
        raise UsageError(f"a log cannot be called `{origin}`", hint="leave out white space and plus signs")
    text = f"{origin}\n{size}\n{to_base64(root)}\n"
    line = SignatureLine(origin, key_id(origin, ED25519, signer.raw), signer.sign(text.encode()))
    return Checkpoint(origin=origin, size=size, root=to_base64(root), note=f"{text}\n{line}")


def open_checkpoint(note: str, key: Verifier, origin: str) -> Checkpoint:
    """Reads a checkpoint of the log `origin`, signed by `key`. Signatures of other keys are not looked at.

    Raises VerificationError when the note is malformed, is of another log, or lacks a good signature by the key.
    """
    text, lines = split_note(note)
    signatures = list(by_key(lines, origin, key_id(origin, ED25519, key.raw)))
    for signature in signatures:
        key.verify(signature, text.encode())
    if not signatures:
        refuse("the key of the log did not sign it", "ログの鍵による署名がありません")
    stated, size, root = read_text(text)
    if stated != origin:
        refuse("it belongs to another log", "別のログのものです")
    return Checkpoint(origin=origin, size=size, root=to_base64(root), note=note)


def read_text(text: str) -> tuple[str, int, bytes]:
    """Origin, size and root (32 bytes) that the text of a note states. Raises VerificationError."""
    parts = _TEXT.fullmatch(text)
    if parts is None:
        refuse("its text is not that of a checkpoint", "本文がチェックポイントの形式ではありません")
    return parts["origin"], int(parts["size"]), decode_hash(parts["root"])


def origin_of(note: str) -> str:
    """The log that a note says it is of: for a reader who must look inside to learn whose signature to expect.

    Raises VerificationError.
    """
    return split_note(note)[0].partition("\n")[0]


def decode_hash(text: str) -> bytes:
    """The 32 bytes of a hash written in base64 (RFC 4648 section 4), in its one canonical form.

    Raises VerificationError.
    """
    hash_ = from_base64(text)
    if hash_ is None or len(hash_) != 32:
        raise VerificationError(t("a hash is not 32 bytes in base64", "ハッシュが 32 バイトの base64 ではありません"))
    return hash_
