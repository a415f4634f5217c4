"""Codes and numbers encrypted in their own form: the same length, alphabet and separators, by FF1 (`ff1.py`).

A value is read as the characters of its alphabet; separators (spaces and punctuation of ASCII) stay where they are.
What holds any other character cannot be read, and becomes null rather than leave in part.
"""

from __future__ import annotations

import string
from collections.abc import Callable, Iterator, Mapping
from typing import Any, Final

import numpy as np
import polars as pl

from tegata.model.base import t
from tegata.model.errors import InputError
from tegata.protect.aes import derived_key
from tegata.protect.ff1 import SMALLEST_DOMAIN, Ff1
from tegata.protect.letters import Bytes, joined, written

ALPHABETS: Final[Mapping[str, str]] = {
    "digits": string.digits,
    "upper": string.digits + string.ascii_uppercase,
    "alphanumeric": string.digits + string.ascii_letters,
}
_LABEL: Final = b"tegata-fpe/1\0"
_NOTHING: Final = pl.Series([None], dtype=pl.String)
_SEPARATOR, _FOREIGN = 254, 255


class FormatPreserving:
    """The permutation of values of one kind under one key.

    `domain` names the kind and is FF1's tweak: equal values of one kind have equal ciphertexts in whatever column, and
    those of different kinds tell nothing of each other. Separators and full-width forms make no difference, case does.
    """

    def __init__(self, key: bytes, domain: str, alphabet: str) -> None:
        symbols = ALPHABETS[alphabet].encode()
        self._symbols = np.frombuffer(symbols, np.uint8)
        self._numeral = _numerals_of(symbols)
        self._ff1 = Ff1(derived_key(key, _LABEL + alphabet.encode()), len(symbols), domain.encode())

    def column(self, values: pl.Series) -> pl.Series:
        """Every value encrypted; null where it cannot be read.

        Raises:
            InputError: a value has so few characters that its ciphertext would not protect it.
        """
        return self._each(values, self._ff1.encrypt).alias(values.name)

    def restored(self, values: pl.Series) -> pl.Series:
        """The inverse of `column`, for whoever holds the key."""
        return self._each(values, self._ff1.decrypt).alias(values.name)

    def _each(self, values: pl.Series, work: Callable[[Bytes], Bytes]) -> pl.Series:
        text = plain(values)
        length = text.str.len_bytes()
        if length.null_count() == 0 and length.n_unique() == 1:  # codes of one form, as a rule
            return self._of_one_length(text, values.name, work)
        places = [(length == size).arg_true() for size in length.unique().drop_nulls()]
        made = [self._of_one_length(text.gather(rows), values.name, work) for rows in places]
        unread = length.is_null().arg_true()
        made.append(_NOTHING.new_from_index(0, unread.len()))
        return pl.concat(made).gather(pl.concat([*places, unread]).arg_sort())

    def _of_one_length(self, text: pl.Series, name: str, work: Callable[[Bytes], Bytes]) -> pl.Series:
        """`text` of ASCII, all values of the same length."""
        letters = np.frombuffer(joined(text), np.uint8).reshape(text.len(), -1)
        cells = letters.copy()
        numerals, unread = self._numeral.take(letters), None
        for count, places in _places(numerals):
            if not count:
                cells[places] = ord("?")
                unread = places
                continue
            if len(self._symbols) ** count < SMALLEST_DOMAIN:
                raise _too_small(name, numerals[places].size // count, count, len(self._symbols))
            read = numerals[places]
            made = self._symbols.take(work(read.reshape(-1, count)))
            cells[places] = made.reshape(read.shape)
        lines = written(cells)
        return lines if unread is None else lines.zip_with(pl.Series(~unread), _NOTHING)


def _places(numerals: Bytes) -> Iterator[tuple[int, Any]]:
    """How many numerals values have, and an index of where these stand, one by one value; 0 and the values that cannot
    be read.

    Codes are of one form as a rule; then what a value has stands in columns, which are taken much faster than places.
    """
    place = numerals < _SEPARATOR
    if numerals.max(initial=0) < _FOREIGN and place[0].any() and (place == place[0]).all():
        yield int(place[0].sum()), np.s_[:, :] if place[0].all() else np.s_[:, np.flatnonzero(place[0])]
        return
    counts = np.count_nonzero(place, axis=1)
    counts[(numerals == _FOREIGN).any(axis=1)] = 0  # not one of its characters may leave as it is
    for count in np.unique(counts).tolist():
        alike = counts == count
        yield count, place & alike[:, None] if count else alike


def plain(values: pl.Series) -> pl.Series:
    """Full-width digits, letters and hyphens as ASCII; null for text that has other characters, or none."""
    length = values.str.len_bytes()
    if (length == values.str.len_chars()).all() and length.min() != 0:
        return values
    values = values.str.normalize("NFKC").str.replace_all("[\u2010-\u2015\u2212]", "-")
    length = values.str.len_bytes()
    return values.zip_with((length == values.str.len_chars()) & (length > 0), _NOTHING)


def _numerals_of(symbols: bytes) -> Bytes:
    """What each byte stands for: its place in the alphabet, a separator, or neither."""
    table = np.full(256, _FOREIGN, np.uint8)
    table[list(b" " + string.punctuation.encode())] = _SEPARATOR
    table[list(symbols)] = np.arange(len(symbols), dtype=np.uint8)
    return table


def _too_small(column: str, values: int, length: int, radix: int) -> InputError:
    return InputError(
        t(
            f"{values:,} values of `{column}` are too short to be encrypted in their form",
            f"`{column}` の {values:,} 個の値は短すぎて形式保持暗号化ができません",
        ),
        why=t(
            f"{length} characters of {radix} kinds have fewer than {SMALLEST_DOMAIN:,} values, all of which could be "
            "tried; nothing was written",
            f"{radix} 種の文字 {length} 個では {SMALLEST_DOMAIN:,} 通り未満で、総当たりされます。"
            "何も書き込んでいません",
        ),
        hint=t("use `pseudonymise` for this column", "この列には `pseudonymise` を指定してください"),
    )
