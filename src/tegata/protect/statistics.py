"""Counts and figures with noise (differential privacy) of the records that a plan's steps leave, through OpenDP.

Sources: C. Dwork, F. McSherry, K. Nissim, A. Smith, TCC 2006; the discrete mechanism of C. Canonne, G. Kamath and T.
Steinke, NeurIPS 2020, as OpenDP proves and draws it.
"""

from __future__ import annotations

import hashlib
import importlib.util
import itertools
import math
from collections.abc import Sequence
from fractions import Fraction
from typing import TYPE_CHECKING, Any, Final

from tegata.model.base import Text, t
from tegata.model.errors import InputError
from tegata.model.plan import ProtectionPlan
from tegata.model.statistics import Statistics
from tegata.model.step import Drop, Generalise, Keep, Mask, RedactText, RoundLocation, TopBottomCode
from tegata.protect import figures

if TYPE_CHECKING:
    import polars as pl

OTHER: Final = "*"  # the cell of records with another value, or none
COUNT: Final = "count"  # the name of the column of counts in what leaves
MAX_CELLS: Final = 1_000_000
MAX_PERSONS: Final = 5_000_000
LARGEST_EPSILON: Final = 20.0
# Steps that look at one record at a time: what they make of one tells nothing of others.
_ONE_BY_ONE: Final = (Drop, Keep, Mask, RedactText, Generalise, TopBottomCode, RoundLocation)


def fault(plan: ProtectionPlan) -> Text | None:
    """What is wrong with the statistics that a plan asks for, whatever table it is for."""
    asked = plan.statistics
    if asked is None:
        return None
    return _numbers(asked) or _cells(asked) or _figures(asked) or _steps(asked, plan)


def _numbers(asked: Statistics) -> Text | None:
    if not 0 < asked.epsilon <= LARGEST_EPSILON:
        return t(
            f"`epsilon` is not above 0 and at most {LARGEST_EPSILON:g}",
            f"`epsilon` は 0 より大きく {LARGEST_EPSILON:g} 以下です",
        )
    if asked.budget is not None and not loss(asked) <= asked.budget < math.inf:
        return t("`budget` is below `epsilon`, of all together", "`budget` が `epsilon` の合計より小さい値です")
    if asked.per_person < 1 or (asked.per_person > 1 and not asked.person):
        return t(
            "`per_person` is at least 1, and above 1 it needs `person`",
            "`per_person` は 1 以上です。2 以上には `person` が必要です",
        )
    return None


def _figures(asked: Statistics) -> Text | None:
    over = loss(asked) > LARGEST_EPSILON
    wrong = (figures.fault(one, over=over) for one in asked.figures)
    named = [COUNT, *(one.column for one in asked.count_by), *(n for one in asked.figures for n in figures.titles(one))]
    counted = {one.column for one in asked.count_by}
    if len(set(named)) < len(named) or any(one.column in counted for one in asked.figures):
        return t(
            "a figure stands twice, or is of a column that is counted by", "指標が重複しているか、集計の列と同じです"
        )
    return next((said for said in wrong if said is not None), None)


def _cells(asked: Statistics) -> Text | None:
    names = [one.column for one in asked.count_by]
    if not names:
        return t("`count_by` names no column", "`count_by` に列がありません")
    if len(set(names)) < len(names) or COUNT in names:
        return t("`count_by` names a column twice, or `count`", "`count_by` の列が重複しているか、`count` という名です")
    for one in asked.count_by:
        if not one.values or len(set(one.values)) < len(one.values) or OTHER in one.values:
            return t(
                f"`{one.column}`: `values` is empty, names a value twice, or names `{OTHER}`",
                f"`{one.column}`: `values` が空か、重複しているか、`{OTHER}` を含みます",
            )
    widest = max([figures.Tally(one).width for one in asked.figures], default=1)
    if math.prod(len(one.values) + 1 for one in asked.count_by) * widest > MAX_CELLS:
        return t(f"there are more than {MAX_CELLS:,} cells", f"集計欄が {MAX_CELLS:,} を超えます")
    return None


def _steps(asked: Statistics, plan: ProtectionPlan) -> Text | None:
    if plan.anonymity or plan.cap_subjects is not None:
        return t(
            "k-anonymity and caps look at other records, which the guarantee does not allow",
            "k-匿名性と人数上限は他のレコードに依存するため、保証と両立しません",
        )
    for step in plan.steps:
        if not isinstance(step, _ONE_BY_ONE):
            name = step.column
            return t(f"the step on `{name}` has no place before counting", f"`{name}` の処理は集計前に使えません")
    left = {step.column for step in plan.steps if not isinstance(step, Drop)}
    gone = {step.column for step in plan.steps if isinstance(step, Drop)}
    for one in (*asked.count_by, *asked.figures):
        if one.column in gone or (plan.otherwise == "drop" and one.column not in left):
            return t(f"`{one.column}` does not leave the steps", f"`{one.column}` は処理の後に残りません")
    return None


def loss(asked: Statistics) -> Fraction:
    """Epsilon of counts and figures together, exactly as they are written: 0.1 is a tenth."""
    return sum(
        (Fraction(str(one.epsilon)) for one in (asked, *asked.figures) if math.isfinite(one.epsilon)), Fraction()
    )


def scale(reach: int, epsilon: float) -> float:
    """Of the Laplace distribution, where one person changes all numbers together by at most `reach`."""
    return reach / epsilon * (1 + 1e-12)


