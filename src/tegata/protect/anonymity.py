"""k-anonymity of a table that need not fit into memory: its distinct combinations do.

Source: P. Samarati, "Protecting respondents' identities in microdata release", IEEE TKDE 13(6), 2001.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import polars as pl

from tegata.model.base import t
from tegata.model.errors import InputError
from tegata.model.plan import KAnonymity, StepReport
from tegata.protect.hierarchy import Level, levels, raised
from tegata.protect.lattice import UNIT, Ladder, Measured, Table, search
from tegata.protect.risk import COUNT


class Anonymity:
    """What was chosen for one table, ready for its batches.

    Guarantee: every record that leaves shares the values of its quasi-identifiers with at least k - 1 others. Nothing
    is promised about other columns, nor about what all records of a group have in common (see l and t).
    """

    def __init__(self, asked: KAnonymity, classes: pl.DataFrame) -> None:
        """`classes`: the distinct combinations of the quasi-identifiers, with their numbers of records in COUNT.

        Raises:
            InputError: the table has records, but fewer than k.
        """
        self._names = [quasi.column for quasi in asked.quasi_identifiers]
        ways = [levels(quasi.hierarchy) for quasi in asked.quasi_identifiers]
        found = _least_loss(asked, self._names, ways, classes)
        self._levels = dict(
            zip(self._names, (way[: top + 1] for way, top in zip(ways, found.node, strict=True)), strict=True)
        )
        rows = int(classes[COUNT].sum())
        self.loss = found.loss / (max(1, rows) * len(ways) * UNIT)
        sizes = self._coarser(classes).group_by(self._names).agg(pl.col(COUNT).sum())
        self._too_small = sizes.filter(pl.col(COUNT) < asked.k).select(self._names)
        self.suppressed = 0
        self._cells, self._changed = dict.fromkeys(self._names, 0), dict.fromkeys(self._names, 0)

    def on(self, frame: pl.DataFrame) -> pl.DataFrame:
        """The records of large enough groups, coarser."""
        made = self._coarser(frame)
        for name in self._names:
            self._cells[name] += frame.height - frame[name].null_count()
            self._changed[name] += int(frame[name].ne_missing(made[name]).sum())
        kept = made.join(self._too_small, on=self._names, how="anti", nulls_equal=True, maintain_order="left")
        self.suppressed += made.height - kept.height
        return kept

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

    def _coarser(self, frame: pl.DataFrame) -> pl.DataFrame:
        return frame.with_columns(raised(frame[name], way) for name, way in self._levels.items())


def _least_loss(
    asked: KAnonymity, names: Sequence[str], ways: Sequence[tuple[Level, ...]], classes: pl.DataFrame
) -> Measured:
    if not classes.height:
        return Measured((0,) * len(ways), 0, 0)
    distinct = [classes[name].unique().sort() for name in names]
    places = [
        classes[name].replace_strict(values, pl.int_range(len(values), eager=True), return_dtype=pl.Int64).to_numpy()
        for name, values in zip(names, distinct, strict=True)
    ]
    ladders = [Ladder(_at_each_level(values, way)) for values, way in zip(distinct, ways, strict=True)]
    table = Table(np.stack(places, axis=1), classes[COUNT].cast(pl.Int64).to_numpy(), ladders)
    found = search(table, asked.k, int(asked.max_suppressed * table.rows))
    if found is None:
        raise _too_few(asked, table.rows)
    return found


def _at_each_level(values: pl.Series, way: Sequence[Level]) -> list[pl.Series]:
    return [raised(values, way[: top + 1]) for top in range(len(way))]


def _too_few(asked: KAnonymity, rows: int) -> InputError:
    return InputError(
        t(f"the table cannot be made {asked.k:,}-anonymous", f"この表は k={asked.k:,} の匿名性を満たせません"),
        why=t(
            f"it has {rows:,} records, fewer than k; nothing was written",
            f"レコードが {rows:,} 件しかなく k に足りません。何も書き込んでいません",
        ),
        hint=t("lower `k`, or release counts only", "`k` を下げるか、集計値だけを出してください"),
    )
