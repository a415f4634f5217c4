"""Time-stamps (RFC 3161, RFC 5816): what is asked of an authority, what it answers, and what a token proves.

A token holds when these steps pass:

1  form       it is CMS with one signer over a TSTInfo
2  imprint    it is of this content
3  signature  the certificate that it names by hash signed it
4  purpose    that certificate is for time-stamping only, and says so critically (RFC 3161 section 2.3)
5  time       it was valid at the time that is stated
6  trust      the reader trusts it (`Trust`)
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import suppress
from typing import Final, NamedTuple

from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import ExtendedKeyUsageOID

from tegata.model.base import t
from tegata.model.errors import InputError, VerificationError
from tegata.trust import algorithms, der
from tegata.trust.cms import SignedData, check_reference, read_signed, verify_signer
from tegata.trust.content import DigestOf
from tegata.trust.der import SEQUENCE, Element, Fields
from tegata.trust.pki import Anchor, Certificate, PathPolicy, validate_path

TST_INFO: Final = "1.2.840.113549.1.9.16.1.4"
REQUEST_TYPE: Final = "application/timestamp-query"
ANSWER_TYPE: Final = "application/timestamp-reply"
MAX_REQUEST: Final = 4096
MAX_ANSWER: Final = 256 << 10
_GRANTED: Final = (0, 1)  # granted, granted with modifications
_MAX_NONCE: Final = 64  # bytes

Trust = Callable[[x509.Certificate, Sequence[bytes], dt.datetime], str]
"""The name under which a reader trusts a certificate at a time, given others that came with it. VerificationError."""


class Imprint(NamedTuple):
    """A digest and its name in hashlib."""

    digest: str
    value: bytes


class Request(NamedTuple):
    """What is asked. `imprint_raw` and `nonce_raw` are the elements that the answer repeats."""

    imprint: Imprint
    policy: str | None
    nonce: int | None
    certificates: bool
    extended: bool
    imprint_raw: bytes
    nonce_raw: bytes


class TimeStamp(NamedTuple):
    """What a token says: this imprint existed at this time, give or take its accuracy."""

    imprint: Imprint
    at: dt.datetime
    accuracy: dt.timedelta | None
    serial: int
    policy: str
    ordering: bool
    nonce: int | None


def write_request(imprint: Imprint, *, nonce: int | None, policy: str | None = None) -> bytes:
    """A TimeStampReq (DER) that asks for the certificates too."""
    return der.sequence(
        der.integer(1),
        der.sequence(algorithms.digest_identifier(imprint.digest), der.octets(imprint.value)),
        der.oid(policy) if policy else b"",
        der.integer(nonce) if nonce is not None else b"",
        der.boolean(True),
    )


def read_request(data: bytes) -> Request:
    """Raises VerificationError for anything but a TimeStampReq over a digest that is accepted here."""
    fields = Fields(der.read(data[: MAX_REQUEST + 1]))
    if der.integer_of(fields.take()) != 1:
        raise _refused("its version is unknown", "版が未知のものです")
    imprint = fields.take(SEQUENCE)
    policy, nonce, wanted = fields.optional(der.OID), fields.optional(der.INTEGER), fields.optional(der.BOOLEAN)
    extensions = fields.optional(0xA0)
    fields.end()
    return Request(
        _imprint(imprint),
        der.oid_of(policy) if policy else None,
        _nonce(nonce),
        der.boolean_of(wanted) if wanted else False,
        extensions is not None,
        imprint.raw,
        nonce.raw if nonce else b"",
    )


def token_of(answer: bytes) -> bytes:
    """The token in a TimeStampResp. Raises VerificationError, with the authority's words, when it grants none."""
    fields = Fields(der.read(answer))
    status = Fields(fields.take(SEQUENCE))
    code = der.integer_of(status.take())
    if code not in _GRANTED:
        said = status.optional(SEQUENCE)
        words = " ".join(part.content.decode("utf-8", "replace") for part in der.parts(said)) if said else ""
        raise _refused(f"it was not granted: {_shown(words)}", f"発行されませんでした: {_shown(words)}")
    token = fields.take(SEQUENCE).raw
    fields.end()
    return token


