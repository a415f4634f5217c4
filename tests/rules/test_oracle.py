"""The engine against brute force: random packs over boolean facts, every completion of every partial flow tried."""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Mapping
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from tegata.model.base import encode
from tegata.model.decision import Fact, Flow, Outcome
from tegata.rules import decide
from tests.rules.pack_judge import TODAY, facts_of
from tests.rules.small_pack import SAY, rule, small_pack

FACTS = ("consent.given", "consent.explicit", "mechanism.scc", "mechanism.bcr", "transaction.evasion")
RULE_OUTCOMES = ("allow", "allow_with_conditions", "human_review", "deny")

# An expression is a fact's name, ("not", e), ("and", e, e) or ("or", e, e).
expressions = st.recursive(
    st.sampled_from(FACTS),
    lambda inner: st.one_of(st.tuples(st.just("not"), inner), st.tuples(st.sampled_from(("and", "or")), inner, inner)),
    max_leaves=6,
)


@st.composite
def packs(draw: st.DrawFn) -> dict[str, Any]:
    rules = []
    for place in range(draw(st.integers(1, 4))):
        overrides = draw(st.lists(st.sampled_from([r[0] for r in rules]), unique=True)) if rules else []
        rules.append((f"r{place}", draw(st.sampled_from(RULE_OUTCOMES)), draw(expressions), overrides))
    return {"rules": rules, "applies": draw(expressions), "default": draw(st.sampled_from(RULE_OUTCOMES))}


partial_facts = st.dictionaries(st.sampled_from(FACTS), st.booleans())


def text(expression: Any) -> str:
    if isinstance(expression, str):
        return expression
    if expression[0] == "not":
        return f"not ({text(expression[1])})"
    return f"({text(expression[1])}) {expression[0]} ({text(expression[2])})"


def truth(expression: Any, world: Mapping[str, bool]) -> bool:
    if isinstance(expression, str):
        return world[expression]
    parts = [truth(part, world) for part in expression[1:]]
    return {"not": not parts[0], "and": all(parts), "or": any(parts)}[expression[0]]


def oracle(pack: Mapping[str, Any], world: Mapping[str, bool]) -> str:
    if not truth(pack["applies"], world):
        return "allow"
    effective: dict[str, bool] = {}
    for name, _, when, _ in reversed(pack["rules"]):  # a rule overrides earlier ones only
        excepted = any(
            name in overrides and effective[other] for other, _, _, overrides in pack["rules"] if other in effective
        )
        effective[name] = truth(when, world) and not excepted
    held = [outcome for name, outcome, _, _ in pack["rules"] if effective[name]]
    return max(held or [pack["default"]], key=lambda outcome: Outcome(outcome).severity)


def worlds(known: Mapping[str, bool]) -> Iterator[dict[str, bool]]:
    open_facts = [name for name in FACTS if name not in known]
    for answers in itertools.product((True, False), repeat=len(open_facts)):
        yield {**known, **dict(zip(open_facts, answers, strict=True))}


def loaded(pack: Mapping[str, Any], **files: Any) -> Any:
    rules = [rule(name, outcome, text(when), overrides=list(o)) for name, outcome, when, o in pack["rules"]]
    return small_pack(rules, {"applies": text(pack["applies"]), "default": pack["default"]}, **files)


@given(packs(), partial_facts)
@settings(max_examples=250, deadline=None)
def test_outcome_possible_outcomes_and_missing_facts_are_those_of_brute_force(
    pack: Any, known: dict[str, bool]
) -> None:
    result = decide(Flow(facts=facts_of(known)), [loaded(pack)], today=TODAY, search_paths=False).per_pack[0]
    possible = {oracle(pack, world) for world in worlds(known)}
    if len(possible) == 1:
        assert {result.outcome.value} == possible
        assert result.missing == ()
        return
    assert result.outcome is Outcome.NEEDS_INFO
    telling = {
        name
        for name in FACTS
        if name not in known
        and any(oracle(pack, {**w, name: True}) != oracle(pack, {**w, name: False}) for w in worlds(known))
    }
    assert {fact.name for fact in result.missing} == telling
    for fact in result.missing:
        assert {outcome.value for outcome in fact.possible} == possible


