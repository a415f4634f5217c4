"""Signed notes: a text, a blank line, and lines of signatures by named keys (C2SP signed-note)."""

from __future__ import annotations

import base64
import hashlib
import re
from collections.abc import Iterable, Iterator
from typing import Final, NamedTuple, NoReturn, Protocol

from tegata.model.base import t
from tegata.model.errors import VerificationError

ED25519: Final = b"\x01"  # signature type identifier of signed-note
MAX_NOTE: Final = 64 * 1024  # characters; leaves room for the 16 signatures that signed-note asks verifiers to accept
_NAME = re.compile(r"[^\s+]+")
_SIGNATURE = re.compile(rf"— (?P<name>{_NAME.pattern}) (?P<signature>[A-Za-z0-9+/]+=*)")
_FORBIDDEN = re.compile(r"[\x00-\x09\x0b-\x1f\ud800-\udfff]")  # control characters, and what is not UTF-8


class Signer(Protocol):
    """A private key: Ed25519, or where a function says so ML-DSA-44."""

    @property
    def raw(self) -> bytes:
        """The public key: 32 bytes of Ed25519 (RFC 8032 section 5.1.5) or 1312 of ML-DSA-44 (FIPS 204)."""
        ...

    def sign(self, message: bytes) -> bytes:
        """The signature: 64 bytes, or 2420."""
        ...


class Verifier(Protocol):
    """A public key of the same kinds."""

    @property
    def raw(self) -> bytes:
        """The public key, as that of a Signer."""
        ...

    def verify(self, signature: bytes, message: bytes) -> None:
        """Raises VerificationError unless the signature holds."""
        ...


class SignatureLine(NamedTuple):
    """A signature by the key called `name`; `key_id` are 4 bytes that tell its keys and kinds of signature apart."""

    name: str
    key_id: bytes
    signature: bytes

    def __str__(self) -> str:
        return f"— {self.name} {to_base64(self.key_id + self.signature)}\n"


def is_name(name: str) -> bool:
    """Whether a signature line can carry it: not empty, no white space, no plus."""
    return bool(_NAME.fullmatch(name)) and not _FORBIDDEN.search(name)


def split_note(note: str) -> tuple[str, list[SignatureLine]]:
    """Text with its final newline, and the signatures, none of them verified. Raises VerificationError."""
    if len(note) > MAX_NOTE:
        refuse("it is too long", "長すぎます")
    text, blank, rest = note.rpartition("\n\n")
    if not blank or not rest.endswith("\n") or _FORBIDDEN.search(note):
        refuse("it is not a signed note", "署名付きノートではありません")
    return text + "\n", read_lines(rest)


def read_lines(lines: str) -> list[SignatureLine]:
    """Signature lines, each with its newline. Raises VerificationError."""
    return [_line(line) for line in lines.removesuffix("\n").split("\n")]


def with_signatures(note: str, more: Iterable[SignatureLine]) -> str:
    """The note with signatures added, each once."""
    return note + "".join(line for line in dict.fromkeys(map(str, more)) if line not in note)


def by_key(lines: Iterable[SignatureLine], name: str, key_id: bytes) -> Iterator[bytes]:
    """Signatures of one key and kind; those of others are nobody's business."""
    return (line.signature for line in lines if (line.name, line.key_id) == (name, key_id))


def key_id(name: str, kind: bytes, public_key: bytes) -> bytes:
    """4 bytes for a key, its name and the kind of its signatures."""
    return hashlib.sha256(name.encode() + b"\n" + kind + public_key).digest()[:4]


def write_vkey(name: str, kind: bytes, public_key: bytes) -> str:
    """The key as text (signed-note, "Verifier keys"): name, key id, and kind with key."""
    return f"{name}+{key_id(name, kind, public_key).hex()}+{to_base64(kind + public_key)}"


def read_vkey(text: str) -> tuple[str, bytes, bytes]:
    """Name, kind (one byte) and public key that a vkey states. Raises VerificationError."""
    name, _, rest = text.partition("+")
    material = rest.partition("+")[2]
    key = from_base64(material) or b""
    if not is_name(name) or len(key) < 2 or text != write_vkey(name, key[:1], key[1:]):
        raise VerificationError(t("a verifier key is malformed", "検証鍵の形式が誤っています"))
    return name, key[:1], key[1:]


def to_base64(data: bytes) -> str:
    return base64.b64encode(data).decode()


def from_base64(text: str) -> bytes | None:
    """None unless `text` is the canonical base64 of some bytes; Python alone would pass stray trailing bits."""
    try:
        data = base64.b64decode(text, validate=True)
    except ValueError:
        return None
    return data if to_base64(data) == text else None


def refuse(en: str, ja: str) -> NoReturn:
    raise VerificationError(t("the checkpoint does not hold", "チェックポイントが成り立ちません"), why=t(en, ja))


def _line(line: str) -> SignatureLine:
    match = _SIGNATURE.fullmatch(line)
    signature = from_base64(match["signature"]) if match else None
    if match is None or signature is None or len(signature) < 5:
        refuse("a signature line is malformed", "署名行の形式が誤っています")
    return SignatureLine(match["name"], signature[:4], signature[4:])
