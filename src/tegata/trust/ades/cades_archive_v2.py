"""Archive time-stamps as CAdES had them before version 3 (ETSI TS 101 733 clause 6.4.1): read, and no longer made.

Such a token has no index. It is over the bytes of all that there was: the content, certificates and revocation values,
the signer with its signed and unsigned attributes, but for archive time-stamps that are not older than itself. Whatever
else was added later breaks it, which is why version 3 took its place.
"""

from __future__ import annotations

import datetime as dt
import itertools
from collections.abc import Callable, Iterable, Iterator
from typing import Final

from tegata.model.errors import VerificationError
from tegata.trust import der
from tegata.trust.ades.signature import Archive
from tegata.trust.cms import SIGNATURE_TIME_STAMP, SignedData, attributes_of
from tegata.trust.content import Content, DigestOf
from tegata.trust.timestamp import read_token

ARCHIVE_TIME_STAMP_V2: Final = "1.2.840.113549.1.9.16.2.48"
ARCHIVE_TIME_STAMP_V3: Final = "0.4.0.1733.2.4"  # has an index: `cades_archive`
STAMPS: Final = (SIGNATURE_TIME_STAMP, ARCHIVE_TIME_STAMP_V2, ARCHIVE_TIME_STAMP_V3)
"""Unsigned attributes whose values are time-stamps that a later one can be over."""


def archives_v2(signed: SignedData, content: Callable[[], Content]) -> Iterator[Archive]:
    """Each of them on the one signer, and the digests of what it is over. Raises VerificationError for attributes.

    Args:
        content: what was signed, when it is beside the signature; may raise when it is not at hand.
    """
    for token in signed.signers[0].unsigned.get(ARCHIVE_TIME_STAMP_V2, ()):
        older = [raw for raw in signed.signers[0].unsigned_attributes if not _as_late(raw, token)]
        covered = (value for raw in older for oid in STAMPS for value in attributes_of([der.read(raw)]).get(oid, ()))
        yield Archive(token, _digest_of(signed, content, older, token), frozenset(covered))


def _as_late(attribute: bytes, token: bytes) -> bool:
    """Whether it is this archive time-stamp, or one that is not older."""
    held = attributes_of([der.read(attribute)])
    others = (value for oid in STAMPS[1:] for value in held.get(oid, ()))
    return any(other == token or _stated(other) >= _stated(token) for other in others)


def _stated(token: bytes) -> dt.datetime:
    try:
        return read_token(token)[1].at
    except VerificationError:
        return dt.datetime.max.replace(tzinfo=dt.UTC)


def _digest_of(signed: SignedData, content: Callable[[], Content], older: list[bytes], token: bytes) -> DigestOf:
    """Older editions took the unsigned attributes without tag and length of their SET: both are tried (annex K)."""

    def digest(name: str) -> bytes:
        outside, bare = content() if signed.content is None else (), b"".join(older)
        of_old = _covered(signed, outside, bare)(name)
        stated = read_token(token)[1].imprint.value
        return of_old if of_old == stated else _covered(signed, outside, der.tlv(0xA1, bare))(name)

    return digest


def _covered(signed: SignedData, outside: Iterable[bytes], unsigned: bytes) -> Content:
    """The elements of SignedData and SignerInfo in order, the content behind its kind when it is beside them."""
    inside = b"" if signed.content is None else der.tlv(0xA0, der.octets(signed.content))
    kind = der.sequence(der.oid(signed.content_type), inside)
    held = ((0xA0, signed.certificates), (0xA1, signed.revocations))
    values = b"".join(der.tlv(tag, b"".join(values)) for tag, values in held if values)
    return Content(lambda: itertools.chain((kind,), outside, (values, *signed.signers[0].fields, unsigned)))
