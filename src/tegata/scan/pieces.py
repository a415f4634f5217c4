"""Whether values of a column stand in pieces in others, side by side: `090`, `1234`, `5678`. No loop over values.

Of long numbers and addresses only (`copies.is_sure`), under the same control by the records before.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator

import polars as pl

from tegata.scan.copies import BESIDE, SURE, Tally, is_sure, shortest_sure
from tegata.scan.folding import EDGE, Records, Values, folded


class Pieces:
    """What was seen of each column in the batches so far."""

    def __init__(self) -> None:
        self._seen: defaultdict[str, Tally] = defaultdict(Tally)

    def found(self, values: Values, records: Records) -> Iterator[tuple[str, str]]:
        """Columns of `values`, after the column of the records in which such a value of theirs begins."""
        cells = records.cells
        if cells.width < 2:
            return
        others = values.within(records, records.longest, shortest_sure(records))
        if not others.width:
            return
        record = records.column.str.replace_all(EDGE, "", literal=True)
        stands = (pl.lit(record).str.contains(pl.col(name), literal=True).any().alias(name) for name in others.columns)
        met = others.select(stands).row(0, named=True)
        for name in (name for name, stands in met.items() if stands):
            apart = _stand(record, name, 0) & ~_whole(folded(cells), others[name])
            here = others.select(apart).to_series()
            beside = [_stand(record, name, distance) for distance in range(1, BESIDE + 1)]
            counts = [pl.col(name).shift(at).filter(one).n_unique().alias(str(at)) for at, one in enumerate(beside, 1)]
            own = others[name].filter(here).n_unique()
            if self._seen[name].add(own, others.select(counts).row(0), SURE):
                at = here.arg_true()[0]
                yield _begins(folded(cells).row(at, named=True), others[name][at]), name


def _stand(record: pl.Series, name: str, distance: int) -> pl.Expr:
    value = pl.col(name).shift(distance)
    return (pl.lit(record).str.contains(value, literal=True) & is_sure(value)).fill_null(value=False)


def _whole(cells: pl.DataFrame, values: pl.Series) -> pl.Series:
    """Where a value stands in one cell of its record: that is no matter of pieces."""
    side = pl.concat([cells.rename(lambda name: f"t{name}"), values.alias("v").to_frame()], how="horizontal")
    stands = (pl.col(f"t{name}").str.contains(pl.col("v"), literal=True) for name in cells.columns)
    return side.select(pl.any_horizontal(stands).fill_null(value=False).alias("")).to_series()


def _begins(record: dict[str, str | None], value: str) -> str:
    """The column in which a value begins that stands in the cells of a record, one after the other."""
    start, passed = "".join(cell or "" for cell in record.values()).index(value), 0
    for name, cell in record.items():
        passed += len(cell or "")
        if start < passed:
            return name
    raise ValueError("it does not stand there")
