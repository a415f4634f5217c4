"""The policy that EU DSS judges by here: its own default, with what its users may decide decided as it is here."""

from __future__ import annotations

import zipfile
from pathlib import Path
from typing import Any, NamedTuple

from lxml import etree

SPACE = {"p": "http://dss.esig.europa.eu/validation/policy"}


class Decided(NamedTuple):
    """`level` of what stands at these places of the policy, and why."""

    place: str
    level: str
    why: str


DECIDED = (
    Decided("AllFilesSigned", "FAIL", "a reader of a container takes every file in it for signed"),
    Decided("SignatureConstraints//SigningCertificatePresent", "FAIL", "a certificate is never guessed"),
    Decided("SignatureConstraints//UndefinedChanges", "FAIL", "what a reader sees is the last state of a document"),
    Decided("SignatureConstraints//StructuralValidation", "FAIL", "nothing stands where the form has no place for it"),
    Decided("CACertificate/RevocationDataAvailable", "FAIL", "authorities of time-stamps are asked for too"),
    Decided("CACertificate/AcceptableRevocationDataFound", "FAIL", "as above"),
)
FORMS = "a JWS that is no JAdES (JSON-NOT-ETSI) and PAdES-BES are not accepted: what is critical must be understood"
FRESHNESS = (
    "clause 5.2.5: revocation information counts until its nextUpdate, as of the time by which the signature existed; "
    "the default asks for no freshness at all"
)
EDDSA = "EdDSA (RFC 8410) is accepted; the default names no EdDSA at all"
_EXTENDED = ("BES", "EPES", "T", "LT", "C", "X", "XL", "A", "ERS")
_FORMATS = [
    *(f"{form}-BASELINE-{level}" for form in ("XAdES", "CAdES", "PAdES", "JAdES") for level in ("B", "T", "LT", "LTA")),
    *(f"{form}-{level}" for form in ("XAdES", "CAdES") for level in _EXTENDED),
    *(f"PAdES-{level}" for level in ("EPES", "LTV")),
    *(f"{form}-NOT-ETSI" for form in ("XML", "CMS", "PDF")),  # their certificate decides: see above
    *(f"PKCS7-{level}" for level in ("B", "T", "LT", "LTA")),  # so it does for what a PDF holds that is no PAdES
]  # fmt: skip


def policy(jar: Path) -> bytes:
    """The changed policy, from the archive that DSS publishes."""
    with zipfile.ZipFile(jar) as archive:
        root = etree.fromstring(archive.read("policy/constraint.xml"))
    for one in DECIDED:
        for element in _all(root, one.place):
            element.set("Level", one.level)
    for fresh in _all(root, "SignatureConstraints//RevocationFreshness"):
        fresh.tag = f"{{{SPACE['p']}}}RevocationFreshnessNextUpdate"
        fresh.attrib.clear()
        fresh.set("Level", "FAIL")
    for formats in _all(root, "SignatureConstraints/AcceptableFormats"):
        formats[:] = [_named(root, "Id", text=name) for name in _FORMATS]
    for algorithms in _all(root, "AcceptableEncryptionAlgo"):
        algorithms.append(_named(root, "Algo", text="EdDSA"))
    for sizes in _all(root, "MiniPublicKeySize"):
        sizes.append(_named(root, "Algo", text="EdDSA", Size="24"))
    for dates in _all(root, "AlgoExpirationDate"):
        dates.append(_named(root, "Algo", text="EdDSA", Size="24"))
    return etree.tostring(root, xml_declaration=True, encoding="UTF-8")


def _all(root: Any, place: str) -> list[Any]:
    found = root.xpath("//" + "/".join(f"p:{step}" if step else "" for step in place.split("/")), namespaces=SPACE)
    if not found:
        raise LookupError(place)
    return list(found)


def _named(root: Any, name: str, *, text: str, **attributes: str) -> Any:
    element = etree.SubElement(root, f"{{{SPACE['p']}}}{name}", attributes)
    element.text = text
    return element
