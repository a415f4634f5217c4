"""Answers about single certificates (OCSP, RFC 6960), read once and taken only from who may give them."""

from __future__ import annotations

import contextlib
import datetime as dt
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Final

from cryptography import x509
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, padding
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509 import ocsp
from cryptography.x509.oid import ExtendedKeyUsageOID

from tegata.model.base import t
from tegata.model.errors import InputError
from tegata.trust.pki.certificate import Certificate
from tegata.trust.pki.crl import Revoked
from tegata.trust.pki.revocation import Status, weakly
from tegata.trust.pki.signature import Signed, holds
from tegata.trust.pki.structure import key_bits

MAX_ANSWER: Final = 256 * 1024  # bytes
_MAX_SINGLE: Final = 1000  # certificates that one answer may be about

_AT_ONCE: Final = dt.timedelta(0)
_RSA: Final = "1.2.840.113549.1.1."
_RSA_PSS: Final = "1.2.840.113549.1.1.10"
_ECDSA: Final = "1.2.840.10045.4.3."

Unrevoked = Callable[[Certificate], bool]
"""Whether a responder is known not to be revoked, by a list."""


@dataclass(frozen=True, repr=False)
class StatusAnswer:
    """A successful basic response. Read by `StatusAnswer.read`, which raises InputError."""

    der: bytes

    @classmethod
    def read(cls, der: bytes) -> StatusAnswer:
        if len(der) > MAX_ANSWER:
            raise _unreadable(f"it has more than {MAX_ANSWER} bytes", f"{MAX_ANSWER} バイトを超えています")
        answer = cls(der)
        try:
            if answer.parsed.response_status is not ocsp.OCSPResponseStatus.SUCCESSFUL:
                raise _unreadable("the responder did not answer the question", "応答者は回答していません")
            _ = (answer.singles, answer.responders, answer.parsed.signature, answer.parsed.tbs_response_bytes)
        except (ValueError, TypeError, UnsupportedAlgorithm, x509.DuplicateExtension) as error:
            raise _unreadable(str(error)[:120], str(error)[:120]) from None
        return answer

    @cached_property
    def parsed(self) -> ocsp.OCSPResponse:
        return ocsp.load_der_ocsp_response(self.der)

    @cached_property
    def singles(self) -> tuple[_Single, ...]:
        return tuple(_single(one) for one, _ in zip(self.parsed.responses, range(_MAX_SINGLE), strict=False))

    @cached_property
    def responders(self) -> tuple[Certificate, ...]:
        """Certificates that came with it and can be read."""
        found = []
        for one in self.parsed.certificates:
            with contextlib.suppress(InputError):
                found.append(Certificate.read(one.public_bytes(Encoding.DER)))
        return tuple(found)

    @cached_property
    def is_understood(self) -> bool:
        """A critical extension of the answer, or of the one certificate it is about, would have to be processed."""
        alone = self.parsed.single_extensions if len(self.singles) == 1 else ()
        return not any(extension.critical for extension in (*self.parsed.extensions, *alone))

    @cached_property
    def signed(self) -> Signed:
        return _Signed(self.parsed)

    def signed_by(self, key: object) -> bool:
        return holds(key, self.signed, self.parsed.tbs_response_bytes)


class _Signed:
    """An answer with the parameters of its signature, which the parser does not tell. PSS is not taken here."""

    def __init__(self, parsed: ocsp.OCSPResponse) -> None:
        self._parsed = parsed
        self.signature, self.signature_algorithm_oid = parsed.signature, parsed.signature_algorithm_oid

    @property
    def signature_hash_algorithm(self) -> hashes.HashAlgorithm | None:
        return self._parsed.signature_hash_algorithm

    @property
    def signature_algorithm_parameters(self) -> ec.ECDSA | padding.PKCS1v15 | None:
        name, algorithm = self.signature_algorithm_oid.dotted_string, self.signature_hash_algorithm
        if name.startswith(_RSA) and name != _RSA_PSS:
            return padding.PKCS1v15()
        return ec.ECDSA(algorithm) if name.startswith(_ECDSA) and algorithm is not None else None


