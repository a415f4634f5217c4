"""Obligations against the columns of a profile."""

from __future__ import annotations

from itertools import combinations, permutations
from typing import Any

import pytest

from tegata.model.errors import InputError
from tegata.model.profile import SubjectCount
from tegata.model.step import (
    Drop,
    EncryptFpe,
    Generalise,
    Keep,
    Mask,
    Pseudonymise,
    RedactText,
    RoundLocation,
    ShiftDates,
)
from tegata.protect import plan_for
from tests.protect.tables import column, condition, find, profile

TABLE = profile(
    column("name", "identifier.contact", "person.name"),
    column("born", "identifier.contact", "person.birth_date"),
    column("my number", "identifier.government", "jp.my_number"),
    column("lat", "geo.precise", "geo.latitude"),
    column("creed", "special.creed", "special.creed"),
    column("sex", "ordinary", "person.gender"),
    column("note", "ordinary", finds=(find("jp.my_number", "identifier.government", cells=3),)),
    column("other"),
    subjects=[
        SubjectCount(category="identifier.contact", n=9, exact=True, key=("my number",)),
        SubjectCount(category="special.creed", n=9, exact=True, key=("my number",)),
        SubjectCount(category="geo.precise", n=9, exact=False),
    ],
)


def test_selectors() -> None:
    plan = plan_for(
        [
            condition("drop", "h.1", recognisers=["person.name"], columns=["other"]),
            condition("pseudonymise", "h.2", categories=["identifier.government"]),
            condition("generalise", "h.3", recognisers=["person.birth_date"], to="year"),
            condition("round_location", "h.4", categories=["geo"], min_error_m=1000),
            condition("mask", "h.5", categories=["special"], show_last=0),
            condition("insert_clause", "h.6", clauses=["x"]),
        ],
        TABLE,
    )
    assert plan.steps == (
        Drop(column="name"),
        Generalise(column="born", to="year"),
        Pseudonymise(column="my number", domain="jp.my_number"),
        RoundLocation(column="lat", min_error_m=1000),
        Mask(column="creed"),
        Keep(column="sex"),
        Pseudonymise(column="note"),
        Drop(column="other"),
    )
    assert plan.because == {
        "name": "h.1", "born": "h.3", "my number": "h.2", "lat": "h.4", "creed": "h.5", "note": "h.2", "other": "h.1",
    }  # fmt: skip


def test_prefixes_end_at_a_dot() -> None:
    steps = plan_for([condition("drop", categories=["spec", "identifier"])], TABLE).steps
    assert [step.column for step in steps if isinstance(step, Drop)] == ["name", "born", "my number", "note"]


def test_columns_that_hold_a_kind_among_other_text_are_selected_too() -> None:
    plan = plan_for([condition("pseudonymise", recognisers=["jp.my_number"])], TABLE)
    assert [step.column for step in plan.steps if isinstance(step, Pseudonymise)] == ["my number", "note"]


def test_what_stands_among_other_text_is_not_masked_but_dropped() -> None:
    plan = plan_for([condition("mask", categories=["identifier.government"], show_last=4)], TABLE)
    assert [step.column for step in plan.steps if isinstance(step, Mask)] == ["my number"]
    assert [step.column for step in plan.steps if isinstance(step, Drop)] == ["note"]


def test_text_is_redacted_where_a_rule_says_so() -> None:
    """Conditions on what stands in it are met by that; a column of values alone is no text."""
    table = profile(
        column("name", "identifier.contact", "person.name"),
        column("mail", "identifier.contact", "contact.email"),
        column("ward"),
        column("note", recogniser="text.free", finds=(find("money.card", "financial", 3),)),
        column("remark", finds=(find("contact.email", "identifier.contact", 3),)),
    )
    texts = condition("redact_text", "text", recognisers=["text.free"])
    plan = plan_for([texts], table)
    assert plan.steps == (RedactText(column="note"),)
    assert plan.none_left == ()

    drop = condition("drop", "drop", categories=["identifier.contact", "financial"])
    plan = plan_for([texts, drop], table)
    known = ("name", "mail")
    assert plan.steps == (
        *(Drop(column=c) for c in ("name", "mail")),
        RedactText(column="note", known=known),
        Drop(column="remark"),
    )
    assert plan.because == {"name": "drop", "mail": "drop", "note": "text", "remark": "drop"}

    cards = condition("redact_text", "cards", recognisers=["text.free"], kinds=["contact"])
    plan = plan_for([cards, drop], table)
    assert RedactText(column="note", kinds=("contact", "money.card"), known=known) in plan.steps
    assert plan.because["note"] == "cards, drop"
    assert plan.none_left == ("contact", "financial", "identifier.contact")

    mails = condition("redact_text", "mails", recognisers=["contact.email"])
    assert plan_for([mails], table).steps == (Drop(column="mail"), RedactText(column="remark", known=("mail",)))


def test_no_conditions_keep_everything_and_mark_the_quasi_identifiers() -> None:
    plan = plan_for([], TABLE)
    assert plan.steps == (Keep(column="born"), Keep(column="sex"))
    assert plan.otherwise == "keep"


