"""Access keys: with one, tools that know nothing of data spaces open the doors of one transfer.

A key is what object stores call one: an id, which may be seen, and a secret, which signs. The id says which transfer it
opens and until when; the secret follows from the id and a secret of the node, so that nothing of it needs to be kept, a
thief of the database opens nothing, and every replica of a node knows every key.
"""

from __future__ import annotations

import base64
import binascii
import contextlib
import datetime as dt
import hashlib
import hmac
import re
import uuid
from dataclasses import dataclass, field
from typing import Final

from tegata.model.base import t
from tegata.model.catalog import Participant
from tegata.model.errors import OutboundError, ProtocolError
from tegata.outbound.target import read_url
from tegata.wire.dsp.address import HttpAddress

PASSPORT_PATH: Final = "/passport"
"""Where the passport is, below the address of the doors."""

KEY_DAYS: Final = 30
"""So long a key opens anything; then the data is asked for anew, and so decided anew."""

_VERSION: Final = b"\x01"
_SECONDS_BYTES: Final = 4
_ID_BYTES: Final = 21  # version, UUID of the transfer, seconds since 1970 (until 2106)
_SECRET: Final = re.compile(r"[A-Za-z0-9_-]{43}")
_PLAIN: Final = re.compile(r"[A-Za-z0-9:/._\[\]-]+")
_FLIGHT: Final = re.compile(r"grpc(?P<tls>\+tls)?://(?P<host>[A-Za-z0-9.-]+|\[[0-9A-Fa-f:]+\]):[0-9]{1,5}")
_URN: Final = "urn:uuid:"


@dataclass(frozen=True)
class AccessKey:
    """What opens the doors of `transfer` before `expires`."""

    id: str
    secret: str = field(repr=False)
    transfer: str
    expires: dt.datetime

    @property
    def token(self) -> str:
        """Both in one word, for doors that know bearer tokens only."""
        return f"{self.id}.{self.secret}"

    def is_proven_by(self, secret: str) -> bool:
        """Whether that is its secret; how long it takes to say so tells nothing of it."""
        return hmac.compare_digest(self.secret.encode(), secret.encode())

    def signature(self, text: str) -> str:
        """A signature of 64 hexadecimal digits that only the holder of the secret can make (HMAC-SHA-256)."""
        return hmac.new(self.secret.encode(), text.encode(), hashlib.sha256).hexdigest()


class KeyRing:
    """All keys of a node.

    Args:
        secret: 32 bytes that only this node has.
    """

    def __init__(self, secret: bytes) -> None:
        self._secret = secret

    def key_of(self, transfer: str, since: dt.datetime) -> AccessKey:
        """The key of a transfer that was asked for at that time: the same whenever it is asked for again."""
        expires = int((since + dt.timedelta(days=KEY_DAYS)).timestamp())
        packed = _VERSION + uuid.UUID(transfer.removeprefix(_URN)).bytes + expires.to_bytes(_SECONDS_BYTES, "big")
        return self._key(packed)

    def shorter(self, key: AccessKey, until: dt.datetime) -> AccessKey:
        """A key to the same transfer that opens nothing after that time, nor after the first has expired."""
        packed, seconds = _unpacked(key.id), int(min(until, key.expires).timestamp())
        return self._key(packed[:-_SECONDS_BYTES] + seconds.to_bytes(_SECONDS_BYTES, "big"))

    def find(self, key_id: str) -> AccessKey | None:
        """The key of that id, whoever made it up: who holds its secret has it from us. None when it is no id."""
        packed = _unpacked(key_id)
        return self._key(packed) if packed else None

    def _key(self, packed: bytes) -> AccessKey:
        return _key(packed, _text(packed), _text(hmac.new(self._secret, packed, hashlib.sha256).digest()))


def read_token(token: str) -> tuple[str, str]:
    """Id and secret of a token as it came; a text without a full stop has no secret."""
    key_id, _, secret = token.partition(".")
    return key_id, secret


def key_from(token: str) -> AccessKey | None:
    """The key that somebody else's node gave us as a token; None when it is none. No character of it can mean anything
    in the lines that people copy."""
    key_id, secret = read_token(token)
    packed = _unpacked(key_id)
    return _key(packed, key_id, secret) if packed and _SECRET.fullmatch(secret) else None


def doors_at(address: HttpAddress, peer: Participant) -> tuple[str, AccessKey]:
    """Where a peer's doors are, and what opens them.

    Raises:
        ProtocolError: it is not the peer's own address, or no key of ours.
    """
    key = key_from(address.authorization)
    with contextlib.suppress(OutboundError):  # what does not read leads nowhere
        ours = {read_url(url).origin for url in (address.endpoint, address.passport)} == {read_url(peer.url).origin}
        if ours and key is not None and _PLAIN.fullmatch(address.endpoint):
            return address.endpoint.rstrip("/"), key
    raise ProtocolError(
        t("the provider gave no usable access key", "提供者から使えるアクセスキーが届いていません"),
        why=t(
            "its doors are not at its own address, or the key does not read",
            "入口が提供者のアドレスにないか、キーを読めません",
        ),
    )


def flight_at(address: HttpAddress, peer: Participant) -> str:
    """Where a peer's Flight SQL door is; empty when it has none at its own host, or one that would send the key in the
    clear although the peer itself is reached by https."""
    found, ours = _FLIGHT.fullmatch(address.flight), read_url(peer.url).origin
    if found is None or found["host"].strip("[]").lower() != ours.host:
        return ""
    return address.flight if found["tls"] or ours.scheme == "http" else ""


def _unpacked(key_id: str) -> bytes:
    """The bytes of an id, none when it is no id."""
    try:
        packed = base64.b64decode(key_id, altchars=b"-_", validate=True) if key_id.isascii() else b""
    except (binascii.Error, ValueError):
        return b""
    return packed if len(packed) == _ID_BYTES and packed[:1] == _VERSION else b""


def _key(packed: bytes, key_id: str, secret: str) -> AccessKey:
    return AccessKey(
        id=key_id,
        secret=secret,
        transfer=_URN + str(uuid.UUID(bytes=packed[1:17])),
        expires=dt.datetime.fromtimestamp(int.from_bytes(packed[17:], "big"), dt.UTC),
    )


def _text(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).decode().rstrip("=")
