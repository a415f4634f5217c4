"""JWS: Wycheproof, and the worked examples of RFC 7515, 7520, 7797 and 8037."""

from __future__ import annotations

import base64
import json
from collections.abc import Iterator
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa

from tegata.model.errors import VerificationError
from tegata.trust.jose import jose_names, verify_jose
from tegata.trust.jws import base64url, read_header, unbase64url
from tegata.trust.public_key import acceptable
from tests.shared_data import shared_data
from tests.trust.judge.case import Case, accepts
from tests.trust.judge.signatures import EXPECTED, groups

_OTHER_FORMS = "several signatures, JSON form, detached, or a key that both hold"


def wycheproof() -> Iterator[Case]:
    for group in groups("json_web_signature"):
        for case in group["tests"]:
            ours = isinstance(case["jws"], str) and accepts(lambda: _verify_jws(case["jws"], group))  # noqa: B023
            yield Case(f"jws {case['tcId']}", EXPECTED[case["result"]], ours, _narrower(group))


def _narrower(group: dict[str, Any]) -> str:
    key = group.get("public") or group["private"]
    if key["kty"] == "oct":
        return "keys that both sides hold are not taken"
    if group["comment"].startswith("rfc7520"):
        return "the key names another algorithm than the signature, or one that does not exist"
    return ""


def _verify_jws(compact: str, group: dict[str, Any]) -> None:
    """The parts of our readers, with the key as its owner describes it."""
    stated = group.get("public") or group["private"]
    parts = compact.split(".")
    if len(parts) != 3 or stated.get("use", "sig") != "sig" or "verify" not in stated.get("key_ops", ["verify"]):
        raise VerificationError("form or use")
    header = read_header(unbase64url(parts[0]), 1 << 16)
    key = _key(stated)
    if not {"crit", "jwk", "jku", "x5u", "b64"}.isdisjoint(header) or header.get("alg") != stated.get(
        "alg", header.get("alg")
    ):
        raise VerificationError("header")
    if not isinstance(header.get("alg"), str) or header["alg"] not in jose_names(key):
        raise VerificationError("algorithm")
    verify_jose(key, header["alg"], unbase64url(parts[2]), f"{parts[0]}.{parts[1]}".encode())


def _key(jwk: dict[str, Any]) -> Any:
    def number(name: str) -> int:
        text = jwk[name]
        return int.from_bytes(base64.urlsafe_b64decode(text + "=" * (-len(text) % 4)), "big")

    if jwk["kty"] == "OKP" and jwk["crv"] == "Ed25519":
        return acceptable(ed25519.Ed25519PublicKey.from_public_bytes(unbase64url(jwk["x"])))
    if jwk["kty"] == "RSA":
        return acceptable(rsa.RSAPublicNumbers(number("e"), number("n")).public_key())
    curves: dict[str, ec.EllipticCurve] = {"P-256": ec.SECP256R1(), "P-384": ec.SECP384R1(), "P-521": ec.SECP521R1()}
    if jwk["kty"] != "EC" or jwk["crv"] not in curves:
        raise VerificationError("kind of key")
    return acceptable(ec.EllipticCurvePublicNumbers(number("x"), number("y"), curves[jwk["crv"]]).public_key())


def examples() -> Iterator[Case]:
    """RFC 7520 section 4, 7797, 8037: what is signed with a key of one party is verified, what is not is refused."""
    for folder in ("jws", "rfc7797", "curve25519"):
        for path in sorted((shared_data("jose") / folder).glob("*.json")):
            example = json.loads(path.read_text("utf-8"))
            if "signing" in example:
                ours = accepts(lambda: _verify_example(example))  # noqa: B023 - called at once
                yield Case(path.stem, True, ours, _OTHER_FORMS)


def _verify_example(example: dict[str, Any]) -> None:
    """The examples name the algorithm in the header; the key is of its kind."""
    stated, compact = example["input"]["key"], example["output"].get("compact", "")
    if isinstance(stated, list) or not compact:
        raise VerificationError("another form")
    _verify_jws(compact, {"public": _plain(stated)})


def _plain(stated: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in stated.items() if name in ("kty", "crv", "x", "y", "n", "e")}


def rfc7515() -> Iterator[Case]:
    """Appendix A.1 to A.5, as the tests of jwcrypto hold them; A.5 is not signed."""
    held = pytest.importorskip("jwcrypto.tests")
    for number in range(1, 6):
        one = getattr(held, f"A{number}_example")
        parts = (one["protected"].encode(), one["payload"], one["signature"])
        compact = ".".join(base64url(part) for part in parts)
        ours = accepts(lambda: _verify_jws(compact, {"public": _plain(one["key"])}))  # noqa: B023 - called at once
        yield Case(f"A.{number}", one["alg"] != "none", ours, "a key that both hold")
