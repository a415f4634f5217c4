"""XAdES (ETSI EN 319 132-1): signatures in XML over files, over the document that they stand in, or what they carry.

Read strictly, so that nothing can be wrapped around what was signed: see `xades_references` for what may be meant. In a
document everything outside of signatures must be signed, but for elements that do nothing but hold the parts.
"""

from __future__ import annotations

import datetime as dt
import functools
from collections.abc import Callable, Mapping
from typing import Any, Final, NamedTuple

from cryptography import x509
from cryptography.exceptions import UnsupportedAlgorithm

from tegata.model.base import Text, t
from tegata.model.errors import VerificationError
from tegata.trust.ades import xades_values
from tegata.trust.ades.signature import Ades, Contents, NoCertificateError
from tegata.trust.ades.xades_form import (
    SIGNATURE,
    Allowance,
    only,
    qualifying,
    refuse,
    signatures_in,
    signed,
    within,
)
from tegata.trust.ades.xades_references import Reference, read_references
from tegata.trust.content import digest_of
from tegata.trust.public_key import acceptable
from tegata.trust.xml import parse_signed
from tegata.trust.xmldsig import (
    CANONICAL,
    DS,
    algorithm_of,
    base64_of,
    canonical_bytes,
    check_strong,
    digest_named,
    method_known,
    value_holds,
)

_LISTS: Final = frozenset(
    (
        *(f"{{http://uri.etsi.org/{one}#}}XAdESSignatures" for one in ("02918/v1.1.1", "02918/v1.2.1", "2918/v1.2.1")),
        "{urn:oasis:names:tc:opendocument:xmlns:digitalsignature:1.0}document-signatures",
    )
)


class XmlSignature(NamedTuple):
    """One signature of a document, and what it is over."""

    element: Any
    references: tuple[Reference, ...]

    @property
    def files(self) -> tuple[str, ...]:
        """Names of the files that it is over."""
        return tuple(one.name for one in self.references if one.is_file)

    def read(self, contents: Contents) -> Ades:
        """Raises VerificationError; NoCertificateError when its certificate is not there."""
        signature = self.element
        if not any(one.is_properties for one in self.references):
            raise NoCertificateError(t("it does not sign which certificate it means", "証明書の指定が署名されていない"))
        properties = signed(signature)[0]
        certificate, others = _certificates(signature, properties)
        stamps, value = xades_values.stamps(signature)
        return Ades(
            form="XAdES",
            certificate=certificate,
            others=others,
            lists=xades_values.lists(signature),
            signed_at=_time(properties),
            data=lambda: self._same(contents),
            signature=_holds(signature, only(signature, "SignedInfo"), certificate),
            value=value,
            stamps=stamps,
            answers=xades_values.answers(signature),
            archives=tuple(xades_values.archives(signature, self.references, contents)),
        )

    def _same(self, contents: Contents) -> Text:
        for one in self.references:
            one.content(contents)  # all must be at hand before any is compared (EN 319 102-1 clause 5.2.7)
        for one in sorted(self.references, key=lambda one: not one.is_properties):
            one.check(contents)
        for one in self.references:
            one.check_strength()  # only of what is true it matters
        count = len(self.references) - 1
        return t(f"the data are those signed: {count}", f"データ {count} 件は署名されたものです")


def read_list(data: bytes) -> list[XmlSignature]:
    """The signatures of `META-INF/*signatures*.xml`, over files and what each carries. Raises VerificationError."""
    root = parse_signed(data)
    elements = [root] if root.tag == SIGNATURE else list(root) if root.tag in _LISTS else []
    if not elements or elements != signatures_in(root):
        refuse("it is not a list of signatures", "署名の一覧ではありません")
    allowance = Allowance(data)
    found = [_found(one, allowance) for one in elements]
    if any(not (one.is_file or one.is_own) for each in found for one in each.references):
        refuse("it names no file of the container", "コンテナー内のファイルを示していません")
    return found


def signatures(document: bytes, contents: Contents) -> list[Callable[[], Ades]]:
    """Each signature of a document, to be read. Raises VerificationError when something in it nobody signed."""
    root, allowance = parse_signed(document), Allowance(document)
    found = [_found(one, allowance) for one in signatures_in(root)]
    signed = {one.target for each in found for one in each.references if not (one.is_file or one.is_properties)} - {
        None
    }
    if root.tag != SIGNATURE:
        elements = [*signed, *(one.element for one in found)]
        kept = {above for one in elements for above in one.iterancestors()}
        _refuse_stray(root, signed, kept.union(one.element for one in found))
    return [functools.partial(one.read, contents) for one in found]