Asked = tuple[str, dict[str, Any]]
REPLACED: list[Asked] = [
    ("drop", {}),
    ("pseudonymise", {}),
    ("tokenise", {}),
    ("encrypt", {}),
    ("encrypt", {"deterministic": True}),
    ("encrypt_fpe", {"alphabet": "digits"}),
    ("mask", {}),
    ("mask", {"show_last": 2}),
    ("mask", {"show_last": 4}),
]
COARSER: list[Asked] = [
    ("generalise", {"to": "decade"}),
    ("generalise", {"to": "year"}),
    ("generalise", {"to": "year_month"}),
]
SHIFTED: list[Asked] = [("shift_dates", {"days": 400}), ("shift_dates", {"days": 30})]
CODED: list[Asked] = [
    ("top_bottom_code", {"bottom": 18, "top": 80}),
    ("top_bottom_code", {"top": 80}),
    ("top_bottom_code", {"top": 90}),
]
REDACTED: list[Asked] = [("redact_text", {})]
ORDERS = ([*REPLACED, *COARSER, *CODED], [*REPLACED, *SHIFTED, *CODED], [*REPLACED[:7], *COARSER, *CODED, *REDACTED])


@pytest.mark.parametrize(("strong", "weak"), [pair for order in ORDERS for pair in combinations(order, 2)])
def test_the_strongest_wins_in_any_order(strong: Asked, weak: Asked) -> None:
    conditions = [
        condition(strong[0], "strong", columns=["born"], **strong[1]),
        condition(weak[0], "weak", columns=["born"], **weak[1]),
    ]
    alone = plan_for(conditions[:1], TABLE)
    for order in permutations(conditions):
        plan = plan_for(order, TABLE)
        assert plan.steps == alone.steps
        assert plan.because == {"born": "strong"}


@pytest.mark.parametrize(
    ("first", "second"),
    [
        (("generalise", {"to": "year"}), ("generalise", {"to": "first_chars", "n": 4})),
        (("generalise", {"to": "number_range", "n": 10}), ("generalise", {"to": "number_range", "n": 15})),
        (("generalise", {"to": "first_chars", "n": 2}), ("round_location", {"min_error_m": 1000})),
        (("encrypt_fpe", {"alphabet": "digits"}), ("encrypt_fpe", {"alphabet": "upper"})),
        (("top_bottom_code", {"top": 80}), ("top_bottom_code", {"bottom": 18})),
        (("shift_dates", {}), ("generalise", {"to": "year"})),
        (("shift_dates", {}), ("round_location", {"min_error_m": 1000})),
        (("shift_dates", {}), ("shift_dates", {"subject": ["name"]})),
        (("encrypt", {"held_in": "JP"}), ("encrypt", {"held_in": "DE"})),
        (("redact_text", {}), ("generalise", {"to": "first_chars", "n": 3})),
        (("redact_text", {}), ("mask", {"show_last": 4})),
        (("redact_text", {}), ("suppress_rare", {"least": 3})),
    ],
)
def test_what_cannot_be_compared_is_dropped(
    first: tuple[str, dict[str, object]], second: tuple[str, dict[str, object]]
) -> None:
    conditions = [
        condition(first[0], "a", columns=["lat"], **first[1]),
        condition(second[0], "b", columns=["lat"], **second[1]),
    ]
    plan = plan_for(conditions, TABLE)
    assert Drop(column="lat") in plan.steps
    assert plan.because == {"lat": "a, b"}


def test_dates_are_shifted_by_who_the_scan_tells_apart() -> None:
    """The kind of the number is the domain, so that all tables have one shift for a person."""
    (step,) = (
        s for s in plan_for([condition("shift_dates", columns=["born"], days=30)], TABLE).steps if s.column == "born"
    )
    assert step == ShiftDates(column="born", subject=("my number",), days=30, domain="jp.my_number")
    named = plan_for([condition("shift_dates", columns=["born"], subject=["name", "other"])], TABLE)
    assert ShiftDates(column="born", subject=("name", "other")) in named.steps


def test_dates_of_whom_nobody_can_tell_apart_do_not_leave() -> None:
    nobody = profile(column("born", "identifier.contact", "person.birth_date"), column("x"))
    asked = condition("shift_dates", recognisers=["person.birth_date"])
    assert plan_for([asked], nobody).steps == (Drop(column="born"),)
    keys = [SubjectCount(category="health", n=9, exact=True, key=(name,)) for name in ("name", "other")]
    torn = profile(*TABLE.columns, subjects=keys)
    assert Drop(column="born") in plan_for([asked], torn).steps


def test_what_was_shifted_may_stand_nowhere_else() -> None:
    asked = condition("shift_dates", recognisers=["person.birth_date"])
    assert plan_for([asked], TABLE).none_left == ("person.birth_date",)


