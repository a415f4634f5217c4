"""Values under AES-256-SIV (RFC 5297), a whole column at a time, and opened again by the library's own AES-SIV.

A cell becomes `e-` and the base64url of nonce, synthetic initialisation vector and ciphertext, 16 bytes of each or a
multiple. What is encrypted is the value, a one and zeros up to a whole block, so that no more than the number of blocks
is told of its length. The nonce is the one component of associated data: another for every value, or one for all
values of a kind, so that equal ones stay equal.
"""

from __future__ import annotations

import base64
import itertools
from collections.abc import Callable
from typing import Final

import numpy as np
import polars as pl
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESSIV

from tegata.protect.aes import (
    BLOCK,
    Aes,
    Blocks,
    derived_key,
    doubled,
    in_parts,
    one_block,
    whole_blocks,
)
from tegata.protect.letters import Bytes, joined, written

PREFIX: Final = "e-"
_LABEL: Final = b"tegata-encrypt/1\0"
_SHORTEST: Final = 3 * BLOCK
_NO_CARRY: Final = one_block(bytes.fromhex("ffffffffffffffff7fffffff7fffffff"))  # 2.5: bits 31 and 63 of the counter

Nonces = Callable[[int], Blocks]
"""A block for each of so many values."""


def field_key(key: bytes) -> bytes:
    """The 64 bytes of AES-256-SIV: the halves for the vector and for the counter (2.2)."""
    return derived_key(key, _LABEL + b"vector") + derived_key(key, _LABEL + b"counter")


def one_nonce(key: bytes, domain: str) -> Nonces:
    """The same for all values of a kind, which tells nothing of its name."""
    nonce = one_block(derived_key(key, _LABEL + b"kind\0" + domain.encode())[:BLOCK])
    return lambda count: np.repeat(nonce, count, axis=0)


def different_nonces(key: bytes, salt: bytes, column: str) -> Nonces:
    """Another for each value of a release: a block cipher of its number. `salt` is another for each release."""
    cipher = Aes(derived_key(key, _LABEL + b"nonce\0" + derived_key(salt, column.encode())))
    numbers = itertools.count()

    def drawn(count: int) -> Blocks:
        block = np.zeros((count, 2), np.uint64)
        block[:, 0] = np.fromiter(numbers, np.uint64, count)
        return cipher.blocks(block)

    return drawn


class Fields:
    """Encrypts columns of text under one key."""

    def __init__(self, key: bytes, nonces: Nonces) -> None:
        both = field_key(key)
        self._vector, self._counter = Aes(both[:32]), Aes(both[32:])
        self._nonces = nonces
        first = doubled(self._vector.block(bytes(BLOCK)))  # subkey of SP 800-38B for whole blocks
        self._subkey = one_block(first)
        zeros = self._vector.blocks(one_block(bytes(BLOCK)) ^ self._subkey).tobytes()  # the MAC of a block of zeros
        self._start = one_block(doubled(zeros))

    def column(self, values: pl.Series) -> pl.Series:
        """Null stays null."""
        return in_parts(values, self._part)

    def _part(self, values: pl.Series) -> pl.Series:
        padded, blocks = whole_blocks(values.fill_null(""))
        nonces = self._nonces(values.len())
        places = [(blocks == count).arg_true() for count in blocks.unique()]
        made = [self._of(padded.gather(rows), nonces[rows.to_numpy()]) for rows in places]
        return pl.concat(made).gather(pl.concat(places).arg_sort())

    def _of(self, padded: pl.Series, nonces: Blocks) -> pl.Series:
        """Values of one number of blocks."""
        data = np.frombuffer(joined(padded), np.uint64).reshape(padded.len(), -1, 2)
        vectors = self._synthetic(data, nonces)
        sealed = data ^ self._stream(vectors, data.shape[1])
        rows = np.concatenate([nonces[:, None], vectors[:, None], sealed], axis=1)
        return _lines(rows.reshape(padded.len(), -1).view(np.uint8))

    def _synthetic(self, data: Blocks, nonces: Blocks) -> Blocks:
        """S2V (2.4) of the nonce and a text of whole blocks."""
        mixed = self._start ^ self._vector.blocks(nonces ^ self._subkey)
        ended = data.copy()
        ended[:, -1] ^= mixed
        return self._vector.chain(ended, self._subkey)

    def _stream(self, vectors: Blocks, blocks: int) -> Blocks:
        """The key stream of the counter mode (2.5), of shape (n, blocks, 2)."""
        counters = np.repeat((vectors & _NO_CARRY)[:, None], blocks, axis=1)
        words = counters.view(">u4")
        words[:, :, 3] += np.arange(blocks, dtype=np.uint32)
        return self._counter.blocks(counters.reshape(-1, 2)).reshape(-1, blocks, 2)


def _lines(rows: Bytes) -> pl.Series:
    """Each row as base64url, filled up with zero bytes so that all of them are one text that can be cut."""
    count, width = rows.shape
    filled = np.zeros((count, -width // 3 * -3), np.uint8)
    filled[:, :width] = rows
    letters = base64.urlsafe_b64encode(filled.tobytes())
    return written(np.frombuffer(letters, np.uint8).reshape(count, -1), PREFIX)


class Opener:
    """Opens cells of `Fields` under the same key."""

    def __init__(self, key: bytes) -> None:
        self._siv = AESSIV(field_key(key))

    def value(self, cell: str) -> str:
        """Raises ValueError: it is no such cell, it was changed, or the key is another one."""
        told = base64.b64decode(cell.removeprefix(PREFIX), altchars=b"-_", validate=True)
        data = told[: len(told) // BLOCK * BLOCK]
        if not cell.startswith(PREFIX) or len(data) < _SHORTEST or any(told[len(data) :]):
            raise ValueError("no encrypted value")
        try:
            padded = self._siv.decrypt(data[BLOCK:], [data[:BLOCK]])
        except InvalidTag:
            raise ValueError("another key, or changed") from None
        return padded[: padded.rindex(1)].decode()
