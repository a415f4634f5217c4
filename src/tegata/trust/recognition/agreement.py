"""Reading the agreements in a list of lists (element MutualRecognitionAgreementInformation of a pointer)."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from typing import Any, Final

from tegata.model.base import t
from tegata.model.errors import InputError
from tegata.model.recognition import (
    Agreement,
    Attribute,
    Condition,
    Content,
    Equivalence,
    Part,
    Policy,
    Purpose,
    ServiceKind,
    Statement,
    StatusPair,
    Terms,
    Usage,
)
from tegata.trust.lists.xml_list import MORE, QUALIFICATIONS, TSL
from tegata.trust.xml import parse

_MRA: Final = "{http://ec.europa.eu/tools/lotl/mra/schema/v2#}"
_XADES: Final = "{http://uri.etsi.org/01903/v1.3.2#}"
_ENACTED: Final = "http://ec.europa.eu/tools/lotl/mra/enacted"
_REPEALED: Final = "http://ec.europa.eu/tools/lotl/mra/repealed"
_CONTENTS: Final = f"{_MRA}CertificateContentReferencesEquivalenceList/{_MRA}CertificateContentReferenceEquivalence"
_TYPE: Final = "0.4.0.1862.1.6"
_LEGISLATION: Final = "0.4.0.1862.1.7"
_AMONG: Final = {"all": "all", "atLeastOne": "atLeastOne", "none": "none"}
MAX_DEPTH: Final = 16  # of conditions in conditions


def read_agreements(data: bytes) -> tuple[Agreement, ...]:
    """All agreements of a list of lists, whoever signed it. Raises InputError."""
    root = parse(data)
    try:
        return tuple(_agreements(root))
    except (ValueError, KeyError, AttributeError, TypeError) as error:
        why = str(error)[:120]
        raise InputError(t("the agreement cannot be read", "相互承認の合意を読めません"), why=why) from None


def _agreements(root: Any) -> Iterator[Agreement]:
    for pointer in root.iter(f"{TSL}OtherTSLPointer"):
        for found in pointer.iter(f"{_MRA}MutualRecognitionAgreementInformation"):
            territory = pointer.find(f".//{TSL}SchemeTerritory")
            stated = found.findall(f"{_MRA}TrustServiceEquivalenceInformation")
            yield Agreement(
                territory=_text(territory),
                location=_text(pointer.find(f"{TSL}TSLLocation")),
                equivalences=tuple(_equivalence(each) for each in stated),
            )


def _equivalence(stated: Any) -> Equivalence:
    history = stated.iterfind(f"{_MRA}TrustServiceEquivalenceHistory/{_MRA}TrustServiceEquivalenceHistoryInstance")
    return Equivalence(
        id=_text(stated.find(f"{_MRA}TrustServiceLegalIdentifier")),
        terms=(_terms(stated), *(_terms(past) for past in history)),
    )


def _terms(stated: Any) -> Terms:
    status = _text(stated.find(f"{_MRA}TrustServiceEquivalenceStatus"))
    if status not in (_ENACTED, _REPEALED):
        raise ValueError(f"the status `{status}` is not known")
    since = dt.datetime.fromisoformat(_text(stated.find(f"{_MRA}TrustServiceEquivalenceStatusStartingTime")))
    kinds = stated.find(f"{_MRA}TrustServiceTSLTypeEquivalenceList")
    statuses = stated.find(f"{_MRA}TrustServiceTSLStatusEquivalenceList")
    pairs = statuses.iterfind(f"{_MRA}TrustServiceTSLStatusValidEquivalence")
    return Terms(
        enacted=status == _ENACTED,
        since=since if since.tzinfo else since.replace(tzinfo=dt.UTC),
        here=_kinds(kinds.find(f"{_MRA}TrustServiceTSLTypeListPointingParty")),
        there=_kinds(kinds.find(f"{_MRA}TrustServiceTSLTypeListPointedParty")),
        valid=tuple(_pair(pair) for pair in pairs),
        contents=tuple(_content(each) for each in stated.iterfind(_CONTENTS)),
        qualifiers={
            each.find(f"{_MRA}QualifierPointedParty").get("uri"): each.find(f"{_MRA}QualifierPointingParty").get("uri")
            for each in stated.iterfind(f".//{_MRA}QualifierEquivalence")
            if next(each.iterancestors(f"{_MRA}TrustServiceEquivalenceHistoryInstance"), None) in (None, stated)
        },
    )


def _kinds(stated: Any) -> tuple[ServiceKind, ...]:
    return tuple(
        ServiceKind(
            kind=_text(each.find(f"{TSL}ServiceTypeIdentifier")),
            additional=tuple(_text(uri) for uri in each.iterfind(f"{TSL}AdditionalServiceInformation/{TSL}URI")),
        )
        for each in stated.iterfind(f"{_MRA}TrustServiceTSLType")
    )


def _pair(stated: Any) -> StatusPair:
    here, there = (
        tuple(_text(each) for each in stated.iterfind(f"{_MRA}TrustServiceTSLStatusList{side}Party/{TSL}ServiceStatus"))
        for side in ("Pointing", "Pointed")
    )
    return StatusPair(here=here, there=there)


def _content(stated: Any) -> Content:
    return Content(
        context=_text(stated.find(f"{_MRA}CertificateContentReferenceEquivalenceContext")),
        here=_condition(stated.find(f"{_MRA}CertificateContentDeclarationPointingParty"), 0),
        there=_condition(stated.find(f"{_MRA}CertificateContentDeclarationPointedParty"), 0),
    )


def _condition(stated: Any, depth: int) -> Condition:
    if depth > MAX_DEPTH:
        raise ValueError("conditions are nested too deep")
    parts = tuple(part for child in stated if isinstance(child.tag, str) for part in _parts(child, depth))
    return Condition(among=_AMONG[stated.get("assert", "all")], parts=parts)  # type: ignore[arg-type]


def _parts(stated: Any, depth: int) -> Iterator[Part]:
    """Sets hold when all that is in them does."""
    match stated.tag:
        case tag if tag == f"{QUALIFICATIONS}CriteriaList":
            yield _condition(stated, depth + 1)
        case tag if tag == f"{QUALIFICATIONS}otherCriteriaList":
            yield from (part for child in stated for part in _parts(child, depth + 1))
        case tag if tag == f"{_MRA}QcStatementSet":
            yield Condition(among="all", parts=tuple(_statement(each) for each in stated))
        case tag if tag == f"{QUALIFICATIONS}PolicySet":
            yield Condition(among="all", parts=tuple(Policy(id=oid) for oid in _oids(stated)))
        case tag if tag == f"{QUALIFICATIONS}KeyUsage":
            bits = stated.iterfind(f"{QUALIFICATIONS}KeyUsageBit")
            usages = tuple(Usage(name=bit.get("name"), value=_text(bit) in ("true", "1")) for bit in bits)
            yield Condition(among="all", parts=usages)
        case tag if tag == f"{MORE}ExtendedKeyUsage":
            yield Condition(among="all", parts=tuple(Purpose(id=oid) for oid in _oids(stated)))
        case tag if tag == f"{MORE}CertSubjectDNAttribute":
            yield Condition(among="all", parts=tuple(Attribute(id=oid) for oid in _oids(stated)))
        case tag if tag == f"{QUALIFICATIONS}Description":
            return
        case tag:
            raise ValueError(f"the condition `{tag}` is not known")


def _statement(stated: Any) -> Part:
    """Types and legislations are statements of their own, whose id may be left out; beside another, both count."""
    info = f"{_MRA}QcStatementInfo"
    named, types = _oids(stated.find(f"{_MRA}QcStatementId")), _oids(stated.find(f"{info}/{_MRA}QcType"))
    legislation = _text(stated.find(f"{info}/{_MRA}QcCClegislation"))
    parts = [Statement(id=id_) for id_ in named if id_ not in (_TYPE, _LEGISLATION) or not (types or legislation)]
    parts += [Statement(id=_TYPE, type=type_) for type_ in types]
    parts += [Statement(id=_LEGISLATION, legislation=legislation)] if legislation else []
    if not parts:
        raise ValueError("a statement says nothing")
    return parts[0] if len(parts) == 1 else Condition(among="all", parts=tuple(parts))


def _oids(stated: Any) -> list[str]:
    found = () if stated is None else stated.iter(f"{_XADES}Identifier")
    return [_text(each).removeprefix("urn:oid:") for each in found]


def _text(element: Any) -> str:
    return (element.text or "").strip() if element is not None else ""