def test_coarser_of_a_kind() -> None:
    def one(verb: str, *params: dict[str, object]) -> object:
        return plan_for([condition(verb, columns=["lat"], **p) for p in params], TABLE).steps[-2]

    assert one("round_location", {"min_error_m": 100}, {"min_error_m": 1000}) == RoundLocation(
        column="lat", min_error_m=1000
    )
    assert one("generalise", {"to": "first_chars", "n": 3}, {"to": "first_chars", "n": 2}) == Generalise(
        column="lat", to="first_chars", n=2
    )
    assert one("generalise", {"to": "number_range", "n": 20}, {"to": "number_range", "n": 10}) == Generalise(
        column="lat", to="number_range", n=20
    )


def test_equal_demands_name_both_rules() -> None:
    plan = plan_for([condition("drop", "a", columns=["name"]), condition("drop", "b", columns=["name"])], TABLE)
    assert plan.because == {"name": "a, b"}


def test_caps() -> None:
    plan = plan_for([condition("cap_subjects", max=100, categories=["special", "identifier"])], TABLE)
    assert (plan.cap_subjects, plan.subject_key) == (100, ("my number",))
    plan = plan_for([condition("cap_subjects", max=100)], TABLE)
    assert (plan.cap_subjects, plan.subject_key) == (100, ()), "one count has no exact key: each record is a subject"
    both = [condition("cap_subjects", max=5, columns=["name"]), condition("cap_subjects", max=7, columns=["other"])]
    plan = plan_for(both, TABLE)
    assert (plan.cap_subjects, plan.subject_key) == (5, ())


@pytest.mark.parametrize(
    ("verb", "params", "expected"),
    [
        ("destroy", {"columns": ["name"]}, "verb is not known"),
        ("drop", {}, "selects no columns"),
        ("drop", {"column": ["name"]}, "unknown parameter `column`|selects no columns"),
        ("drop", {"columns": ["name"], "n": 1}, "unknown parameter `n`"),
        ("drop", {"columns": "name"}, "not a list"),
        ("drop", {"columns": ["nobody"]}, "no column `nobody`"),
        ("mask", {"columns": ["name"], "show_last": "x"}, "Expected `int`"),
        ("mask", {"columns": ["name"], "show_last": -1}, "negative"),
        ("encrypt", {"columns": ["name"], "held_in": "a\nb"}, "one short line"),
        ("redact_text", {"columns": ["name"], "kinds": "contact"}, "Expected `array`"),
        ("generalise", {"columns": ["name"]}, "missing required field `to`"),
        ("generalise", {"columns": ["name"], "to": "number_range"}, "at least 1"),
        ("generalise", {"columns": ["name"], "to": "week"}, "Invalid enum value 'week'"),
        ("round_location", {"columns": ["lat"], "min_error_m": 0}, "min_error_m"),
        ("encrypt_fpe", {"columns": ["name"], "alphabet": "kana"}, "Invalid enum value 'kana'"),
        ("pseudonymise", {"columns": ["name"], "domain": "x"}, "unknown parameter `domain`"),
        ("cap_subjects", {}, "`max` is not a whole number"),
        ("cap_subjects", {"max": True}, "`max` is not a whole number"),
        ("cap_subjects", {"max": 0}, "nobody"),
        ("cap_subjects", {"max": 1, "n": 1}, "unknown parameter `n`"),
    ],
)
def test_what_is_not_known_is_never_ignored(verb: str, params: dict[str, object], expected: str) -> None:
    with pytest.raises(InputError, match=expected):
        plan_for([condition(verb, **params)], TABLE)


def test_pseudonyms_join_within_what_a_column_was_recognised_as() -> None:
    plan = plan_for([condition("pseudonymise", columns=["name", "other"])], TABLE)
    domains = {step.column: step.domain for step in plan.steps if isinstance(step, Pseudonymise)}
    assert domains == {"name": "person.name", "other": ""}
    encrypted = plan_for([condition("encrypt_fpe", columns=["my number"])], TABLE).steps
    assert EncryptFpe(column="my number", alphabet="digits", domain="jp.my_number") in encrypted


def test_a_key_inside_records_cannot_cap() -> None:
    inside = SubjectCount(category="health", n=9, exact=True, key=("payload.patient.id",))
    table = profile(column("payload", finds=(find("medical.mrn", "health", cells=9),)), subjects=[inside])
    assert plan_for([condition("cap_subjects", max=5)], table).subject_key == ()


def test_statistics_are_a_condition() -> None:
    register = profile(column("id", recogniser="person.key"), column("v"))
    counts = {"epsilon": 0.5, "budget": 2, "person": ["id"], "count_by": [{"column": "v", "values": ["x", "y"]}]}
    numbers = condition("pseudonymise", recognisers=["person.key"])
    plan = plan_for([numbers, condition("statistics", **counts), condition("statistics", **counts)], register)
    assert plan.statistics is not None
    assert (plan.statistics.epsilon, plan.statistics.budget) == (0.5, 2)
    assert plan.steps == (Drop(column="id"),), "no record leaves, so nothing need stand for the number"
    for wrong in ({**counts, "epsilon": 0.6}, {**counts, "epsilon": "much"}, {"epsilon": 1}):
        with pytest.raises(InputError, match="`statistics`"):
            plan_for([condition("statistics", **counts), condition("statistics", **wrong)], register)
