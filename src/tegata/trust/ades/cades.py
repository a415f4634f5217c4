"""CAdES (ETSI EN 319 122-1): CMS signed data with a reference to the signer's certificate and the time of signing.

Made are baseline signatures of level B-B over content beside them, by one signer: who signs beside another does it in a
file of its own.
"""

from __future__ import annotations

import datetime as dt
import functools
from collections.abc import Callable, Iterable
from typing import Final

from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding

from tegata.model.base import Text, t
from tegata.model.errors import VerificationError
from tegata.trust import algorithms, der
from tegata.trust.ades import cades_archive
from tegata.trust.ades.cades_archive import archives
from tegata.trust.ades.cades_values import OCSP, OTHER, values_of
from tegata.trust.ades.signature import Ades, Contents, NoCertificateError, find, other_content
from tegata.trust.certified import CertifiedKey
from tegata.trust.cms import (
    DATA,
    MESSAGE_DIGEST,
    SIGNATURE_TIME_STAMP,
    SIGNED_DATA,
    SIGNING_TIME,
    SignedData,
    Signer,
    check_reference,
    read_signed,
    verify_signer,
)
from tegata.trust.cms_sign import sign_data
from tegata.trust.content import Content, DigestOf, digest_of

_VERSIONS: Final = tuple(map(der.integer, (1, 3, 4, 5)))


def sign_detached(content: bytes, certified: CertifiedKey, at: dt.datetime) -> bytes:
    """CMS (DER) of level B-B over content that stays beside it."""
    return sign_data(DATA, content, certified, {SIGNING_TIME: der.time(at)}, detached=True)


def read_cades(document: bytes, contents: Contents, name: str = "") -> Ades:
    """One signature over the content called `name`, or over what is inside. Raises VerificationError.

    NoCertificateError when its certificate is not there, or not the one that it means.
    """
    signed = read_signed(document)
    if len(signed.signers) != 1:
        raise _refused(f"it has {len(signed.signers)} signers", f"署名者が {len(signed.signers)} 人です")
    return _read(signed, 0, contents, name)


def signatures(document: bytes, contents: Contents, name: str = "") -> list[Callable[[], Ades]]:
    """The signature of each signer, to be read. Raises VerificationError; reading one raises like `read_cades`."""
    signed = read_signed(document)
    if not signed.signers:
        raise _refused("it has no signer", "署名者がいません")
    return [functools.partial(_read, signed, number, contents, name) for number in range(len(signed.signers))]


def _read(signed: SignedData, number: int, contents: Contents, name: str) -> Ades:
    signer = signed.signers[number]
    _check(signed, signer)
    if signer.signed_attributes is None:
        raise NoCertificateError(
            t("nothing that is signed names the certificate", "署名対象に証明書を示すものがありません")
        )
    at = der.time_of(der.read(signer.signed[SIGNING_TIME][0])) if SIGNING_TIME in signer.signed else None
    certificate = _certificate(signed, signer)

    def content() -> Content:
        return find(contents, name) if signed.content is None else digest_of(signed.content)

    def same() -> Text:
        stated = algorithms.any_digest_name(signer.digest_algorithm)
        if signer.signed.get(MESSAGE_DIGEST) != (der.octets(content()(stated)),):
            raise other_content(name or "DATA")
        algorithms.check_strong(stated)
        return t("the content is the one that was signed", "内容は署名されたものです")

    def holds() -> Text:
        verify_signer(signed, signer, certificate, lambda _: _stated(signer))
        return t("the key of the certificate signed this", "証明書の鍵が署名しました")

    raw = certificate.public_bytes(Encoding.DER)
    others, lists, answers = values_of(signed, signer)
    stamps = signer.unsigned.get(SIGNATURE_TIME_STAMP, ())
    archived = tuple(archives(signed, content, number))
    return Ades("CAdES", raw, others, lists, at, same, holds, signer.signature, stamps, answers, archived)


def stamped_value(document: bytes) -> bytes:
    """What a time-stamp on the signature is over (EN 319 122-1 clause 5.3). Raises VerificationError."""
    return read_signed(document).signers[0].signature


def with_stamp(document: bytes, token: bytes) -> bytes:
    """The signature with a time-stamp on it: level B-T."""
    return read_signed(document).with_unsigned(SIGNATURE_TIME_STAMP, token).encode()


def with_values(
    document: bytes, certificates: Iterable[bytes], lists: Iterable[bytes], answers: Iterable[bytes] = ()
) -> bytes:
    """The signature with all that its verdict needs: level B-LT (EN 319 122-1 clause 6.3, SignedData's own fields).

    Args:
        answers: OCSP responses (DER), which CMS holds as revocation values of another kind (RFC 5940).
    """
    signed = read_signed(document)
    more = tuple(dict.fromkeys((*signed.certificates, *certificates)))
    told = tuple(der.tlv(OTHER, der.oid(OCSP) + one) for one in answers)
    held = signed._replace(certificates=more, revocations=(*signed.revocations, *lists, *told))
    return (held._replace(version=der.integer(5)) if told else held).encode()  # RFC 5652 section 5.1


def with_archive(document: bytes, content: DigestOf, token: Callable[[DigestOf], bytes]) -> bytes:
    """The signature with a time-stamp over all of it, its content with these digests included: level B-LTA."""
    return cades_archive.with_archive(read_signed(document), content, token).encode()


def _check(signed: SignedData, signer: Signer) -> None:
    """Content that is plain or CMS itself, and what RFC 5652 section 5.1 asks of the parts that nobody signs.

    Not a time-stamp: its authority signs what others send it, and vouches for nothing but the time.
    """
    if signed.content_type not in (DATA, SIGNED_DATA):
        raise _refused("it is over something of another kind", "別の種類の内容に対するものです")
    named = map(algorithms.any_digest_name, der.parts(signed.digest_algorithms))
    if algorithms.any_digest_name(signer.digest_algorithm) not in named or signed.version not in _VERSIONS:
        raise _refused("its version or digests are not those of its signer", "版またはダイジェストが署名者と合いません")


def _certificate(signed: SignedData, signer: Signer) -> x509.Certificate:
    try:
        certificate = signed.certificate_of(signer)
        check_reference(signer.signed, certificate, required=True)
    except VerificationError as error:
        raise NoCertificateError(error.what, why=error.why) from None
    return certificate


def _stated(signer: Signer) -> bytes:
    """The digest that was signed: whether the content has it is told apart from whether the signature holds."""
    values = signer.signed.get(MESSAGE_DIGEST, ())
    if len(values) != 1:
        raise VerificationError(t("a signed attribute is missing", "必要な署名対象の属性がありません"))
    return der.read(values[0]).content


def _refused(en: str, ja: str) -> VerificationError:
    return VerificationError(t("the signature is not acceptable CAdES", "CAdES として認められません"), why=t(en, ja))
