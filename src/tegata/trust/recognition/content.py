"""Conditions of an agreement on a certificate, and what it counts as where they are met."""

from __future__ import annotations

from typing import Final

from cryptography import x509
from cryptography.x509.oid import ObjectIdentifier

from tegata.model.recognition import Attribute, Condition, Content, Part, Policy, Purpose, Statement, Usage
from tegata.trust import der
from tegata.trust.pki import Certificate

COMPLIANCE: Final = "0.4.0.1862.1.1"
DEVICE: Final = "0.4.0.1862.1.4"
TYPE: Final = "0.4.0.1862.1.6"
LEGISLATION: Final = "0.4.0.1862.1.7"
_STATEMENTS: Final = "1.3.6.1.5.5.7.1.3"
_BITS: Final = {
    "digitalSignature": "digital_signature",
    "nonRepudiation": "content_commitment",
    "keyEncipherment": "key_encipherment",
    "dataEncipherment": "data_encipherment",
    "keyAgreement": "key_agreement",
    "keyCertSign": "key_cert_sign",
    "crlSign": "crl_sign",
    "cRLSign": "crl_sign",
    "encipherOnly": "encipher_only",
    "decipherOnly": "decipher_only",
}

Statements = frozenset[Statement]


def statements_of(certificate: Certificate) -> Statements:
    """The QcStatements of a certificate (RFC 3739, EN 319 412-5); types and legislations one by one.

    Raises VerificationError when the extension is malformed.
    """
    found = certificate.extensions.get(_STATEMENTS)
    if found is None or not isinstance(found.value, x509.UnrecognizedExtension):
        return frozenset()
    return frozenset(one for each in der.parts(der.read(found.value.value)) for one in _statements(each))


def _statements(element: der.Element) -> list[Statement]:
    fields = der.Fields(element)
    id_, info = der.oid_of(fields.take()), fields.rest()
    if id_ == TYPE and info:
        return [Statement(id=id_, type=der.oid_of(each)) for each in der.parts(info[0])]
    if id_ == LEGISLATION and info:
        return [Statement(id=id_, legislation=each.content.decode("ascii", "replace")) for each in der.parts(info[0])]
    return [Statement(id=id_)]


def meets(part: Part, certificate: Certificate, statements: Statements) -> bool:
    match part:
        case Condition():
            held = [meets(each, certificate, statements) for each in part.parts]
            return {"all": all(held), "atLeastOne": any(held), "none": not any(held)}[part.among]
        case Statement():
            return any(covers(part, each) for each in statements)
        case Policy():
            return part.id in (certificate.policies or ())
        case Usage():
            return _bit(certificate, part.name) is part.value
        case Purpose():
            stated = certificate.extension(x509.ExtendedKeyUsage)
            return stated is not None and ObjectIdentifier(part.id) in stated
        case Attribute():
            return any(each.oid.dotted_string == part.id for each in certificate.parsed.subject)


def covers(wanted: Statement, one: Statement) -> bool:
    """What is left empty is not asked for."""
    same_type = wanted.type in ("", one.type)
    return wanted.id == one.id and same_type and wanted.legislation in ("", one.legislation)


def _bit(certificate: Certificate, name: str) -> bool:
    stated, attribute = certificate.extension(x509.KeyUsage), _BITS.get(name)
    if stated is None or attribute is None:
        return False
    if attribute in ("encipher_only", "decipher_only") and not stated.key_agreement:
        return False
    return bool(getattr(stated, attribute))


def counted(content: Content, certificate: Certificate, own: Statements, so_far: Statements) -> tuple[bool, Statements]:
    """Whether the certificate meets the condition there, and then the statements that it counts as having here."""
    if not meets(content.there, certificate, own):
        return False, so_far
    return True, _declared(content.here, so_far, present=True)


def _declared(condition: Condition, statements: Statements, *, present: bool) -> Statements:
    """The statements as a declaration has them: `all` are there, `none` are not; of several, the first is enough."""
    wanted = present is (condition.among != "none")
    if condition.among == "atLeastOne" and wanted and any(_says(part, statements) for part in condition.parts):
        return statements
    parts = condition.parts[:1] if condition.among == "atLeastOne" else condition.parts
    for part in parts:
        if isinstance(part, Condition):
            statements = _declared(part, statements, present=wanted)
        elif isinstance(part, Statement):
            without = frozenset(one for one in statements if not covers(part, one))
            statements = without | {part} if wanted else without
    return statements


def _says(part: Part, statements: Statements) -> bool:
    """Whether a part of a declaration is so already; declarations here speak of statements only."""
    if isinstance(part, Condition):
        held = [_says(each, statements) for each in part.parts]
        return {"all": all(held), "atLeastOne": any(held), "none": not any(held)}[part.among]
    return isinstance(part, Statement) and any(covers(part, one) for one in statements)