def read_token(token: bytes) -> tuple[SignedData, TimeStamp]:
    """A token and what it says, not yet verified. Raises VerificationError."""
    signed = read_signed(token)
    if signed.content_type != TST_INFO or signed.content is None or len(signed.signers) != 1:
        raise _refused("it is no time-stamp", "タイムスタンプではありません")
    fields = Fields(der.read(signed.content))
    if der.integer_of(fields.take()) != 1:
        raise _refused("its version is unknown", "版が未知のものです")
    policy, imprint = der.oid_of(fields.take()), _imprint(fields.take(SEQUENCE))
    serial, at = der.integer_of(fields.take()), der.time_of(fields.take(der.GENERALIZED_TIME))
    accuracy, ordering = fields.optional(SEQUENCE), fields.optional(der.BOOLEAN)
    nonce = _nonce(fields.optional(der.INTEGER))
    fields.optional(0xA0)  # tsa: a name of the authority, only a hint
    _check_extensions(fields.optional(0xA1))
    fields.end()
    ordered = der.boolean_of(ordering) if ordering else False
    return signed, TimeStamp(imprint, at, _accuracy(accuracy), serial, policy, ordered, nonce)


def verify_token(token: bytes, digest: DigestOf, trust: Trust, others: Sequence[bytes] = ()) -> tuple[TimeStamp, str]:
    """What a token proves of a content, and the name under which its authority is trusted.

    Args:
        digest: digests of the content (`digest_of`).
        others: certificates (DER) that may be missing in the token.

    Raises VerificationError.
    """
    signed, stamp = read_token(token)
    if digest(stamp.imprint.digest) != stamp.imprint.value:
        raise VerificationError(t("the time-stamp is of other content", "タイムスタンプは別の内容のものです"))
    certificate = verify_issue(signed, stamp, others)
    return stamp, trust(certificate, (*signed.certificates, *others), stamp.at)


def is_over(token: bytes, content: bytes) -> bool:
    """Whether this is a token over a content, good or bad: for forms that leave open which content that is."""
    with suppress(VerificationError):
        imprint = read_token(token)[1].imprint
        return imprint.value == algorithms.hashed(imprint.digest, content)
    return False


def verify_issue(signed: SignedData, stamp: TimeStamp, others: Sequence[bytes] = ()) -> x509.Certificate:
    """Steps 3 to 5: the certificate that issued a token, trusted or not. Raises VerificationError."""
    (signer,) = signed.signers
    certificate = signed.certificate_of(signer, others)
    check_reference(signer.signed, certificate, required=True)
    verify_signer(signed, signer, certificate)
    _check_purpose(certificate)
    check_valid(certificate, stamp.at)
    return certificate


def check_answer(request: bytes, token: bytes) -> TimeStamp:
    """Whether a token answers this very request (RFC 3161 section 2.4.2). Raises VerificationError."""
    asked, (_, stamp) = read_request(request), read_token(token)
    if stamp.imprint != asked.imprint:
        raise _refused("it is of another imprint than was asked for", "依頼したものと別の内容に対するものです")
    if stamp.nonce != asked.nonce:
        raise _refused("its nonce is not that of the request", "ノンスが依頼のものと異なります")
    if asked.policy is not None and stamp.policy != asked.policy:
        raise _refused("its policy is not the one asked for", "ポリシーが依頼したものと異なります")
    return stamp


def nobody(certificate: x509.Certificate, others: Sequence[bytes], at: dt.datetime) -> str:  # noqa: ARG001
    """Trust in no authority at all."""
    raise VerificationError(
        t(
            f"you do not trust the time-stamping authority `{name_of(certificate)}`",
            f"時刻認証局 `{name_of(certificate)}` を信頼していません",
        )
    )


