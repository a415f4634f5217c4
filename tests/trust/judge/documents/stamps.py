"""Time-stamps (RFC 3161)."""

from __future__ import annotations

import datetime as dt
import hashlib
from collections.abc import Iterator
from typing import NamedTuple

from cryptography.hazmat.primitives.serialization import Encoding

from tegata.trust import der
from tegata.trust.authority import make_root
from tegata.trust.certified import CertifiedKey
from tegata.trust.cms import SIGNING_CERTIFICATE_V2, read_signed
from tegata.trust.cms_sign import certificate_reference, sign_data
from tegata.trust.content import digest_of
from tegata.trust.names import Subject
from tegata.trust.private_key import PrivateKey
from tegata.trust.timestamp import TST_INFO, Imprint, pinned, read_request, verify_token, write_request
from tegata.trust.tsa import Issuer
from tests.trust import certificates
from tests.trust.ades.samples import CONTENT, NOW, ROOT, YEAR, certified
from tests.trust.judge.case import accepts

KINDS = ("p256", "p384", "p521", "rsa", "ed25519")
SECOND = dt.timedelta(seconds=1)
AT = NOW + dt.timedelta(minutes=5)
ROOTS = {
    "ours": ROOT,
    "long": certificates.authority()[1].x509,  # valid from 2020 to 2040, and above keys of ML-DSA too
    "another": make_root(Subject(common_name="Other", country="JP"), PrivateKey.generate("p256", bytes(40)), YEAR, 2),
}
_QUALIFIED = der.oid("1.3.6.1.5.5.7.1.3")  # qcStatements, as qualified time-stamps of the EU have it (EN 319 422)


class Stamped(NamedTuple):
    """A token, the content that a reader has, and the root that it trusts."""

    name: str
    token: bytes
    content: bytes = CONTENT
    root: str = "ours"

    @property
    def holds(self) -> bool:
        """Our verdict."""
        trust = pinned([ROOTS[self.root]])
        return accepts(lambda: verify_token(self.token, digest_of(self.content), trust))

    @property
    def anchor(self) -> bytes:
        return ROOTS[self.root].public_bytes(Encoding.PEM)


def clock(kind: str = "p256") -> CertifiedKey:
    return certified(kind, "timestamp", 21)


def token(key: CertifiedKey, at: dt.datetime = NOW, digest: str = "sha256", content: bytes = CONTENT) -> bytes:
    request = read_request(write_request(Imprint(digest, hashlib.new(digest, content).digest()), nonce=2**63 + 5))
    return Issuer(key, "1.2.3", SECOND).token(request, 2**120, at)


def stamps() -> Iterator[Stamped]:
    yield from (Stamped(f"whole, {kind}", token(clock(kind))) for kind in KINDS)
    yield from (Stamped(f"whole, {name}", token(clock(), digest=name)) for name in ("sha384", "sha512"))
    for kind in ("ml-dsa-44", "ml-dsa-65"):
        yield Stamped(f"whole, {kind}", token(certificates.certified(kind)), root="long")
    whole = token(clock())
    yield Stamped("other content", whole, content=b"other")
    yield Stamped("another root", whole, root="another")
    yield Stamped("key for seals", token(certified()))
    yield Stamped("before its certificate began", token(clock(), NOW - dt.timedelta(days=1)))
    yield Stamped("cut", whole[:-1])
    yield Stamped("something behind it", whole + b"\0")
    yield from _with_other_parts(whole)
    yield from _said_otherwise(whole)


def _with_other_parts(whole: bytes) -> Iterator[Stamped]:
    signed = read_signed(whole)
    (signer,) = signed.signers
    changed = signer._replace(signature=signer.signature[:-1] + bytes([signer.signature[-1] ^ 1]))
    other = certified("p384").certificate
    yield Stamped("signature changed", signed._replace(signers=(changed,)).encode())
    yield Stamped("two signers", signed._replace(signers=(signer, changed)).encode())
    yield Stamped("somebody else in front", signed._replace(certificates=(other, *signed.certificates)).encode())
    yield Stamped("only somebody else's certificate", signed._replace(certificates=(other,)).encode())
    yield Stamped("no signed attributes", signed._replace(signers=(signer._replace(signed_attributes=None),)).encode())


def _said_otherwise(whole: bytes) -> Iterator[Stamped]:
    """The statement inside changed: without a new signature, and with one."""
    signed = read_signed(whole)
    info = signed.content or b""
    later = info.replace(b"20261125120000", b"20261125120001")
    yield Stamped("time changed", signed._replace(content=later).encode())
    parts = [part.raw for part in der.parts(der.read(info))]

    def stating(*said: bytes, **more: bytes) -> bytes:
        return sign_data(TST_INFO, der.sequence(*said), clock(), more)

    yield Stamped("extension", stating(*parts, extended(b"")))
    yield Stamped("critical extension", stating(*parts, extended(der.boolean(True))))
    yield Stamped("version 2", stating(der.integer(2), *parts[1:]))
    reference = certificate_reference(certified("p384").certificate)
    yield Stamped("reference to another", stating(*parts, **{SIGNING_CERTIFICATE_V2: reference}))
    short = der.sequence(der.parts(der.read(parts[2]))[0].raw, der.octets(bytes(31)))
    yield Stamped("imprint of another length", stating(*parts[:2], short, *parts[3:]))


def extended(critical: bytes) -> bytes:
    """Extensions of a TSTInfo, with the one that says that it is qualified."""
    said = der.octets(der.sequence(der.sequence(der.oid("0.4.0.19422.1.1"))))
    return der.as_tag(der.read(der.sequence(der.sequence(_QUALIFIED, critical, said))), 0xA1).raw
