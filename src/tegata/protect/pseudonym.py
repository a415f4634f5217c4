"""Keyed pseudonyms: HMAC-SHA-256 (RFC 2104, FIPS 198-1), truncated to 128 bits, one key per kind of value.

Reference: ENISA, "Pseudonymisation techniques and best practices" (2019): a hash without a key can be
searched through for anything of small range (telephone numbers, national identifiers), a MAC cannot.
"""

from __future__ import annotations

import hashlib
import hmac
from typing import Final

import polars as pl

_LABEL: Final = b"tegata-pseudonym/1\0"
_DIGITS: Final = 32  # hexadecimal: 128 bits
PREFIX: Final = "p-"


class Pseudonyms:
    """Pseudonyms of one kind of value under one key.

    `domain` names the kind: its key is HMAC(key, label || domain), so that equal values of one kind get equal
    pseudonyms, in whatever column or batch, and values of different kinds never do. The exact text counts: two
    spellings of a number are two values.
    """

    def __init__(self, key: bytes, domain: str) -> None:
        # RFC 2104 with both padded keys hashed once: copying those states halves the time of `hmac` per value.
        block = hmac.digest(key, _LABEL + domain.encode(), "sha256").ljust(64, b"\0")
        self._inner = hashlib.sha256(bytes(byte ^ 0x36 for byte in block))
        self._outer = hashlib.sha256(bytes(byte ^ 0x5C for byte in block))

    def of(self, value: str) -> str:
        inner, outer = self._inner.copy(), self._outer.copy()
        inner.update(value.encode())
        outer.update(inner.digest())
        return PREFIX + outer.hexdigest()[:_DIGITS]

    def column(self, values: pl.Series) -> pl.Series:
        """Each distinct value of the batch is computed once."""
        distinct = values.unique().drop_nulls()
        made = pl.Series([self.of(value) for value in distinct], dtype=pl.String)
        return values.replace_strict(distinct, made, return_dtype=pl.String, default=None)
