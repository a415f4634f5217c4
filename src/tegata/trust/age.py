"""Secrets under a passphrase, as the program `age` writes and reads them (C2SP age v1, recipient type scrypt).

A stranger opens what we keep with `age --decrypt`, and needs nothing of ours. Only what fits one chunk (64 KiB) is
taken: a key does. There is one recipient, as the format demands of a passphrase.
"""

from __future__ import annotations

import base64
import hmac
import re
from typing import Final

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import ChaCha20Poly1305
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from cryptography.hazmat.primitives.kdf.scrypt import Scrypt

from tegata.model.base import t
from tegata.model.errors import InputError

MAGIC: Final = b"age-encryption.org/v1\n"
RANDOM_SIZE: Final = 48
WORK: Final = 18  # 256 MiB and about a second, as the program age chooses
_MAX_WORK: Final = 20
_LABEL: Final = b"age-encryption.org/v1/scrypt"
_CHUNK: Final = 64 * 1024
_LAST_CHUNK: Final = bytes(11) + b"\x01"  # nonce of the STREAM construction: counter 0, and this is the last
_HEADER = re.compile(
    rb"age-encryption\.org/v1\n-> scrypt ([A-Za-z0-9+/]{22}) ([1-9][0-9]?)\n([A-Za-z0-9+/]{43})\n---"
    rb" ([A-Za-z0-9+/]{43})\n"
)


def encrypt(secret: bytes, passphrase: str, random: bytes, *, work: int = WORK) -> bytes:
    """The secret, at most 64 KiB, under a passphrase.

    Args:
        random: `RANDOM_SIZE` bytes from the caller's source of randomness, never used twice.
        work: binary logarithm of the cost of trying one passphrase.
    """
    file_key, salt, nonce = random[:16], random[16:32], random[32:48]
    body = ChaCha20Poly1305(_wrapping_key(passphrase, salt, work)).encrypt(bytes(12), file_key, None)
    header = MAGIC + b"-> scrypt %s %d\n%s\n---" % (_base64(salt), work, _base64(body))
    mac = hmac.digest(_derived(file_key, b"", b"header"), header, "sha256")
    chunk = ChaCha20Poly1305(_derived(file_key, nonce, b"payload")).encrypt(_LAST_CHUNK, secret, None)
    return b"%s %s\n%s%s" % (header, _base64(mac), nonce, chunk)


def decrypt(data: bytes, passphrase: str) -> bytes:
    """The secret. Raises InputError for a wrong passphrase, and for what is damaged or not under one passphrase."""
    match = _HEADER.match(data)
    if not match or int(match[2]) > _MAX_WORK or len(data) > match.end() + 16 + _CHUNK + 16:
        raise _refused("it is not encrypted under one passphrase", "一つのパスフレーズで暗号化されたものではありません")
    salt, body, mac = (_unbase64(match[part]) for part in (1, 3, 4))
    try:
        file_key = ChaCha20Poly1305(_wrapping_key(passphrase, salt, int(match[2]))).decrypt(bytes(12), body, None)
    except InvalidTag:
        raise _refused("the passphrase is wrong", "パスフレーズが違います") from None
    signed = data[: match.start(4) - 1]
    rest, nonce = data[match.end() + 16 :], data[match.end() : match.end() + 16]
    try:
        if not hmac.compare_digest(hmac.digest(_derived(file_key, b"", b"header"), signed, "sha256"), mac):
            raise InvalidTag
        return ChaCha20Poly1305(_derived(file_key, nonce, b"payload")).decrypt(_LAST_CHUNK, rest, None)
    except InvalidTag:
        raise _refused("it was changed", "内容が変わっています") from None


def _wrapping_key(passphrase: str, salt: bytes, work: int) -> bytes:
    return Scrypt(salt=_LABEL + salt, length=32, n=1 << work, r=8, p=1).derive(passphrase.encode())


def _derived(file_key: bytes, salt: bytes, info: bytes) -> bytes:
    return HKDF(algorithm=SHA256(), length=32, salt=salt, info=info).derive(file_key)


def _base64(data: bytes) -> bytes:
    return base64.b64encode(data).rstrip(b"=")


def _unbase64(text: bytes) -> bytes:
    """Bytes of standard base64 without padding, in its one canonical form, as the format demands."""
    data = base64.b64decode(text + b"=" * (-len(text) % 4))
    if _base64(data) != text:
        raise _refused("its header is not in the one fixed form", "ヘッダーが定められた形ではありません")
    return data


def _refused(en: str, ja: str) -> InputError:
    return InputError(t("the key cannot be opened", "鍵を開けません"), why=t(en, ja))
