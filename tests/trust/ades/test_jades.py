"""JAdES: what is made holds, and no trick of a JWS makes anything else hold."""

from __future__ import annotations

import base64
import dataclasses
import datetime as dt
import hashlib
import hmac
import json
import random
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric import ec, mldsa
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from tegata.model.errors import VerificationError
from tegata.trust.ades.jades import looks_like, payload_of, sign_digests, sign_payload
from tegata.trust.authority import Issued
from tegata.trust.content import digest_of
from tegata.trust.jose import jose_form, jose_names, verify_jose
from tegata.trust.jws import base64url, unbase64url
from tegata.trust.private_key import PrivateKey
from tests.trust.ades.samples import CONTENT, NOW, PASSED, ROOT, TRUST, YEAR, certified, crl, judged, said

KINDS = ("p256", "p384", "p521", "ed25519", "rsa")
NAMES = """none None HS256 HS512 ES256 ES384 ES512 ES256K RS256 RS384 RS512 PS256 PS384 PS512 EdDSA Ed25519 Ed448
    A256KW"""
DIGESTS = {"contract.json": hashlib.sha256(CONTENT).digest()}


def detached(kind: str = "p256") -> str:
    return sign_digests(DIGESTS, certified(kind), NOW)


def header_of(jws: str) -> dict[str, Any]:
    header: dict[str, Any] = json.loads(unbase64url(jws.split(".")[0]))
    return header


def resigned(header: Any, payload: str = "", kind: str = "p256") -> str:
    """Signed by the real key: what is wrong is the header only."""
    raw = header if isinstance(header, bytes) else json.dumps(header).encode()
    key = certified(kind)
    signed = f"{base64url(raw)}.{payload}"
    return f"{signed}.{base64url(jose_form(key.sign(signed.encode()), key.x509.public_key()))}"


@pytest.mark.parametrize("kind", KINDS)
def test_what_is_made_holds(kind: str) -> None:
    assert said(judged(detached(kind))) == PASSED
    inside = sign_payload(b"text", certified(kind), NOW, "text/plain")
    assert said(judged(inside)) == PASSED
    assert payload_of(inside.encode()) == b"text"
    assert looks_like(inside.encode())


def test_flattened_and_general_json_hold_too() -> None:
    protected, payload, signature = sign_payload(b"x", certified(), NOW).split(".")
    flat = {"payload": payload, "protected": protected, "signature": signature}
    general = {"payload": payload, "signatures": [{"protected": protected, "signature": signature}]}
    twice = {"payload": payload, "signatures": general["signatures"] * 2}  # type: ignore[operator]
    assert said(judged(json.dumps(flat))) == said(judged(json.dumps(general))) == PASSED
    assert judged(json.dumps(twice)).verdict == "total-failed"
    assert judged(json.dumps(flat)[:-1] + ', "payload": "eA"}').verdict == "total-failed"
    assert judged(json.dumps(flat | {"signatures": []})).verdict == "total-failed"


@pytest.mark.parametrize("name", NAMES.split())
@pytest.mark.parametrize("kind", KINDS)
def test_the_key_decides_the_algorithm(kind: str, name: str) -> None:
    """Signatures of the right key under each name: only its own hold."""
    holds = said(judged(resigned(header_of(detached(kind)) | {"alg": name}, kind=kind))) == PASSED
    own = (
        {"EdDSA", "Ed25519"}
        if kind == "ed25519"
        else {"RS256"}
        if kind == "rsa"
        else {header_of(detached(kind))["alg"]}
    )
    assert holds == (name in own)
    assert own & set(jose_names(certified(kind).x509.public_key()))  # type: ignore[arg-type]


@pytest.mark.parametrize("kind", KINDS)
def test_a_public_key_is_no_secret(kind: str) -> None:
    """HS256 with whatever bytes of the public key: the oldest confusion of all."""
    public = certified(kind).x509.public_key()
    raw = base64url(json.dumps(header_of(detached(kind)) | {"alg": "HS256"}).encode())
    for form in (Encoding.PEM, Encoding.DER):
        secret = public.public_bytes(form, PublicFormat.SubjectPublicKeyInfo)
        forged = f"{raw}..{base64url(hmac.digest(secret, f'{raw}.'.encode(), 'sha256'))}"
        assert judged(forged).verdict == "total-failed"


def without(name: str) -> dict[str, Any]:
    return {key: value for key, value in header_of(detached()).items() if key != name}


