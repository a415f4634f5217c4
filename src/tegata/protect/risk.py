"""Risk that is left, measured on what leaves: how many records look alike over the quasi-identifiers."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import polars as pl

from tegata.model.base import Text, t
from tegata.model.plan import Generalise, Keep, ProtectionPlan, RoundLocation

MAX_CLASSES: Final = 500_000  # distinct combinations that are counted; more would take memory without bound
_MERGE_AT: Final = 250_000  # rows of partial counts


def quasi_identifiers(plan: ProtectionPlan) -> tuple[str, ...]:
    """Columns that leave with a meaning and by which people can be recognised: generalised and rounded ones, and those
    that the plan keeps by an explicit step. Columns that merely follow `otherwise` are not among them."""
    return tuple(step.column for step in plan.steps if isinstance(step, Generalise | RoundLocation | Keep))


class Classes:
    """Sizes of the equivalence classes over some columns, exact, in bounded memory."""

    def __init__(self, columns: Sequence[str]) -> None:
        self._columns = list(columns)
        self._parts: list[pl.DataFrame] = []
        self._pending = 0
        self.too_many = False

    def add(self, frame: pl.DataFrame) -> None:
        if not self._columns or self.too_many or not frame.height:
            return
        part = frame.group_by(self._columns).agg(pl.len().cast(pl.UInt64).alias(""))
        self._parts.append(part)
        self._pending += part.height
        if self._pending > _MERGE_AT:
            self._merge()

    def k(self) -> int | None:
        """Size of the smallest class; None when there is nothing to count or too much."""
        sizes = self._sizes()
        return None if sizes is None else int(sizes.min())  # type: ignore[arg-type]

    def unique_rows(self) -> int | None:
        """Records that are alone in their class."""
        sizes = self._sizes()
        return None if sizes is None else int((sizes == 1).sum())

    def note(self) -> Text | None:
        """Why nothing was measured, when nothing was."""
        if not self._columns:
            return t(
                "k was not measured: the plan names no quasi-identifier that leaves",
                "k は測定していません。計画に、出力に残る準識別子が挙げられていません",
            )
        if self.too_many:
            return t(
                f"k was not measured: the quasi-identifiers have more than {MAX_CLASSES:,} distinct combinations",
                f"k は測定していません。準識別子の組み合わせが {MAX_CLASSES:,} 通りを超えます",
            )
        return None

    def _sizes(self) -> pl.Series | None:
        self._merge()
        return self._parts[0][""] if self._parts else None

    def _merge(self) -> None:
        if len(self._parts) > 1:
            self._parts = [pl.concat(self._parts).group_by(self._columns).agg(pl.col("").sum())]
        if self._parts and self._parts[0].height > MAX_CLASSES:
            self._parts, self.too_many = [], True
        self._pending = 0
