"""Distinguished names compared as RFC 5280 section 7.1 asks: not by bytes, but by what people read."""

from __future__ import annotations

import unicodedata

from cryptography import x509

CanonicalName = tuple[frozenset[tuple[str, str | bytes]], ...]
"""From the root downwards, the attributes (type, prepared value) of each relative name."""


def canonical(name: x509.Name) -> CanonicalName:
    """Equal for two names that stand for the same thing, whatever string types, case and spaces they are written in."""
    return tuple(canonical_rdn(rdn) for rdn in name.rdns)


def canonical_rdn(rdn: x509.RelativeDistinguishedName) -> frozenset[tuple[str, str | bytes]]:
    return frozenset((attribute.oid.dotted_string, prepared(attribute.value)) for attribute in rdn)


def prepared(value: str | bytes) -> str | bytes:
    """Folded, normalised, with one space where there were many (RFC 4518 sections 2.2 to 2.6)."""
    if isinstance(value, bytes):
        return value
    return " ".join(unicodedata.normalize("NFKC", value.casefold()).split())


def shown(name: x509.Name) -> str:
    """A name for people: the most specific part that tells one from another, harmless on a terminal and short."""
    attributes = list(name)
    told = next((str(a.value) for a in reversed(attributes) if a.oid == x509.NameOID.COMMON_NAME), "")
    told = told or ", ".join(str(attribute.value) for attribute in attributes)
    return "".join(letter if letter.isprintable() and letter != "`" else "?" for letter in told[:60]) or "(no name)"
