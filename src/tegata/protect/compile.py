"""From obligations to a plan: the data verbs of conditions, resolved against the columns that a scan found."""

from __future__ import annotations

import functools
from collections.abc import Mapping, Sequence, Set
from typing import Any, Final, Literal, TypeVar, get_args

import msgspec

from tegata.model.base import t
from tegata.model.categories import under
from tegata.model.decision import Condition
from tegata.model.errors import InputError
from tegata.model.plan import Differencing, ProtectionPlan
from tegata.model.profile import ColumnProfile, Profile
from tegata.model.statistics import Statistics
from tegata.model.step import (
    Drop,
    Keep,
    Keyed,
    RedactText,
    Removing,
    Step,
    Tokenise,
)
from tegata.protect.demand import K_ANONYMITY, anonymity_for
from tegata.protect.differencing import stricter
from tegata.protect.filters import ROW_VERBS, filters_for
from tegata.protect.plan import MOST_DAYS, check
from tegata.protect.selection import BY_KIND, by_itself, is_selected, own_params, selected, selector, unusable
from tegata.protect.strength import Asked, merged
from tegata.protect.subjects import cap_of, subject_of

DESTROY_AFTER: Final = "destroy_after_days"
DATA_VERBS: Final[Mapping[str, frozenset[str]]] = {  # verb: the parameters that it takes besides the selectors
    "drop": frozenset(),
    "keep": frozenset({"otherwise"}),
    "mask": frozenset({"show_last"}),
    "pseudonymise": frozenset(),
    "tokenise": frozenset({DESTROY_AFTER}),
    "encrypt_fpe": frozenset({"alphabet"}),
    "encrypt": frozenset({"deterministic", "held_in"}),
    "redact_text": frozenset({"kinds"}),
    "generalise": frozenset({"to", "n"}),
    "top_bottom_code": frozenset({"bottom", "top"}),
    "suppress_rare": frozenset({"least"}),
    "round_location": frozenset({"min_error_m"}),
    "shift_dates": frozenset({"days", "subject"}),
}
# of what leaves as a whole
WHOLE_VERBS: Final = ROW_VERBS | {"cap_subjects", K_ANONYMITY, "statistics", "limit_differencing"}
PROCESS_VERBS: Final = frozenset(
    {
        "insert_clause",
        "keep_records",
        "report",
        "obtain_consent",
        "encrypt_in_transit",
        "apply_security_requirements",
        "review_periodically",
        "publish_notice",
        "limit_use",
        "witness_quorum",
        "encrypt_for_recipient",
    }
)
T = TypeVar("T")

# After these a kind of value is no longer there:
_REMOVING: Final = {kind.__struct_config__.tag for kind in (*get_args(Removing), RedactText)}
_TEXT: Final = ("text",)  # recognisers of text that people write, which may hold anything

# What people know of each other and what tables have in common (Sweeney 2000: postal code, birth date and sex single
# out most people): unless a step takes them away, risk is measured over them.
QUASI: Final = ("person.birth_date", "person.age", "person.gender", "person.address", "person.country", "postal_code")

_REPLACING: Final = ("pseudonymise", "tokenise", "encrypt_fpe")


def plan_for(conditions: Sequence[Condition], profile: Profile) -> ProtectionPlan:
    """The plan that meets the data verbs of `conditions` on the table that `profile` describes.

    A condition selects columns by any of `categories` (canonical, by prefix: `special` selects `special.race`),
    `recognisers` (ids, by prefix too) and `columns` (names); by what else its cells hold, a column is selected as well.
    Where several conditions meet on one column the strongest wins: drop, pseudonymise, encrypt, mask, generalise,
    round or shift, leave out rare values, cut off at top or bottom, keep; of two of a kind the coarser one; of two that
    cannot be compared neither is enough, so the column is dropped. `because` names the rules. Columns that no condition
    selects and by which people can be recognised (birth date, age, sex, address, country, postal code) get an explicit
    `keep`: that marks them as quasi-identifiers, over which risk is measured. Of what is to be dropped, masked,
    encrypted, shifted or made pseudonyms everywhere (by category or recogniser), none may be left, whatever column it
    stands in: that is held by a second look at what is about to leave (`scan.SecondLook`).

    Where a rule has text redacted, conditions on values that stand in this text are met by their redaction; what the
    record tells of its person in columns that are removed gives way in the text too.

    A condition `keep` lets columns out as they are; with `otherwise: drop` it lets out nothing else but what other
    conditions change. `k_anonymity` holds over every column that leaves by a step with a meaning.

    Filters of records (`keep_rows`, `drop_rows`) hold for all columns that they select, before anything else.

    What is no table can only leave as it is.

    Raises:
        InputError: a verb or parameter that is not known, a named column that does not exist, or a condition on what
            is no table.
    """
    if profile.opaque:
        return _as_it_is(conditions, profile)
    for condition in conditions:
        if condition.verb not in {*WHOLE_VERBS, *DATA_VERBS, *PROCESS_VERBS}:
            raise unusable(condition, "the verb is not known", "未知の動詞です")
    steps = _asked(conditions, profile)
    caps = [cap_of(condition, profile) for condition in conditions if condition.verb == "cap_subjects"]
    otherwise = _otherwise(conditions)
    for column in profile.columns:
        if otherwise == "keep" and under(column.recogniser, QUASI):
            steps.setdefault(column.name, (Keep(column=column.name), ""))
    asked = statistics_of(conditions)
    if asked is not None:
        steps = {name: _without_key(step, rule, asked) for name, (step, rule) in steps.items()}
    differencing = None if asked else _differencing(conditions)  # noise has its own account
    plan = _plan(steps, caps, _barred(conditions), profile, asked, differencing)
    made = {step.column: step for step in plan.steps}
    anonymity = None if asked else anonymity_for(conditions, profile, made)  # of counts no record leaves
    rows = filters_for(conditions, profile)
    plan = msgspec.structs.replace(plan, rows=rows, otherwise=otherwise, anonymity=anonymity)
    check(plan)
    return plan


