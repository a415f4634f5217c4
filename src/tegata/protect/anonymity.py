"""k-anonymity of a table that need not fit into memory: its distinct combinations do.

Source: P. Samarati, "Protecting respondents' identities in microdata release", IEEE TKDE 13(6), 2001.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import polars as pl

from tegata.model.base import t
from tegata.model.errors import InputError
from tegata.model.plan import KAnonymity, StepReport
from tegata.protect.combinations import Combinations
from tegata.protect.hierarchy import Level, levels, raised
from tegata.protect.lattice import UNIT, Ladder, Measured, Table, search
from tegata.protect.risk import COUNT


class Anonymity:
    """What was chosen for one table, ready for its batches.

    Guarantee: every record that leaves shares the values of its quasi-identifiers with at least k - 1 others. Nothing
    is promised about other columns, nor about what all records of a group have in common (see l and t).
    """

    def __init__(self, asked: KAnonymity, table: Combinations) -> None:
        """Raises:
        InputError: the table has records, but fewer than k.
        """
        ways = {quasi.column: levels(quasi.hierarchy) for quasi in asked.quasi_identifiers}
        counted = table.counted()
        found = _least_loss(asked, ways, table, counted)
        tops = dict(zip(ways, found.node, strict=True))
        self._names = list(ways)
        self._levels = {name: way[: tops[name] + 1] for name, way in ways.items()}
        self.loss = found.loss / (max(1, int(counted[COUNT].sum())) * len(ways) * UNIT)
        above = {name: way[table.floors[name] + 1 : tops[name] + 1] for name, way in ways.items()}
        sizes = _raised(counted, above).group_by(self._names).agg(pl.col(COUNT).sum())
        self._too_small = sizes.filter(pl.col(COUNT) < asked.k).select(self._names)
        self.suppressed = 0
        self._cells, self._changed = dict.fromkeys(self._names, 0), dict.fromkeys(self._names, 0)

    def on(self, frame: pl.DataFrame) -> pl.DataFrame:
        """The records of large enough groups, coarser."""
        made = _raised(frame, self._levels)
        for name in self._names:
            self._cells[name] += frame.height - frame[name].null_count()
            self._changed[name] += int(frame[name].ne_missing(made[name]).sum())
        kept = made.join(self._too_small, on=self._names, how="anti", nulls_equal=True, maintain_order="left")
        self.suppressed += made.height - kept.height
        return kept

    def coarser(self, frame: pl.DataFrame) -> pl.DataFrame:
        """Values of some quasi-identifiers as they leave, whoever they belong to."""
        return _raised(frame, {name: way for name, way in self._levels.items() if name in frame.columns})

    def report(self) -> tuple[StepReport, ...]:
        return tuple(
            StepReport(
                column=name,
                op="k_anonymity",
                cells=self._cells[name],
                changed=self._changed[name],
                guarantee=steps[-1].words,
            )
            for name, steps in self._levels.items()
        )


def _raised(frame: pl.DataFrame, ways: Mapping[str, Sequence[Level]]) -> pl.DataFrame:
    return frame.with_columns(raised(frame[name], way) for name, way in ways.items())


def _least_loss(
    asked: KAnonymity, ways: Mapping[str, Sequence[Level]], table: Combinations, counted: pl.DataFrame
) -> Measured:
    if not counted.height:
        return Measured((0,) * len(ways), 0, 0)
    ladders, places = [], []
    for name, way in ways.items():
        values = table.values[name].sort()
        at_levels = [raised(values, way[: top + 1]) for top in range(len(way))]
        ladders.append(Ladder(at_levels))
        # Any value stands for all that are one at the floor: they are one at every level above it too.
        floor = pl.DataFrame({"value": at_levels[table.floors[name]], "place": range(len(values))})
        some = floor.group_by("value", maintain_order=True).first()
        places.append(counted[name].replace_strict(some["value"], some["place"], return_dtype=pl.Int64).to_numpy())
    held = Table(np.stack(places), counted[COUNT].cast(pl.Int64).to_numpy(), ladders)
    found = search(held, asked.k, int(asked.max_suppressed * held.rows), tuple(table.floors.values()))
    if found is None:
        raise _too_few(asked, held.rows)
    return found


def _too_few(asked: KAnonymity, rows: int) -> InputError:
    return InputError(
        t(f"the table cannot be made {asked.k:,}-anonymous", f"この表は k={asked.k:,} の匿名性を満たせません"),
        why=t(
            f"it has {rows:,} records, fewer than k; nothing was written",
            f"レコードが {rows:,} 件しかなく k に足りません。何も書き込んでいません",
        ),
        hint=t("lower `k`, or release counts only", "`k` を下げるか、集計値だけを出してください"),
    )