levers = st.lists(st.tuples(st.sampled_from(FACTS), st.booleans()), min_size=1, max_size=5, unique=True)


@given(packs(), st.fixed_dictionaries({name: st.booleans() for name in FACTS}), levers)
@settings(max_examples=150, deadline=None)
def test_paths_to_yes_are_the_smallest_sets_of_real_changes(pack: Any, known: dict[str, bool], pulled: Any) -> None:
    lever_file = [{"id": f"l{n}", "fact": name, "to": to, "say": SAY} for n, (name, to) in enumerate(pulled)]
    decision = decide(Flow(facts=facts_of(known)), [loaded(pack, levers=lever_file)], today=TODAY)
    found = {frozenset((change.fact, change.value) for change in path.changes) for path in decision.path_to_yes}
    if decision.outcome is not Outcome.DENY:
        assert not found
        return
    real = [(name, to) for name, to in pulled if known[name] is not to]
    good = [
        frozenset(chosen)
        for size in range(1, 4)
        for chosen in itertools.combinations(real, size)
        if oracle(pack, {**known, **dict(chosen)}) in ("allow", "allow_with_conditions")
    ]
    smallest = {plan for plan in good if not any(other < plan for other in good)}
    assert found <= smallest
    assert len(found) == min(5, len(smallest))
    assert (decision.path_note is None) is bool(found)


@given(packs(), partial_facts)
@settings(max_examples=60, deadline=None)
def test_a_decision_can_be_replayed_from_what_it_records(pack: Any, known: dict[str, bool]) -> None:
    rules = loaded(pack)
    first = decide(Flow(facts={name: Fact(value=v, source="scan") for name, v in known.items()}), [rules], today=TODAY)
    flow = Flow(facts=first.facts, as_of=first.as_of, known_on=first.known_on)
    assert encode(decide(flow, [loaded(pack)], today=TODAY.replace(year=2040))) == encode(first)
    assert first.pack_digests == {rules.id: rules.digest}


def both(packs: Any, known: Mapping[str, bool]) -> str:
    return max((oracle(pack, known) for pack in packs), key=lambda outcome: Outcome(outcome).severity)


@given(packs(), packs(), st.fixed_dictionaries({name: st.booleans() for name in FACTS}), levers)
@settings(max_examples=150, deadline=None)
def test_paths_through_several_packs_are_the_smallest_sets_that_brute_force_finds(
    one: Any, other: Any, known: dict[str, bool], pulled: Any
) -> None:
    """What cures one pack may wake another: every subset of changes is tried on both."""
    lever_file = [{"id": f"l{n}", "fact": name, "to": to, "say": SAY} for n, (name, to) in enumerate(pulled)]
    first = loaded(one, levers=lever_file)
    second = small_pack(
        [rule(n, o, text(when), overrides=list(over)) for n, o, when, over in other["rules"]],
        {"id": "second.pack", "applies": text(other["applies"]), "default": other["default"]},
    )
    decision = decide(Flow(facts=facts_of(known)), [first, second], today=TODAY)
    if decision.outcome is not Outcome.DENY:
        return
    real = [(name, to) for name, to in pulled if known[name] is not to]
    for accepted in (("allow", "allow_with_conditions"), ("allow", "allow_with_conditions", "human_review")):
        good = [
            frozenset(chosen)
            for size in range(1, len(real) + 1)
            for chosen in itertools.combinations(real, size)
            if both((one, other), {**known, **dict(chosen)}) in accepted
        ]
        smallest = {plan for plan in good if not any(other < plan for other in good)}
        if smallest:
            break
    found = {frozenset((change.fact, change.value) for change in path.changes) for path in decision.path_to_yes}
    beside_a_review = "human_review" in {oracle(pack, known) for pack in (one, other)}
    if len(accepted) == 3 and not beside_a_review:
        assert not found, "a review is offered only where one was due anyway"
        return
    assert found <= smallest
    assert len(found) == min(5, len(smallest))
    assert all(path.outcome.value in accepted for path in decision.path_to_yes)
    assert (decision.path_note is None) is bool(found)
