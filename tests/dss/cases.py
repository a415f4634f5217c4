"""What both are asked about: signatures of every form and key, whole, and spoilt in ways that tell readers apart."""

from __future__ import annotations

import base64
import dataclasses
import datetime as dt
import hashlib
import json
from collections.abc import Iterator
from typing import Any, NamedTuple

from tegata.model.evidence import Verification
from tegata.trust import der
from tegata.trust.ades import asice, cades, jades, pades, xades_sign
from tegata.trust.ades.manifest import MANIFEST, SIGNATURE
from tegata.trust.ades.paths import Trust
from tegata.trust.ades.pdf import place
from tegata.trust.ades.reading import verify_signatures
from tegata.trust.authority import Issued
from tegata.trust.certified import CertifiedKey
from tegata.trust.cms import SIGNATURE_TIME_STAMP, SIGNING_CERTIFICATE_V2, SIGNING_TIME, read_signed
from tegata.trust.content import DigestOf, digest_of
from tegata.trust.jose import jose_form
from tegata.trust.jws import base64url, unbase64url
from tests.trust.ades.samples import CONTENT, NOW, TRUST, YEAR, answer, certified, crl, pdf, stamped, token, token_of

KINDS = ("p256", "p384", "p521", "ed25519", "rsa")
REVOKED = crl(Issued(serial="7", subject="", until=YEAR.until, certificate="", revoked_at=NOW, reason="key-compromise"))
AT = NOW + dt.timedelta(minutes=5)
READER = dataclasses.replace(TRUST, at=AT)
DIGESTS = {"contract.json": hashlib.sha256(CONTENT).digest()}
PDF = pdf()
FORMS = ("jades", "cades", "asice", "pades")
FILES = {"contract.json": CONTENT, "annex.csv": b"a,b\n"}


class Case(NamedTuple):
    name: str
    form: str
    document: bytes
    beside: bytes | None = CONTENT
    trust: Trust = READER

    def verdict(self) -> Verification:
        """Ours."""
        contents = {} if self.beside is None else {"": digest_of(self.beside)}
        return verify_signatures(self.document, contents, self.trust)


def made(form: str, kind: str = "p256", usage: str = "seal", serial: int = 7) -> bytes:
    key = certified(kind, usage, serial)
    if form == "jades":
        return jades.sign_digests(DIGESTS, key, NOW).encode()
    if form == "cades":
        return cades.sign_detached(CONTENT, key, NOW)
    if form == "pades":
        return pades.sign_pdf(PDF, key, NOW)
    return asice.seal_asice(FILES, key, NOW)


def cases() -> Iterator[Case]:
    for form in FORMS:
        for kind in KINDS:
            yield Case(f"whole, {kind}", form, made(form, kind))
        yield from readers(form)
    yield from higher()
    yield from archived()
    yield from jades_spoilt()
    yield from cades_spoilt()
    yield from asice_spoilt()
    yield from pades_spoilt()
    yield from xades()
    yield from xades_own()
    yield from existing()


def raised(form: str, *lists: bytes, at: dt.datetime = NOW, broken: bool = False) -> bytes:
    """Of level B-T; with lists B-LT."""
    module = jades if form == "jades" else cades

    def more(document: bytes) -> bytes:
        if broken:
            return bytes(module.with_stamp(document, token(b"another", at)))
        return stamped(module, document, at, *lists)

    if form == "asice":
        return asice.seal_asice(FILES, certified(), NOW, more)
    if form == "pades":
        stamp = b"another" if broken else None
        signed = pades.sign_pdf(
            PDF, certified(), NOW, lambda c: cades.with_stamp(c, token(stamp or cades.stamped_value(c), at))
        )
        return pades.with_values(signed, [certified("p256", "timestamp", 21).certificate], lists) if lists else signed
    return more(made(form))


