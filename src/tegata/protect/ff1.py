"""FF1 format-preserving encryption (NIST SP 800-38G, algorithms 7 and 8) of whole columns of numerals.

A half of a numeral string of any length is held as limbs: numbers below radix^w, where w is the most digits whose
count of values fits 32 bits, the least significant limb first. So no arithmetic leaves 64 bits, each of the ten rounds
is a few operations on columns, and one call of AES serves all rows.
"""

from __future__ import annotations

from typing import Final, Protocol

import numpy as np
import numpy.typing as npt

from tegata.protect.aes import BLOCK, Aes, one_block
from tegata.protect.letters import Bytes

ROUNDS: Final = 10
# SP 800-38G Rev. 1, second public draft (February 2025), 5.1 raises the smallest domain to a million numeral strings:
# below it the whole table of the permutation can be found from a few pairs (Durak and Vaudenay, 2017).
SMALLEST_DOMAIN: Final = 1_000_000
_AT_ONCE: Final = 15_000  # rows; more leave the cache of the processor
Column = npt.NDArray[np.uint64]
Limbs = list[Column]


class _Sum(Protocol):
    def __call__(self, half: Limbs, other: Limbs, bases: list[int], /) -> Limbs: ...


class Ff1:
    """The permutation of numeral strings under one key (16, 24 or 32 bytes), radix (2 to 256) and tweak."""

    def __init__(self, key: bytes, radix: int, tweak: bytes = b"") -> None:
        self._aes = Aes(key)
        self.radix = radix
        self._tweak = tweak

    def encrypt(self, numerals: Bytes) -> Bytes:
        """Algorithm 7; `numerals` has shape (n, length), numerals of one length, each below the radix.

        Raises:
            ValueError: radix^length is below SMALLEST_DOMAIN.
        """
        return np.vstack([self._encrypted(part) for part in _parts(numerals)])

    def decrypt(self, numerals: Bytes) -> Bytes:
        """Algorithm 8: the inverse of `encrypt`."""
        return np.vstack([self._decrypted(part) for part in _parts(numerals)])

    def _encrypted(self, numerals: Bytes) -> Bytes:
        rounds = _Rounds(self._aes, self.radix, self._tweak, *numerals.shape)
        first, second = rounds.halves(numerals)
        for number in range(ROUNDS):
            first, second = second, rounds.mixed(number, first, second, _plus)
        return rounds.joined(first, second)

    def _decrypted(self, numerals: Bytes) -> Bytes:
        rounds = _Rounds(self._aes, self.radix, self._tweak, *numerals.shape)
        first, second = rounds.halves(numerals)
        for number in reversed(range(ROUNDS)):
            first, second = rounds.mixed(number, second, first, _minus), first
        return rounds.joined(first, second)


def _parts(numerals: Bytes) -> list[Bytes]:
    return [numerals[start : start + _AT_ONCE] for start in range(0, max(1, len(numerals)), _AT_ONCE)]


