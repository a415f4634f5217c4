"""Tokens for one release."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Mapping
from typing import Final

import apsw
import polars as pl

from tegata.model.vault import VaultAct
from tegata.vault import sql
from tegata.vault.acts import record
from tegata.vault.file import VaultFile

_AT_ONCE: Final = 100_000  # values


class Handing:
    """Tokens are on the disk before anybody is told them: a release that leaves never holds one that a power cut
    forgets. Memory is that of one batch."""

    def __init__(self, file: VaultFile, source: str, at: dt.datetime) -> None:
        self._file = file
        with file.writing() as database:
            ((number,),) = database.execute(sql.NEW_RELEASE, (at.isoformat(), source))
            self._number = int(str(number))

    def tokens(self, domain: str, values: pl.Series) -> pl.Series:
        """`t-` and 32 hexadecimal digits for each value, the same for the same value of a domain in this vault. Null
        stays null. Raises StoreError."""
        distinct = values.unique().drop_nulls()
        if not distinct.len():
            return values
        parts = [self._of(domain, distinct.slice(at, _AT_ONCE)) for at in range(0, distinct.len(), _AT_ONCE)]
        return values.replace_strict(distinct, pl.concat(parts), default=None, return_dtype=pl.String)

    def left(self, digest: str, at: dt.datetime) -> VaultAct:
        """The copy has come about."""
        with self._file.writing() as database:
            database.execute(sql.RELEASED, (digest, self._number))
            return record(database, at, "released", digest)

    def _of(self, domain: str, values: pl.Series) -> pl.Series:
        places = self._file.sealing.places(domain, values)
        with self._file.writing() as database:
            found = dict(database.execute(sql.KNOWN, (json.dumps(places),)))
            new = {places[at]: value for at, value in enumerate(values) if at not in found}
            made = self._entered(database, domain, new) if new else {}
        numbers = [found[at] if at in found else made[place] for at, place in enumerate(places)]
        return pl.Series(self._file.sealing.tokens(numbers))

    def _entered(self, database: apsw.Connection, domain: str, new: Mapping[str, str]) -> dict[str, int]:
        """The numbers of new values, by their places."""
        database.execute(sql.NEW_DOMAIN, (domain,))
        ((kind,),) = database.execute(sql.DOMAIN, (domain,))
        last = next((int(str(number)) for (number,) in database.execute(sql.LAST_ENTRY)), 0)
        numbers = {place: number for number, place in enumerate(sorted(new), last + 1)}  # the index is filled in order
        database.executemany(sql.NEW_ENTRY, (self._entry(p, n, new[p], int(str(kind))) for p, n in numbers.items()))
        return numbers

    def _entry(self, place: str, number: int, value: str, kind: int) -> tuple[int, bytes, bytes, int, int]:
        at = bytes.fromhex(place)
        return number, at, self._file.sealing.seal(value, at, number), kind, self._number
