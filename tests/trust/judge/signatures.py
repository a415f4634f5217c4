"""Wycheproof: signatures in the forms of CMS and X.509, and of JWS."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.serialization import load_der_public_key

from tegata.trust import der
from tegata.trust.algorithms import verify_signature
from tegata.trust.jose import verify_jose
from tegata.trust.keys import PublicKey
from tegata.trust.public_key import acceptable
from tests.shared_data import shared_data
from tests.trust.judge.case import Case, accepts

HASHES = {"SHA-256": "sha256", "SHA-384": "sha384", "SHA-512": "sha512"}
ECDSA = {"sha256": "1.2.840.10045.4.3.2", "sha384": "1.2.840.10045.4.3.3", "sha512": "1.2.840.10045.4.3.4"}
RSA = {"sha256": "1.2.840.113549.1.1.11", "sha384": "1.2.840.113549.1.1.12", "sha512": "1.2.840.113549.1.1.13"}
DIGESTS = {"sha256": "2.16.840.1.101.3.4.2.1", "sha384": "2.16.840.1.101.3.4.2.2", "sha512": "2.16.840.1.101.3.4.2.3"}
MLDSA = {"44": "2.16.840.1.101.3.4.3.17", "65": "2.16.840.1.101.3.4.3.18", "87": "2.16.840.1.101.3.4.3.19"}
EXPECTED = {"valid": True, "invalid": False, "acceptable": None}


def groups(file: str) -> list[dict[str, Any]]:
    path = shared_data("wycheproof") / "testvectors_v1" / f"{file}_test.json"
    found: list[dict[str, Any]] = json.loads(path.read_text("utf-8"))["testGroups"]
    return found


def cases(file: str) -> Iterator[tuple[dict[str, Any], dict[str, Any], bytes, bytes]]:
    for group in groups(file):
        for case in group["tests"]:
            yield group, case, bytes.fromhex(case["sig"]), bytes.fromhex(case["msg"])


def ed25519() -> Iterator[Case]:
    for group, case, signature, message in cases("ed25519"):
        key = PublicKey(bytes.fromhex(group["publicKey"]["pk"]))
        ours = accepts(lambda: key.verify(signature, message))  # noqa: B023 - called at once
        yield Case(f"ed25519 {case['tcId']}", EXPECTED[case["result"]], ours)


def by_identifier(file: str, identifier: bytes, digest: str, policy: str = "") -> Iterator[Case]:
    """As certificates, CMS and lists carry them."""
    for group, case, signature, message in cases(file):
        if case.get("ctx"):
            continue  # contexts are not of the forms in which we meet signatures
        try:
            key = load_der_public_key(bytes.fromhex(group["publicKeyDer"]))
        except (ValueError, UnsupportedAlgorithm):
            yield Case(f"{file} {case['tcId']}", EXPECTED[case["result"]], False, "the key does not load")
            continue
        ours = accepts(lambda: verify_signature(key, der.read(identifier), digest, signature, message))  # noqa: B023
        yield Case(f"{file} {case['tcId']}", EXPECTED[case["result"]], ours, policy)


def ecdsa() -> Iterator[Case]:
    for file, digest in (
        ("secp256r1_sha256", "sha256"),
        ("secp384r1_sha256", "sha256"),
        ("secp384r1_sha384", "sha384"),
    ):
        yield from by_identifier(f"ecdsa_{file}", der.sequence(der.oid(ECDSA[digest])), digest)


def rsa_pkcs1() -> Iterator[Case]:
    for bits in (2048, 3072):
        for digest in ("sha256", "sha384", "sha512"):
            identifier = der.sequence(der.oid(RSA[digest]), der.NULL)
            yield from by_identifier(f"rsa_signature_{bits}_{digest}", identifier, digest)


def rsa_pss() -> Iterator[Case]:
    files = ("rsa_pss_2048_sha256_mgf1_32", "rsa_pss_2048_sha384_mgf1_48", "rsa_pss_3072_sha256_mgf1_32")
    for file in files:
        digest, salt = file.split("_")[3], int(file.rpartition("_")[2])
        yield from by_identifier(file, _pss(digest, salt), digest)
    yield from _other_pss()


def _pss(digest: str, salt: int) -> bytes:
    hash_ = der.sequence(der.oid(DIGESTS[digest]))
    mask = der.sequence(der.oid("1.2.840.113549.1.1.8"), hash_)
    parameters = (der.tlv(0xA0, hash_), der.tlv(0xA1, mask), der.tlv(0xA2, der.integer(salt)))
    return der.sequence(der.oid("1.2.840.113549.1.1.10"), der.sequence(*parameters))


def _other_pss() -> Iterator[Case]:
    """Other hashes and salts: only those are taken whose hashes agree and whose salt is as long as they are."""
    for group, case, signature, message in cases("rsa_pss_misc"):
        digest = HASHES.get(group["sha"])
        fits = digest is not None and group["mgfSha"] == group["sha"]
        ours = False
        if fits and digest is not None:
            key = load_der_public_key(bytes.fromhex(group["publicKeyDer"]))
            identifier = der.read(_pss(digest, group["sLen"]))
            ours = accepts(lambda: verify_signature(key, identifier, digest, signature, message))  # noqa: B023
        yield Case(f"rsa_pss_misc {case['tcId']}", EXPECTED[case["result"]], ours, "hashes or salt that are not taken")


def mldsa() -> Iterator[Case]:
    for size, name in MLDSA.items():
        yield from by_identifier(f"mldsa_{size}_verify", der.sequence(der.oid(name)), "sha512")


def p1363() -> Iterator[Case]:
    """As JWS carries them."""
    for file, alg in (("secp256r1_sha256", "ES256"), ("secp384r1_sha384", "ES384")):
        for group, case, signature, message in cases(f"ecdsa_{file}_p1363"):
            key = acceptable(load_der_public_key(bytes.fromhex(group["publicKeyDer"])))
            ours = accepts(lambda: verify_jose(key, alg, signature, message))  # noqa: B023
            yield Case(f"{file} p1363 {case['tcId']}", EXPECTED[case["result"]], ours)
