"""Which values of a column are not rare in a table, exact, in bounded memory."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

import polars as pl

from tegata.model.base import t
from tegata.model.errors import InputError
from tegata.model.plan import ProtectionPlan
from tegata.model.step import SuppressRare
from tegata.protect.risk import COUNT, MAX_CLASSES, Classes


def frequent_values(plan: ProtectionPlan, frames: Iterable[pl.DataFrame]) -> Mapping[str, pl.Series]:
    """For each column with a step `suppress_rare`, the values that as many records have as it asks for.

    Raises:
        InputError: a column has too many values to be counted.
    """
    steps = [step for step in plan.steps if isinstance(step, SuppressRare)]
    counts = {step.column: Classes([step.column]) for step in steps}
    for frame in frames:
        for count in counts.values():
            count.add(frame)
    return {step.column: _enough(step, counts[step.column]) for step in steps}


def _enough(step: SuppressRare, count: Classes) -> pl.Series:
    counted = count.counted()
    if count.too_many:
        raise _too_many(step.column)
    if counted is None:
        return pl.Series(step.column, [], dtype=pl.String)
    return counted.filter(pl.col(COUNT) >= step.least)[step.column].drop_nulls()


def _too_many(column: str) -> InputError:
    return InputError(
        t(f"rare values of `{column}` cannot be told", f"`{column}` の希少な値を判定できません"),
        why=t(
            f"it has more than {MAX_CLASSES:,} distinct values; nothing was written",
            f"値が {MAX_CLASSES:,} 通りを超えます。何も書き込んでいません",
        ),
        hint=t("drop the column, or make it coarser", "列を除くか、より粗くしてください"),
    )
