"""A plan as a document, and the checks that hold for every plan wherever it came from."""

from __future__ import annotations

import difflib
import math
from collections import Counter
from collections.abc import Sequence
from typing import Final, TypeVar, get_args

import msgspec

from tegata.documents import YamlError, read_yaml
from tegata.model.base import Noun, Text, t
from tegata.model.errors import InputError
from tegata.model.plan import DataSetPlan, ProtectionPlan
from tegata.model.step import (
    Drop,
    Encrypt,
    Generalise,
    Mask,
    RedactText,
    RoundLocation,
    ShiftDates,
    Step,
    SuppressRare,
    Tokenise,
    TopBottomCode,
)
from tegata.protect import differencing, filters, requirement, statistics
from tegata.protect.grid import LARGEST_ERROR_M

MOST_PLACE: Final = 100  # characters that say where a key is kept
MOST_DAYS: Final = 36_525  # by which dates are shifted

Plan = TypeVar("Plan", bound=Noun)

_OPERATIONS: Final = ", ".join(str(kind.__struct_config__.tag) for kind in get_args(Step))


def read_plan(data: bytes) -> ProtectionPlan:
    """A plan from YAML or JSON. Unknown names, wrong types, names that stand twice, and YAML anchors are refused.

    Raises:
        InputError: with the place in the document, as far as it is known.
    """
    plan = _converted(data, ProtectionPlan)
    check(plan)
    return plan


def read_set_plan(data: bytes) -> DataSetPlan:
    """The same of a data set: plans by the name of the table, under `tables`."""
    plans = _converted(data, DataSetPlan)
    for plan in plans.tables.values():
        check(plan)
    return plans


def _converted(data: bytes, kind: type[Plan]) -> Plan:
    try:
        return msgspec.convert(read_yaml(data), kind)
    except YamlError as error:
        raise _malformed(error.said) from None
    except msgspec.ValidationError as error:
        raise _malformed(str(error)) from None


def hands_out_tokens(plan: ProtectionPlan) -> bool:
    """Whether it needs a vault."""
    return any(isinstance(step, Tokenise) for step in plan.steps)


def leaves_nothing(plan: ProtectionPlan, columns: Sequence[str] | None = None) -> bool:
    """Whether no column leaves; of a table with these columns, where they are known."""
    if any(not isinstance(step, Drop) for step in plan.steps):
        return False
    dropped = {step.column for step in plan.steps}
    return plan.otherwise == "drop" or (columns is not None and dropped.issuperset(columns))


def no_column() -> InputError:
    return InputError(
        t("the plan leaves no column", "この計画では列が 1 つも残りません"),
        hint=t("keep at least one column", "少なくとも 1 列は残してください"),
    )


def check(plan: ProtectionPlan) -> None:
    """Whether the plan means something, whatever table it is for.

    Raises:
        InputError: two steps for one column, a parameter out of its range, or a demand that contradicts the steps.
    """
    for column, count in Counter(step.column for step in plan.steps).items():
        if count > 1:
            raise _contradiction(column, f"{count} steps name it", f"{count} 個の処理が指定されています")
    for step in plan.steps:
        if fault := _fault(step):
            raise _contradiction(step.column, fault.en, fault.ja)
    for what, said in (
        (t("the plan's filter of records", "計画のレコードの絞り込み"), filters.fault(plan)),
        (t("the plan's demand for k-anonymity", "計画が求める k-匿名性"), requirement.fault(plan)),
        (t("the plan's statistics", "計画の統計"), statistics.fault(plan)),
        (t("the plan's limit on differences", "計画の差分の制限"), differencing.fault(plan)),
    ):
        if said:
            raise InputError(
                t(f"{what.en} cannot be met", f"{what.ja}を実現できません"),
                why=said,
                hint=t("mend the plan", "計画を直してください"),
            )
    if plan.cap_subjects is not None and plan.cap_subjects < 1:
        raise InputError(
            t("the plan lets nobody leave", "この計画では誰のデータも出ません"),
            why=f"cap_subjects: {plan.cap_subjects}",
            hint=t("drop the table, or give a cap of at least 1", "上限は 1 以上にしてください"),
        )


