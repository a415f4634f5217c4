"""How a user is shown to a broker by SASL: PLAIN (RFC 4616), which hands over the password, and SCRAM (RFC 5802, 7677),
which hands over a proof of it, and asks for one in return. Both go over TLS only.

Pure: the nonce is an argument. Names and passwords are taken as their UTF-8, as Kafka does, not prepared by RFC 4013.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import re
from typing import Final

from tegata.model.base import t
from tegata.model.errors import PeerError
from tegata.wire.kafka import broken

HASHES: Final = {"SCRAM-SHA-512": "sha512", "SCRAM-SHA-256": "sha256"}
PREFERRED: Final = (*HASHES, "PLAIN")
"""The strongest first."""
_LEAST, _MOST = 4096, 1_000_000  # rounds: RFC 7677, 4; and what a stranger may make us compute
_UNBOUND: Final = "n,,"  # no channel binding: brokers offer none (RFC 5802, 7)
_FIRST: Final = re.compile(r"r=(?P<nonce>[!-+\--~]+),s=(?P<salt>[A-Za-z0-9+/=]+),i=(?P<rounds>[1-9][0-9]{0,8})(?:,.*)?")


def plain(user: str, password: str) -> bytes:
    """The one message of PLAIN."""
    return b"\0" + user.encode() + b"\0" + password.encode()


class Scram:
    """The client's side of one exchange: `first`, `final`, `check`, in this order.

    Args:
        mechanism: one of `HASHES`.
        nonce: fresh, of printable ASCII without commas.
    """

    def __init__(self, mechanism: str, user: str, password: str, nonce: str) -> None:
        self._hash = HASHES[mechanism]
        self._password = password.encode()
        self._nonce = nonce
        self._bare = f"n={user.replace('=', '=3D').replace(',', '=2C')},r={nonce}"
        self._expected = b""

    def first(self) -> bytes:
        return (_UNBOUND + self._bare).encode()

    def final(self, said: bytes) -> bytes:
        """The answer to the server's first message. Takes as long as the server wants it to, within bounds.

        Raises:
            PeerError: it is malformed, not an answer to ours, or asks for too little or too much work.
        """
        found = _FIRST.fullmatch(said.decode("ascii", "replace"))
        if found is None or not found["nonce"].startswith(self._nonce) or found["nonce"] == self._nonce:
            raise _wrong()
        rounds = int(found["rounds"])
        if not _LEAST <= rounds <= _MOST:
            raise broken(t(f"it asks for {rounds:,} rounds of SCRAM", f"SCRAM の反復回数が {rounds:,} 回です"))
        unproven = f"c={base64.b64encode(_UNBOUND.encode()).decode()},r={found['nonce']}"
        signed = b",".join((self._bare.encode(), said, unproven.encode()))
        salted = hashlib.pbkdf2_hmac(self._hash, self._password, _decoded(found["salt"]), rounds)
        key = self._mac(salted, b"Client Key")
        proof = _xor(key, self._mac(hashlib.new(self._hash, key).digest(), signed))
        self._expected = self._mac(self._mac(salted, b"Server Key"), signed)
        return f"{unproven},p={base64.b64encode(proof).decode()}".encode()

    def check(self, said: bytes) -> None:
        """Whether the server knows the password too. PeerError: it does not."""
        shown = said.split(b",")[0]
        if not self._expected or not hmac.compare_digest(shown, b"v=" + base64.b64encode(self._expected)):
            raise _wrong()

    def _mac(self, key: bytes, data: bytes) -> bytes:
        return hmac.digest(key, data, self._hash)


def _xor(one: bytes, other: bytes) -> bytes:
    return bytes(a ^ b for a, b in zip(one, other, strict=True))


def _decoded(text: str) -> bytes:
    try:
        return base64.b64decode(text, validate=True)
    except binascii.Error:
        raise _wrong() from None


def _wrong() -> PeerError:
    return broken(t("it does not show that it knows the password", "パスワードを知っていることを示しません"))