def higher() -> Iterator[Case]:
    """Levels with a time-stamp, and what that is good for: the key ended or was taken back after it."""
    own, after = crl().der, NOW + dt.timedelta(hours=1)
    late = crl(Issued(serial="7", subject="", until=YEAR.until, certificate="", revoked_at=after, reason="superseded"))
    for form in FORMS:
        yield Case("whole, B-T", form, raised(form))
        yield Case("whole, B-LT", form, raised(form, own), trust=dataclasses.replace(READER, lists=()))
        module = {"jades": jades, "pades": pades}.get(form, cades)
        if form != "asice":
            told = module.with_values(raised(form), [], [], [answer(), answer(21, "timestamp")])
            yield Case("whole, B-LT by OCSP", form, told, trust=dataclasses.replace(READER, lists=()))
        later = dataclasses.replace(READER, at=NOW + dt.timedelta(days=2), lists=(late,))
        yield Case("revoked after its time-stamp", form, raised(form), trust=later)
        yield Case("revoked before its time-stamp", form, raised(form, at=after + dt.timedelta(hours=1)), trust=later)
        yield Case("a time-stamp on something else", form, raised(form, broken=True))


def archived() -> Iterator[Case]:
    """Level B-LTA, and what is no longer there that it was over."""
    bare = dataclasses.replace(READER, lists=())

    def stamp(digest: DigestOf) -> bytes:
        return token_of(digest("sha256"))

    once = cades.with_archive(raised("cades", crl().der), digest_of(CONTENT), stamp)
    yield Case("whole, B-LTA", "cades", once, trust=bare)
    yield Case("whole, B-LTA, renewed", "cades", cades.with_archive(once, digest_of(CONTENT), stamp), trust=bare)
    yield Case("B-LTA, its list taken out", "cades", read_signed(once)._replace(revocations=()).encode(), trust=bare)
    beside = {"contract.json": digest_of(CONTENT)}
    lasting = jades.with_archive(raised("jades", crl().der), beside, stamp)
    yield Case("whole, B-LTA", "jades", lasting, trust=bare)
    yield Case("whole, B-LTA, renewed", "jades", jades.with_archive(lasting, beside, stamp), trust=bare)
    inside = stamped(jades, jades.sign_payload(CONTENT, certified(), NOW).encode(), NOW, crl().der)
    yield Case("whole, B-LTA, payload inside", "jades", jades.with_archive(inside, {}, stamp), None, trust=bare)
    container = asice.with_archive(raised("asice", crl().der), stamp)
    yield Case("whole, B-LTA", "asice", container, trust=bare)
    yield Case("whole, B-LTA, renewed", "asice", asice.with_archive(container, stamp), trust=bare)


def readers(form: str) -> Iterator[Case]:
    """One signature, and readers who know different things."""
    document = made(form)
    beside = None if form in ("asice", "pades") else b"other"
    if beside:
        yield Case("other data", form, document, beside)
        yield Case("no data", form, document, None)
    yield Case("no anchor", form, document, trust=dataclasses.replace(READER, anchors=()))
    yield Case("no revocation list", form, document, trust=dataclasses.replace(READER, lists=()))
    yield Case("revoked", form, document, trust=dataclasses.replace(READER, lists=(REVOKED,)))
    yield Case("after its end", form, document, trust=dataclasses.replace(READER, at=YEAR.until + dt.timedelta(days=9)))
    yield Case("before its start", form, document, trust=dataclasses.replace(READER, at=NOW - dt.timedelta(days=9)))
    yield Case("a key for time-stamps", form, made(form, usage="timestamp", serial=9))


def resigned(header: Any, payload: str = "") -> bytes:
    raw = header if isinstance(header, bytes) else json.dumps(header).encode()
    signed, key = f"{base64url(raw)}.{payload}", certified()
    return f"{signed}.{base64url(jose_form(key.sign(signed.encode()), key.x509.public_key()))}".encode()


