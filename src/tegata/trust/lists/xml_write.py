"""Writing ETSI TS 119 612, version 6: elements in the order of its schema, signed by an enveloped XAdES signature."""

from __future__ import annotations

import base64
import datetime as dt
from collections.abc import Iterable
from typing import Any, Final

from tegata.model.trusted_list import (
    Contact,
    DigitalIdentity,
    ListedProvider,
    ListPointer,
    Names,
    Standing,
    TrustedList,
)
from tegata.trust.ades.xades_sign import add_signature, whole_document, written
from tegata.trust.certified import CertifiedKey
from tegata.trust.lists.xml_list import LANGUAGE, MORE, PROOF, QUALIFICATIONS, TSL
from tegata.trust.xml import xml_library

VERSION: Final = 6
_PERIOD: Final = "65535"  # history is kept for ever (clause 5.3.12)
_TAG: Final = "http://uri.etsi.org/19612/TSLTag"


def write_xml_list(trusted_list: TrustedList, signer: CertifiedKey, at: dt.datetime) -> bytes:
    """The list as its operator publishes it, signed at a time. Raises UsageError for a key that cannot."""
    root = _root(trusted_list)
    add_signature(root, [whole_document(root, signer)], signer, at, chain=False)
    return written(root)


def _root(found: TrustedList) -> Any:
    etree = xml_library()
    root = etree.Element(f"{TSL}TrustServiceStatusList", nsmap={None: TSL[1:-1]}, TSLTag=_TAG)
    _scheme(_add(root, "SchemeInformation"), found)
    if found.providers:
        providers = _add(root, "TrustServiceProviderList")
        for provider in found.providers:
            _provider(_add(providers, "TrustServiceProvider"), provider)
    return root


def _scheme(scheme: Any, found: TrustedList) -> None:
    _add(scheme, "TSLVersionIdentifier", str(VERSION))
    _add(scheme, "TSLSequenceNumber", str(found.sequence))
    _add(scheme, "TSLType", found.kind)
    _names(_add(scheme, "SchemeOperatorName"), found.operator)
    _address(_add(scheme, "SchemeOperatorAddress"), found.contact)
    _names(_add(scheme, "SchemeName"), found.scheme)
    _uris(_add(scheme, "SchemeInformationURI"), found.information)
    _add(scheme, "StatusDeterminationApproach", found.determination)
    _uris(_add(scheme, "SchemeTypeCommunityRules"), found.rules)
    _add(scheme, "SchemeTerritory", found.territory)
    _names(_add(scheme, "PolicyOrLegalNotice"), found.notice, "TSLLegalNotice")
    _add(scheme, "HistoricalInformationPeriod", _PERIOD)
    if found.pointers:
        pointers = _add(scheme, "PointersToOtherTSL")
        for pointer in found.pointers:
            _pointer(_add(pointers, "OtherTSLPointer"), pointer)
    _add(scheme, "ListIssueDateTime", _moment(found.issued_at))
    following = _add(scheme, "NextUpdate")
    if found.next_update is not None:
        _add(following, "dateTime", _moment(found.next_update))
    if found.proof:
        extension = _add(_add(scheme, "SchemeExtensions"), "Extension", Critical="false")
        _add(extension, PROOF, found.proof)


def _pointer(element: Any, pointer: ListPointer) -> None:
    identities = _add(element, "ServiceDigitalIdentities")
    for signer in pointer.signers:
        _identity(_add(identities, "ServiceDigitalIdentity"), DigitalIdentity(certificates=(signer,)))
    _add(element, "TSLLocation", pointer.location)
    more = _add(element, "AdditionalInformation")
    told = {"TSLType": pointer.kind, "SchemeTerritory": pointer.territory, f"{MORE}MimeType": pointer.media_type}
    for name, value in told.items():
        _add(_add(more, "OtherInformation"), name, value)


def _provider(element: Any, provider: ListedProvider) -> None:
    information = _add(element, "TSPInformation")
    _names(_add(information, "TSPName"), provider.names)
    trade = _add(information, "TSPTradeName")
    for identifier in provider.identifiers:
        _in_language(_add(trade, "Name", identifier), "en")
    _address(_add(information, "TSPAddress"), provider.contact)
    _uris(_add(information, "TSPInformationURI"), provider.information)
    services = _add(element, "TSPServices")
    for service in provider.services:
        written = _add(services, "TSPService")
        _standing(_add(written, "ServiceInformation"), service.standings[0], service.standings[0].identity)
        if service.standings[1:]:
            history = _add(written, "ServiceHistory")
            for past in service.standings[1:]:
                _standing(_add(history, "ServiceHistoryInstance"), past, past.identity)


def _standing(element: Any, standing: Standing, identity: DigitalIdentity) -> None:
    _add(element, "ServiceTypeIdentifier", standing.kind)
    _names(_add(element, "ServiceName"), standing.names)
    _identity(_add(element, "ServiceDigitalIdentity"), identity)
    _add(element, "ServiceStatus", standing.status)
    _add(element, "StatusStartingTime", _moment(standing.since))
    if standing.additional or standing.qualifiers:
        extensions = _add(element, "ServiceInformationExtensions")
        for uri in standing.additional:
            extension = _add(extensions, "Extension", Critical="false")
            _in_language(_add(_add(extension, "AdditionalServiceInformation"), "URI", uri), "en")
        if standing.qualifiers:
            _qualifiers(_add(extensions, "Extension", Critical="true"), standing.qualifiers)


def _qualifiers(extension: Any, qualifiers: Iterable[str]) -> None:
    element = _add(_add(extension, f"{QUALIFICATIONS}Qualifications"), f"{QUALIFICATIONS}QualificationElement")
    stated = _add(element, f"{QUALIFICATIONS}Qualifiers")
    for uri in qualifiers:
        _add(stated, f"{QUALIFICATIONS}Qualifier", uri=uri)
    _add(element, f"{QUALIFICATIONS}CriteriaList", assert_="all")


def _identity(element: Any, identity: DigitalIdentity) -> None:
    for certificate in identity.certificates:
        _add(_add(element, "DigitalId"), "X509Certificate", base64.b64encode(certificate).decode())
    for subject in identity.subjects:
        _add(_add(element, "DigitalId"), "X509SubjectName", subject)
    for key_id in identity.key_ids:
        _add(_add(element, "DigitalId"), "X509SKI", base64.b64encode(key_id).decode())


def _address(element: Any, contact: Contact) -> None:
    postal = _in_language(_add(_add(element, "PostalAddresses"), "PostalAddress"), "en")
    _add(postal, "StreetAddress", contact.street)
    _add(postal, "Locality", contact.locality)
    if contact.postal_code:
        _add(postal, "PostalCode", contact.postal_code)
    _add(postal, "CountryName", contact.country)
    _uris(_add(element, "ElectronicAddress"), contact.addresses)


def _names(element: Any, names: Names, tag: str = "Name") -> None:
    for language, name in names.items():
        _in_language(_add(element, tag, name), language)


def _uris(element: Any, uris: Iterable[str]) -> None:
    for uri in uris:
        _in_language(_add(element, "URI", uri), "en")


def _in_language(element: Any, language: str) -> Any:
    element.set(LANGUAGE, language)
    return element


def _add(parent: Any, name: str, text: str | None = None, **attributes: str) -> Any:
    etree = xml_library()
    told = {key.rstrip("_"): value for key, value in attributes.items()}
    element = etree.SubElement(parent, name if name.startswith("{") else f"{TSL}{name}", told)
    element.text = text
    return element


def _moment(moment: dt.datetime) -> str:
    return moment.astimezone(dt.UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