def check_columns(plan: ProtectionPlan, columns: Sequence[str]) -> None:
    """Whether every column that the plan names is there.

    Raises:
        InputError: naming the missing column and the nearest one that exists.
    """
    asked = plan.anonymity
    demanded = (*(quasi.column for quasi in asked.quasi_identifiers), *asked.sensitive) if asked else ()
    told = plan.statistics
    counted = (*(one.column for one in (*told.count_by, *told.figures)), *told.person) if told else ()
    beside = (name for step in plan.steps for name in _beside(step))
    filtered = (one.column for one in plan.rows)
    for name in (*(step.column for step in plan.steps), *beside, *filtered, *plan.subject_key, *demanded, *counted):
        if name not in columns:
            near = difflib.get_close_matches(name, columns, n=1)
            raise InputError(
                t(f"the plan names a column `{name}` that is not there", f"計画にある列 `{name}` が表にありません"),
                why=t("nothing was written", "何も書き込まれていません"),
                hint=t(f"did you mean `{near[0]}`?", f"`{near[0]}` の誤りではありませんか") if near else "",
            )


def _beside(step: Step) -> tuple[str, ...]:
    """Columns of the same record that a step looks at."""
    match step:
        case ShiftDates(subject=names) | RedactText(known=names):
            return names
    return ()


def _fault(step: Step) -> Text | None:
    match step:
        case Mask(show_last=shown) if shown < 0:
            return t("`show_last` is negative", "`show_last` が負の数です")
        case Generalise(to="first_chars" | "number_range" as to, n=n) if n < 1:
            return t(f"`{to}` needs an `n` of at least 1", f"`{to}` には 1 以上の `n` が必要です")
        case Generalise(to="year" | "year_month" | "decade" as to, n=n) if n:
            return t(f"`{to}` takes no `n`", f"`{to}` に `n` は指定できません")
        case SuppressRare(least=least) if least < 2:
            return t("`least` is below 2", "`least` が 2 未満です")
        case TopBottomCode(bottom=bottom, top=top):
            return _limits(bottom, top)
        case ShiftDates(column=column, subject=subject, days=days):
            return _shift(column, subject, days)
        case Encrypt():
            return _encryption(step)
        case RedactText(column=column, known=known) if column in known:
            return t("`known` names the column itself", "`known` がその列自身を挙げています")
        case RoundLocation(min_error_m=error) if not (math.isfinite(error) and 0 < error <= LARGEST_ERROR_M):
            limit = f"{LARGEST_ERROR_M:,.0f}"
            return t(f"`min_error_m` is not in 0 to {limit} m", f"`min_error_m` が 0 から {limit} m の範囲にありません")
    return None


def _shift(column: str, subject: Sequence[str], days: int) -> Text | None:
    if not subject or column in subject:
        return t("`subject` names no other column", "`subject` に別の列が指定されていません")
    if not 1 <= days <= MOST_DAYS:
        return t(f"`days` is not from 1 to {MOST_DAYS:,}", f"`days` は 1 から {MOST_DAYS:,} です")
    return None


def _encryption(step: Encrypt) -> Text | None:
    if len(step.held_in) > MOST_PLACE or not step.held_in.isprintable():
        return t("`held_in` is not one short line", "`held_in` が短い 1 行の文字列ではありません")
    return None


def _limits(bottom: float | None, top: float | None) -> Text | None:
    given = [limit for limit in (bottom, top) if limit is not None]
    if not given or not all(math.isfinite(limit) for limit in given):
        return t("it needs `bottom`, `top` or both, as numbers", "`bottom` か `top`（または両方）の数値が必要です")
    if len(given) == 2 and given[0] >= given[1]:
        return t("`bottom` is not below `top`", "`bottom` が `top` より小さくありません")
    return None


def _contradiction(column: str, en: str, ja: str) -> InputError:
    return InputError(
        t(f"the plan cannot be carried out for column `{column}`", f"列 `{column}` についての計画を実行できません"),
        why=t(en, ja),
        hint=t("mend the plan", "計画を直してください"),
    )


def _malformed(why: str | Text) -> InputError:
    return InputError(
        t("this is not a protection plan", "保護計画の文書ではありません"),
        why=why,
        hint=t(
            f"`steps` is a list of {{op, column ...}}; `op` is one of {_OPERATIONS}",
            f"`steps` は {{op, column ...}} の一覧です。`op`: {_OPERATIONS}",
        ),
    )