def guarantee(asked: Statistics) -> Text:
    total = float(loss(asked))
    times, off = math.exp(total), math.ceil(scale(asked.per_person, asked.epsilon) * math.log(20))
    en = f" with up to {asked.per_person:,} records each" if asked.person else ""
    ja = f"（1 人最大 {asked.per_person:,} 件）" if asked.person else "（1 レコードを 1 人とみなす）"
    return t(
        f"whether any one person{en} stands in the table changes the chance of any answer by a factor of at most "
        f"{times:.3g} (epsilon {total:g}), whatever else is known; 19 of 20 counts are off by at most {off:,}",
        f"ある 1 人{ja}が表に含まれるか否かで、どの結果の確率も最大 {times:.3g} 倍しか変わりません"
        f"（ε = {total:g}）。他に何を知られていても同じです。20 のうち 19 の件数は誤差 {off:,} 以内です",
    )


class Counting:
    """The exact counts, while batches come; `noisy` is what may leave of them."""

    def __init__(self, asked: Statistics) -> None:
        """Raises:
        InputError: OpenDP is not installed.
        """
        if importlib.util.find_spec("opendp") is None:
            raise _not_installed()
        self._asked = asked
        self._columns = [one.column for one in asked.count_by]
        self.counts: dict[tuple[str, ...], int] = {}
        self.tallies = [figures.Tally(one) for one in asked.figures]
        self._told = list(dict.fromkeys([*self._columns, *(one.column for one in asked.figures)]))
        self._seen: dict[bytes, int] = {}

    def add(self, before: pl.DataFrame, made: pl.DataFrame) -> None:
        """Records as they were, for who they belong to, and as the steps made them.

        Raises:
            InputError: more persons than memory is for.
        """
        import polars as pl

        kept = made.select(self._told) if not self._asked.person else self._bounded(before, made)
        told = kept.with_columns(
            pl.when(pl.col(one.column).is_in(one.values))
            .then(pl.col(one.column))
            .otherwise(pl.lit(OTHER))
            .alias(one.column)
            for one in self._asked.count_by
        )
        for *cell, count in told.group_by(self._columns).len().iter_rows():
            self.counts[tuple(cell)] = self.counts.get(tuple(cell), 0) + count
        for tally in self.tallies:
            tally.add(told, self._columns)

    def noisy(self) -> pl.DataFrame:
        """Every cell of the plan, the empty ones too, with its count and noise drawn by OpenDP."""
        import polars as pl

        cells = list(itertools.product(*([*one.values, OTHER] for one in self._asked.count_by)))
        most = self._asked.per_person
        counts = _with_noise([self.counts.get(cell, 0) for cell in cells], most, self._asked.epsilon)
        columns = {name: [cell[place] for cell in cells] for place, name in enumerate(self._columns)}
        columns |= {COUNT: list(map(str, counts))}
        for tally in self.tallies:
            noisy = _with_noise(tally.of(cells), most * figures.reach(tally.figure), tally.figure.epsilon)
            columns |= tally.told(noisy, counts)
        return pl.DataFrame(columns, schema_overrides=dict.fromkeys(columns, pl.String))

    def _bounded(self, before: pl.DataFrame, made: pl.DataFrame) -> pl.DataFrame:
        """The first records of each person: which they are depends on no other person."""
        import polars as pl

        person = before.select(pl.struct(self._asked.person).struct.json_encode()).to_series()
        keep = [self._may_count(hashlib.blake2b(name.encode(), digest_size=16).digest()) for name in person]
        return made.select(self._told).filter(pl.Series(keep, dtype=pl.Boolean))

    def _may_count(self, person: bytes) -> bool:
        seen = self._seen.get(person, 0)
        if seen >= self._asked.per_person:
            return False
        if not seen and len(self._seen) >= MAX_PERSONS:
            raise _too_many_persons()
        self._seen[person] = seen + 1
        return True


def _with_noise(numbers: Sequence[int], reach: int, epsilon: float) -> list[int]:
    """Numbers that one person changes by at most `reach`, all together. The noise is never drawn from a seed: whoever
    had it could take the noise off again."""
    import opendp.prelude as dp

    dp.enable_features("contrib")
    space = dp.vector_domain(dp.atom_domain(T="i64")), dp.l1_distance(T="i64")
    mechanism: Any = dp.m.make_laplace(*space, scale=scale(reach, epsilon))
    lost = mechanism.map(reach)
    if not lost <= epsilon:
        raise RuntimeError(f"the mechanism loses {lost}, more than {epsilon}")
    return [int(number) for number in mechanism(list(numbers))]


def _not_installed() -> InputError:
    return InputError(
        t("statistics with noise need OpenDP", "雑音付き統計には OpenDP が必要です"),
        why=t("it is not installed; nothing was written", "インストールされていません。何も書き込んでいません"),
        hint="pip install 'tegata[privacy]'",
    )


def _too_many_persons() -> InputError:
    return InputError(
        t(f"the table has more than {MAX_PERSONS:,} persons", f"表に {MAX_PERSONS:,} 人を超える人がいます"),
        why=t("records of each are counted in memory", "1 人ごとのレコード数を記憶しておけません"),
        hint=t(
            "bring the table to one record a person, and leave out `person`",
            "1 人 1 レコードの表にして `person` を省いてください",
        ),
    )
