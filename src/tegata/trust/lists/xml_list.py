"""Reading ETSI TS 119 612, versions 5 and 6."""

from __future__ import annotations

import base64
import binascii
import datetime as dt
from collections.abc import Collection, Iterable, Iterator
from typing import Any, Final

from tegata.model.base import t
from tegata.model.errors import InputError
from tegata.model.trusted_list import (
    Contact,
    DigitalIdentity,
    ListedProvider,
    ListedService,
    ListPointer,
    Names,
    Standing,
    TrustedList,
)
from tegata.trust.lists.enveloped import verify_enveloped
from tegata.trust.xml import parse

TSL: Final = "{http://uri.etsi.org/02231/v2#}"
MORE: Final = "{http://uri.etsi.org/02231/v2/additionaltypes#}"
QUALIFICATIONS: Final = "{http://uri.etsi.org/TrstSvc/SvcInfoExt/eSigDir-1999-93-EC-TrustedList/#}"
PROOF: Final = "{https://c2sp.org/tlog-proof}Proof"
LANGUAGE: Final = "{http://www.w3.org/XML/1998/namespace}lang"
_KNOWN_EXTENSIONS: Final = frozenset(
    {
        f"{TSL}AdditionalServiceInformation",
        f"{TSL}ExpiredCertsRevocationInfo",
        f"{QUALIFICATIONS}Qualifications",
        f"{MORE}TakenOverBy",
    }
)


def read_xml_list(data: bytes) -> TrustedList:
    """What a list says, whoever signed it. Raises InputError."""
    return _read(parse(data))


def open_xml_list(data: bytes, signers: Collection[bytes]) -> TrustedList:
    """A list that one of the signers (certificates, DER) signed. Raises InputError, VerificationError."""
    root = parse(data)
    verify_enveloped(root, signers)
    return _read(root)


def _read(root: Any) -> TrustedList:
    try:
        return _list(root)
    except (ValueError, AttributeError, TypeError, OverflowError) as error:
        raise _malformed(str(error)[:120]) from None


def _list(root: Any) -> TrustedList:
    if root.tag != f"{TSL}TrustServiceStatusList":
        raise _malformed(f"{root.tag}"[:120])
    scheme = root.find(f"{TSL}SchemeInformation")
    for extension in scheme.iterfind(f"{TSL}SchemeExtensions/{TSL}Extension"):
        if extension.get("Critical") == "true":
            raise _malformed("a critical extension of the scheme is not known")
    following = scheme.find(f"{TSL}NextUpdate/{TSL}dateTime")
    return TrustedList(
        format="xml",
        version=int(scheme.findtext(f"{TSL}TSLVersionIdentifier")),
        sequence=int(scheme.findtext(f"{TSL}TSLSequenceNumber")),
        kind=_text(scheme, "TSLType"),
        operator=_names(scheme.find(f"{TSL}SchemeOperatorName")),
        scheme=_names(scheme.find(f"{TSL}SchemeName")),
        territory=_text(scheme, "SchemeTerritory"),
        issued_at=_moment(scheme.findtext(f"{TSL}ListIssueDateTime")),
        next_update=None if following is None else _moment(following.text),
        contact=_contact(scheme.find(f"{TSL}SchemeOperatorAddress")),
        information=_uris(scheme, "SchemeInformationURI"),
        determination=_text(scheme, "StatusDeterminationApproach"),
        rules=_uris(scheme, "SchemeTypeCommunityRules"),
        notice=_names(scheme.iterfind(f"{TSL}PolicyOrLegalNotice/{TSL}TSLLegalNotice")),
        proof=scheme.findtext(f"{TSL}SchemeExtensions/{TSL}Extension/{PROOF}") or "",
        pointers=tuple(_pointers(scheme)),
        providers=tuple(_providers(root)),
    )


def _providers(root: Any) -> Iterator[ListedProvider]:
    for provider in root.iterfind(f"{TSL}TrustServiceProviderList/{TSL}TrustServiceProvider"):
        information = provider.find(f"{TSL}TSPInformation")
        trade = information.find(f"{TSL}TSPTradeName")
        services = provider.iterfind(f"{TSL}TSPServices/{TSL}TSPService")
        yield ListedProvider(
            names=_names(information.find(f"{TSL}TSPName")),
            identifiers=() if trade is None else tuple(dict.fromkeys(_stripped(name) for name in trade)),
            contact=_contact(information.find(f"{TSL}TSPAddress")),
            information=_uris(information, "TSPInformationURI"),
            services=tuple(ListedService(standings=tuple(_standings(service))) for service in services),
        )


