"""Issuing time-stamps (RFC 3161, RFC 5816), fast: what is the same in every token is encoded once.

Pure: time and serial numbers are arguments. Who calls this answers for both (`tegata.tsa`).
"""

from __future__ import annotations

import datetime as dt
import hashlib
from collections.abc import Collection
from typing import Final

from tegata.trust import algorithms, der
from tegata.trust.cms import (
    ALGORITHM_PROTECTION,
    CONTENT_TYPE,
    MESSAGE_DIGEST,
    SIGNED_DATA,
    SIGNING_CERTIFICATE_V2,
    attribute,
    issuer_and_serial,
)
from tegata.trust.cms_sign import Certified, certificate_reference
from tegata.trust.timestamp import TST_INFO, Request

BAD_REQUEST: Final = 2
BAD_DATA_FORMAT: Final = 5
TIME_NOT_AVAILABLE: Final = 14
UNACCEPTED_POLICY: Final = 15
UNACCEPTED_EXTENSION: Final = 16
SYSTEM_FAILURE: Final = 25
"""PKIFailureInfo (RFC 3161 section 2.4.2)."""

_GRANTED: Final = der.sequence(der.integer(0))
_REJECTION: Final = 2


class Issuer:
    """One key of an authority, with what all its tokens have in common.

    Args:
        policy: object identifier of the policy under which it issues.
        accuracy: what its time may be off by.
        ordering: whether any two of its tokens can be put in order by their times alone.
    """

    def __init__(self, key: Certified, policy: str, accuracy: dt.timedelta, *, ordering: bool = False) -> None:
        self.key = key
        self.policy = policy
        self._sign = key.sign
        self._digest = getattr(hashlib, key.algorithm.digest)
        self._before_imprint = der.integer(1) + der.oid(policy)
        self._after_time = _accuracy(accuracy) + (der.boolean(True) if ordering else b"")
        self._attributes = self._around_digest()
        digest = algorithms.digest_identifier(key.algorithm.digest)
        self._signer = der.integer(1) + issuer_and_serial(key.certificate).raw + digest
        self._before_signature = key.algorithm.identifier
        self._head = der.integer(3) + der.tlv(der.SET, digest)
        self._certificates = der.set_of((key.certificate, *key.chain), 0xA0)

    def refuses(self, request: Request, policies: Collection[str] = ()) -> int | None:
        """Why this authority must not answer a request with a token; None when it may."""
        if request.extended:
            return UNACCEPTED_EXTENSION
        if request.policy is not None and request.policy != self.policy and request.policy not in policies:
            return UNACCEPTED_POLICY
        return None

    def issue(self, request: Request, serial: int, at: dt.datetime) -> bytes:
        """The TimeStampResp (DER) that grants a token."""
        return der.sequence(_GRANTED, self.token(request, serial, at))

    def token(self, request: Request, serial: int, at: dt.datetime) -> bytes:
        """The token alone: a ContentInfo."""
        day = f"{at.year:04}{at.month:02}{at.day:02}"  # several times as fast as strftime
        time = f"{day}{at.hour:02}{at.minute:02}{at.second:02}.{at.microsecond:06}".rstrip("0").rstrip(".") + "Z"
        info = der.sequence(
            self._before_imprint,
            request.imprint_raw,
            der.integer(serial),
            der.tlv(der.GENERALIZED_TIME, time.encode()),
            self._after_time,
            request.nonce_raw,
        )
        before, after = self._attributes
        attributes = before + self._digest(info).digest() + after
        signature = der.octets(self._sign(der.tlv(der.SET, attributes)))
        signed = der.tlv(0xA0, attributes)
        signer = der.sequence(self._signer, signed, self._before_signature, signature)
        content = der.sequence(_TST_INFO, der.tlv(0xA0, der.octets(info)))
        certificates = self._certificates if request.certificates else b""
        data = der.sequence(self._head, content, certificates, der.tlv(der.SET, signer))
        return der.sequence(_SIGNED_DATA, der.tlv(0xA0, data))

    def _around_digest(self) -> tuple[bytes, bytes]:
        """The signed attributes up to the digest of the content and after it: their order never changes."""
        algorithm, size = self.key.algorithm, algorithms.digest_size(self.key.algorithm.digest)
        identifier = algorithms.digest_identifier(algorithm.digest)
        protection = der.sequence(identifier, der.as_tag(der.read(algorithm.identifier), 0xA1).raw)
        fixed = {
            CONTENT_TYPE: der.oid(TST_INFO),
            SIGNING_CERTIFICATE_V2: certificate_reference(self.key.certificate),
            ALGORITHM_PROTECTION: protection,
            MESSAGE_DIGEST: der.octets(bytes(size)),
        }
        encoded = der.read(der.set_of(attribute(oid, value) for oid, value in fixed.items())).content
        place = encoded.index(attribute(MESSAGE_DIGEST, der.octets(bytes(size))))
        end = place + len(attribute(MESSAGE_DIGEST, der.octets(bytes(size))))
        return encoded[: end - size], encoded[end:]


def refusal(failure: int, words: str) -> bytes:
    """A TimeStampResp (DER) without a token: one bit of PKIFailureInfo, and words for people."""
    bits = 1 << (7 - failure % 8)
    info = der.tlv(der.BIT_STRING, bytes([7 - failure % 8]) + bytes(failure // 8) + bytes([bits]))
    said = der.sequence(der.tlv(der.UTF8_STRING, words.encode()))
    return der.sequence(der.sequence(der.integer(_REJECTION), said, info))


def _accuracy(accuracy: dt.timedelta) -> bytes:
    micros = round(accuracy.total_seconds() * 1_000_000)
    seconds, milli, micro = micros // 1_000_000, micros // 1000 % 1000, micros % 1000
    parts = [der.integer(seconds)] if seconds else []
    parts += [der.as_tag(der.read(der.integer(n)), tag).raw for n, tag in ((milli, 0x80), (micro, 0x81)) if n]
    return der.sequence(*parts)


_SIGNED_DATA: Final = der.oid(SIGNED_DATA)
_TST_INFO: Final = der.oid(TST_INFO)