@dataclass(frozen=True)
class _Single:
    """What it says of one certificate."""

    algorithm: hashes.HashAlgorithm
    issuer_name: bytes  # digests
    issuer_key: bytes
    serial: int
    good: bool
    revoked: Revoked | None
    this_at: dt.datetime
    next_at: dt.datetime | None

    def is_about(self, certificate: Certificate, issuer: Certificate) -> bool:
        name, bits = certificate.parsed.issuer.public_bytes(), key_bits(issuer.outer)
        digests = (_hashed(self.algorithm, name), _hashed(self.algorithm, bits))
        return self.serial == certificate.serial and (self.issuer_name, self.issuer_key) == digests

    def knows(self, certificate: Certificate) -> bool:
        """Whether it is of use: it says something, and from before the end, after which one need not be known."""
        return (self.good or self.revoked is not None) and self.this_at <= certificate.valid_until

    def is_fresh(self, at: dt.datetime, freshness: dt.timedelta) -> bool:
        return (self.next_at or self.this_at + freshness) >= at


def _single(one: ocsp.OCSPSingleResponse) -> _Single:
    revoked = None
    if one.certificate_status is ocsp.OCSPCertStatus.REVOKED and one.revocation_time_utc is not None:
        revoked = Revoked(one.revocation_time_utc, one.revocation_reason or x509.ReasonFlags.unspecified)
    return _Single(
        algorithm=one.hash_algorithm,
        issuer_name=one.issuer_name_hash,
        issuer_key=one.issuer_key_hash,
        serial=one.serial_number,
        good=one.certificate_status is ocsp.OCSPCertStatus.GOOD,
        revoked=revoked,
        this_at=one.this_update_utc,
        next_at=one.next_update_utc,
    )


def _hashed(algorithm: hashes.HashAlgorithm, data: bytes) -> bytes:
    digest = hashes.Hash(algorithm)
    digest.update(data)
    return digest.finalize()


def _unreadable(en: str, ja: str) -> InputError:
    return InputError(t("the answer about revocation cannot be read", "失効の応答を読めません"), why=t(en, ja))


def answered_status(
    certificate: Certificate,
    issuer: Certificate,
    answers: Iterable[StatusAnswer],
    at: dt.datetime,
    unrevoked: Unrevoked,
    freshness: dt.timedelta = _AT_ONCE,
    known: Sequence[Certificate] = (),
    weak: Callable[[StatusAnswer], str] = lambda _: "",
) -> Status | None:
    """What the answers tell of a certificate at a time; None when none of them can be taken.

    Args:
        known: certificates among which a responder's may be, when it did not come with the answer.
        freshness: for how long one counts that does not say when there will be newer information.
        weak: what is too weak in how one is signed, if anything.
    """
    nearest = None
    for answer in answers:
        told = [one for one in answer.singles if one.is_about(certificate, issuer) and one.knows(certificate)]
        if not (told and answer.is_understood and _authorised(answer, issuer, unrevoked, known)):
            continue
        single = next((one for one in told if one.is_fresh(at, freshness)), None)
        weakness = weak(answer)
        if single and not weakness:
            later = single.revoked is not None and single.revoked.at > at
            return Status(revoked=None if later else single.revoked)
        nearest = weakly(weakness) if single else _STALE
    return nearest


def _authorised(answer: StatusAnswer, issuer: Certificate, unrevoked: Unrevoked, known: Sequence[Certificate]) -> bool:
    """Section 4.2.2.2: the issuer itself, or one whom it certified for this and who is not revoked."""
    if answer.signed_by(issuer.key):
        return True
    return any(answer.signed_by(one.key) and unrevoked(one) for one in _delegates(answer, issuer, known))


def _delegates(answer: StatusAnswer, issuer: Certificate, known: Sequence[Certificate]) -> Iterator[Certificate]:
    for one in (*answer.responders, *known):
        usage = one.extension(x509.ExtendedKeyUsage)
        for_this = usage is not None and ExtendedKeyUsageOID.OCSP_SIGNING in usage
        in_time = one.valid_from <= answer.parsed.produced_at_utc <= one.valid_until
        if for_this and in_time and one.issuer == issuer.subject and one.signed_by(issuer.key):
            yield one


def needs_no_check(responder: Certificate) -> bool:
    """Section 4.2.2.2.1: its issuer says that it is to be trusted while it is valid."""
    return responder.extension(x509.OCSPNoCheck) is not None


_STALE: Final = Status(
    say=t(
        "the OCSP answer about it is out of date: give a newer one",
        "OCSP 応答の期限が切れています。新しいものを指定してください",
    ),
    indication="TRY_LATER",
)
