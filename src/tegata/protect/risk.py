"""Risk that is left, measured on what leaves: how many records look alike over the quasi-identifiers."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Final

import polars as pl

from tegata.model.base import Text, t
from tegata.model.plan import Diversity, ProtectionPlan
from tegata.model.step import RedactText, Telling

MAX_CLASSES: Final = 500_000  # distinct combinations that are counted; more would take memory without bound
COUNT: Final = ""  # name of the column of counts: no column of a table has it
_MERGE_AT: Final = 250_000  # rows of partial counts


def quasi_identifiers(plan: ProtectionPlan) -> tuple[str, ...]:
    """Columns that leave with a meaning and by which people can be recognised: those of the demand for k-anonymity;
    without one, generalised, coded and rounded ones, and those that the plan keeps by an explicit step. Columns that
    merely follow `otherwise` are not among them, nor is text, in which hardly two records are alike."""
    if plan.anonymity:
        return tuple(quasi.column for quasi in plan.anonymity.quasi_identifiers)
    return tuple(s.column for s in plan.steps if isinstance(s, Telling) and not isinstance(s, RedactText))


class Classes:
    """Sizes of the equivalence classes over some columns, exact, in bounded memory."""

    def __init__(
        self,
        columns: Sequence[str],
        coarser: Callable[[pl.DataFrame], pl.DataFrame | None] = lambda _: None,
        most: int | None = None,
    ) -> None:
        """`coarser` is asked when there are more than `most` combinations (none given: MAX_CLASSES), until it has
        nothing coarser to offer."""
        self.columns = list(columns)
        self._coarser = coarser
        self._most = MAX_CLASSES if most is None else most
        self._parts: list[pl.DataFrame] = []
        self._pending = 0
        self.too_many = False

    def add(self, frame: pl.DataFrame) -> None:
        if not self.columns or self.too_many or not frame.height:
            return
        part = frame.group_by(self.columns).agg(pl.len().cast(pl.UInt64).alias(COUNT))
        self._parts.append(part)
        self._pending += part.height
        if self._pending > min(_MERGE_AT, self._most):
            self._merge()

    def counted(self, columns: Sequence[str] | None = None) -> pl.DataFrame | None:
        """Each combination (in `columns`) with its number of records in COUNT; None when there is nothing to count, or
        too much."""
        self._merge()
        if not self._parts or columns == []:
            return None
        return self._parts[0] if columns is None else _grouped(self._parts[0], columns)

    def note(self) -> Text | None:
        """Why nothing was measured, when nothing was."""
        if not self.columns:
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

    def _merge(self) -> None:
        if len(self._parts) > 1:
            self._parts = [_grouped(pl.concat(self._parts), self.columns)]
        while self._parts and self._parts[0].height > self._most:
            coarser = self._coarser(self._parts[0])
            self._parts, self.too_many = ([], True) if coarser is None else ([_grouped(coarser, self.columns)], False)
        self._pending = 0


def _grouped(counted: pl.DataFrame, columns: Sequence[str]) -> pl.DataFrame:
    return counted.group_by(columns).agg(pl.col(COUNT).sum())


class SensitiveClasses:
    """What groups of records alike tell of one sensitive column, exact, in bounded memory."""

    def __init__(self, quasi: Sequence[str], sensitive: str) -> None:
        self._quasi, self._sensitive = list(quasi), sensitive
        self._classes = Classes([*quasi, sensitive])

    def add(self, frame: pl.DataFrame) -> None:
        self._classes.add(frame)

    def diversity(self) -> Diversity:
        """l: distinct l-diversity (Machanavajjhala et al., ACM TKDD 1(1), 2007); an empty cell is a value too.
        t: t-closeness (Li et al., ICDE 2007) by the equal ground distance, that is half the sum of the differences."""
        counted = self._classes.counted()
        if counted is None:
            return Diversity(column=self._sensitive, l=None, t=None)
        by_group = counted.group_by(self._quasi).agg(pl.len().alias("l"))
        return Diversity(column=self._sensitive, l=int(by_group["l"].min()), t=self._greatest_distance(counted))  # type: ignore[arg-type]

    def _greatest_distance(self, counted: pl.DataFrame) -> float:
        count, rows = pl.col(COUNT), float(counted[COUNT].sum())
        shares = counted.with_columns(
            (count / count.sum().over(self._quasi)).alias("\0in group"),
            (count.sum().over(self._sensitive) / rows).alias("\0in table"),
        )
        # Half the sum of |in group - in table| is the sum of its positive terms: values that a group lacks have none.
        above = (pl.col("\0in group") - pl.col("\0in table")).clip(0).sum()
        distances = shares.group_by(self._quasi).agg(above.alias("\0t"))["\0t"]
        return min(1.0, round(float(distances.max()), 9))  # type: ignore[arg-type]


def still_learnt(k: int, marketer: float, diversity: Sequence[Diversity]) -> tuple[Text, ...]:
    """What an attacker learns who knows the quasi-identifiers of a person."""
    found = t(
        f"who knows these values of a person finds the record with a chance of at most 1 in {k:,}, whether or not "
        f"that the person is in the table is known; over all records it is {marketer:.2%} on average",
        f"ある人のこれらの値を知る者がその人のレコードを当てる確率は、表に含まれることを知っていてもいなくても最大で "
        f"1/{k:,}、全レコードの平均では {marketer:.2%} です",
    )
    return found, *(_sensitive_words(one) for one in diversity if one.l is not None and one.t is not None)


def _sensitive_words(one: Diversity) -> Text:
    name = one.column
    if one.l == 1:
        return t(
            f"in some group all records have the same `{name}`: it is learnt without finding the record",
            f"ある集団では全レコードの `{name}` が同じです。レコードを特定せずに知られます",
        )
    return t(
        f"`{name}` stays one of at least {one.l:,} values; its shares in a group differ from those in the table by up "
        f"to {one.t:.2f}",
        f"`{name}` は少なくとも {one.l:,} 通りのうちの 1 つとしか分かりません。集団内の割合と表全体の割合の差は最大 "
        f"{one.t:.2f} です",
    )