class _Rounds:
    """What all rounds share for `rows` numeral strings of one length; names are those of the standard."""

    def __init__(self, aes: Aes, radix: int, tweak: bytes, rows: int, length: int) -> None:
        if radix**length < SMALLEST_DOMAIN:
            raise ValueError(f"{radix}^{length} is below {SMALLEST_DOMAIN}")
        self._aes, self._radix = aes, radix
        self._u, self._v = length // 2, length - length // 2
        self._b = -(-(radix**self._v - 1).bit_length() // 8)
        self._d = 4 * -(-self._b // 4) + 4
        p = (
            bytes([1, 2, 1]) + radix.to_bytes(3) + bytes([ROUNDS, self._u % 256])
            + length.to_bytes(4) + len(tweak).to_bytes(4)
        )  # fmt: skip
        q = tweak + bytes(-(len(tweak) + self._b + 1) % BLOCK + 1 + self._b)
        alike = (len(q) - 1 - self._b) // BLOCK * BLOCK  # the blocks before the round's number: one for all rows
        start = aes.chain(np.frombuffer(p + q[:alike], np.uint64).reshape(1, -1, 2))
        rest = np.frombuffer(q[alike:], np.uint64).copy()
        rest[:2] ^= start[0]  # so each round has only the words to set in which its number and the half stand
        self._q = np.tile(rest, (rows, 1))
        self._fixed = rest.view(">u4")[::-1].tolist()  # words from the end

    def halves(self, numerals: Bytes) -> tuple[Limbs, Limbs]:
        return _limbs(numerals[:, : self._u], self._radix), _limbs(numerals[:, self._u :], self._radix)

    def joined(self, first: Limbs, second: Limbs) -> Bytes:
        return np.hstack([_numerals(first, self._radix, self._u), _numerals(second, self._radix, self._v)])

    def mixed(self, number: int, half: Limbs, other: Limbs, combine: _Sum) -> Limbs:
        """Steps 6.i to 6.vi of round `number`: `half`, combined with the round function of `other`."""
        width = self._u if number % 2 == 0 else self._v
        bases = _bases(self._radix, width)
        return combine(half, _divided(self._s(number, other), bases), bases)

    def _s(self, number: int, other: Limbs) -> Limbs:
        """The d bytes of step 6.iii, the most significant first: eight as one word, all others in words of 32 bits."""
        words = _words(other, _bases(self._radix, self._v)[0], -(-self._b // 4))
        place, shift = divmod(8 * self._b, 32)  # of the number of the round: it stands before the b bytes of the half
        ends = self._q.view(">u4")[:, ::-1]
        if place == len(words):
            ends[:, place] = self._fixed[place] ^ number
        for at, (word, fixed) in enumerate(zip(words, self._fixed, strict=False)):
            ends[:, at] = word ^ np.uint64(fixed ^ (number << shift if at == place else 0))
        r = self._aes.chain(self._q.reshape(len(self._q), -1, 2))
        more = [self._aes.blocks(r ^ one_block(j.to_bytes(BLOCK))) for j in range(1, -(-self._d // BLOCK))]
        s = np.hstack([r, *more]) if more else r
        first, others = s.view(">u8")[:, 0], s.view(">u4")[:, 2 : self._d // 4]
        return [word.astype(np.uint64) for word in (first, *others.T)]


def _bases(radix: int, width: int) -> list[int]:
    """The base of each limb of a half of `width` digits; the last one is what is left."""
    digits = _digits(radix)
    return [radix ** min(digits, width - start) for start in range(0, width, digits)]


def _digits(radix: int) -> int:
    """Most digits with at most 2^32 values."""
    digits = 1
    while radix ** (digits + 1) <= 1 << 32:
        digits += 1
    return digits


def _limbs(numerals: Bytes, radix: int) -> Limbs:
    digits, limbs = _digits(radix), []
    for end in range(numerals.shape[1], 0, -digits):
        limb = np.zeros(len(numerals), np.uint64)
        for place in range(max(0, end - digits), end):
            limb = limb * np.uint64(radix) + numerals[:, place]
        limbs.append(limb)
    return limbs


def _numerals(limbs: Limbs, radix: int, width: int) -> Bytes:
    numerals = np.empty((len(limbs[0]), width), np.uint8)
    digits, end = _digits(radix), width
    for limb in limbs:
        for place in reversed(range(max(0, end - digits), end)):
            rest = limb // np.uint64(radix)
            numerals[:, place] = limb - rest * np.uint64(radix)
            limb = rest
        end -= digits
    return numerals


def _words(limbs: Limbs, base: int, count: int) -> Limbs:
    """The number as `count` words of 32 bits, the least significant first."""
    if len(limbs) == count == 1:
        return limbs
    words = [np.zeros(len(limbs[0]), np.uint64) for _ in range(count)]
    for limb in reversed(limbs):
        carry = limb
        for place, word in enumerate(words):
            total = word * np.uint64(base) + carry
            words[place], carry = total & np.uint64(0xFFFFFFFF), total >> np.uint64(32)
    return words


def _divided(words: Limbs, bases: list[int]) -> Limbs:
    """The number in `words` modulo the product of `bases`, as limbs.

    The most significant word comes first and may have 64 bits, all others have 32: so has what is left to divide.
    """
    limbs = []
    for base in bases:
        quotient: Limbs = []
        rest: Column | None = None
        for word in words:
            number = word if rest is None else rest << np.uint64(32) | word
            whole = number // np.uint64(base)
            rest = number - whole * np.uint64(base)
            quotient.append(whole)
        limbs.append(words[0] if rest is None else rest)
        words = quotient
    return limbs


def _plus(half: Limbs, other: Limbs, bases: list[int]) -> Limbs:
    made: Limbs = []
    carry: npt.NDArray[np.bool] | np.bool = np.False_
    for left, right, base in zip(half, other, bases, strict=True):
        total = left + right + carry
        carry = total >= np.uint64(base)
        made.append(np.minimum(total, total - np.uint64(base)))  # below the base, the difference wraps around
    return made


def _minus(half: Limbs, other: Limbs, bases: list[int]) -> Limbs:
    made: Limbs = []
    borrow: npt.NDArray[np.bool] | np.bool = np.False_
    for left, right, base in zip(half, other, bases, strict=True):
        taken = right + borrow
        borrow = left < taken
        made.append(np.minimum(left - taken, left - taken + np.uint64(base)))  # below zero, the difference wraps around
    return made
