"""What CMS brings to be judged by: certificates, revocation lists and OCSP answers, wherever its makers put them.

    SignedData.certificates, SignedData.crls      RFC 5652 section 5.1; answers as RFC 5940 has them
    certificate-values, revocation-values         ETSI TS 101 733 clauses 6.3.3 and 6.3.4 (levels X-L and A)
    adbe-revocationInfoArchival (signed)          ISO 32000-1 clause 12.8.3.3.2, in PDF

Each is signed by its own issuer, so it does not matter who put it in, or where. What does not read is passed over.
"""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterable, Iterator
from typing import Final, NamedTuple, TypeVar

from tegata.model.errors import VerificationError
from tegata.trust import der
from tegata.trust.cms import SignedData, Signer, read_signed
from tegata.trust.der import SEQUENCE, Fields

CERTIFICATE_VALUES: Final = "1.2.840.113549.1.9.16.2.23"
REVOCATION_VALUES: Final = "1.2.840.113549.1.9.16.2.24"
REVOCATION_ARCHIVAL: Final = "1.2.840.113583.1.1.8"
OCSP: Final = "1.3.6.1.5.5.7.16.2"  # an OCSPResponse as revocation value of another kind
OTHER: Final = 0xA1  # tag of such values
_OCSP_BASIC: Final = "1.3.6.1.5.5.7.48.1.1"  # the BasicOCSPResponse in it, as some write it there instead
_SUCCESSFUL: Final = b"\x0a\x01\x00"  # OCSPResponseStatus


T = TypeVar("T")


class Values(NamedTuple):
    """In DER: X.509 certificates, revocation lists, OCSPResponses."""

    certificates: tuple[bytes, ...] = ()
    lists: tuple[bytes, ...] = ()
    answers: tuple[bytes, ...] = ()

    def __or__(self, other: Values) -> Values:
        """Both, each once."""
        return Values(*(tuple(dict.fromkeys((*one, *more))) for one, more in zip(self, other, strict=True)))


def values_of(signed: SignedData, signer: Signer) -> Values:
    """All that stands in it, and in the attributes of one signer."""
    certificates = tuple(one for one in signed.certificates if one[0] == SEQUENCE)
    lists = tuple(one for one in signed.revocations if one[0] == SEQUENCE)
    answers = tuple(_read(_answer, (one for one in signed.revocations if one[0] == OTHER)))
    found = Values(certificates, lists, answers)
    with contextlib.suppress(VerificationError):
        unsigned = signer.unsigned
        for one in _read(_certificates, unsigned.get(CERTIFICATE_VALUES, ())):
            found |= Values(certificates=one)
        for more in _read(_revocations, unsigned.get(REVOCATION_VALUES, ())):
            found |= more
        for more in _read(_archival, signer.signed.get(REVOCATION_ARCHIVAL, ())):
            found |= more
    return found


def values_of_tokens(tokens: Iterable[bytes]) -> Values:
    """What time-stamps bring of their authorities, and of whom they are over."""
    found = Values()
    for token in tokens:
        with contextlib.suppress(VerificationError):
            signed = read_signed(token)
            for signer in signed.signers:
                found |= values_of(signed, signer)
    return found


def _read(reader: Callable[[der.Element], T], raw: Iterable[bytes]) -> Iterator[T]:
    for one in raw:
        with contextlib.suppress(VerificationError):
            yield reader(der.read(one))


def _answer(value: der.Element) -> bytes:
    """The OCSPResponse in a revocation value of another kind. VerificationError for further kinds."""
    fields = Fields(der.as_tag(value, SEQUENCE))
    kind, held = der.oid_of(fields.take()), fields.take(SEQUENCE)
    fields.end()
    if kind == _OCSP_BASIC:
        return _whole(held)
    if kind != OCSP:
        der.refuse("it is no OCSP response", "OCSP 応答ではありません")
    return held.raw


def _certificates(value: der.Element) -> tuple[bytes, ...]:
    return tuple(one.raw for one in der.parts(value) if one.tag == SEQUENCE)


def _revocations(value: der.Element) -> Values:
    fields = Fields(value)
    lists, answers = (fields.optional(tag) for tag in (0xA0, 0xA1))
    return Values(
        lists=tuple(one.raw for one in der.parts(der.inside(lists, SEQUENCE))) if lists else (),
        answers=tuple(_whole(one) for one in der.parts(der.inside(answers, SEQUENCE))) if answers else (),
    )


def _archival(value: der.Element) -> Values:
    """The same of other names: its answers are whole."""
    fields = Fields(value)
    held = [fields.optional(tag) for tag in (0xA0, 0xA1)]
    lists, answers = (tuple(p.raw for p in der.parts(der.inside(one, SEQUENCE))) if one else () for one in held)
    return Values(lists=lists, answers=answers)


def _whole(basic: der.Element) -> bytes:
    """The OCSPResponse (RFC 6960 section 4.2.1) that a BasicOCSPResponse came from."""
    return der.sequence(_SUCCESSFUL, der.tlv(0xA0, der.sequence(der.oid(_OCSP_BASIC), der.octets(basic.raw))))