def _standings(service: Any) -> Iterator[Standing]:
    yield _standing(service.find(f"{TSL}ServiceInformation"))
    for past in service.iterfind(f"{TSL}ServiceHistory/{TSL}ServiceHistoryInstance"):
        yield _standing(past)


def _standing(element: Any) -> Standing:
    extensions = list(element.iterfind(f"{TSL}ServiceInformationExtensions/{TSL}Extension"))
    known = (extension.get("Critical") != "true" or _is_known(extension) for extension in extensions)
    information = f"{TSL}AdditionalServiceInformation/{TSL}URI"
    return Standing(
        kind=_text(element, "ServiceTypeIdentifier"),
        status=_text(element, "ServiceStatus"),
        since=_moment(element.findtext(f"{TSL}StatusStartingTime")),
        names=_names(element.find(f"{TSL}ServiceName")),
        identity=_identity([element.find(f"{TSL}ServiceDigitalIdentity")]),
        additional=tuple(_stripped(uri) for extension in extensions for uri in extension.iterfind(information)),
        qualifiers=tuple(
            dict.fromkeys(
                qualifier.get("uri", "")
                for extension in extensions
                for qualifier in extension.iter(f"{QUALIFICATIONS}Qualifier")
            )
        ),
        understood=all(known),
    )


def _is_known(extension: Any) -> bool:
    return all(child.tag in _KNOWN_EXTENSIONS for child in extension if isinstance(child.tag, str))


def _identity(elements: Iterable[Any]) -> DigitalIdentity:
    certificates, key_ids, subjects = [], [], []
    for element in elements:
        for child in element.iterfind(f"{TSL}DigitalId/*"):
            if child.tag == f"{TSL}X509Certificate":
                certificates.append(_binary(child))
            elif child.tag == f"{TSL}X509SKI":
                key_ids.append(_binary(child))
            elif child.tag == f"{TSL}X509SubjectName":
                subjects.append(_stripped(child))
    return DigitalIdentity(certificates=tuple(certificates), key_ids=tuple(key_ids), subjects=tuple(subjects))


def _pointers(scheme: Any) -> Iterator[ListPointer]:
    for pointer in scheme.iterfind(f"{TSL}PointersToOtherTSL/{TSL}OtherTSLPointer"):
        told = {child.tag: child for other in pointer.iter(f"{TSL}OtherInformation") for child in other}
        yield ListPointer(
            location=_text(pointer, "TSLLocation"),
            territory=_stripped(told.get(f"{TSL}SchemeTerritory")),
            kind=_stripped(told.get(f"{TSL}TSLType")),
            media_type=_stripped(told.get(f"{MORE}MimeType")),
            signers=_identity(pointer.iter(f"{TSL}ServiceDigitalIdentity")).certificates,
        )


def _contact(element: Any) -> Contact:
    """Postal addresses are read in their first language."""
    if element is None:
        return Contact()
    postal = element.find(f"{TSL}PostalAddresses/{TSL}PostalAddress")
    parts = ("StreetAddress", "Locality", "PostalCode", "CountryName")
    told = [_text(postal, part) if postal is not None else "" for part in parts]
    addresses = dict.fromkeys(_uris(element, "ElectronicAddress"))
    return Contact(street=told[0], locality=told[1], postal_code=told[2], country=told[3], addresses=tuple(addresses))


def _uris(element: Any, name: str) -> tuple[str, ...]:
    return tuple(_stripped(uri) for uri in element.iterfind(f"{TSL}{name}/{TSL}URI"))


def _names(element: Iterable[Any]) -> Names:
    """Where a language has several, the first, which is the official one."""
    names: Names = {}
    for name in element:
        names.setdefault(str(name.get(LANGUAGE, "")), _stripped(name))
    return names


def _text(element: Any, name: str) -> str:
    return _stripped(element.find(f"{TSL}{name}"))


def _stripped(element: Any) -> str:
    return (element.text or "").strip() if element is not None else ""


def _binary(element: Any) -> bytes:
    try:
        return base64.b64decode("".join((element.text or "").split()), validate=True)
    except binascii.Error:
        return b""  # found in published lists; such an identity stands for nobody


def _moment(text: str) -> dt.datetime:
    moment = dt.datetime.fromisoformat(text.strip())
    return moment if moment.tzinfo else moment.replace(tzinfo=dt.UTC)


def _malformed(why: str) -> InputError:
    return InputError(t("it is no trusted list of TS 119 612", "TS 119 612 のトラストリストではありません"), why=why)
