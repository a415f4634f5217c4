"""The questionnaire: what is asked, in what order, and that answering comes to an end. Against brute force."""

from __future__ import annotations

import datetime as dt
import itertools
import time
from collections.abc import Iterator, Mapping
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tegata.model.categories import CATEGORIES
from tegata.model.decision import Fact, Flow, Outcome
from tegata.rules import Pack, builtin_packs, decide, fact_schema
from tegata.rules.counts import counted
from tests.rules.pack_judge import TODAY, facts_of
from tests.rules.small_pack import rule, small_pack
from tests.rules.some_flows import stated

# Facts of every single-valued kind, with conditions on each and values on every side of them.
TESTS: dict[str, tuple[tuple[str, ...], tuple[Any, ...]]] = {
    "consent.given": (("consent.given", "consent.given == false"), (True, False)),
    "data.form": (
        ('data.form == "encrypted"', 'data.form in ["encrypted", "aggregated"]', 'data.form != "anonymised"'),
        ("identified", "pseudonymised", "anonymised", "aggregated", "encrypted"),
    ),
    "recipient.located_in": (
        ('recipient.located_in in ["CN", "RU"]', 'recipient.located_in == "JP"', 'recipient.located_in != "RU"'),
        ("CN", "RU", "JP", "DE"),
    ),
    "data.identifier_fields": (
        ("data.identifier_fields >= 2", "data.identifier_fields < 3", "data.identifier_fields == 0"),
        (0, 1, 2, 3, 4),
    ),
    "data.precision_m": (("data.precision_m <= 1000", "1500.5 < data.precision_m"), (0, 1000, 1200.5, 1500.5, 1501)),
}
leaves = st.sampled_from([text for texts, _ in TESTS.values() for text in texts])
expressions = st.recursive(
    leaves,
    lambda inner: st.one_of(
        inner.map(lambda one: f"not ({one})"),
        st.tuples(inner, st.sampled_from(("and", "or")), inner).map(lambda p: f"({p[0]}) {p[1]} ({p[2]})"),
    ),
    max_leaves=6,
)
OUTCOMES = ("allow", "allow_with_conditions", "human_review", "deny")


@st.composite
def packs(draw: st.DrawFn) -> Pack:
    rules = []
    for place in range(draw(st.integers(1, 4))):
        overrides = draw(st.lists(st.sampled_from([r["id"] for r in rules]), unique=True)) if rules else []
        rules.append(rule(f"r{place}", draw(st.sampled_from(OUTCOMES)), draw(expressions), overrides=overrides))
    return small_pack(rules, {"applies": draw(expressions), "default": draw(st.sampled_from(OUTCOMES))})


@st.composite
def knowledge(draw: st.DrawFn) -> dict[str, Any]:
    names = draw(st.sets(st.sampled_from(sorted(TESTS)), max_size=3))
    return {name: draw(st.sampled_from(TESTS[name][1])) for name in sorted(names)}


