"""did:key: one spelling for each key."""

from __future__ import annotations

import base64
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tegata.model.errors import VerificationError
from tegata.trust import PublicKey, SigningKey, decode_did, encode_did, public_key_of
from tests.shared_data import shared_data

DID = SigningKey.generate(bytes(32)).did
ALPHABET = "123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz"


def _base58(data: bytes) -> str:
    """Slow and plain: the oracle."""
    number, letters = int.from_bytes(data, "big"), []
    while number:
        letters.append(ALPHABET[number % 58])
        number //= 58
    zeros = len(data) - len(data.lstrip(b"\0"))
    return "1" * zeros + "".join(reversed(letters))


@given(st.binary(min_size=32, max_size=32))
def test_a_did_says_its_key(raw: bytes) -> None:
    assert decode_did(encode_did(raw)) == raw
    assert encode_did(raw) == "did:key:z" + _base58(b"\xed\x01" + raw)


def test_the_published_example_is_its_key() -> None:
    # the Ed25519 example of the did:key specification, with the `x` of its JWK form
    did, x = "did:key:z6MkiTBz1ymuepAQ4HEHYSF1H8quG5GLVVQR3djdX3mDooWp", "O2onvM62pC1io6jQKm8Nc2UyFXcd4kOmOsBIoYtZ2ik"

    assert public_key_of(did).raw == base64.urlsafe_b64decode(x + "=")
    assert public_key_of(did).did == did


def test_the_key_of_the_w3c_vectors_is_read_and_written_the_same() -> None:
    multibase = json.loads((shared_data("vc") / "vc-di-eddsa" / "keyPair.json").read_text())["publicKeyMultibase"]
    assert public_key_of(f"did:key:{multibase}").did == f"did:key:{multibase}"


@pytest.mark.parametrize(
    "did",
    [
        "",
        "did:key:",
        "did:key:z",
        DID[:-1],
        DID + "1",
        DID + "#" + DID[8:],
        " " + DID,
        DID + "\n",
        DID.replace("did:key:z", "did:key:m"),
        DID.replace("did:key:z", "DID:KEY:Z"),
        DID.replace("did:key:z", "did:key:z1"),
        DID.replace("did:key:z6", "did:key:z1"),
        "1" * 9 + DID[9:],
        DID[:-1] + "0",
        DID[:-1] + "l",
        DID[:-1] + "あ",
        "did:web:example.com",
        "did:key:z" + _base58(b"\xec\x01" + bytes(32)),  # x25519-pub
        "did:key:z" + _base58(b"\x80\x24" + bytes(33)),  # p256-pub
        "did:key:z" + _base58(b"\xed\x01" + bytes(31)),
        "did:key:z" + _base58(b"\xed\x01" + bytes(33)),
        "did:key:z" + _base58(b"\xed" + bytes(33)),  # not the varint of ed25519-pub
        "did:key:z" + "z" * 47,
        "did:key:z" + "6" * 1_000_000,
    ],
)
def test_everything_else_is_refused(did: str) -> None:
    with pytest.raises(VerificationError):
        public_key_of(did)


@given(at=st.integers(9, len(DID) - 1), letter=st.sampled_from(ALPHABET))
def test_no_other_spelling_means_the_same_key(at: int, letter: str) -> None:
    other = DID[:at] + letter + DID[at + 1 :]
    try:
        raw = decode_did(other)
    except VerificationError:
        return
    assert (raw == decode_did(DID)) == (other == DID)


def test_a_key_of_small_order_is_refused() -> None:
    points = _small_order_points()
    assert len(points) == 8
    for raw in points:
        with pytest.raises(VerificationError):
            PublicKey(raw)


@pytest.mark.parametrize("size", [0, 31, 33, 64])
def test_a_key_of_another_length_is_refused(size: int) -> None:
    with pytest.raises(VerificationError):
        PublicKey(bytes([2]) * size)


def test_a_second_encoding_of_a_point_is_refused() -> None:
    prime = 2**255 - 19
    for y in range(19):  # these fit in 255 bits a second time, as y + p
        with pytest.raises(VerificationError):
            PublicKey((y + prime).to_bytes(32, "little"))


def _small_order_points() -> set[bytes]:
    """The eight points P of edwards25519 with 8P = 0, found by multiplying curve points by the prime order."""
    p, order = 2**255 - 19, 2**252 + 27742317777372353535851937790883648493
    d = -121665 * pow(121666, -1, p) % p

    def add(a: tuple[int, int], b: tuple[int, int]) -> tuple[int, int]:
        (x1, y1), (x2, y2) = a, b
        k = d * x1 * x2 * y1 * y2
        x = (x1 * y2 + x2 * y1) * pow(1 + k, -1, p)
        y = (y1 * y2 + x1 * x2) * pow(1 - k, -1, p)
        return x % p, y % p

    def times(n: int, point: tuple[int, int]) -> tuple[int, int]:
        total = (0, 1)
        while n:
            total = add(total, point) if n & 1 else total
            point, n = add(point, point), n >> 1
        return total

    found: set[bytes] = set()
    for y in range(2, 60):
        x2 = (y * y - 1) * pow(d * y * y + 1, -1, p) % p
        x = pow(x2, (p + 3) // 8, p)
        x = x if (x * x - x2) % p == 0 else x * pow(2, (p - 1) // 4, p) % p
        if (x * x - x2) % p == 0:
            small = times(order, (x, y))
            for n in range(8):
                sx, sy = times(n, small)
                found.add((sy | (sx & 1) << 255).to_bytes(32, "little"))
    return found
