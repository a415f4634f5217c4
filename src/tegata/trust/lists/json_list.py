"""Reading and writing ETSI TS 119 602 in its JSON form: lists of trusted entities."""

from __future__ import annotations

import base64
import binascii
import datetime as dt
import json
from collections.abc import Iterable
from typing import Any, Final

import msgspec

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
from tegata.trust.lists.json_write import PROOF

MAX_JSON: Final = 32 * 1024 * 1024  # bytes


def read_json_list(data: bytes) -> TrustedList:
    """What a list says, whoever signed it. Raises InputError."""
    if len(data) > MAX_JSON:
        raise _malformed(f"more than {MAX_JSON} bytes")
    try:
        found = _list(json.loads(data, object_pairs_hook=_once))
        return msgspec.convert(msgspec.to_builtins(found), TrustedList)  # holds only if every part has its type
    except (ValueError, KeyError, TypeError, AttributeError, IndexError, RecursionError) as error:
        raise _malformed(f"{type(error).__name__}: {error}"[:120]) from None


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise ValueError("a name stands twice in one object")
    return found


def _list(document: dict[str, Any]) -> TrustedList:
    scheme = document["LoTE"]["ListAndSchemeInformation"]
    _refuse_unknown(_each(scheme, "SchemeExtensions"))
    following = scheme["NextUpdate"]
    return TrustedList(
        format="json",
        version=_number(scheme["LoTEVersionIdentifier"]),
        sequence=_number(scheme["LoTESequenceNumber"]),
        kind=scheme.get("LoTEType", ""),
        operator=_some(_names(_each(scheme, "SchemeOperatorName"))),
        scheme=_names(_each(scheme, "SchemeName")),
        territory=scheme.get("SchemeTerritory", ""),
        issued_at=_moment(scheme["ListIssueDateTime"]),
        next_update=_moment(following) if following else None,
        contact=_contact(scheme.get("SchemeOperatorAddress", {}), "SchemeOperator"),
        information=_uris(_each(scheme, "SchemeInformationURI")),
        determination=scheme.get("StatusDeterminationApproach", ""),
        rules=_uris(_each(scheme, "SchemeTypeCommunityRules")),
        notice=_notice(_each(scheme, "PolicyOrLegalNotice")),
        proof=next((e["value"] for e in _each(scheme, "SchemeExtensions") if e.get("type") == PROOF), ""),
        pointers=tuple(_pointer(each) for each in _each(scheme, "PointersToOtherLoTE")),
        providers=tuple(_provider(each) for each in _each(document["LoTE"], "TrustedEntitiesList")),
    )


def _refuse_unknown(extensions: Iterable[Any]) -> None:
    """A critical extension of the scheme that is not understood ends the reading (clause 6.3.17)."""
    for extension in extensions:
        critical = extension.get("critical", extension.get("Critical", False))
        if critical not in (False, "false"):
            raise ValueError("a critical extension of the scheme is not known")


def _provider(entity: dict[str, Any]) -> ListedProvider:
    information = entity["TrustedEntityInformation"]
    return ListedProvider(
        names=_some(_names(_each(information, "TEName"))),
        identifiers=tuple(dict.fromkeys(each["value"] for each in _each(information, "TETradeName"))),
        contact=_contact(information.get("TEAddress", {}), "TE"),
        information=_uris(_each(information, "TEInformationURI")),
        services=tuple(_service(each) for each in _each(entity, "TrustedEntityServices")),
    )


def _service(service: dict[str, Any]) -> ListedService:
    return ListedService(
        standings=(_standing(service["ServiceInformation"]), *map(_standing, _each(service, "ServiceHistory")))
    )


def _standing(stated: dict[str, Any]) -> Standing:
    """A list without status says by its presence that the service is trusted, since the list was issued (6.6.4)."""
    since = stated.get("StatusStartingTime")
    return Standing(
        kind=stated.get("ServiceTypeIdentifier", ""),
        status=stated.get("ServiceStatus", ""),
        since=_moment(since) if since else dt.datetime.min.replace(tzinfo=dt.UTC),
        names=_names(_each(stated, "ServiceName")),
        identity=_identity(stated["ServiceDigitalIdentity"]),
        additional=_extensions(stated, "additionalServiceInformation"),
        qualifiers=_extensions(stated, "qualifier"),
    )


def _extensions(stated: dict[str, Any], name: str) -> tuple[str, ...]:
    return tuple(each[name] for each in _each(stated, "ServiceInformationExtensions") if name in each)


def _identity(stated: dict[str, Any]) -> DigitalIdentity:
    return DigitalIdentity(
        certificates=tuple(_binary(each["val"]) for each in _each(stated, "X509Certificates")),
        key_ids=tuple(_binary(each) for each in _each(stated, "X509SKIs")),
        subjects=tuple(_each(stated, "X509SubjectNames")),
    )


def _pointer(stated: dict[str, Any]) -> ListPointer:
    told = stated["LoTEQualifiers"][0]
    identities = (_identity(each) for each in _each(stated, "ServiceDigitalIdentities"))
    return ListPointer(
        location=stated["LoTELocation"],
        territory=told.get("SchemeTerritory", ""),
        kind=told.get("LoTEType", ""),
        media_type=told.get("MimeType", ""),
        signers=tuple(certificate for identity in identities for certificate in identity.certificates),
    )


def _contact(stated: dict[str, Any], of: str) -> Contact:
    postal: dict[str, str] = next(iter(_each(stated, f"{of}PostalAddress")), {})
    return Contact(
        street=postal.get("StreetAddress", ""),
        locality=postal.get("Locality", ""),
        postal_code=postal.get("PostalCode", ""),
        country=postal.get("Country", ""),
        addresses=_uris(_each(stated, f"{of}ElectronicAddress")),
    )


def _uris(stated: Iterable[dict[str, str]]) -> tuple[str, ...]:
    return tuple(each["uriValue"] for each in stated)


def _notice(stated: Iterable[dict[str, Any]]) -> Names:
    """The form gives notices no language; the first is read."""
    text = next((each["LoTELegalNotice"] for each in stated if "LoTELegalNotice" in each), "")
    return {"en": text} if text else {}


def _names(stated: Iterable[dict[str, str]]) -> Names:
    names: Names = {}
    for each in stated:
        names.setdefault(each["lang"], each["value"])
    return names


def _each(stated: dict[str, Any], name: str) -> list[Any]:
    """A list that may be absent, and nothing that could be gone through like one."""
    found = stated.get(name, [])
    if not isinstance(found, list):
        raise TypeError(f"{name} is no list")
    return found


def _some(names: Names) -> Names:
    if not names:
        raise ValueError("a name is missing")
    return names


def _number(value: object) -> int:
    if not isinstance(value, int):
        raise TypeError("a number is none")
    return value


def _binary(text: str) -> bytes:
    try:
        return base64.b64decode(text, validate=True)
    except binascii.Error:
        return b""


def _moment(text: str) -> dt.datetime:
    moment = dt.datetime.fromisoformat(text)
    return moment if moment.tzinfo else moment.replace(tzinfo=dt.UTC)


def _malformed(why: str) -> InputError:
    return InputError(t("it is no list of TS 119 602", "TS 119 602 のリストではありません"), why=why)
