"""Signed checkpoints: what a log says of itself at one size (C2SP tlog-checkpoint in a C2SP signed-note, Ed25519)."""

from __future__ import annotations

import base64
import hashlib
import re
from typing import Final, NoReturn, Protocol

from tegata.model.base import t
from tegata.model.errors import UsageError, VerificationError
from tegata.model.evidence import Checkpoint

MAX_NOTE: Final = 64 * 1024  # characters; leaves room for the 16 signatures that signed-note asks verifiers to accept
_ED25519: Final = b"\x01"  # signature type identifier of signed-note
_TEXT = re.compile(r"(?P<origin>[^\n]+)\n(?P<size>0|[1-9][0-9]{0,18})\n(?P<root>[^\n]+)\n(?:[^\n]+\n)*")
_NAME = re.compile(r"[^\s+]+")
_SIGNATURE = re.compile(rf"— (?P<name>{_NAME.pattern}) (?P<signature>[A-Za-z0-9+/]+=*)")
_FORBIDDEN = re.compile(r"[\x00-\x09\x0b-\x1f\ud800-\udfff]")  # control characters, and what is not UTF-8


class Signer(Protocol):
    """A private Ed25519 key."""

    @property
    def raw(self) -> bytes:
        """The public key, 32 bytes (RFC 8032 section 5.1.5)."""
        ...

    def sign(self, message: bytes) -> bytes:
        """The signature, 64 bytes."""
        ...


class Verifier(Protocol):
    """A public Ed25519 key."""

    @property
    def raw(self) -> bytes:
        """The public key, 32 bytes."""
        ...

    def verify(self, signature: bytes, message: bytes) -> None:
        """Raises VerificationError unless the signature holds."""
        ...


def sign_checkpoint(origin: str, size: int, root: bytes, signer: Signer) -> Checkpoint:
    """Signs the root (32 bytes) of a log at `size`. The origin names the log and the key of the signature line.

    Raises UsageError for an origin that a signature line cannot carry: empty, with white space or with a plus.
    """
    if not _NAME.fullmatch(origin) or _FORBIDDEN.search(origin):
        raise UsageError(f"a log cannot be called `{origin}`", hint="leave out white space and plus signs")
    text = f"{origin}\n{size}\n{_base64(root)}\n"
    signature = _key_id(origin, signer.raw) + signer.sign(text.encode())
    note = f"{text}\n— {origin} {_base64(signature)}\n"
    return Checkpoint(origin=origin, size=size, root=_base64(root), note=note)


def open_checkpoint(note: str, key: Verifier, origin: str) -> Checkpoint:
    """Reads a checkpoint of the log `origin`, signed by `key`. Signatures of other keys are not looked at.

    Raises VerificationError when the note is malformed, is of another log, or lacks a good signature by the key.
    """
    text, signatures = _split_note(note)
    _verify_note(text, signatures, key, origin)
    parts = _TEXT.fullmatch(text)
    if parts is None:
        _refuse("its text is not that of a checkpoint", "本文がチェックポイントの形式ではありません")
    if parts["origin"] != origin:
        _refuse("it belongs to another log", "別のログのものです")
    decode_hash(parts["root"])
    return Checkpoint(origin=origin, size=int(parts["size"]), root=parts["root"], note=note)


def decode_hash(text: str) -> bytes:
    """The 32 bytes of a hash written in base64 (RFC 4648 section 4), in its one canonical form.

    Raises VerificationError.
    """
    hash_ = _unbase64(text)
    if hash_ is None or len(hash_) != 32:
        raise VerificationError(t("a hash is not 32 bytes in base64", "ハッシュが 32 バイトの base64 ではありません"))
    return hash_


def _split_note(note: str) -> tuple[str, list[str]]:
    """Text with its final newline, and the signature lines (C2SP signed-note, "Format")."""
    if len(note) > MAX_NOTE:
        _refuse("it is too long", "長すぎます")
    text, blank, rest = note.rpartition("\n\n")
    if not blank or not rest.endswith("\n") or _FORBIDDEN.search(note):
        _refuse("it is not a signed note", "署名付きノートではありません")
    return text + "\n", rest[:-1].split("\n")


def _verify_note(text: str, lines: list[str], key: Verifier, name: str) -> None:
    """Each signature that names the key must hold, and there must be one."""
    key_id, found = _key_id(name, key.raw), False
    for line in lines:
        match = _SIGNATURE.fullmatch(line)
        signature = _unbase64(match["signature"]) if match else None
        if match is None or signature is None or len(signature) < 5:
            _refuse("a signature line is malformed", "署名行の形式が誤っています")
        if match["name"] == name and signature[:4] == key_id:
            key.verify(signature[4:], text.encode())
            found = True
    if not found:
        _refuse("the key of the log did not sign it", "ログの鍵による署名がありません")


def _key_id(name: str, public_key: bytes) -> bytes:
    return hashlib.sha256(name.encode() + b"\n" + _ED25519 + public_key).digest()[:4]


def _base64(data: bytes) -> str:
    return base64.b64encode(data).decode()


def _unbase64(text: str) -> bytes | None:
    """None unless `text` is the canonical base64 of some bytes; Python alone would pass stray trailing bits."""
    try:
        data = base64.b64decode(text, validate=True)
    except ValueError:
        return None
    return data if _base64(data) == text else None


def _refuse(en: str, ja: str) -> NoReturn:
    raise VerificationError(t("the checkpoint does not hold", "チェックポイントが成り立ちません"), why=t(en, ja))
