"""Whether a demand for k-anonymity means something, whatever table it is for."""

from __future__ import annotations

import math
from collections.abc import Sequence
from itertools import pairwise
from typing import Final

from tegata.model.base import Text, t
from tegata.model.plan import Dates, Grid, Hierarchy, KAnonymity, Prefixes, ProtectionPlan, Ranges, Taxonomy
from tegata.model.step import Telling
from tegata.protect.grid import LARGEST_ERROR_M
from tegata.protect.taxonomy import depth

MAX_NODES: Final = 1_000_000  # combinations of levels
_UNITS: Final = ("year_month", "year", "decade")


def fault(plan: ProtectionPlan) -> Text | None:
    """What is wrong with the plan's demand, if anything is."""
    asked = plan.anonymity
    if asked is None:
        return None
    return _numbers(asked) or _columns(asked, plan) or _hierarchies(asked)


def _numbers(asked: KAnonymity) -> Text | None:
    if asked.k < 2:
        return t("`k` is below 2", "`k` が 2 未満です")
    if not 0 <= asked.max_suppressed < 1:
        return t("`max_suppressed` is not from 0 to below 1", "`max_suppressed` は 0 以上 1 未満です")
    if not asked.quasi_identifiers:
        return t("it names no quasi-identifier", "準識別子が指定されていません")
    return None


def _columns(asked: KAnonymity, plan: ProtectionPlan) -> Text | None:
    quasi = [one.column for one in asked.quasi_identifiers]
    named = [*quasi, *asked.sensitive]
    steps = {step.column: step for step in plan.steps}
    for name in named:
        if named.count(name) > 1:
            return t(f"column `{name}` stands twice", f"列 `{name}` が重複しています")
        step = steps.get(name)
        if (step is None and plan.otherwise == "drop") or not isinstance(step, Telling | None):
            return t(
                f"column `{name}` does not leave with a meaning", f"列 `{name}` は意味を持つ値として出力されません"
            )
    for name, step in steps.items():
        # What leaves with a meaning would single people out beside the groups, while the report says k.
        if isinstance(step, Telling) and name not in named:
            return t(
                f"column `{name}` leaves by an explicit step, but is neither quasi-identifier nor sensitive",
                f"列 `{name}` は明示的に出力されますが、準識別子にもセンシティブ列にもなっていません",
            )
    return None


def _hierarchies(asked: KAnonymity) -> Text | None:
    nodes = 1
    for quasi in asked.quasi_identifiers:
        if said := _hierarchy(quasi.hierarchy):
            return t(f"`{quasi.column}`: {said.en}", f"`{quasi.column}`: {said.ja}")
        nodes *= _height(quasi.hierarchy)
    if nodes > MAX_NODES:
        return t(
            f"the hierarchies combine in more than {MAX_NODES:,} ways; give fewer levels",
            f"階層の組み合わせが {MAX_NODES:,} 通りを超えます。段数を減らしてください",
        )
    return None


def _hierarchy(hierarchy: Hierarchy) -> Text | None:
    match hierarchy:
        case Ranges(widths=widths) if min(widths, default=0) < 1 or not _nested(widths):
            return t("each of `widths` must be a multiple of the one before", "`widths` は前の値の倍数にしてください")
        case Prefixes(lengths=lengths) if min(lengths, default=0) < 1 or not _rising(lengths[::-1]):
            return t("`lengths` must fall, down to 1 at least", "`lengths` は 1 以上で減っていく必要があります")
        case Dates(to=units) if not units or not _rising([_UNITS.index(unit) for unit in units]):
            return t("`to` must go from fine to coarse", "`to` は細かい順に並べてください")
        case Grid(min_errors_m=errors) if not _rising(errors) or not all(_on_earth(error) for error in errors):
            limit = f"{LARGEST_ERROR_M:,.0f}"
            return t(f"`min_errors_m` must rise, within 0 to {limit}", f"`min_errors_m` は 0 から {limit} で昇順です")
        case Taxonomy(parents=parents):
            return _circle(parents)
    return None


def _circle(parents: dict[str, str]) -> Text | None:
    try:
        depth(parents)
    except ValueError as error:
        return t(f"`{error}` belongs to itself", f"`{error}` が自分自身に属しています")
    return None


def _height(hierarchy: Hierarchy) -> int:
    """Levels, with those of the value as it is and of nothing."""
    match hierarchy:
        case Ranges(widths=steps) | Prefixes(lengths=steps) | Dates(to=steps) | Grid(min_errors_m=steps):
            return len(steps) + 2
        case Taxonomy(parents=parents):
            return depth(parents) + 2


def _nested(widths: Sequence[int]) -> bool:
    return _rising(widths) and all(coarse % fine == 0 for fine, coarse in pairwise(widths))


def _rising(values: Sequence[float]) -> bool:
    return all(low < high for low, high in pairwise(values))


def _on_earth(error: float) -> bool:
    return math.isfinite(error) and 0 < error <= LARGEST_ERROR_M
