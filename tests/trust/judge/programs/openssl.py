"""OpenSSL: time-stamps (`ts`), CMS and CAdES (`cms`) and answers about certificates (`ocsp`), in both directions."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from tegata.trust import timestamp
from tegata.trust.certified import CertifiedKey
from tegata.trust.timestamp import read_request
from tegata.trust.tsa import Issuer
from tests.dss.cases import READER, Case, cases
from tests.trust.ades.samples import CONTENT, NOW, ROOT, certified, private
from tests.trust.judge.documents.stamps import AT, SECOND, Stamped, clock, stamps
from tests.trust.judge.programs import openssl_ocsp
from tests.trust.judge.programs.answer import Answer, Program, missing, said

SIGNED = {
    "-cades, p256": ("p256", "-cades"),
    "-cades, p384": ("p384", "-cades", "-md", "sha384"),
    "-cades, p521": ("p521", "-cades", "-md", "sha512"),
    "-cades, rsa": ("rsa", "-cades", "-md", "sha256"),
    "-keyid": ("p256", "-cades", "-keyid"),
    "-stream": ("p256", "-cades", "-stream"),
    "RSA-PSS": ("rsa", "-cades", "-keyopt", "rsa_padding_mode:pss", "-keyopt", "rsa_pss_saltlen:digest"),
    "-nodetach": ("p384", "-cades", "-nodetach"),
    "without -cades": ("p256",),
    "-noattr": ("p256", "-noattr"),
    "-md sha1": ("p256", "-cades", "-md", "sha1"),
}
CONFIG = """[tsa]
default_tsa = t
[t]
serial = serial
default_policy = 1.2.3.4
digests = sha1, sha256, sha384, sha512
accuracy = secs:1, millisecs:500
signer_digest = %s
ess_cert_id_alg = %s
"""


def time_stamps(folder: Path) -> Iterator[Answer]:
    """Ours, whole and spoilt; answers to what it asks; its own."""
    documents = [*stamps(), *_asked(folder), *_replied(folder)]
    for one in documents:
        yield Answer(one.name, one.holds, _verifies(folder, one))


def _verifies(folder: Path, one: Stamped) -> bool:
    (folder / "token").write_bytes(one.token)
    (folder / "content").write_bytes(one.content)
    (folder / "root.pem").write_bytes(one.anchor)
    words = ("-token_in", "-in", "token", "-data", "content", "-CAfile", "root.pem", "-attime", int(AT.timestamp()))
    return "Verification: OK" in said(folder, "openssl", "ts", "-verify", *words)


def _asked(folder: Path) -> Iterator[Stamped]:
    """What it asks for is granted and answered."""
    for name in ("sha256", "sha512"):
        request = read_request(_query(folder, name))
        yield Stamped(f"asked by it, {name}", Issuer(clock(), "1.2.3", SECOND).token(request, 5, NOW))


def _replied(folder: Path) -> Iterator[Stamped]:
    for kind, imprint, signer, reference in (
        ("rsa", "sha256", "sha256", "sha256"),
        ("p256", "sha384", "sha384", "sha512"),
        ("p384", "sha512", "sha512", "sha256"),
        ("rsa", "sha256", "sha256", "sha1"),
        ("rsa", "sha1", "sha256", "sha256"),
        ("rsa", "sha256", "sha1", "sha256"),
    ):
        (folder / "tsa.cnf").write_text(CONFIG % (signer, reference))
        _write_key(folder, clock(kind), kind)
        _query(folder, imprint)
        words = ("-config", "tsa.cnf", "-signer", "own.pem", "-inkey", "own.key", "-chain", "chain.pem")
        said(folder, "openssl", "ts", "-reply", "-queryfile", "asked", *words, "-out", "answer")
        token = timestamp.token_of((folder / "answer").read_bytes())
        yield Stamped(f"its own: {kind}, {imprint}, signed over {signer}, reference by {reference}", token)


def _query(folder: Path, digest: str) -> bytes:
    (folder / "content").write_bytes(CONTENT)
    said(folder, "openssl", "ts", "-query", "-data", "content", f"-{digest}", "-cert", "-out", "asked")
    return (folder / "asked").read_bytes()


def _write_key(folder: Path, key: CertifiedKey, kind: str) -> None:
    plain = private(kind).private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    (folder / "own.key").write_bytes(plain)
    (folder / "own.pem").write_bytes(key.x509.public_bytes(Encoding.PEM))
    (folder / "chain.pem").write_bytes(ROOT.public_bytes(Encoding.PEM))


def signatures(folder: Path) -> Iterator[Answer]:
    """CAdES: what EU DSS is asked about too, and what it makes itself."""
    for case in (*(case for case in cases() if case.form == "cades"), *_signed(folder)):
        yield Answer(case.name, case.verdict().verdict == "total-passed", _accepts(folder, case))


def _accepts(folder: Path, case: Case) -> bool:
    (folder / "signature").write_bytes(case.document)
    held = (*case.trust.anchors, *case.trust.lists)
    (folder / "trusted.pem").write_bytes(b"".join(one.parsed.public_bytes(Encoding.PEM) for one in held))
    words = ["-binary", "-inform", "DER", "-in", "signature", "-purpose", "any", "-cades"]
    if case.beside is not None:
        (folder / "content").write_bytes(case.beside)
        words += ["-content", "content"]
    words += ["-CAfile", "trusted.pem", "-crl_check", "-attime", str(int(case.trust.at.timestamp()))]
    return "CAdES Verification successful" in said(folder, "openssl", "cms", "-verify", *words, "-out", "out")


def _signed(folder: Path) -> Iterator[Case]:
    (folder / "content").write_bytes(CONTENT)
    for name, (kind, *words) in SIGNED.items():
        _write_key(folder, certified(kind), kind)
        made = ("-binary", "-in", "content", "-signer", "own.pem", "-inkey", "own.key", "-certfile", "chain.pem")
        told = said(folder, "openssl", "cms", "-sign", *made, "-outform", "DER", "-out", "signature", *words)
        if told:
            raise RuntimeError(f"{name}: {told}")
        beside = None if "-nodetach" in words else CONTENT
        yield Case(f"its own: {name}", "cades", (folder / "signature").read_bytes(), beside, READER)


def program(folder: Path) -> Program:
    absent = missing("openssl")
    version = "" if absent else said(folder, "openssl", "version").split()[1]
    judges = {"time-stamps": time_stamps, "CAdES": signatures, "OCSP": openssl_ocsp.answers}
    return Program("OpenSSL", version, absent, judges)
