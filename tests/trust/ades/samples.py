"""An authority, its revocation list, and keys of several kinds that it certified."""

from __future__ import annotations

import datetime as dt
import functools
import hashlib
from types import ModuleType
from typing import Any

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509 import ocsp

from tegata.model.evidence import Verification
from tegata.trust.ades.jades import read_jades
from tegata.trust.ades.paths import Trust
from tegata.trust.ades.verdict import judge
from tegata.trust.authority import Issued, Validity, issue, make_crl, make_root
from tegata.trust.certified import CertifiedKey
from tegata.trust.content import digest_of
from tegata.trust.names import Subject
from tegata.trust.pki import Certificate, RevocationList
from tegata.trust.private_key import PrivateKey
from tegata.trust.timestamp import Imprint, read_request, write_request
from tegata.trust.tsa import Issuer

NOW = dt.datetime(2026, 11, 25, 12, tzinfo=dt.UTC)
YEAR = Validity(since=NOW, until=NOW + dt.timedelta(days=365))
ROOT_KEY = PrivateKey.generate("p256", bytes(range(40)))
ROOT = make_root(Subject(common_name="Example Root", country="JP"), ROOT_KEY, YEAR, 1)
SUBJECT = Subject(common_name="Example", organisation="Example KK", country="JP", corporate_number="7000012050002")
CONTENT = b'{"contract": 1}'
BESIDE = {"contract.json": digest_of(CONTENT)}


def crl(*revoked: Issued) -> RevocationList:
    return RevocationList.read(make_crl(ROOT, ROOT_KEY, revoked, 1, YEAR).public_bytes(Encoding.DER))


TRUST = Trust(anchors=(Certificate.read(ROOT.public_bytes(Encoding.DER)),), at=NOW, lists=(crl(),))


@functools.cache
def private(kind: str) -> Any:
    """A private key of `cryptography`, always the same but for RSA."""
    if kind == "rsa":
        return rsa.generate_private_key(65537, 2048)
    curve = {"p256": ec.SECP256R1(), "p384": ec.SECP384R1(), "p521": ec.SECP521R1()}[kind]
    return ec.derive_private_key(0xC0FFEE, curve)


@functools.cache
def certified(kind: str = "p256", usage: Any = "seal", serial: int = 7) -> CertifiedKey:
    key: Any = PrivateKey.generate("ed25519", bytes(40)) if kind == "ed25519" else PrivateKey(private(kind))
    subject = SUBJECT if usage == "seal" else Subject(common_name="Example", country="JP")
    made = issue(usage, subject, key.public, authority=ROOT, key=ROOT_KEY, validity=YEAR, serial=serial)
    return CertifiedKey(key, made, (ROOT,))


def answer(serial: int = 7, usage: str = "seal", revoked_at: dt.datetime | None = None) -> bytes:
    """What the root's OCSP responder says of a key's certificate (DER)."""
    status = ocsp.OCSPCertStatus.REVOKED if revoked_at else ocsp.OCSPCertStatus.GOOD
    certificate = certified("p256", usage, serial).x509
    builder = ocsp.OCSPResponseBuilder().add_response(
        certificate, ROOT, hashes.SHA256(), status, YEAR.since, YEAR.until, revoked_at, None
    )
    made: ocsp.OCSPResponse = ROOT_KEY.complete(builder.responder_id(ocsp.OCSPResponderEncoding.HASH, ROOT))
    return made.public_bytes(Encoding.DER)


def token(value: bytes, at: dt.datetime = NOW, serial: int = 21) -> bytes:
    """A time-stamp over `value` by an authority that the root certified."""
    return token_of(hashlib.sha256(value).digest(), at, serial)


def token_of(digest: bytes, at: dt.datetime = NOW, serial: int = 21) -> bytes:
    """The same, over what has this SHA-256."""
    request = read_request(write_request(Imprint("sha256", digest), nonce=None))
    return Issuer(certified("p256", "timestamp", serial), "1.2.3", dt.timedelta(seconds=1)).token(request, 5, at)


def stamped(form: ModuleType, document: bytes, at: dt.datetime = NOW, *lists: bytes) -> bytes:
    """Of level B-T; with lists B-LT."""
    made: bytes = form.with_stamp(document, token(form.stamped_value(document), at))
    return form.with_values(made, [certified("p256", "timestamp", 21).certificate], lists) if lists else made


def judged(document: bytes | str, trust: Trust = TRUST, beside: Any = BESIDE) -> Verification:
    raw = document.encode() if isinstance(document, str) else document
    return judge(lambda: read_jades(raw, beside), trust)


def said(verification: Verification) -> tuple[str, str]:
    return verification.verdict, verification.sub_indication


PASSED = ("total-passed", "")


def pdf(text: str = "Example") -> bytes:
    """A document of one page (ISO 32000-1)."""
    page = f"BT /F1 12 Tf 20 150 Td ({text}) Tj ET".encode()
    objects = (
        b"<</Type/Catalog/Pages 2 0 R>>",
        b"<</Type/Pages/Kids[3 0 R]/Count 1>>",
        b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 200 200]/Contents 4 0 R/Resources<</Font<</F1 5 0 R>>>>>>",
        b"<</Length %d>>stream\n%b\nendstream" % (len(page), page),
        b"<</Type/Font/Subtype/Type1/BaseFont/Helvetica>>",
    )
    made, places = b"%PDF-1.7\n", []
    for number, body in enumerate(objects, 1):
        places.append(len(made))
        made += b"%d 0 obj\n%b\nendobj\n" % (number, body)
    rows = b"".join(b"%010d 00000 n \n" % place for place in places)
    head = b"xref\n0 %d\n0000000000 65535 f \n" % (len(objects) + 1)
    trailer = b"trailer\n<</Size %d/Root 1 0 R>>\nstartxref\n%d\n%%%%EOF\n" % (len(objects) + 1, len(made))
    return made + head + rows + trailer