def jades_spoilt() -> Iterator[Case]:
    whole = made("jades")
    header = json.loads(unbase64url(whole.split(b".")[0].decode()))
    other = certified("p384")
    protected, payload, signature = jades.sign_payload(b"x", certified(), NOW).split(".")
    flat = {"payload": payload, "protected": protected, "signature": signature}
    mentioned = header["sigD"]
    headers: dict[str, Any] = {
        "alg none": header | {"alg": "none"},
        "alg HS256": header | {"alg": "HS256"},
        "alg ES384": header | {"alg": "ES384"},
        "unknown critical name": header | {"crit": ["b64", "sigD", "new"], "new": 1},
        "critical name that is absent": header | {"crit": ["b64", "sigD", "sigT"]},
        "empty crit": header | {"crit": []},
        "no crit": {name: value for name, value in header.items() if name != "crit"},
        "sigD not critical": header | {"crit": ["b64"]},
        "no x5c": {name: value for name, value in header.items() if name != "x5c"},
        "no reference": {name: value for name, value in header.items() if name != "x5t#S256"},
        "x5c of somebody else": header | {"x5c": jades_chain(other)},
        "somebody else in front of x5c": header | {"x5c": [*jades_chain(other), *header["x5c"]]},
        "jwk in the header": header | {"jwk": {"kty": "EC"}},
        "no time": {name: value for name, value in header.items() if name != "iat"},
        "other name in sigD": header | {"sigD": mentioned | {"pars": ["other.json"]}},
        "unknown mechanism": header | {"sigD": mentioned | {"mId": "urn:example"}},
    }
    yield from (Case(name, "jades", resigned(spoilt)) for name, spoilt in headers.items())
    yield Case("flattened JSON", "jades", json.dumps(flat).encode(), None)
    yield Case("payload changed", "jades", json.dumps(flat | {"payload": "eQ"}).encode(), None)
    yield Case("signature cut", "jades", whole[:-4])
    yield Case("padding after the signature", "jades", whole + b"==")
    yield Case("signature of zeros", "jades", whole.rpartition(b".")[0] + b"." + b"A" * 86)


def jades_chain(key: CertifiedKey) -> list[str]:
    return [base64.b64encode(one).decode() for one in (key.certificate, *key.chain)]


def cades_spoilt() -> Iterator[Case]:
    whole = made("cades")
    signed = read_signed(whole)
    signer = signed.signers[0]
    if signer.signed_attributes is None:
        raise RuntimeError("no signed attributes")
    parts = [part.raw for part in der.parts(signer.signed_attributes)]

    def without(oid: str) -> bytes:
        kept = der.read(der.set_of([part for part in parts if der.oid(oid) not in part], 0xA0))
        return signed._replace(signers=(signer._replace(signed_attributes=kept),)).encode()

    yield Case("reference taken out", "cades", without(SIGNING_CERTIFICATE_V2))
    yield Case("time taken out", "cades", without(SIGNING_TIME))
    more = (*signed.certificates, certified("p384").certificate)
    yield Case("somebody else's certificate added", "cades", signed._replace(certificates=more).encode())
    yield Case("no certificates", "cades", signed._replace(certificates=()).encode())
    yield Case("no signer", "cades", signed._replace(signers=()).encode())
    wrong = signer._replace(signature=signer.signature[:-1] + b"\0")
    yield Case("signature changed", "cades", signed._replace(signers=(wrong,)).encode())
    yield Case("cut", "cades", whole[:-1])
    yield Case("something behind it", "cades", whole + b"\0")
    yield Case("a time-stamp that is none", "cades", signed.with_unsigned(SIGNATURE_TIME_STAMP, der.NULL).encode())