def _asked(conditions: Sequence[Condition], profile: Profile) -> dict[str, Asked]:
    """By column, the strongest step that conditions ask for, and the rules that do."""
    steps: dict[str, Asked] = {}
    of_data = [condition for condition in conditions if condition.verb in DATA_VERBS]
    redacting = [condition for condition in of_data if condition.verb == "redact_text"]
    redacted = {step.column for c in redacting for step in _steps(c, profile) if isinstance(step, RedactText)}
    for condition in of_data:
        for step in _steps(condition, profile, redacted):
            before = steps.get(step.column)
            steps[step.column] = merged(before, (step, condition.rule)) if before else (step, condition.rule)
    return _knowing(steps, profile)


def _as_it_is(conditions: Sequence[Condition], profile: Profile) -> ProtectionPlan:
    for condition in conditions:
        if condition.verb not in PROCESS_VERBS:
            raise InputError(
                t(
                    f"`{profile.unread[0].name}` cannot be protected as the condition `{condition.verb}` asks",
                    f"`{profile.unread[0].name}` は条件 `{condition.verb}` のとおりに保護できません",
                ),
                why=profile.unread[0].why,
                hint=t("publish its contents as a table", "内容を表にして公開してください"),
            )
    return ProtectionPlan(steps=())


def statistics_of(conditions: Sequence[Condition]) -> Statistics | None:
    """What a condition `statistics` asks for, when there is one: then no record leaves.

    Raises:
        InputError: its parameters mean nothing, or two ask for different ones.
    """
    asked = [condition for condition in conditions if condition.verb == "statistics"]
    made = [_params(condition, Statistics) for condition in asked]
    if any(other != made[0] for other in made):
        raise unusable(asked[1], "another condition asks for other statistics", "別の条件と食い違っています")
    return made[0] if made else None


def _differencing(conditions: Sequence[Condition]) -> Differencing | None:
    """The strictest of each kind."""
    asked = [_params(c, Differencing) for c in conditions if c.verb == "limit_differencing"]
    return functools.reduce(stricter, asked) if asked else None


def days_kept(condition: Condition) -> int | None:
    """After how many days the vault of an agreement is destroyed; None: when its steward does. InputError."""
    days = condition.params.get(DESTROY_AFTER)
    if days is not None and (type(days) is not int or not 1 <= days <= MOST_DAYS):
        raise unusable(
            condition,
            f"`{DESTROY_AFTER}` is not from 1 to {MOST_DAYS:,}",
            f"`{DESTROY_AFTER}` は 1 から {MOST_DAYS:,} です",
        )
    return days


def _otherwise(conditions: Sequence[Condition]) -> Literal["keep", "drop"]:
    """What becomes of columns that no condition selects: they do not leave where any that keeps others says so."""
    asked = [(one, one.params.get("otherwise", "keep")) for one in conditions if one.verb == "keep"]
    for condition, said in asked:
        if said not in ("keep", "drop"):
            raise unusable(condition, "`otherwise` is keep or drop", "`otherwise` は keep か drop です")
    return "drop" if any(said == "drop" for _, said in asked) else "keep"