def pinned(trusted: Iterable[x509.Certificate]) -> Trust:
    """Trust in certificates that the reader has: of authorities themselves, or of those that certify them.

    The path is validated as RFC 5280 section 6 says, as of the time that is stated; revocation is not asked.
    """
    anchors = [Anchor(Certificate.read(one.public_bytes(Encoding.DER))) for one in trusted]

    def trust(certificate: x509.Certificate, others: Sequence[bytes], at: dt.datetime) -> str:
        above = list(_readable(others))
        for own in _readable([certificate.public_bytes(Encoding.DER)]):
            if validate_path(own, anchors=anchors, others=above, at=at, policy=PathPolicy(revocation=False)).passed:
                return name_of(certificate)
        return nobody(certificate, others, at)

    return trust


def _readable(certificates: Iterable[bytes]) -> Iterator[Certificate]:
    for one in certificates:
        with suppress(InputError):
            yield Certificate.read(one)


def check_valid(certificate: x509.Certificate, at: dt.datetime) -> None:
    """Whether a certificate was valid at a time. Raises VerificationError."""
    if not certificate.not_valid_before_utc <= at <= certificate.not_valid_after_utc:
        raise _refused("its certificate was not valid at that time", "その時刻に証明書が有効ではありません")


def name_of(certificate: x509.Certificate) -> str:
    """Its subject, harmless on a terminal and short."""
    return _shown(certificate.subject.rfc4514_string())


def _check_purpose(certificate: x509.Certificate) -> None:
    try:
        usage = certificate.extensions.get_extension_for_class(x509.ExtendedKeyUsage)
    except (x509.ExtensionNotFound, ValueError):
        usage = None
    if usage is None or not usage.critical or list(usage.value) != [ExtendedKeyUsageOID.TIME_STAMPING]:
        raise _refused("its certificate is not for time-stamping alone", "証明書がタイムスタンプ専用ではありません")


def _imprint(element: Element) -> Imprint:
    fields = Fields(element)
    imprint = Imprint(algorithms.digest_name(fields.take(SEQUENCE)), fields.take(der.OCTET_STRING).content)
    fields.end()
    if len(imprint.value) != algorithms.digest_size(imprint.digest):
        raise _refused("the imprint is not of the length of its digest", "ダイジェストの長さが異なります")
    return imprint


def _check_extensions(element: Element | None) -> None:
    """None is understood: critical ones are refused, others are passed over (RFC 5280 section 4.2).

    Qualified time-stamps of the EU say what they are in one that is not critical (EN 319 422 clause 9).
    """
    for part in der.parts(element) if element else ():
        fields = Fields(part)
        fields.take(der.OID)
        critical = fields.optional(der.BOOLEAN)
        fields.take(der.OCTET_STRING)
        fields.end()
        if critical and der.boolean_of(critical):
            raise _refused("it has a critical extension that is not known", "未知の重要な拡張があります")


def _nonce(element: Element | None) -> int | None:
    if element is not None and len(element.content) > _MAX_NONCE:
        raise _refused("its nonce is too long", "ノンスが長すぎます")
    return der.integer_of(element) if element else None


def _accuracy(element: Element | None) -> dt.timedelta | None:
    if element is None:
        return None
    fields = Fields(element)
    seconds, milli, micro = fields.optional(der.INTEGER), fields.optional(0x80), fields.optional(0x81)
    fields.end()
    values = [der.integer_of(der.as_tag(part, der.INTEGER)) if part else 0 for part in (seconds, milli, micro)]
    if not (0 <= values[0] < 1 << 31 and all(0 <= value < 1000 for value in values[1:])):
        raise _refused("its accuracy is malformed", "精度の形式が誤っています")
    return dt.timedelta(seconds=values[0], milliseconds=values[1], microseconds=values[2])


def _shown(text: str) -> str:
    return "".join(letter if letter.isprintable() else "?" for letter in text[:120])


def _refused(en: str, ja: str) -> VerificationError:
    return VerificationError(t("the time-stamp does not hold", "タイムスタンプが成り立ちません"), why=t(en, ja))