HEADER = header_of(detached())
SIG_D = HEADER["sigD"]
ZEROS = base64url(hashlib.sha256(b"\0\0\0").digest())
TWICE = SIG_D | {"hashV": SIG_D["hashV"] * 2, "pars": SIG_D["pars"] * 2}
OTHER = base64.b64encode(certified("ed25519").certificate).decode()


@pytest.mark.parametrize(
    ("header", "expected"),
    [
        (HEADER, PASSED),
        (HEADER | {"kid": "whatever"}, PASSED),
        (HEADER | {"x5c": [OTHER, *HEADER["x5c"]]}, PASSED),  # one put in beside is not looked at
        (HEADER | {"x5c": [OTHER]}, ("indeterminate", "NO_SIGNING_CERTIFICATE_FOUND")),
        (without("x5c"), ("indeterminate", "NO_SIGNING_CERTIFICATE_FOUND")),
        (without("x5t#S256") | {"x5c": [OTHER]}, ("total-failed", "SIG_CRYPTO_FAILURE")),
        (HEADER | {"jwk": {"kty": "OKP"}}, ("total-failed", "FORMAT_FAILURE")),
        (HEADER | {"jku": "https://example.org"}, ("total-failed", "FORMAT_FAILURE")),
        (HEADER | {"zip": "DEF"}, ("total-failed", "FORMAT_FAILURE")),
        (without("crit"), ("total-failed", "FORMAT_FAILURE")),
        (HEADER | {"crit": []}, ("total-failed", "FORMAT_FAILURE")),
        (HEADER | {"crit": ["b64"]}, ("total-failed", "FORMAT_FAILURE")),
        (HEADER | {"crit": ["b64", "sigD", "sigD"]}, ("total-failed", "FORMAT_FAILURE")),
        (HEADER | {"crit": ["b64", "sigD", "new"], "new": 1}, ("total-failed", "FORMAT_FAILURE")),
        (HEADER | {"crit": ["b64", "sigD", "sigT"]}, ("total-failed", "FORMAT_FAILURE")),  # names what is not there
        (HEADER | {"crit": [["b64"], "sigD"]}, ("total-failed", "FORMAT_FAILURE")),
        (HEADER | {"b64": "false"}, ("total-failed", "FORMAT_FAILURE")),
        (HEADER | {"b64": True}, ("total-failed", "HASH_FAILURE")),
        (HEADER | {"sigD": SIG_D | {"mId": "urn:x"}}, ("total-failed", "HASH_FAILURE")),
        (HEADER | {"sigD": SIG_D | {"hashM": "S1"}}, ("total-failed", "HASH_FAILURE")),
        (HEADER | {"sigD": SIG_D | {"pars": []}}, ("total-failed", "HASH_FAILURE")),
        (HEADER | {"sigD": SIG_D | {"hashV": SIG_D["hashV"] * 2}}, ("total-failed", "HASH_FAILURE")),
        (HEADER | {"sigD": TWICE}, ("total-failed", "HASH_FAILURE")),
        (HEADER | {"sigD": SIG_D | {"hashV": [SIG_D["hashV"][0] + "="]}}, ("total-failed", "HASH_FAILURE")),
        (HEADER | {"sigD": None}, ("total-failed", "HASH_FAILURE")),
        (HEADER | {"sigD": SIG_D | {"pars": ["other.json"]}}, ("indeterminate", "SIGNED_DATA_NOT_FOUND")),
        (without("iat"), ("indeterminate", "SIG_CONSTRAINTS_FAILURE")),
        (HEADER | {"iat": True}, ("total-failed", "FORMAT_FAILURE")),
        (HEADER | {"iat": 10**30}, ("total-failed", "FORMAT_FAILURE")),
        (HEADER | {"x5c": "x"}, ("total-failed", "FORMAT_FAILURE")),
        (HEADER | {"x5c": [HEADER["x5c"][0] + "\n"]}, ("total-failed", "FORMAT_FAILURE")),
        (HEADER | {"x5c": ["AAAA"], "x5t#S256": ZEROS}, ("indeterminate", "NO_SIGNING_CERTIFICATE_FOUND")),
        (HEADER | {"alg": ["ES256"]}, ("total-failed", "FORMAT_FAILURE")),
        (b"[]", ("total-failed", "FORMAT_FAILURE")),
        (b"{" + b'"a":' * 100_000, ("total-failed", "FORMAT_FAILURE")),
        (json.dumps(HEADER)[:-1].encode() + b',"alg":"none"}', ("total-failed", "FORMAT_FAILURE")),
    ],
)  # fmt: skip
def test_headers_signed_by_the_right_key(header: Any, expected: tuple[str, str]) -> None:
    assert said(judged(resigned(header))) == expected


