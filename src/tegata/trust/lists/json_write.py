"""Writing ETSI TS 119 602 in JSON."""

from __future__ import annotations

import base64
import datetime as dt
from collections.abc import Iterable
from typing import Any, Final

from tegata.model.base import encode
from tegata.model.trusted_list import (
    Contact,
    DigitalIdentity,
    ListedProvider,
    ListedService,
    Names,
    Standing,
    TrustedList,
)

VERSION: Final = 1
PROOF: Final = "https://c2sp.org/tlog-proof"


def write_json_list(found: TrustedList) -> bytes:
    """The list as its operator publishes it, in fixed bytes; it is signed as a whole, as what carries it asks."""
    scheme = {
        "LoTEVersionIdentifier": VERSION,
        "LoTESequenceNumber": found.sequence,
        "LoTEType": found.kind,
        "SchemeOperatorName": _names(found.operator),
        "SchemeOperatorAddress": _address(found.contact, "SchemeOperator"),
        "SchemeName": _names(found.scheme),
        "SchemeInformationURI": _uris(found.information),
        "StatusDeterminationApproach": found.determination,
        "SchemeTypeCommunityRules": _uris(found.rules),
        "SchemeTerritory": found.territory,
        "PolicyOrLegalNotice": [{"LoTELegalNotice": notice} for notice in found.notice.values()],
        "HistoricalInformationPeriod": 65535,
        "ListIssueDateTime": _moment(found.issued_at),
        "NextUpdate": _moment(found.next_update) if found.next_update else "",
        "SchemeExtensions": [{"type": PROOF, "critical": False, "value": found.proof}] if found.proof else [],
    }
    document = {"ListAndSchemeInformation": _told(scheme)}
    if found.providers:
        document["TrustedEntitiesList"] = [_provider(provider) for provider in found.providers]  # type: ignore[assignment]
    return encode({"LoTE": document})


def _told(members: dict[str, Any]) -> dict[str, Any]:
    """Without what is empty: the schema wants absence."""
    return {name: value for name, value in members.items() if value or name == "NextUpdate"}


def _provider(provider: ListedProvider) -> dict[str, Any]:
    information = {
        "TEName": _names(provider.names),
        "TETradeName": [{"lang": "en", "value": identifier} for identifier in provider.identifiers],
        "TEAddress": _address(provider.contact, "TE"),
        "TEInformationURI": _uris(provider.information),
    }
    return {
        "TrustedEntityInformation": _told(information),
        "TrustedEntityServices": [_service(service) for service in provider.services],
    }


def _service(service: ListedService) -> dict[str, Any]:
    history = [_standing(past) for past in service.standings[1:]]
    return _told({"ServiceInformation": _standing(service.standings[0]), "ServiceHistory": history})


def _standing(standing: Standing) -> dict[str, Any]:
    extensions = [{"additionalServiceInformation": uri} for uri in standing.additional]
    return _told(
        {
            "ServiceTypeIdentifier": standing.kind,
            "ServiceName": _names(standing.names),
            "ServiceDigitalIdentity": _identity(standing.identity),
            "ServiceStatus": standing.status,
            "StatusStartingTime": _moment(standing.since),
            "ServiceInformationExtensions": [*extensions, *({"qualifier": uri} for uri in standing.qualifiers)],
        }
    )


def _identity(identity: DigitalIdentity) -> dict[str, Any]:
    return _told(
        {
            "X509Certificates": [{"val": _base64(certificate)} for certificate in identity.certificates],
            "X509SubjectNames": list(identity.subjects),
            "X509SKIs": [_base64(key_id) for key_id in identity.key_ids],
        }
    )


def _address(contact: Contact, of: str) -> dict[str, Any]:
    postal = {
        "lang": "en",
        "StreetAddress": contact.street,
        "Locality": contact.locality,
        "PostalCode": contact.postal_code,
        "Country": contact.country,
    }
    kept = {name: value for name, value in postal.items() if value or name in ("StreetAddress", "Country")}
    return {f"{of}PostalAddress": [kept], f"{of}ElectronicAddress": _uris(contact.addresses)}


def _names(names: Names) -> list[dict[str, str]]:
    return [{"lang": language, "value": name} for language, name in names.items()]


def _uris(uris: Iterable[str]) -> list[dict[str, str]]:
    return [{"lang": "en", "uriValue": uri} for uri in uris]


def _base64(data: bytes) -> str:
    return base64.b64encode(data).decode()


def _moment(moment: dt.datetime) -> str:
    return moment.astimezone(dt.UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
