"""Every kind of key signs, under the name of every algorithm, in every form: only its own name holds.

What JWS say of themselves is tried in `test_jws` and `ades/test_jades`, with names that are of no such key too.
"""

from __future__ import annotations

import datetime as dt
import hashlib
from collections.abc import Callable
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509 import ocsp

from tegata.trust import der
from tegata.trust.ades import xades_sign
from tegata.trust.ades.reading import verify_signatures
from tegata.trust.certified import CertifiedKey
from tegata.trust.cms import read_signed, verify_signer
from tegata.trust.cms_sign import sign_data
from tegata.trust.content import digest_of
from tegata.trust.pki import Anchor, Certificate, PathPolicy, RevocationList, StatusAnswer, validate_path
from tegata.trust.private_key import PrivateKey
from tegata.trust.timestamp import Imprint, pinned, read_request, verify_token, write_request
from tegata.trust.tsa import Issuer
from tegata.trust.xmldsig import DS, METHODS
from tests.trust.ades import samples
from tests.trust.certificates import KEYS, authority, certificate, certified, private
from tests.trust.judge.case import accepts

CONTENT = b"what is signed"
AT = dt.datetime(2026, 11, 25, tzinfo=dt.UTC)
DAY = dt.timedelta(days=1)


def posing(kind: str, stated: str) -> CertifiedKey:
    """A key of this kind that says it signs as another does."""
    own = CertifiedKey(PrivateKey(private(kind)), certified(kind).x509, (authority()[1].x509,))
    own.algorithm = certified(stated).algorithm
    return own


def as_cms(kind: str, stated: str) -> bool:
    signed = read_signed(sign_data("1.2.840.113549.1.7.1", CONTENT, posing(kind, stated), {}))
    (signer,) = signed.signers
    return accepts(lambda: verify_signer(signed, signer, signed.certificate_of(signer)))


def as_time_stamp(kind: str, stated: str) -> bool:
    request = read_request(write_request(Imprint("sha256", hashlib.sha256(CONTENT).digest()), nonce=None))
    token = Issuer(posing(kind, stated), "1.2.3", DAY).token(request, 1, AT)
    return accepts(lambda: verify_token(token, digest_of(CONTENT), pinned([authority()[1].x509])))


# What an authority signs: itself of one kind of key, the algorithm named inside and outside.

LEAF = private("p256", 7)


def above(kind: str) -> CertifiedKey:
    key = private(kind, 9)
    return CertifiedKey(PrivateKey(key), certificate(key, f"authority {kind}"))


ABOVE = {kind: above(kind) for kind in KEYS}


def relabelled(signed: bytes, place: int, by: CertifiedKey, stated: str) -> bytes:
    """A certificate or list with another name of its algorithm, inside at this place and outside, signed anew."""
    name = certified(stated).algorithm.identifier
    parts = [part.raw for part in der.parts(der.parts(der.read(signed))[0])]
    inner = der.sequence(*parts[:place], name, *parts[place + 1 :])
    return der.sequence(inner, name, der.tlv(der.BIT_STRING, b"\0" + by.sign(inner)))


def leaf_of(kind: str) -> x509.Certificate:
    return certificate(LEAF, "leaf", ABOVE[kind], signing_key=private(kind, 9))


def holds(leaf: bytes, kind: str, **more: Any) -> bool:
    anchor = Anchor(Certificate.read(ABOVE[kind].certificate))
    policy = PathPolicy(revocation=bool(more))

    def judged() -> bool:
        made = {name: [reader.read(raw)] for name, (reader, raw) in more.items()}
        return validate_path(Certificate.read(leaf), anchors=[anchor], at=AT, policy=policy, **made).passed

    return accepts(judged) and judged()


def as_certificate(kind: str, stated: str) -> bool:
    made = leaf_of(kind).public_bytes(Encoding.DER)
    return holds(relabelled(made, 2, ABOVE[kind], stated), kind)


def as_list(kind: str, stated: str) -> bool:
    name = ABOVE[kind].x509.subject
    builder = x509.CertificateRevocationListBuilder().issuer_name(name).last_update(AT - DAY).next_update(AT + DAY)
    made = builder.sign(LEAF, hashes.SHA256()).public_bytes(Encoding.DER)
    listed = relabelled(made, 1, ABOVE[kind], stated)
    return holds(leaf_of(kind).public_bytes(Encoding.DER), kind, lists=(RevocationList, listed))


def as_answer(kind: str, stated: str) -> bool:
    leaf, root, good = leaf_of(kind), ABOVE[kind].x509, ocsp.OCSPCertStatus.GOOD
    builder = ocsp.OCSPResponseBuilder()
    builder = builder.add_response(leaf, root, hashes.SHA256(), good, AT - DAY, AT + DAY, None, None)
    named = builder.responder_id(ocsp.OCSPResponderEncoding.HASH, root)
    made: ocsp.OCSPResponse = PrivateKey(private(kind, 9)).complete(named)
    status, held = der.parts(der.read(made.public_bytes(Encoding.DER)))
    type_, basic = der.parts(der.inside(held))
    inner = der.parts(der.read(basic.content))[0].raw
    signature = der.tlv(der.BIT_STRING, b"\0" + ABOVE[kind].sign(inner))
    signed = der.octets(der.sequence(inner, certified(stated).algorithm.identifier, signature))
    answer = der.sequence(status.raw, der.tlv(0xA0, der.sequence(type_.raw, signed)))
    return holds(leaf.public_bytes(Encoding.DER), kind, answers=(StatusAnswer, answer))


FORMS: dict[str, Callable[[str, str], bool]] = {
    "CMS": as_cms,
    "time-stamp": as_time_stamp,
    "certificate": as_certificate,
    "revocation list": as_list,
    "answer about revocation": as_answer,
}


@pytest.mark.parametrize("kind", KEYS)
@pytest.mark.parametrize("form", FORMS)
def test_only_the_name_of_the_keys_own_algorithm_holds(form: str, kind: str) -> None:
    held = {stated for stated in KEYS if FORMS[form](kind, stated)}
    assert held == {kind}


IN_XML = {
    "p256": "2001/04/xmldsig-more#ecdsa-sha256",
    "p384": "2001/04/xmldsig-more#ecdsa-sha384",
    "p521": "2001/04/xmldsig-more#ecdsa-sha512",
    "rsa": "2001/04/xmldsig-more#rsa-sha256",
}


@pytest.mark.parametrize("kind", IN_XML)
def test_only_the_name_of_the_keys_own_algorithm_holds_in_xml(kind: str, monkeypatch: pytest.MonkeyPatch) -> None:
    held = set()
    for method in (*METHODS, f"{DS}hmac-sha1", f"{DS}rsa-sha1", "none", ""):
        monkeypatch.setattr(xades_sign, "_method", lambda _: method)  # noqa: B023 - called at once
        document = xades_sign.sign_document(b"<order/>", samples.certified(kind), samples.NOW)
        if verify_signatures(document, {}, samples.TRUST).verdict == "total-passed":
            held.add(method.removeprefix("http://www.w3.org/"))
    assert held == {IN_XML[kind]}
