"""Keyed pseudonyms: AES-256-CMAC (NIST SP 800-38B) of every value of a column, 128 bits, one key per kind of value.

Reference: ENISA, "Pseudonymisation techniques and best practices" (2019): a hash without a key can be
searched through for anything of small range (telephone numbers, national identifiers), a MAC cannot.
"""

from __future__ import annotations

from typing import Final

import numpy as np
import polars as pl

from tegata.protect.aes import BLOCK, Aes, derived_key, doubled, elements, in_parts, one_block, whole_blocks
from tegata.protect.letters import hexadecimal, joined, written

_LABEL: Final = b"tegata-pseudonym/2\0"
PREFIX: Final = "p-"


class Pseudonyms:
    """Pseudonyms of one kind of value under one key.

    `domain` names the kind: its key is HMAC(key, label || domain), so that equal values of one kind get equal
    pseudonyms, in whatever column or batch, and values of different kinds never do. The exact text counts: two
    spellings of a number are two values.
    """

    def __init__(self, key: bytes, domain: str) -> None:
        self._aes = Aes(derived_key(key, _LABEL + domain.encode()))
        self._subkey = one_block(doubled(self._aes.block(bytes(BLOCK))))

    def column(self, values: pl.Series) -> pl.Series:
        """One pseudonym per value: `p-` and 32 hexadecimal digits. Null stays null."""
        return in_parts(values, self._part)

    def _part(self, values: pl.Series) -> pl.Series:
        padded, blocks = whole_blocks(values.fill_null(""))
        macs = np.empty(values.len(), f"V{BLOCK}")
        for count in blocks.unique():
            rows = (blocks == count).arg_true()
            data = np.frombuffer(joined(padded.gather(rows)), np.uint64).reshape(-1, count, 2)
            # SP 800-38B, 6.2, of messages of whole blocks
            macs[rows.to_numpy()] = elements(self._aes.chain(data, self._subkey))
        return written(hexadecimal(macs.view(np.uint8).reshape(-1, BLOCK)), PREFIX)
