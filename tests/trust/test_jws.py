"""Compact JWS: what others signed, what others forged, and every algorithm against every key."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
from collections.abc import Callable
from typing import Any

import pytest
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from hypothesis import given
from hypothesis import strategies as st

from tegata.model.errors import VerificationError
from tegata.trust import PublicKey, SigningKey, parse_jws, sign_jws, verify_jws
from tests.shared_data import shared_data

KEY, OTHER = SigningKey.generate(bytes(32)), SigningKey.generate(bytes([1]) * 32)
TYP = "example+jws"


def _b64(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def _forge(header: bytes | dict[str, Any], *, payload: bytes = b"{}", sign: Callable[[bytes], bytes] = KEY.sign) -> str:
    raw = header if isinstance(header, bytes) else json.dumps(header).encode()
    signed = f"{_b64(raw)}.{_b64(payload)}"
    return f"{signed}.{_b64(sign(signed.encode()))}"


@given(payload=st.binary(max_size=200), typ=st.text(max_size=20))
def test_what_is_signed_verifies(payload: bytes, typ: str) -> None:
    compact = sign_jws(payload, KEY, typ=typ)
    assert verify_jws(compact, KEY.public, typ=typ) == payload
    assert parse_jws(compact, typ=typ).payload == payload
    with pytest.raises(VerificationError):
        verify_jws(compact, OTHER.public, typ=typ)


def test_the_header_names_the_algorithm_fully() -> None:
    header = base64.urlsafe_b64decode(sign_jws(b"", KEY, typ=TYP).split(".")[0] + "==")
    assert header == b'{"alg":"Ed25519","typ":"example+jws"}'  # RFC 9864


def test_the_vector_of_rfc_8037() -> None:
    case = json.loads((shared_data("jose") / "curve25519" / "jws.json").read_text())
    key = PublicKey(base64.urlsafe_b64decode(case["input"]["key"]["x"] + "="))
    compact = case["output"]["compact"]
    assert verify_jws(compact, key, typ=None) == case["input"]["payload"].encode()
    signer = SigningKey.generate(base64.urlsafe_b64decode(case["input"]["key"]["d"] + "="))
    assert _b64(signer.sign(case["signing"]["sig-input"].encode())) == case["signing"]["sig"]
    with pytest.raises(VerificationError):
        verify_jws(compact, KEY.public, typ=None)


def _compact_jws(value: Any) -> list[str]:
    """Every string with the two dots of a compact JWS inside a JSON document."""
    if isinstance(value, dict | list):
        inner = value.values() if isinstance(value, dict) else value
        return [found for item in inner for found in _compact_jws(item)]
    return [value] if isinstance(value, str) and value.count(".") == 2 and value.startswith("ey") else []


def test_the_jws_of_every_other_algorithm_are_refused() -> None:
    files = [
        *(shared_data("jose") / "jws").glob("*.json"),
        *(shared_data("jose") / "rfc7797").glob("*.json"),
        *(shared_data("wycheproof") / "testvectors_v1").glob("json_web_*.json"),
    ]
    cases = [compact for file in files for compact in _compact_jws(json.loads(file.read_text()))]
    assert len(cases) > 300
    for compact in cases:
        with pytest.raises(VerificationError):
            verify_jws(compact, KEY.public, typ=None)


RSA, EC = rsa.generate_private_key(65537, 2048), ec.generate_private_key(ec.SECP256R1())
PEM = b"-----BEGIN PUBLIC KEY-----\n" + base64.b64encode(bytes.fromhex("302a300506032b6570032100") + KEY.raw) + b"\n"
PEM += b"-----END PUBLIC KEY-----\n"
SIGNERS: dict[str, Callable[[bytes], bytes]] = {
    "the key": KEY.sign,
    "another Ed25519 key": OTHER.sign,
    "HMAC with the public key": lambda m: hmac.digest(KEY.raw, m, hashlib.sha256),
    "HMAC-SHA-512 with the public key": lambda m: hmac.digest(KEY.raw, m, hashlib.sha512),  # 64 bytes, as a signature
    "HMAC with the PEM of the public key": lambda m: hmac.digest(PEM, m, hashlib.sha256),
    "HMAC with the did": lambda m: hmac.digest(KEY.did.encode(), m, hashlib.sha256),
    "HMAC with no key": lambda m: hmac.digest(b"", m, hashlib.sha256),
    "RSA": lambda m: RSA.sign(m, padding.PKCS1v15(), hashes.SHA256()),
    "EC": lambda m: EC.sign(m, ec.ECDSA(hashes.SHA256())),
    "nobody": lambda m: b"",
    "zeros": lambda m: bytes(64),
}
ALGORITHMS = ["Ed25519", "EdDSA", "none", "None", "NONE", "", "HS256", "HS384", "HS512", "RS256", "RS384", "RS512"]
ALGORITHMS += ["PS256", "PS384", "PS512", "ES256", "ES384", "ES512", "ES256K", "Ed448", "ML-DSA-44", "ML-DSA-65"]
ALGORITHMS += ["eddsa", "ed25519", "ED25519", "Ed25519 ", "dir", "A128KW", "ECDH-ES", "RSA-OAEP", "PBES2-HS256+A128KW"]
ODD: list[Any] = [None, True, 0, 1.5, [], ["Ed25519"], {}, {"Ed25519": "EdDSA"}]


@pytest.mark.parametrize("signer", SIGNERS)
def test_of_all_algorithms_and_signers_one_pair_is_accepted(signer: str) -> None:
    accepted = []
    for alg in [*ALGORITHMS, *ODD]:
        for extra in ({}, {"kid": OTHER.did}):
            try:
                verify_jws(_forge({"alg": alg, "typ": TYP, **extra}, sign=SIGNERS[signer]), KEY.public, typ=TYP)
                accepted.append(alg)
            except VerificationError:
                pass
    assert accepted == (["Ed25519", "Ed25519", "EdDSA", "EdDSA"] if signer == "the key" else [])


JWK = {"kty": "OKP", "crv": "Ed25519", "x": _b64(OTHER.raw)}


@pytest.mark.parametrize(
    "extra",
    [
        {"jwk": JWK},
        {"jku": "https://example.com/keys"},
        {"x5u": "https://example.com/cert"},
        {"x5c": ["MIIB"]},
        {"crit": ["exp"], "exp": 1},
        {"crit": []},
        {"crit": ["b64"], "b64": False},
        {"b64": False},
        {"zip": "DEF"},
        {"enc": "A256GCM"},
    ],
)
@pytest.mark.parametrize("signer", [KEY, OTHER])
def test_a_header_that_brings_a_key_or_an_extension_is_refused(extra: dict[str, Any], signer: SigningKey) -> None:
    with pytest.raises(VerificationError):
        verify_jws(_forge({"alg": "Ed25519", "typ": TYP, **extra}, sign=signer.sign), KEY.public, typ=TYP)


def test_a_jws_for_one_use_is_refused_for_every_other() -> None:
    types = [None, "", "JWT", "jwt", "tegata-passport+jws", "dpop+jwt", "application/JWT", 1]
    for made in types:
        compact = _forge({"alg": "Ed25519"} | ({} if made is None else {"typ": made}))
        for wanted in types[:-1]:
            if made == wanted:
                assert verify_jws(compact, KEY.public, typ=wanted) == b"{}"  # type: ignore[arg-type]
            else:
                with pytest.raises(VerificationError):
                    verify_jws(compact, KEY.public, typ=wanted)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    "header",
    [
        b"",
        b"null",
        b"[]",
        b'"Ed25519"',
        b"{",
        b'{"alg":"Ed25519"',
        b'{"alg":"Ed25519"} {}',
        b'{"alg":"none","alg":"Ed25519"}',
        b'{"alg":"Ed25519","alg":"none"}',
        b'{"alg":"Ed25519","a":{"b":1,"b":2}}',
        b'{"alg":"Ed25519","a":"\xff"}',
        b'\xef\xbb\xbf{"alg":"Ed25519"}',
        '{"alg":"Ed25519"}'.encode("utf-16"),
        b'{"alg":"Ed25519","a":' + b"[" * 1000,
        b'{"alg":"Ed25519","a":' + b"9" * 900 + b"}" + b" " * 900,
        b'{"alg":"Ed25519","a":"' + b"x" * 2000 + b'"}',
        b"{'alg':'Ed25519'}",
    ],
)
def test_a_header_that_is_not_one_plain_object_is_refused(header: bytes) -> None:
    with pytest.raises(VerificationError):
        verify_jws(_forge(header), KEY.public, typ=None)


def test_the_signed_header_alone_would_be_accepted() -> None:
    assert verify_jws(_forge(b'{"alg":"Ed25519"}'), KEY.public, typ=None) == b"{}"  # the cases above differ from this


def _variants(part: str) -> list[str]:
    """Other spellings of base64url that a tolerant reader takes for the same bytes."""
    spelt = [part + "=", part + "==", part + "\n", " " + part, part[:2] + " " + part[2:], part + "\x00", part + "A"]
    letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
    spelt += [part[:-1] + letter for letter in letters if letter != part[-1]]
    return spelt + [part.replace("-", "+").replace("_", "/")] * ("-" in part or "_" in part)


def test_no_part_has_a_second_spelling() -> None:
    compact = sign_jws(bytes(range(256)), KEY, typ=TYP)
    parts = compact.split(".")
    for number in range(3):
        for spelt in _variants(parts[number]):
            with pytest.raises(VerificationError):
                verify_jws(".".join([*parts[:number], spelt, *parts[number + 1 :]]), KEY.public, typ=TYP)


def test_a_second_spelling_is_refused_even_when_it_is_signed() -> None:
    """The signature covers the text: only strictness keeps two texts from meaning the same bytes."""
    header = _b64(json.dumps({"alg": "Ed25519"}).encode())
    for payload in ("QQ==", "QR", "Q Q", "QQ\n", "+/+/", "QQ=", "Q"):
        signed = f"{header}.{payload}"
        with pytest.raises(VerificationError):
            verify_jws(f"{signed}.{_b64(KEY.sign(signed.encode()))}", KEY.public, typ=None)
    signed = f"{header}.QQ"
    assert verify_jws(f"{signed}.{_b64(KEY.sign(signed.encode()))}", KEY.public, typ=None) == b"A"


@pytest.mark.parametrize("dots", ["", ".", "..", "...", "....", "a.b", "a.b.c.d", "a.b.c.d.e", "é.é.é", "\ud800.."])
def test_texts_of_another_form_are_refused(dots: str) -> None:
    with pytest.raises(VerificationError):
        verify_jws(dots, KEY.public, typ=None)


def test_a_huge_text_is_refused_before_it_is_read() -> None:
    with pytest.raises(VerificationError, match="too long"):
        verify_jws("a" * (5 * 1024 * 1024), KEY.public, typ=None)
