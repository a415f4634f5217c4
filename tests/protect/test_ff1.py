"""FF1 against the samples of the standard and against the standard itself, value by value."""

from __future__ import annotations

import numpy as np
import pytest
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
from hypothesis import given, settings
from hypothesis import strategies as st

from tegata.protect.ff1 import SMALLEST_DOMAIN, Ff1

ALPHABET = "0123456789abcdefghijklmnopqrstuvwxyz"
K128 = "2B7E151628AED2A6ABF7158809CF4F3C"
K192 = K128 + "EF4359D8D580AA4F"
K256 = K192 + "7F036D6F04FC6A94"
DIGITS, TEXT = "0123456789", "0123456789abcdefghi"
TEN, ELEVEN = "39383736353433323130", "3737373770717273373737"

# NIST, "Examples with intermediate values", FF1 samples 1 to 9
SAMPLES = [
    (K128, 10, "", DIGITS, "2433477484"),
    (K128, 10, TEN, DIGITS, "6124200773"),
    (K128, 36, ELEVEN, TEXT, "a9tv40mll9kdu509eum"),
    (K192, 10, "", DIGITS, "2830668132"),
    (K192, 10, TEN, DIGITS, "2496655549"),
    (K192, 36, ELEVEN, TEXT, "xbj3kv35jrawxv32ysr"),
    (K256, 10, "", DIGITS, "6657667009"),
    (K256, 10, TEN, DIGITS, "1001623463"),
    (K256, 36, ELEVEN, TEXT, "xs8a0azh2avyalyzuwd"),
]


@pytest.mark.parametrize(("key", "radix", "tweak", "plain", "cipher"), SAMPLES)
def test_samples_of_the_standard(key: str, radix: int, tweak: str, plain: str, cipher: str) -> None:
    ff1 = Ff1(bytes.fromhex(key), radix, bytes.fromhex(tweak))
    numerals = np.array([[ALPHABET.index(letter) for letter in plain]] * 3, np.uint8)
    encrypted = ff1.encrypt(numerals)
    assert {"".join(ALPHABET[numeral] for numeral in row) for row in encrypted} == {cipher}
    assert (ff1.decrypt(encrypted) == numerals).all()


def by_the_book(key: bytes, radix: int, tweak: bytes, x: list[int]) -> list[int]:
    """Algorithm 7 of SP 800-38G, step by step with numbers of any size."""

    def aes(block: bytes) -> bytes:
        return Cipher(algorithms.AES(key), modes.ECB()).encryptor().update(block)

    def num(numerals: list[int]) -> int:
        number = 0
        for numeral in numerals:
            number = number * radix + numeral
        return number

    n, t = len(x), len(tweak)
    u, v = n // 2, n - n // 2
    b = ((radix**v - 1).bit_length() + 7) // 8
    d = 4 * ((b + 3) // 4) + 4
    p = bytes([1, 2, 1]) + radix.to_bytes(3) + bytes([10, u % 256]) + n.to_bytes(4) + t.to_bytes(4)
    left, right = x[:u], x[u:]
    for i in range(10):
        q = tweak + bytes((-t - b - 1) % 16) + bytes([i]) + num(right).to_bytes(b)
        r = bytes(16)
        for start in range(0, len(p + q), 16):
            r = aes(bytes(one ^ two for one, two in zip(r, (p + q)[start : start + 16], strict=True)))
        s = r
        for j in range(1, -(-d // 16)):
            s += aes(bytes(one ^ two for one, two in zip(r, j.to_bytes(16), strict=True)))
        m = u if i % 2 == 0 else v
        c = (num(left) + int.from_bytes(s[:d])) % radix**m
        made = []
        for _ in range(m):
            c, numeral = divmod(c, radix)
            made.append(numeral)
        left, right = right, made[::-1]
    return left + right


def length_of(radix: int) -> st.SearchStrategy[int]:
    least = next(n for n in range(2, 30) if radix**n >= SMALLEST_DOMAIN)
    return st.integers(least, 60)


@settings(deadline=None, max_examples=150)
@given(data=st.data(), key=st.sampled_from([16, 24, 32]), tweak=st.binary(max_size=40))
def test_any_radix_length_and_tweak_is_as_the_standard_says(data: st.DataObject, key: int, tweak: bytes) -> None:
    """Halves of one limb and of many, ciphertexts of every sign of carry; rows do not touch each other."""
    radix = data.draw(st.sampled_from([2, 3, 10, 16, 26, 36, 62, 255, 256]))
    length = data.draw(length_of(radix))
    numeral = st.integers(0, radix - 1) | st.sampled_from([0, radix - 1])
    rows = data.draw(st.lists(st.lists(numeral, min_size=length, max_size=length), min_size=1, max_size=4))
    ff1 = Ff1(bytes(range(key)), radix, tweak)
    encrypted = ff1.encrypt(np.array(rows, np.uint8))
    assert encrypted.tolist() == [by_the_book(bytes(range(key)), radix, tweak, row) for row in rows]
    assert ff1.decrypt(encrypted).tolist() == rows


def test_it_is_a_permutation_of_the_smallest_domain() -> None:
    """Every one of the million numeral strings is the ciphertext of exactly one."""
    every = (np.arange(10**6)[:, None] // 10 ** np.arange(5, -1, -1) % 10).astype(np.uint8)
    ff1 = Ff1(bytes(32), 10, b"kind")
    encrypted = ff1.encrypt(every)
    assert len(np.unique(encrypted @ (10 ** np.arange(6)))) == 10**6
    assert (ff1.decrypt(encrypted) == every).all()
    # a permutation drawn at random leaves one string where it is, give or take
    assert (encrypted == every).all(axis=1).sum() < 10
    assert (Ff1(bytes(32), 10, b"other").encrypt(every) != encrypted).any(axis=1).mean() > 0.999


@pytest.mark.parametrize(("radix", "length"), [(10, 5), (36, 3), (62, 3), (2, 19), (256, 2)])
def test_domains_below_a_million_are_refused(radix: int, length: int) -> None:
    with pytest.raises(ValueError, match="is below 1000000"):
        Ff1(bytes(16), radix).encrypt(np.zeros((1, length), np.uint8))
    with pytest.raises(ValueError, match="is below 1000000"):
        Ff1(bytes(16), radix).decrypt(np.zeros((1, length), np.uint8))
