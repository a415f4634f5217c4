"""Ready plans: what a law asks of data that leaves, clause by clause, made into a plan for the table at hand.

A ready plan is data (`plans/NAME.yaml`): each clause says what it asks, by which conditions on columns it is met, and
what no step on the data can do. Columns are selected by what a scan recognised, as in the conditions of rule packs.
"""

from __future__ import annotations

import difflib
from collections.abc import Sequence
from functools import cache
from pathlib import Path
from typing import Any, Final, Literal

import msgspec

from tegata.documents import read_yaml
from tegata.model.base import Noun, Text, t
from tegata.model.decision import Citation, Condition
from tegata.model.errors import InputError
from tegata.model.plan import Met, ProtectionPlan
from tegata.model.profile import Profile
from tegata.model.step import Drop, Keep, Step
from tegata.protect.compile import QUASI, plan_for
from tegata.protect.demand import K_ANONYMITY, Demand
from tegata.protect.selection import BY_KIND

_KEPT: Final = {
    "drop": t("Nothing leaves but what is named, or known for what it is.", "名指しの列と内容の分かる列だけを出す。"),
    "keep": t("What is named leaves as it is.", "名指しの列はそのまま出す。"),
}
FOLDER: Final = Path(__file__).parent / "plans"


class _Asked(Noun, frozen=True, kw_only=True):
    """A data verb on the columns that its parameters select; `sensitive`: of these l and t are measured."""

    verb: str
    params: dict[str, Any]
    sensitive: bool = False


class Clause(Noun, frozen=True, kw_only=True):
    clause: str
    citation: Citation
    asks: Text
    how: Text
    remains: Text | None = None
    conditions: tuple[_Asked, ...] = ()
    anonymity: Demand | None = None


class ReadyPlan(Noun, frozen=True, kw_only=True):
    title: Text
    clauses: tuple[Clause, ...]
    otherwise: Literal["keep", "drop"] = "keep"


def ready_plans() -> tuple[str, ...]:
    return tuple(sorted(path.stem for path in FOLDER.glob("*.yaml")))


@cache
def ready_plan(name: str) -> ReadyPlan:
    """Raises:
    InputError: there is none of that name.
    """
    if name not in ready_plans():
        near = difflib.get_close_matches(name, ready_plans(), n=1)
        listed = ", ".join(ready_plans())
        raise InputError(
            t(f"there is no ready plan and no file `{name}`", f"`{name}` という既製の計画もファイルもありません"),
            why=t(f"ready plans: {listed}", f"既製の計画: {listed}"),
            hint=t(f"did you mean `{near[0]}`?", f"`{near[0]}` の誤りではありませんか") if near else "",
        )
    return msgspec.convert(read_yaml((FOLDER / f"{name}.yaml").read_bytes()), ReadyPlan)


def plan_by(ready: ReadyPlan, profile: Profile, keep: Sequence[str] = ()) -> ProtectionPlan:
    """The plan that meets the clauses on the table that `profile` describes; it says how (`ProtectionPlan.meets`).

    Args:
        keep: columns without a step of their own that leave nevertheless. They count as sensitive: who found somebody's
            record would learn them.

    Raises:
        InputError: a column of `keep` is not there, or a clause asks that it does not leave as it is.
    """
    for name in keep:
        _check_there(name, profile)
    made = plan_for(conditions_of(ready, keep), profile)
    for name in keep:
        _check_kept(name, made)
    quasi = [one.column for one in made.anonymity.quasi_identifiers] if made.anonymity else []
    return msgspec.structs.replace(made, meets=tuple(_met(clause, made, quasi) for clause in ready.clauses))


def conditions_of(ready: ReadyPlan, keep: Sequence[str] = ()) -> tuple[Condition, ...]:
    """The same as conditions of an agreement, each with its clause: whatever table it is for.

    Args:
        keep: as of `plan_by`; of a column that a clause changes or takes away, the clause is carried out.
    """
    conditions = [_condition(clause, one.verb, one.params) for clause in ready.clauses for one in clause.conditions]
    conditions += [_anonymity(ready, clause, clause.anonymity, keep) for clause in ready.clauses if clause.anonymity]
    if keep or ready.otherwise == "drop":
        kept = {"columns": list(keep), "recognisers": list(QUASI), "otherwise": ready.otherwise}
        conditions.append(Condition(verb="keep", params=kept, say=_KEPT[ready.otherwise]))
    return tuple(conditions)


def _condition(clause: Clause, verb: str, params: dict[str, Any]) -> Condition:
    return Condition(verb=verb, params=params, rule=clause.clause, citations=(clause.citation,), say=clause.how)


def _anonymity(ready: ReadyPlan, clause: Clause, demand: Demand, keep: Sequence[str]) -> Condition:
    """What is sensitive is not made coarser: l and t are measured of it."""
    sensitive = [one.params for other in ready.clauses for one in other.conditions if one.sensitive]
    kinds = {by: sorted({kind for params in sensitive for kind in params.get(by, ())}) for by in BY_KIND}
    return _condition(clause, K_ANONYMITY, {**msgspec.to_builtins(demand), **kinds, "columns": list(keep)})


def _check_there(name: str, profile: Profile) -> None:
    if name not in {column.name for column in profile.columns}:
        near = difflib.get_close_matches(name, [column.name for column in profile.columns], n=1)
        raise InputError(
            t(f"there is no column `{name}` to keep", f"残す列 `{name}` がありません"),
            hint=t(f"did you mean `{near[0]}`?", f"`{near[0]}` の誤りではありませんか") if near else "",
        )


def _check_kept(name: str, made: ProtectionPlan) -> None:
    """InputError: a clause asks that the column does not leave as it is."""
    step: Step | None = next((step for step in made.steps if step.column == name), None)
    if step is None or isinstance(step, Keep):
        return
    rule = made.because.get(name, "")
    what = t("does not leave", "出さない列です") if isinstance(step, Drop) else t("is changed", "変更される列です")
    raise InputError(
        t(f"`{name}` cannot be kept as it is", f"`{name}` をそのまま残すことはできません"),
        why=t(f"by clause {rule} it {what.en}", f"条項 {rule} により{what.ja}"),
        hint=t("leave out `--keep` for it", "この列の `--keep` を外してください"),
    )


def _met(clause: Clause, made: ProtectionPlan, quasi: Sequence[str]) -> Met:
    columns = [name for name, rules in made.because.items() if clause.clause in rules.split(", ")]
    more = quasi if clause.anonymity else ()
    return Met(
        clause=clause.clause,
        citation=clause.citation,
        asks=clause.asks,
        how=clause.how,
        columns=tuple(dict.fromkeys([*columns, *more])),
        remains=clause.remains,
    )