def looks_like(document: bytes) -> bool:
    """Whether to read a document as XAdES: XML with a signature in it."""
    start = document.lstrip(b"\xef\xbb\xbf \t\r\n")
    return start.startswith(b"<") and b"http://www.w3.org/2000/09/xmldsig#" in document


def _found(element: Any, allowance: Allowance) -> XmlSignature:
    found = XmlSignature(element, read_references(element, allowance))
    inner = [one for one in found.references if one.is_properties]
    own = signed(element)
    if len(own) > 1 or any(one.is_file or not own or one.target is not own[0] for one in inner):
        refuse("the signed properties are not its own", "署名属性がこの署名のものではありません")
    for one in found.references:
        one.check_form()
    _check_carried(found)
    return found


def _check_carried(found: XmlSignature) -> None:
    """What the signature carries is signed, to the last element of it."""
    signed = {one.target for one in found.references if not one.is_file} - {None}
    kept = {one for each in signed for one in each.iterancestors()}
    holders = [one.getparent() for one in qualifying(found.element)]
    for carried in found.element.findall(f"{{{DS}}}Object"):
        if carried not in holders:
            _refuse_stray(carried, signed, kept)


def _refuse_stray(element: Any, signed: set[Any], kept: set[Any]) -> None:
    """Raises VerificationError for what is neither signed nor among `kept`, or does more than hold such parts."""
    if element in signed:
        return
    texts = [element.text, *(one.tail for one in element)]
    if element not in kept or any((text or "").strip() for text in texts):
        refuse(f"nobody signed `{element.tag}`"[:120], f"`{element.tag}` には署名がありません"[:120])
    for one in element:
        if one not in kept or one.tag != SIGNATURE:
            _refuse_stray(one, signed, kept)


def _holds(signature: Any, info: Any, certificate: bytes) -> Callable[[], Text]:
    canonical, method = algorithm_of(info, "CanonicalizationMethod"), algorithm_of(info, "SignatureMethod")
    if not method_known(method) or canonical not in CANONICAL:
        refuse("its algorithms are not accepted", "アルゴリズムが認められません")
    value = base64_of(signature.find(f"{{{DS}}}SignatureValue"))

    def holds() -> Text:
        try:
            key = acceptable(x509.load_der_x509_certificate(certificate).public_key())
        except (ValueError, UnsupportedAlgorithm):
            raise VerificationError(t("the certificate cannot be read", "証明書を読み取れません")) from None
        if value is None or not value_holds(key, method, value, canonical_bytes(info, canonical)):
            raise VerificationError(t("the signature does not hold", "署名が成り立ちません"))
        check_strong(method)
        return t("the key of the certificate signed this", "証明書の鍵が署名しました")

    return holds


def _certificates(signature: Any, properties: Any) -> tuple[bytes, tuple[bytes, ...]]:
    """The one that the signed properties mean by its digest, and those that came along."""
    place = f"{{{DS}}}KeyInfo/{{{DS}}}X509Data/{{{DS}}}X509Certificate"
    known = [one for one in map(base64_of, signature.findall(place)) if one]
    known += xades_values.certificates(signature)
    names = ("SigningCertificateV2", "SigningCertificate")
    place = "SignedSignatureProperties/{}/Cert/CertDigest"
    meant = [one for name in names for one in within(properties, place.format(name))]
    own = next((one for one in known if meant and _digest_is(meant[0], one)), None)
    if own is None:
        raise NoCertificateError(t("the certificate that it means is not there", "署名の示す証明書がありません"))
    return own, tuple(one for one in known if one != own)


def _digest_is(element: Any, data: bytes) -> bool:
    """A reference by SHA-1 still binds a certificate that signed it (EN 319 132-1 clause 5.2.2)."""
    first = [*within(element, "DigestMethod"), *element.findall(f"{{{DS}}}DigestMethod")][:1]
    uri = "".join(one.get("Algorithm", "") for one in first)
    name = digest_named(uri)
    if uri != f"{DS}sha1":
        check_strong(uri)
    values = [*within(element, "DigestValue"), *element.findall(f"{{{DS}}}DigestValue")]  # the first: XAdES 1.1.1
    return name is not None and [digest_of(data)(name)] == [base64_of(one) for one in values]


def _time(properties: Any) -> dt.datetime | None:
    stated = within(properties, "SignedSignatureProperties/SigningTime")
    if not stated:
        return None
    try:
        at = dt.datetime.fromisoformat((stated[0].text or "").strip())
        return (at if at.tzinfo else at.replace(tzinfo=dt.UTC)).astimezone(dt.UTC)
    except (ValueError, OverflowError):
        refuse("its time is malformed", "時刻の形式が誤っています")


def contents_of(files: Mapping[str, bytes]) -> Contents:
    """Files at hand, as contents."""
    return {name: digest_of(data) for name, data in files.items()}
