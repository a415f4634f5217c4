"""What stands in an XAdES signature without being signed (EN 319 132-1 clause 5.3 to 5.5): tokens and proofs.

Nobody vouches for it as it stands: time-stamps, certificates and lists are each verified by themselves.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final

from tegata.trust.ades.signature import Archive, Contents
from tegata.trust.ades.xades_form import XADES141, is_named, only, qualifying, unsigned, within
from tegata.trust.ades.xades_references import Reference
from tegata.trust.content import Content
from tegata.trust.timestamp import is_over
from tegata.trust.xmldsig import CANONICAL, DS, INCLUSIVE, algorithm_of, base64_of, canonical_bytes

ARCHIVE: Final = f"{{{XADES141}}}ArchiveTimeStamp"
_CERTIFICATES: Final = "CertificateValues/EncapsulatedX509Certificate"
_LISTS: Final = "RevocationValues/CRLValues/EncapsulatedCRLValue"
_ANSWERS: Final = "RevocationValues/OCSPValues/EncapsulatedOCSPValue"


def certificates(signature: Any) -> tuple[bytes, ...]:
    return _held(signature, _CERTIFICATES)


def lists(signature: Any) -> tuple[bytes, ...]:
    return _held(signature, _LISTS)


def answers(signature: Any) -> tuple[bytes, ...]:
    return _held(signature, _ANSWERS)


def _held(signature: Any, path: str) -> tuple[bytes, ...]:
    """Of the signature, and of its time-stamps (`TimeStampValidationData`)."""
    first, _, inside = path.partition("/")
    found = []
    for part in unsigned(signature):
        inner = part if part.tag.startswith(f"{{{XADES141}}}") else ()
        holders = [one for one in (part, *inner) if is_named(one, first)]
        found += [one for holder in holders for one in map(base64_of, within(holder, inside)) if one]
    return tuple(found)


def stamps(signature: Any) -> tuple[tuple[bytes, ...], bytes]:
    """Time-stamps on the signature, and what they are over: the element of its value, canonicalised as the first says.

    X-Road stamps the value itself, which binds as much.
    """
    element = only(signature, "SignatureValue")
    held = [one for one in unsigned(signature) if is_named(one, "SignatureTimeStamp")]
    found, value = tuple(token for one in held for token in _tokens(one)), base64_of(element) or b""
    if found and is_over(found[0], value):
        return found, value
    return found, canonical_bytes(element, _method(held[0]) if held else INCLUSIVE)


def archives(signature: Any, references: tuple[Reference, ...], contents: Contents) -> Iterator[Archive]:
    """Time-stamps over the data, the signature and all that stood there by then (clause 5.5.2)."""
    seen: set[bytes] = set()
    for place, part in enumerate(unsigned(signature)):
        if part.tag == ARCHIVE:
            over = archived(signature, references, contents, place, _method(part))
            yield from [Archive(token, over, frozenset(seen)) for token in _tokens(part)]
        seen.update(_tokens(part))


def archived(signature: Any, references: tuple[Reference, ...], contents: Contents, place: int, method: str) -> Content:
    """What one at this place among the unsigned properties is over (clause 5.5.2.2), in order."""

    def taken() -> Iterator[bytes]:
        for reference in references:
            reference.check(contents)
            reference.check_strength()
            yield from reference.content(contents, method)
        names = ("SignedInfo", "SignatureValue", "KeyInfo")
        own = [one for name in names for one in signature.findall(f"{{{DS}}}{name}")]
        holders = [one.getparent() for one in qualifying(signature)]
        carried = [one for one in signature.findall(f"{{{DS}}}Object") if one not in holders]
        for element in (*own, *list(unsigned(signature))[:place], *carried):
            yield canonical_bytes(element, method)

    return Content(taken)


def _tokens(stamp: Any) -> list[bytes]:
    held = [one for one in stamp if is_named(one, "EncapsulatedTimeStamp")]
    return [one for one in map(base64_of, held) if one]


def _method(stamp: Any) -> str:
    """The canonicalisation that a time-stamp states, else the standard one (clause 4.5)."""
    stated = algorithm_of(stamp, "CanonicalizationMethod")
    return stated if stated in CANONICAL else INCLUSIVE