def asice_spoilt() -> Iterator[Case]:
    from tests.trust.ades.test_asice import files_of, packed, streamed

    whole = made("asice")
    files = files_of(whole)
    manifest, signature = files[MANIFEST], files[SIGNATURE]
    changes: dict[str, dict[str, bytes]] = {
        "a file changed": files | {"contract.json": b"{}"},
        "a file added": files | {"added.txt": b"x"},
        "a file taken out": {name: data for name, data in files.items() if name != "annex.csv"},
        "manifest changed": files | {MANIFEST: manifest + b" "},
        "signature of another container": files | {SIGNATURE: made("cades")},
        "signature cut": files | {SIGNATURE: signature[:-1]},
        "no signature": {name: data for name, data in files.items() if name != SIGNATURE},
        "no manifest": {name: data for name, data in files.items() if name != MANIFEST},
        "manifest with a document type": files | {MANIFEST: manifest.replace(b"?>", b"?><!DOCTYPE a>", 1)},
    }
    yield Case("packed by others", "asice", packed(files))
    yield Case("written in one stream", "asice", streamed(files))
    yield from (Case(name, "asice", packed(spoilt)) for name, spoilt in changes.items())
    yield Case("bytes behind it", "asice", whole + b"\0")
    yield Case("bytes in front", "asice", b"MZ" + whole)


def pades_spoilt() -> Iterator[Case]:
    from tests.trust.ades.test_pades import appended

    whole, lasting = made("pades"), raised("pades", crl().der)
    bare = dataclasses.replace(READER, lists=())
    yield Case("whole, B-LTA", "pades", pades.with_archive(lasting, lambda d: token_of(d("sha256"))), trust=bare)
    yield Case("signed by a second", "pades", pades.sign_pdf(whole, certified("rsa"), NOW))
    other = b"<</Length 36>>stream\nBT /F1 12 Tf 20 150 Td (Other) Tj ET\nendstream"
    yield Case("page written anew after it", "pades", appended(whole, other))
    yield Case("text changed", "pades", whole.replace(b"(Example)", b"(Exomple)"))
    yield Case("not signed", "pades", PDF)
    yield Case("cut", "pades", whole[:-300])
    yield Case("comment behind it", "pades", whole + b"%%EOF\n")
    stated = whole[whole.index(b"/ByteRange [") + 12 :].partition(b"]")[0]
    start, first, second, length = stated.split()
    shorter = b" ".join((start, first, second, b"%d" % (int(length) - 8))).ljust(len(stated))
    yield Case("end not covered", "pades", whole.replace(stated, shorter))
    own = certified()
    yield Case("time in its CMS", "pades", place(PDF, NOW, "sha256", lambda c: cades.sign_detached(c, own, NOW)))


def existing() -> Iterator[Case]:
    """The walk over proofs of existence: signer and first authority have ended, later time-stamps cover them or not."""
    from tests.trust.ades.test_existence import DAY, FORMS, READER, YEAR, ending, lasting

    for form, make in FORMS.items():
        name = "xml, inside" if form == "xades" else form
        beside = CONTENT if form in ("cades", "jades") else None
        yield Case("ended, nothing over its time-stamp", name, make(), beside, READER)
        yield Case("ended, renewed in time", name, make(lasting(NOW + 2 * DAY)), beside, READER)
        yield Case("ended, renewed twice", name, make(ending, lasting(NOW + 200 * DAY)), beside, READER)
        yield Case("ended, renewed too late", name, make(lasting(YEAR.until + DAY)), beside, READER)


def xades_own() -> Iterator[Case]:
    """As `tegata sign` makes them: over a file beside it, and inside an XML document."""
    from tests.trust.ades.test_xades_own import BESIDE, MADE

    bare = dataclasses.replace(READER, lists=())
    for form, make in MADE.items():
        beside, name = (CONTENT if form == "files" else None), f"xml, {form}"
        yield from (Case(f"whole, {kind}", name, make(kind), beside) for kind in ("p256", "p384", "p521", "rsa"))
        lasting = stamped(xades_sign, make(), NOW, crl().der)
        told = xades_sign.with_values(stamped(xades_sign, make()), [], [], [answer(), answer(21, "timestamp")])
        once = xades_sign.with_archive(lasting, BESIDE, lambda digest: token_of(digest("sha256")))
        twice = xades_sign.with_archive(once, BESIDE, lambda digest: token_of(digest("sha256")))
        yield Case("whole, B-T", name, stamped(xades_sign, make()), beside)
        yield Case("whole, B-LT", name, lasting, beside, bare)
        yield Case("whole, B-LT by OCSP", name, told, beside, bare)
        yield Case("whole, B-LTA", name, once, beside, bare)
        yield Case("whole, B-LTA, renewed", name, twice, beside, bare)
        yield Case("no anchor", name, make(), beside, dataclasses.replace(READER, anchors=()))
        yield Case("revoked", name, make(), beside, dataclasses.replace(READER, lists=(REVOKED,)))
    yield Case("other data", "xml, files", MADE["files"](), b"other")
    yield Case("no data", "xml, files", MADE["files"](), None)
    yield from xades_inside_spoilt(MADE["inside"]())


