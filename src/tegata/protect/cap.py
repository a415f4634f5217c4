"""At most n subjects leave: the first n that come, and all later records of the same ones."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence

import polars as pl

from tegata.protect.means import Admitted


class Cap:
    """Counts distinct subjects exactly. Memory is that of `most` digests of 16 bytes, whatever the size of the table.

    A record without any cell of the key, and every record when there is no key, is a subject of its own: that can
    only let fewer people through.
    """

    def __init__(self, most: int, key: Sequence[str], kind: str = "", admitted: Admitted | None = None) -> None:
        """`kind` names what `key` is, so that tables can call it differently (empty: its columns do)."""
        self.most = most
        self.withheld = 0
        self._key = list(key)
        self._kind = kind or "\0".join(key)
        self._admitted = set[bytes]() if admitted is None else admitted.subjects
        self._table = "" if admitted is None else admitted.table
        self._rows = 0

    @property
    def subjects(self) -> int:
        return len(self._admitted)

    def admit(self, frame: pl.DataFrame) -> pl.DataFrame:
        """The records of subjects within the cap."""
        subjects = self._subjects(frame)
        self._rows += frame.height
        let_in = [subject for subject in subjects.unique(maintain_order=True) if self._may_pass(subject)]
        passed = frame.filter(subjects.is_in(let_in))
        self.withheld += frame.height - passed.height
        return passed

    def _subjects(self, frame: pl.DataFrame) -> pl.Series:
        """One text per record: the key as JSON (unambiguous), or something of its own."""
        number = pl.lit(f"row of {self._table} ") + (pl.int_range(pl.len()) + self._rows).cast(pl.String)
        if not self._key:
            return frame.select(number).to_series()
        known = pl.any_horizontal(pl.col(self._key).is_not_null())
        values = pl.struct(pl.col(name).alias(str(place)) for place, name in enumerate(self._key))
        named = pl.lit(self._kind + "\0") + values.struct.json_encode()
        return frame.select(pl.when(known).then(named).otherwise(number)).to_series()

    def _may_pass(self, subject: str) -> bool:
        digest = hashlib.blake2b(subject.encode(), digest_size=16).digest()
        if digest not in self._admitted and len(self._admitted) < self.most:
            self._admitted.add(digest)
        return digest in self._admitted
