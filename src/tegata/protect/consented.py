"""Only records of people who have given their consent."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import polars as pl

from tegata.model.base import Text, sha256, t
from tegata.protect.keyed import hashed

DOMAIN = "subject"


def subjects(key: bytes, values: pl.Series) -> np.ndarray:
    """Who the values name, as sorted numbers under `key`, each once. Blanks around a value do not count."""
    return hashed(key, DOMAIN, _bare(values)).drop_nulls().unique().sort().to_numpy()


class Consented:
    """Lets through the records of `subjects`, by the values of one column. A record without a value is nobody's."""

    def __init__(self, key: bytes, column: str, subjects: np.ndarray) -> None:
        self.column = column
        self.digest = sha256(subjects.tobytes())
        self.withheld = 0
        self._key = key
        self._subjects = subjects

    def over(self, frames: Iterator[pl.DataFrame]) -> Iterator[pl.DataFrame]:
        """One pass over a table."""
        self.withheld = 0
        return map(self._admitted, frames)

    def note(self) -> Text:
        withheld = f"{self.withheld:,}"
        return t(
            f"{withheld} records of people without consent do not leave",
            f"同意のない人の {withheld} 件のレコードは出ません",
        )

    def _admitted(self, frame: pl.DataFrame) -> pl.DataFrame:
        who = hashed(self._key, DOMAIN, _bare(frame[self.column]))
        passed = frame.filter(pl.Series(self._has(who.fill_null(0).to_numpy())) & who.is_not_null())
        self.withheld += frame.height - passed.height
        return passed

    def _has(self, who: np.ndarray) -> np.ndarray:
        if not self._subjects.size:
            return np.zeros(who.size, bool)
        places = np.searchsorted(self._subjects, who)
        found: np.ndarray = self._subjects[np.minimum(places, self._subjects.size - 1)] == who
        return found


def _bare(values: pl.Series) -> pl.Series:
    return values.cast(pl.String).str.strip_chars()