def _params(condition: Condition, kind: type[T]) -> T:
    try:
        return msgspec.convert(condition.params, kind)
    except msgspec.ValidationError as error:
        raise unusable(condition, str(error), str(error)) from None


def _without_key(step: Step, rule: str, asked: Statistics) -> tuple[Step, str]:
    """Of a column that nobody counts by, nothing leaves anyway; so it need not be replaced."""
    counted = any(one.column == step.column for one in (*asked.count_by, *asked.figures))
    return (step if counted or not isinstance(step, Keyed | Tokenise) else Drop(column=step.column)), rule


def _barred(conditions: Sequence[Condition]) -> tuple[str, ...]:
    """Kinds of which nothing may be left in any column: those by which columns were selected."""
    removing = [c for c in conditions if c.verb in _REMOVING and any(selector(c, by) for by in BY_KIND)]
    asked = {(c.verb, kind) for c in removing for by in (*BY_KIND, "kinds") for kind in selector(c, by)}
    kinds = {kind for verb, kind in asked if verb != "redact_text" or not under(kind, _TEXT)}
    return tuple(sorted(kinds))


def _plan(
    steps: Mapping[str, tuple[Step, str]],
    caps: Sequence[tuple[int, tuple[str, ...]]],
    barred: tuple[str, ...],
    profile: Profile,
    statistics: Statistics | None,
    differencing: Differencing | None,
) -> ProtectionPlan:
    ordered = [(column.name, *steps[column.name]) for column in profile.columns if column.name in steps]
    keys = {key for _, key in caps}
    return ProtectionPlan(
        steps=tuple(step for _, step, _ in ordered),
        cap_subjects=min((most for most, _ in caps), default=None),
        # Different keys cannot be counted at once; one subject per record satisfies all of them.
        subject_key=keys.pop() if len(keys) == 1 else (),
        because={name: rule for name, _, rule in ordered if rule},
        none_left=barred,
        statistics=statistics,
        differencing=differencing,
    )


def _steps(condition: Condition, profile: Profile, redacted: Set[str] = frozenset()) -> list[Step]:
    own = own_params(condition, DATA_VERBS[condition.verb])
    if condition.verb == "keep":
        return [Keep(column=one.name) for one in selected(condition, profile) if by_itself(condition, one)]
    if days_kept(condition) is not None:
        del own[DESTROY_AFTER]  # of the vault, not of the column
    if condition.verb == "shift_dates":
        own |= subject_of(selector(condition, "subject"), profile)
    return [_step(condition, column, own, redacted) for column in selected(condition, profile)]


def _step(condition: Condition, column: ColumnProfile, own: dict[str, Any], redacted: Set[str]) -> Step:
    """What is asked of a column. Among other text a value can be neither generalised, rounded, shifted nor masked: its
    column is dropped then, unless its text is redacted. A column of nothing but values is no text to be redacted, and
    dates cannot be shifted where nothing tells subjects apart."""
    if own.get("subject") in ((), (column.name,)):
        return Drop(column=column.name)
    itself = by_itself(condition, column)
    if condition.verb == "redact_text":
        if itself and column.name not in selector(condition, "columns") and not under(column.recogniser, _TEXT):
            return Drop(column=column.name)
    elif not itself and column.name in redacted:
        meant = (f.recogniser for f in column.finds if is_selected(condition, "", (f.category,), (f.recogniser,)))
        return RedactText(column=column.name, kinds=tuple(meant))
    elif not itself and condition.verb not in ("drop", "pseudonymise", "tokenise"):
        return Drop(column=column.name)
    return _convert(condition, {"op": condition.verb, "column": column.name, **own, **_domain(condition.verb, column)})


def _knowing(steps: Mapping[str, Asked], profile: Profile) -> dict[str, Asked]:
    """What a record tells of people in columns that are removed is taken out of its texts too."""
    told = [column.name for column in profile.columns if column.category != "ordinary"]
    removed = tuple(name for name in told if name in steps and isinstance(steps[name][0], Removing))
    return {
        name: (msgspec.structs.replace(step, known=removed) if isinstance(step, RedactText) else step, rule)
        for name, (step, rule) in steps.items()
    }


def _domain(verb: str, column: ColumnProfile) -> dict[str, str]:
    """Pseudonyms of one kind join, of different kinds do not: the kind is what the column was recognised as."""
    return {"domain": column.recogniser} if verb in _REPLACING else {}


def _convert(condition: Condition, step: dict[str, Any]) -> Step:
    try:
        made: Step = msgspec.convert(step, Step)
    except msgspec.ValidationError as error:
        raise unusable(condition, str(error), str(error)) from None
    check(ProtectionPlan(steps=(made,)))
    return made