def worlds(known: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    values = [[known[name]] if name in known else TESTS[name][1] for name in TESTS]
    return (dict(zip(TESTS, world, strict=True)) for world in itertools.product(*values))


def outcome(pack: Pack, world: Mapping[str, Any]) -> Outcome:
    return decide(Flow(facts=facts_of(dict(world))), [pack], today=TODAY, search_paths=False).outcome


@given(packs(), knowledge())
@settings(max_examples=40, deadline=None)
def test_outcomes_and_questions_are_those_of_brute_force_over_every_kind_of_fact(
    pack: Pack, known: dict[str, Any]
) -> None:
    reached = {tuple(world.values()): outcome(pack, world) for world in worlds(known)}
    result = decide(Flow(facts=facts_of(known)), [pack], today=TODAY, search_paths=False)
    possible = set(reached.values())
    if len(possible) == 1:
        assert {result.outcome} == possible
        assert result.missing == ()
        return
    telling = set()
    for place, name in enumerate(TESTS):
        alike: dict[tuple[Any, ...], set[Outcome]] = {}
        for world, its in reached.items():
            alike.setdefault(world[:place] + world[place + 1 :], set()).add(its)
        if any(len(outcomes) > 1 for outcomes in alike.values()):
            telling.add(name)
    assert result.outcome is Outcome.NEEDS_INFO
    assert {fact.name for fact in result.missing} == telling
    assert {o for fact in result.missing for o in fact.possible} == possible


@given(packs(), st.randoms())
@settings(max_examples=40, deadline=None)
def test_any_order_of_answers_ends_in_an_outcome_that_was_possible_all_along(pack: Pack, drawn: Any) -> None:
    facts: dict[str, Any] = {}
    while True:
        result = decide(Flow(facts=facts_of(facts)), [pack], today=TODAY, search_paths=False)
        if result.outcome is not Outcome.NEEDS_INFO:
            break
        question = drawn.choice(result.missing)
        assert question.name not in facts, "no fact is asked for twice"
        facts[question.name] = drawn.choice(TESTS[question.name][1])
    assert len(facts) <= len(TESTS)


HEADS = tuple(sorted({category.partition(".")[0] for category in CATEGORIES} - {"ordinary"}))
NUMBERED = sorted({*CATEGORIES, *HEADS} - {"ordinary"})
"""An answer in numbers counts every category and every head: what it leaves out stays unknown, and is asked again."""


def answer_to(name: str, drawn: Any) -> Any:
    spec = fact_schema().spec(name)
    words = sorted(spec.type.domain or ("a word",))
    return {
        "bool": lambda: drawn.random() < 0.5,
        "int": lambda: drawn.choice((0, 1, 150, 20_000, 10**6)),
        "number": lambda: drawn.choice((0, 10.5, 50, min(5000, spec.type.most))),
        "text": lambda: drawn.choice(words),
        "date": lambda: str(TODAY - dt.timedelta(drawn.randrange(400))),
        "set": lambda: drawn.sample(words, drawn.randrange(min(3, len(words) + 1))),
        "counts": lambda: {name: drawn.choice((0, 5, 20_000)) for name in NUMBERED},
    }[spec.type.kind]()


@given(stated(), st.randoms())
@settings(max_examples=8, deadline=None)
def test_the_questions_of_the_law_come_to_an_end_whatever_is_answered_in_whatever_order(
    facts: dict[str, Any], drawn: Any
) -> None:
    for _ in range(len(fact_schema().specs) + 1):
        result = decide(Flow(facts=facts_of(facts)), builtin_packs(), today=TODAY, search_paths=False)
        open_questions = [fact.name for fact in result.missing]
        if not open_questions:
            break
        name = drawn.choice(open_questions)
        facts = {**facts, name: answer_to(name, drawn)}
    assert result.outcome is not Outcome.NEEDS_INFO


def test_the_strongest_question_comes_first_and_an_idle_one_never() -> None:
    pack = small_pack(
        [rule("r", "deny", "(consent.given or mechanism.scc) and transaction.evasion and (mechanism.bcr or true)")]
    )
    assert [fact.name for fact in decide(Flow(), [pack], today=TODAY).missing] == [
        "transaction.evasion",
        "consent.given",
        "mechanism.scc",
    ]


@pytest.mark.parametrize(
    ("told", "asked"),
    [
        ({}, ["subjects.us_persons"]),
        ({"subjects.us_persons": {"health": 5}}, []),
        ({"subjects.persons": {"health": 5}}, []),
        ({"subjects.persons": {"health": 50}}, ["subjects.us_persons"]),
    ],
)
def test_only_numbers_that_can_tell_are_asked_for(told: dict[str, Any], asked: list[str]) -> None:
    """How many people of any country there are is only an upper bound: the exact number alone always tells."""
    limits = {"id": "limits", "cite": "s. 1", "values": [{"from": "2020-01-01", "value": {"health": 10}}]}
    pack = small_pack(
        [rule("r", "deny", "exceeds(subjects.us_persons, param.limits, subjects.persons) and consent.given")],
        parameters=[limits],
    )
    facts = {"data.categories": ["health"], "consent.given": True} | told
    missing = decide(Flow(facts=facts_of(facts)), [pack], today=TODAY).missing
    assert [fact.name for fact in missing] == asked


def test_packs_of_the_package_can_be_judged_on_every_day() -> None:
    for pack in builtin_packs():
        for day in pack.boundaries:
            assert pack.edition(day).outlook() is not None


def test_questions_are_found_in_bounded_time_even_where_conditions_rest_on_much() -> None:
    """Every condition over the same unknown numbers and sets; where trying ends a fact stays on the list."""
    limits = [
        {"id": f"p{n}", "cite": "s. 1", "values": [{"from": "2020-01-01", "value": {"health": n, "identifier": n}}]}
        for n in range(100)
    ]
    people = "plus(bounded(subjects.us_persons, subjects.persons), subjects.prior_us_persons)"
    rules = [
        rule(f"r{n}", "deny", f"exceeds_lowest({people}, param.p{n}, common(data.categories, data.categories))")
        for n in range(100)
    ]
    pack = small_pack(rules, parameters=limits)
    started = time.thread_time()
    missing = {fact.name for fact in decide(Flow(), [pack], today=TODAY, search_paths=False).missing}
    assert time.thread_time() - started < 5
    assert {"data.categories", "subjects.us_persons", "subjects.prior_us_persons"} <= missing


def test_a_stated_fact_answers_for_what_it_is_derived_from() -> None:
    definitions = [{"id": "d", "cite": "s. 1", "when": "stated(recipient.covered_person, recipient.designated)"}]
    pack = small_pack([rule("r", "deny", "d and consent.given")], definitions=definitions)
    flow = {"consent.given": Fact(value=True)}
    names = {fact.name for fact in decide(Flow(facts=flow), [pack], today=TODAY).missing}
    assert names == {"recipient.covered_person", "recipient.designated"}
    known = decide(Flow(facts={**flow, "recipient.designated": Fact(value=False)}), [pack], today=TODAY)
    assert (known.outcome, known.missing) == (Outcome.ALLOW, ())


def test_a_number_that_does_not_tell_is_asked_for_again() -> None:
    """A head was counted where the limits are those of its parts: nothing that is unknown is left to ask for."""
    limited = rule("limit", "deny", "exceeds(subjects.us_persons, param.limits)")
    numbers = {"from": "2020-01-01", "value": {"omic.genomic": 100, "omic.other": 1000}}
    pack = small_pack([limited], parameters=[{"id": "limits", "cite": "Test Act s. 1", "values": [numbers]}])
    both = {"data.categories": ["omic.genomic", "omic.other"], "subjects.us_persons": {"omic": 500}}
    asked = decide(Flow(facts=facts_of(both)), [pack], today=TODAY, search_paths=False)
    assert asked.outcome is Outcome.NEEDS_INFO
    assert [fact.name for fact in asked.missing] == ["subjects.us_persons"]
    one = decide(Flow(facts=facts_of({**both, "data.categories": ["omic.genomic"]})), [pack], today=TODAY)
    assert one.outcome is Outcome.DENY


def test_the_number_of_a_head_is_that_of_the_only_category_below_it_and_else_asked_for() -> None:
    one = counted({"omic": 500}, {"omic.genomic"}, absent_is_unknown=True)
    assert one.of("omic.genomic") == (500, 500)
    both = counted({"omic": 500}, {"omic.genomic", "omic.other"}, absent_is_unknown=True)
    assert both.of("omic.genomic") == (0, 500)
    assert (one.complete, both.complete, both.coarse) == (True, True, True)
