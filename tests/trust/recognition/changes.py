"""The changes of the scenarios, in the words of their table, applied to the terms of an agreement."""

from __future__ import annotations

import datetime as dt
import re
from typing import Any

import msgspec

from tegata.model.recognition import (
    Agreement,
    Attribute,
    Condition,
    Part,
    Policy,
    Purpose,
    ServiceKind,
    Statement,
    StatusPair,
    Terms,
    Usage,
)

AMONG = {"ALL": "all", "AT_LEAST_ONE": "atLeastOne", "NONE": "none"}
NAMES = {"C": "2.5.4.6", "OU": "2.5.4.11", "CN": "2.5.4.3", "DATE_OF_BIRTH": "1.3.6.1.5.5.7.9.1"}
USAGES = {
    "NON_REPUDIATION": "nonRepudiation",
    "DIGITAL_SIGNATURE": "digitalSignature",
    "ENCIPHER_ONLY": "encipherOnly",
}


def split(text: str, mark: str) -> list[str]:
    """At marks that stand outside of brackets."""
    found, depth, start = [], 0, 0
    for place, letter in enumerate(text):
        depth += (letter in "([{") - (letter in ")]}")
        if letter == mark and depth == 0:
            found.append(text[start:place].strip())
            start = place + 1
    return [each for each in (*found, text[start:].strip()) if each]


def part(text: str) -> Part:
    if match := re.fullmatch(r"(ALL|AT_LEAST_ONE|NONE) of \{(.*)\}", text):
        return Condition(among=AMONG[match[1]], parts=tuple(part(each) for each in split(match[2], ";")))  # type: ignore[arg-type]
    if match := re.fullmatch(r"QcStatementSet\[(.*)\]", text):
        return all_of(part(each) for each in split(match[1], ","))
    name, inner = re.fullmatch(r"(\w+)[(\[]+(.*?)[)\]]+", text, re.DOTALL).groups()  # type: ignore[union-attr]
    values = [each.strip().removeprefix("urn:oid:") for each in inner.split(",")]
    if name == "QcStatement":
        told = dict(each.split("=") for each in values)
        parts = [Statement(id=told["id"].removeprefix("urn:oid:"))] if "id" in told else []
        parts += [Statement(id="0.4.0.1862.1.6", type=told["type"].removeprefix("urn:oid:"))] if "type" in told else []
        law = told.get("ccLegislation")
        parts += [Statement(id="0.4.0.1862.1.7", legislation=law)] if law else []
        return parts[0] if len(parts) == 1 else Condition(among="all", parts=tuple(parts))
    if name in ("PolicyId", "PolicySet"):
        return all_of(Policy(id=re.sub(r"PolicyId\(|\)|urn:oid:", "", each)) for each in values)
    if name == "KeyUsage":
        return Usage(name=USAGES[values[0]], value=values[1] == "true")
    if name == "KeyUsageSet":
        pairs = (each.split("=") for each in values)
        return all_of(Usage(name=USAGES[bit], value=value == "true") for bit, value in pairs)
    if name == "ExtendedKeyUsage":
        return all_of(Purpose(id=each) for each in values)
    assert name == "CertSubjectDNAttribute", text
    return all_of(Attribute(id=NAMES[each]) for each in values)


def all_of(parts: Any) -> Condition:
    return Condition(among="all", parts=tuple(parts))


def moment(text: str, now: dt.datetime) -> dt.datetime:
    if text == "now":
        return now
    sign, count, unit = re.fullmatch(r"now ([+-]) (\d+) (month|year)s?", text).groups()  # type: ignore[union-attr]
    days = int(count) * (30 if unit == "month" else 365)
    return now + dt.timedelta(days=days if sign == "+" else -days)


def changed(agreement: Agreement, change: str, now: dt.datetime) -> Agreement:
    (equivalence,) = agreement.equivalences
    terms, id_ = list(equivalence.terms), equivalence.id
    for each in split(change, ";") if change != "none" else ():
        name, _, value = each.partition(" = ")
        if name == "TrustServiceLegalIdentifier":
            id_ = value
        elif "History" in name:
            terms[1] = with_change(terms[1], name.replace("History", ""), value, now)
        else:
            terms[0] = with_change(terms[0], name, value, now)
    new = msgspec.structs.replace(equivalence, id=id_, terms=tuple(terms))
    return msgspec.structs.replace(agreement, equivalences=(new,))


def with_change(terms: Terms, name: str, value: str, now: dt.datetime) -> Terms:
    replace: Any = msgspec.structs.replace
    side = "there" if "PointedParty" in name else "here"
    if name == "TrustServiceEquivalenceStatus":
        return replace(terms, enacted=value == "enacted")
    if name == "TrustServiceEquivalenceStatusStartingTime":
        return replace(terms, since=moment(value, now))
    if name == "QualifierEquivalenceMap":
        return replace(terms, qualifiers=dict([value.split(" -> ")]) if "->" in value else {})
    if name.endswith("ServiceTypeIdentifier"):
        return replace(terms, **{side: tuple(replace(kind, kind=value) for kind in getattr(terms, side))})
    if name.endswith("AdditionalServiceInformation"):
        kinds: tuple[ServiceKind, ...] = getattr(terms, side)
        return replace(terms, **{side: tuple(replace(kind, additional=(value,)) for kind in kinds)})
    if name.endswith("TrustServiceTSLStatusValidEquivalence"):
        pairs: tuple[StatusPair, ...] = terms.valid
        return replace(terms, valid=tuple(replace(pair, **{side: (value,)}) for pair in pairs))
    return with_content(terms, name, value, side)


def with_content(terms: Terms, name: str, value: str, side: str) -> Terms:
    replace: Any = msgspec.structs.replace
    about, asserted = re.fullmatch(
        r"CertificateContentDeclarationPoint(?:ed|ing)Party(Qc\w+?)(AssertStatus)?", name
    ).groups()  # type: ignore[union-attr]
    contents = []
    for content in terms.contents:
        if content.context.endswith("/" + about):
            old: Condition = getattr(content, side)
            new = replace(old, among=AMONG[value]) if asserted else replace(old, parts=(part(value),))
            content = replace(content, **{side: new})
        contents.append(content)
    return replace(terms, contents=tuple(contents))
