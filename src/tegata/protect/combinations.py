"""The distinct combinations of quasi-identifiers of a whole table, in bounded memory."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import polars as pl

from tegata.model.base import t
from tegata.model.errors import InputError
from tegata.protect import risk
from tegata.protect.hierarchy import Level, raised


class Combinations:
    """Counts of the combinations, and the distinct values of each column as they are.

    When there are more combinations than memory is for, the column with the most values goes up a level: `floors`
    says at which level each column is held, and below it nothing can be chosen any more.
    """

    def __init__(self, ways: Mapping[str, Sequence[Level]]) -> None:
        self.floors = dict.fromkeys(ways, 0)
        self.values = {name: pl.Series(name, [], dtype=pl.String) for name in ways}
        self._ways = ways
        self._classes = risk.Classes(list(ways), self._coarser)

    def add(self, frame: pl.DataFrame) -> None:
        """Raises:
        InputError: a column has too many values to be held.
        """
        for name, seen in self.values.items():
            self.values[name] = pl.concat([seen, frame[name].unique()]).unique()
            if len(self.values[name]) > risk.MAX_CLASSES:
                raise _too_many(name)
        self._classes.add(
            frame.with_columns(raised(frame[name], self._ways[name][: at + 1]) for name, at in self.floors.items())
        )

    def counted(self) -> pl.DataFrame:
        """Each combination of values at the floors, with its number of records in COUNT."""
        nobody = pl.DataFrame(schema={**dict.fromkeys(self.values, pl.String), risk.COUNT: pl.UInt64})
        counted = self._classes.counted()
        return nobody if counted is None else counted

    def _coarser(self, counted: pl.DataFrame) -> pl.DataFrame:
        name = max(self.floors, key=lambda name: counted[name].n_unique())
        self.floors[name] += 1
        return counted.with_columns(raised(counted[name], [self._ways[name][self.floors[name]]]))


def _too_many(column: str) -> InputError:
    return InputError(
        t("the table cannot be made k-anonymous", "この表に k-匿名性を適用できません"),
        why=t(
            f"`{column}` has more than {risk.MAX_CLASSES:,} distinct values; nothing was written",
            f"`{column}` の値が {risk.MAX_CLASSES:,} 通りを超えます。何も書き込んでいません",
        ),
        hint=t(
            "make it coarser by a step of its own (`generalise`, `round_location`), or drop it",
            "`generalise` や `round_location` であらかじめ粗くするか、列を除いてください",
        ),
    )
