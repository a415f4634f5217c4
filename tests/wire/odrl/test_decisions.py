"""Decisions as ODRL and back, held against the published vocabularies."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tegata.model.base import t
from tegata.model.categories import CATEGORIES as OURS
from tegata.model.categories import is_personal
from tegata.model.decision import Citation, Condition, Decision, Fact, Flow, Outcome
from tegata.model.errors import ProtocolError
from tegata.rules import builtin_packs, decide, read_flow
from tegata.wire.odrl import decision_policy, read_policy
from tegata.wire.odrl.vocabulary import BASES, BASIS, CATEGORIES, DATA, MEASURE, MEASURES, ODRL_CONTEXT, PREFIXES
from tests.rules.some_flows import TODAY, stated
from tests.shared_data import shared_data

PACKS = builtin_packs()
EXAMPLES = Path(__file__).parents[3] / "examples"


def decided(**facts: Any) -> Decision:
    flow = Flow(facts={name: Fact(value=value) for name, value in facts.items()})
    return decide(flow, PACKS, today=TODAY, search_paths=False)


def permitted(*conditions: Condition, **facts: Any) -> Decision:
    return Decision(
        outcome=Outcome.ALLOW_WITH_CONDITIONS if conditions else Outcome.ALLOW,
        per_pack=(),
        path_to_yes=(),
        conditions=conditions,
        as_of=TODAY,
        known_on=TODAY,
        pack_digests={},
        facts={name: Fact(value=value) for name, value in facts.items()},
    )


def back(policy: Any) -> tuple[Condition, ...]:
    return read_policy(json.dumps(policy).encode())


# ------------------------------------------------------------------------------------------ there and back

words = st.text(
    st.characters(min_codepoint=32, max_codepoint=0x3FFF, exclude_categories=["Cs"]), min_size=1, max_size=9
)
values = st.one_of(words, st.integers(-(2**53), 2**53), st.booleans(), st.lists(words, max_size=3))
conditions = st.builds(
    Condition,
    verb=st.sampled_from(sorted(MEASURES)),
    params=st.dictionaries(st.from_regex(r"\A[a-z_]{1,9}\Z"), values, max_size=3),
    means=st.tuples(words),
    rule=words,
    pack=words,
    citations=st.tuples(st.builds(Citation, ref=words, url=words)),
    say=st.builds(t, words, words),
)


@settings(deadline=None)
@given(st.lists(conditions, max_size=4))
def test_conditions_come_back_as_they_went(made: list[Condition]) -> None:
    assert back(decision_policy(permitted(*made))) == tuple(made)


@settings(deadline=None, max_examples=30)
@given(stated())
def test_every_decision_has_a_policy_and_only_a_permission_comes_back(flow: dict[str, Any]) -> None:
    decision = decided(**flow)
    policy = decision_policy(decision)
    if decision.outcome in (Outcome.ALLOW, Outcome.ALLOW_WITH_CONDITIONS):
        assert "prohibition" not in policy
        limits = len(policy["permission"][0].get("constraint", ()))
        assert back(policy)[limits:] == decision.conditions
    else:
        assert "permission" not in policy
        with pytest.raises(ProtocolError, match="prohibition of `use`"):
            back(policy)


def test_what_waits_for_somebody_is_forbidden_until_it_is_reviewed() -> None:
    policy = decision_policy(decided())
    assert policy["obligation"] == [{"action": "reviewPolicy"}]
    assert policy["prohibition"][0]["action"] == "use"


def test_purpose_and_place_are_limits_and_come_back_as_clauses() -> None:
    decision = permitted(**{"purpose.code": "dpv:ScientificResearch", "recipient.located_in": "DE"})
    found = back(decision_policy(decision))
    assert [one.params for one in found] == [
        {"clause": "limit-purpose", "operator": "isA", "value": "dpv:ScientificResearch"},
        {"clause": "limit-spatial", "operator": "eq", "value": "DE"},
    ]


def test_facts_of_the_parties_stay_here() -> None:
    decision = decided(**{"recipient.kind": "a secret kind", "purpose.text": "a secret purpose"})
    assert "secret" not in json.dumps(decision_policy(decision))


# ------------------------------------------------------------------------------------------ vocabularies of others


def terms_of(prefix: str, file: str) -> set[str]:
    text = (shared_data("dpv") / file).read_text("utf-8")
    namespace = re.search(rf"@prefix {prefix}: <([^>]+)>", text)
    assert namespace
    assert namespace[1] == PREFIXES[prefix]
    return set(re.findall(rf"^({prefix}:[\w-]+) ", text, re.MULTILINE))


def test_every_term_is_one_of_dpv() -> None:
    known = terms_of("dpv", "dpv/dpv.ttl") | terms_of("pd", "pd/pd.ttl")
    known |= terms_of("eu-gdpr", "legal/eu/gdpr/eu-gdpr.ttl")
    used = {*CATEGORIES.values(), *MEASURES.values(), *BASES.values(), MEASURE, DATA, BASIS, "dpv:ScientificResearch"}
    assert used - known == set()


def test_every_category_of_people_but_minors_and_every_verb_of_the_packs_has_a_term() -> None:
    assert {name for name in OURS if is_personal(name)} - CATEGORIES.keys() == {"minor"}
    verbs = {c.verb for pack in PACKS for rule in pack.files.rules for c in rule.conditions}
    assert verbs - MEASURES.keys() == set()


def test_every_word_of_a_policy_is_one_of_the_official_odrl_context() -> None:
    context = json.loads((shared_data("dcp") / "context" / "odrl.jsonld").read_bytes())["@context"]
    flow = read_flow((EXAMPLES / "to-germany.yaml").read_bytes())
    waiting, denied = decided(), decide(flow, PACKS, today=TODAY, search_paths=False)
    made = [decision_policy(one) for one in (waiting, denied, permitted(**{"recipient.located_in": "DE"}))]
    for policy in made:
        assert ODRL_CONTEXT in policy["@context"]
        unknown = {word for word in bare_words(policy) if word not in context}
        assert unknown == set()


def bare_words(value: Any) -> set[str]:
    """Names, actions, operands and operators without a prefix, outside JSON literals and the context."""
    if isinstance(value, list):
        return {word for one in value for word in bare_words(one)}
    if not isinstance(value, dict) or value.get("@type") == "@json":
        return set()
    words = {name for name in value if ":" not in name and not name.startswith("@")}
    words |= {str(value[name]) for name in ("action", "leftOperand", "operator") if name in value}
    inner = {word for name, one in value.items() if name != "@context" for word in bare_words(one)}
    return {word for word in words | inner if ":" not in word}


# ------------------------------------------------------------------------------------------ what is not understood


def policy(**changes: Any) -> dict[str, Any]:
    made = {
        "@context": ODRL_CONTEXT,
        "@type": "Offer",
        "uid": "urn:x",
        "permission": [{"action": "use"}],
    }
    return {name: value for name, value in (made | changes).items() if value is not None}


def limited(left: str, operator: str, right: Any) -> dict[str, Any]:
    constraint = {"leftOperand": left, "operator": operator, "rightOperand": right}
    return policy(permission={"action": "use", "constraint": constraint})


def test_what_odrl_leaves_out_or_spells_out_is_read_the_same() -> None:
    for name in ("purpose", "odrl:purpose", "http://www.w3.org/ns/odrl/2/purpose"):
        (found,) = back(limited(name, "isAnyOf", [{"@id": "dpv:Marketing"}, "dpv:Advertising"]))
        assert found.params["value"] == ["dpv:Marketing", "dpv:Advertising"]
    (duty,) = back(policy(permission={"action": "odrl:use", "duty": {"action": "obtainConsent"}}))
    assert duty.verb == "obtain_consent"


@pytest.mark.parametrize(
    ("document", "named"),
    [
        (limited("payAmount", "eq", "5"), "payAmount"),
        (limited("count", "lteq", "5"), "count"),
        (limited("purpose", "gt", "5"), "operator `gt` on `purpose`"),
        (limited("purpose", "eq", {"@list": []}), "right operand"),
        (limited("purpose", "eq", []), "right operand"),
        (policy(permission=[{"action": "sell"}]), "sell"),
        (policy(permission=[{"action": {"@id": "use"}}]), "action"),
        (policy(permission=[{"action": "use", "refinement": []}]), "refinement"),
        (policy(permission=[{"action": "use", "remedy": []}]), "remedy"),
        (policy(obligation=[{"action": "compensate"}]), "compensate"),
        (policy(obligation=[{"action": "inform", "constraint": {"leftOperand": "event"}}]), ""),
        (policy(obligation=[{"action": "tegata:drop", "consequence": []}]), "consequence"),
        (policy(prohibition=[{"action": "distribute"}]), "distribute"),
        (policy(permission=None, obligation=[{"action": "inform"}]), ""),
        (policy(permission=[]), ""),
        (policy(inheritFrom="urn:y"), "inheritFrom"),
        (policy(conflict="perm"), "conflict"),
        (policy(profile="http://example.org/profile"), "example.org/profile"),
        (policy(**{"@type": "Ticket"}), "Ticket"),
        (policy(**{"@context": None}), "@context"),
        (policy(**{"@context": [ODRL_CONTEXT, {"use": "http://example.org/steal"}]}), "context"),
        (policy(permission=[{"action": "use"}] * 1001), "1000 rules"),
        (policy(permission=["use"]), "object of a permission"),
        ([], "object of a policy"),
        (
            policy(permission={"action": "use", "constraint": {"and": [{"leftOperand": "purpose"}]}}),
            "`and`",
        ),
    ],
)
def test_what_is_not_understood_is_refused_by_name_and_never_passed_over(document: Any, named: str) -> None:
    with pytest.raises(ProtocolError) as refused:
        back(document)
    assert named in str(refused.value)


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"\xff",
        b'{"uid": 1, "uid": 2}',
        b"[" * 100_000,
        b'{"@context":' + b"[" * 40 + b"]" * 40 + b"}",
        b" " * (1 << 20) + b"{}",
        b"NaN",
    ],
)
def test_what_is_no_bounded_json_is_refused(data: bytes) -> None:
    with pytest.raises(ProtocolError):
        read_policy(data)


rubbish_of = st.recursive(
    st.none() | st.booleans() | st.integers() | words,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(words, inner, max_size=3),
)


@settings(deadline=None)
@given(rubbish_of)
def test_rubbish_in_any_place_is_refused_and_nothing_worse(rubbish: Any) -> None:
    for document in (
        rubbish,
        policy(permission=rubbish),
        policy(obligation=[rubbish]),
        policy(permission=[{"action": rubbish}]),
        limited("purpose", "eq", rubbish),
        policy(permission=[{"action": "use", "constraint": rubbish}]),
        policy(**{"@context": rubbish}),
        policy(profile=rubbish),
        policy(obligation=[{"action": "tegata:drop", "tegata:explained": rubbish}]),
    ):
        try:
            back(document)
        except ProtocolError:
            continue


def test_a_decision_of_any_day_names_itself() -> None:
    one = decision_policy(permitted())["uid"]
    assert one.startswith("urn:sha256:")
    other = permitted(**{"recipient.located_in": "DE"})
    assert decision_policy(other)["uid"] != one