def test_nothing_inside_is_believed_before_the_signature_holds() -> None:
    """The certificate of somebody else in front: the signature is not theirs."""
    stolen = HEADER | {"x5c": [OTHER], "x5t#S256": base64url(hashlib.sha256(base64.b64decode(OTHER)).digest())}
    assert said(judged(resigned(stolen))) == ("total-failed", "SIG_CRYPTO_FAILURE")


@pytest.mark.parametrize("ending", ["=", "==", "\n=", "A", "%3D", "\x00"])
def test_no_second_spelling(ending: str) -> None:
    parts = detached().split(".")
    for place in range(3):
        spelt = [part + ending if at == place else part for at, part in enumerate(parts)]
        assert judged(".".join(spelt)).verdict != "total-passed"


def test_trailing_bits_of_a_signature_count() -> None:
    jws = detached()
    letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
    twin = letters[letters.index(jws[-1]) ^ 1]
    assert judged(jws[:-1] + twin).verdict == "total-failed"


def test_no_changed_byte_holds() -> None:
    chance = random.Random(7)
    document = bytearray(detached().encode())
    for _ in range(300):
        changed = bytearray(document)
        changed[chance.randrange(len(changed))] ^= 1 << chance.randrange(8)
        assert judged(bytes(changed)).verdict != "total-passed"


def test_other_data_and_none() -> None:
    assert said(judged(detached(), beside={"": digest_of(b"other")})) == ("total-failed", "HASH_FAILURE")
    assert said(judged(detached(), beside={})) == ("indeterminate", "SIGNED_DATA_NOT_FOUND")
    unknown = resigned(HEADER | {"sigD": SIG_D | {"mId": "urn:x"}})
    assert said(judged(unknown, beside={})) == ("indeterminate", "SIGNED_DATA_NOT_FOUND")


def test_a_revoked_certificate_and_one_that_ended() -> None:
    taken = Issued(serial="7", subject="", until=YEAR.until, certificate="", revoked_at=NOW, reason="key-compromise")
    assert said(judged(detached(), dataclasses.replace(TRUST, lists=(crl(taken),)))) == (
        "indeterminate",
        "REVOKED_NO_POE",
    )
    late = dataclasses.replace(TRUST, at=YEAR.until + dt.timedelta(days=1))
    assert said(judged(detached(), late)) == ("indeterminate", "TRY_LATER")
    early = dataclasses.replace(TRUST, at=NOW - dt.timedelta(days=1))
    assert said(judged(detached(), early)) == ("total-failed", "NOT_YET_VALID")
    assert said(judged(detached(), dataclasses.replace(TRUST, anchors=()))) == (
        "indeterminate",
        "NO_CERTIFICATE_CHAIN_FOUND",
    )
    assert said(judged(detached(), dataclasses.replace(TRUST, lists=()))) == (
        "indeterminate",
        "CERTIFICATE_CHAIN_GENERAL_FAILURE",
    )


def test_a_key_for_another_use_does_not_sign_documents() -> None:
    jws = sign_digests(DIGESTS, certified("p256", "timestamp", 9), NOW)
    assert said(judged(jws)) == ("indeterminate", "CHAIN_CONSTRAINTS_FAILURE")
    assert ROOT.public_bytes(Encoding.DER) in certified().chain


def test_keys_without_a_name_in_jose_are_told_so_and_ml_dsa_has_one() -> None:
    brainpool = ec.generate_private_key(ec.BrainpoolP256R1()).public_key()
    with pytest.raises(VerificationError, match="no name in JOSE"):
        jose_names(brainpool)
    key = PrivateKey(mldsa.MLDSA44PrivateKey.generate())
    assert jose_names(key.public) == ("ML-DSA-44",)  # RFC 9964
    verify_jose(key.public, "ML-DSA-44", key.sign(b"x"), b"x")
    with pytest.raises(VerificationError, match="not that of the key"):
        verify_jose(key.public, "ML-DSA-65", key.sign(b"x"), b"x")
