"""OpenSSL as responder and as reader of answers (OCSP, RFC 6960)."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509 import ocsp
from cryptography.x509.oid import ExtendedKeyUsageOID

from tegata.trust.pki import Anchor, StatusAnswer, validate_path
from tests.trust.judge.case import accepts
from tests.trust.judge.programs.answer import Answer, said
from tests.trust.pki.authority import Party

DAY = dt.timedelta(days=1)
LONG = {"since": dt.datetime(2020, 1, 1, tzinfo=dt.UTC), "until": dt.datetime(2040, 1, 1, tzinfo=dt.UTC)}
FOR_ANSWERS = (x509.ExtendedKeyUsage([ExtendedKeyUsageOID.OCSP_SIGNING]), False)
UNCHECKED = (x509.OCSPNoCheck(), False)
ROOT = Party("root", **LONG)
LEAF = Party("leaf", ROOT, authority=False, serial=0xA1, **LONG)
OTHER = Party("other", ROOT, authority=False, serial=0xA2, **LONG)
RESPONDERS = {
    "the authority": ROOT,
    "its delegate": Party("delegate", ROOT, authority=False, extensions=[FOR_ANSWERS, UNCHECKED], **LONG),
    "a delegate that may be revoked": Party("delegate", ROOT, authority=False, extensions=[FOR_ANSWERS], **LONG),
    "one not for answers": Party("delegate", ROOT, authority=False, **LONG),
    "a namesake's delegate": Party("d", Party("root", **LONG), authority=False, extensions=[FOR_ANSWERS], **LONG),
}
STATES = {"good": "V\t400101000000Z\t\tA1\tunknown\t/CN=leaf", "unknown": "V\t400101000000Z\t\tA2\tunknown\t/CN=o"}
STATES["revoked"] = "R\t400101000000Z\t250101000000Z,keyCompromise\tA1\tunknown\t/CN=leaf"


class Told(NamedTuple):
    name: str
    answer: bytes


def answers(folder: Path) -> Iterator[Answer]:
    """Whether the certificate is good by an answer, as of now: OpenSSL knows no other time for answers."""
    write(folder, "root", ROOT)
    write(folder, "leaf", LEAF)
    now = dt.datetime.now(dt.UTC)
    words = ("-issuer", "root.pem", "-cert", "leaf.pem", "-CAfile", "root.pem", "-no_nonce")
    for name, answer in (*_made(folder), *_built(now)):
        (folder / "answer").write_bytes(answer)
        told = said(folder, "openssl", "ocsp", "-respin", "answer", *words)
        theirs = "Response verify OK" in told and "leaf.pem: good" in told and "WARNING: Status times" not in told
        yield Answer(name, _ours(answer, now + dt.timedelta(minutes=1)), theirs)


def _ours(answer: bytes, at: dt.datetime) -> bool:
    def judged() -> bool:
        found = StatusAnswer.read(answer)
        return validate_path(LEAF.certificate, anchors=[Anchor(ROOT.certificate)], answers=[found], at=at).passed

    return accepts(judged) and judged()


def write(folder: Path, name: str, party: Party) -> None:
    (folder / f"{name}.pem").write_bytes(party.certificate.parsed.public_bytes(Encoding.PEM))
    plain = party.key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    (folder / f"{name}.key").write_bytes(plain)


def _made(folder: Path) -> Iterator[Told]:
    """What it answers as a responder."""
    for name, responder in RESPONDERS.items():
        write(folder, "responder", responder)
        for state in STATES if name in ("the authority", "its delegate") else ("good",):
            (folder / "index").write_text(STATES[state] + "\n")
            words = ("-CA", "root.pem", "-rsigner", "responder.pem", "-rkey", "responder.key", "-ndays", 1)
            asked = ("-issuer", "root.pem", "-cert", "leaf.pem", "-no_nonce", "-respout", "made")
            said(folder, "openssl", "ocsp", "-index", "index", *words, *asked)
            yield Told(f"its own: {state}, by {name}", (folder / "made").read_bytes())


def _built(now: dt.datetime) -> Iterator[Told]:
    """Made by a third, `cryptography`: what OpenSSL does not make."""
    yield Told("good", _answer(now))
    yield Told("of another certificate", _answer(now, about=OTHER))
    yield Told("of yesterday until an hour ago", _answer(now - DAY, until=now - DAY / 24))
    yield Told("of tomorrow", _answer(now + DAY))
    yield Told("under SHA-224", _answer(now, algorithm=hashes.SHA224()))
    yield Told("cut", _answer(now)[:-1])
    whole = bytearray(_answer(now))
    yield Told("something behind it", bytes(whole) + b"\0")
    place = whole.index(b"\x80\x00") if b"\x80\x00" in whole else len(whole) // 2
    yield Told("changed", bytes(whole[:place]) + b"\x82" + bytes(whole[place + 1 :]))
    refused = ocsp.OCSPResponseBuilder.build_unsuccessful(ocsp.OCSPResponseStatus.TRY_LATER)
    yield Told("come later", refused.public_bytes(Encoding.DER))


def _answer(issued: dt.datetime, *, about: Party = LEAF, until: Any = None, algorithm: Any = None) -> bytes:
    subject, root = about.certificate.parsed, ROOT.certificate.parsed
    good, until = ocsp.OCSPCertStatus.GOOD, until or issued + DAY
    built = ocsp.OCSPResponseBuilder().add_response(subject, root, hashes.SHA1(), good, issued, until, None, None)
    named = built.responder_id(ocsp.OCSPResponderEncoding.HASH, root)
    return named.sign(ROOT.key, algorithm or hashes.SHA256()).public_bytes(Encoding.DER)