def xades_inside_spoilt(whole: bytes) -> Iterator[Case]:
    for name, old, new in (
        ("text changed", "折".encode(), b"other"),
        ("element added", b"<note/>", b"<note/><note/>"),
        ("unsigned object", b"</ds:SignedInfo>", b"</ds:SignedInfo><ds:Object>x</ds:Object>"),
        ("time changed", b"2026-11-25T12", b"2026-11-24T12"),
        ("space in what was signed", b"<ds:SignedInfo>", b"<ds:SignedInfo> "),
        ("document type", b"<order", b"<!DOCTYPE order><order"),
        ("SHA-1", b"ecdsa-sha256", b"ecdsa-sha1"),
        ("HMAC", b"2001/04/xmldsig-more#ecdsa-sha256", b"2000/09/xmldsig#hmac-sha1"),
        ("another family of keys", b"ecdsa-sha256", b"rsa-sha256"),
    ):
        yield Case(name, "xml, inside", whole.replace(old, new, 1), None)


def xades() -> Iterator[Case]:
    """In containers as others make them."""
    from tests.trust.ades.test_xades import ANSWERS, LIST, OTHER, STAMP, TRANSFORM, TWO, container, signature

    bare = dataclasses.replace(READER, lists=())
    for kind in ("p256", "p384", "p521", "rsa"):
        yield Case(f"whole, {kind}", "xades", container(signature(kind)))
    yield Case("whole, B-T", "xades", container(signature(unsigned=STAMP)))
    for name, held in (("", LIST), (" by OCSP", f"<xades:OCSPValues>{ANSWERS}</xades:OCSPValues>")):
        told = f"{STAMP}<xades:RevocationValues>{held}</xades:RevocationValues>"
        yield Case(f"whole, B-LT{name}", "xades", container(signature(unsigned=told)), trust=bare)
    yield Case("no anchor", "xades", container(signature()), trust=dataclasses.replace(READER, anchors=()))
    yield Case("revoked", "xades", container(signature()), trust=dataclasses.replace(READER, lists=(REVOKED,)))
    yield Case("a file changed", "xades", container(signature(), contract__json=b"{}"))
    yield Case("a file added", "xades", container(signature(), added=b"x"))
    for name, old, new in (
        ("time changed", "2026-11-25T12", "2026-11-24T12"),
        ("space in what was signed", "<ds:SignedInfo>", "<ds:SignedInfo> "),
        ("properties wrapped", '<xades:SignedProperties Id="p">', f'{OTHER}<xades:SignedProperties Id="p">'),
        ("second properties", TWO, f"{TWO}<xades:QualifyingProperties>{OTHER}{TWO}"),
        ("document type", "<asic:", "<!DOCTYPE a><asic:"),
    ):
        yield Case(name, "xades", container(signature().decode().replace(old, new, 1).encode()))
    for name, old, new in (
        ("no reference", "SigningCertificateV2", "Removed"),
        ("no time", "xades:SigningTime", "xades:Removed"),
        ("file transformed", 'URI="contract.json">', f'URI="contract.json">{TRANSFORM}'),
        ("reference into itself", 'URI="contract.json"', 'URI="#s"'),
    ):
        yield Case(name, "xades", container(signature(change=lambda one: one.replace(old, new))))  # noqa: B023
