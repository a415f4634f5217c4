"""Statuses, dates, exceptions, conditions and what is told of a decision."""

from __future__ import annotations

import datetime as dt
import subprocess
import sys
from typing import Any

import pytest
from hypothesis import given, settings

from tegata.model.decision import Decision, Flow, Outcome, PackDecision
from tegata.model.errors import FactError
from tegata.rules import Pack, builtin_packs, decide, fact_schema
from tegata.rules.judge import judge
from tests.rules import some_flows
from tests.rules.pack_judge import TODAY, facts_of
from tests.rules.small_pack import SAY, rule, small_pack

DENY = rule("r", "deny", "consent.given")


def told(pack: Pack, stated: dict[str, Any], **dates: dt.date) -> PackDecision:
    return whole([pack], stated, **dates).per_pack[0]


def whole(packs: list[Pack], stated: dict[str, Any], **dates: dt.date) -> Decision:
    return decide(Flow(facts=facts_of(stated), **dates), packs, today=TODAY)


def test_a_rule_holds_from_its_first_day_to_the_day_before_its_last() -> None:
    pack = small_pack([rule("r", "deny", "consent.given", **{"from": "2024-01-01", "until": "2025-01-01"})])
    days = {"2023-12-31": "allow", "2024-01-01": "deny", "2024-12-31": "deny", "2025-01-01": "allow"}
    for day, expected in days.items():
        assert told(pack, {"consent.given": True}, as_of=dt.date.fromisoformat(day)).outcome.value == expected


def test_a_parameter_changes_on_its_day() -> None:
    values = [{"from": "2020-01-01", "until": "2024-01-01", "value": 10}, {"from": "2024-01-01", "value": 20}]
    parameters = [{"id": "p", "cite": "s. 1", "values": values}]
    pack = small_pack([rule("r", "deny", "data.precision_m > param.p")], parameters=parameters)
    assert told(pack, {"data.precision_m": 15}, as_of=dt.date(2023, 12, 31)).outcome is Outcome.DENY
    assert told(pack, {"data.precision_m": 15}, as_of=dt.date(2024, 1, 1)).outcome is Outcome.ALLOW


@pytest.mark.parametrize("status", ["promulgated", "proposal", "repealed"])
def test_only_law_in_force_decides(status: str) -> None:
    result = told(small_pack([rule("r", "deny", "consent.given", status=status)]), {"consent.given": True})
    assert (result.outcome, result.rules) == (Outcome.ALLOW, ())
    assert any("promulgated" in note.en for note in result.notes) is (status == "promulgated")


@pytest.mark.parametrize("status", ["promulgated", "proposal", "repealed"])
def test_a_pack_that_is_not_in_force_does_not_decide(status: str) -> None:
    assert told(small_pack([DENY], {"status": status}), {"consent.given": True}).outcome is Outcome.ALLOW


def test_an_overdue_pack_is_never_milder_than_human_review() -> None:
    pack = small_pack([DENY, rule("s", "allow_with_conditions", "mechanism.scc")], {"review_after": "2026-01-01"})
    late, timely = dt.date(2026, 1, 2), dt.date(2026, 1, 1)
    for stated in ({"consent.given": False}, {"consent.given": False, "mechanism.scc": True}, {}):
        result = told(pack, stated, known_on=late)
        assert result.outcome is Outcome.HUMAN_REVIEW
        assert any("2026-01-01" in note.en for note in result.notes)
        assert told(pack, stated, known_on=timely).outcome is not Outcome.HUMAN_REVIEW
    assert told(pack, {"consent.given": True}, known_on=late).outcome is Outcome.DENY


def test_a_pack_does_not_reach_back_before_it_begins() -> None:
    early, late = small_pack([], {"from": "2010-01-01"}), small_pack([DENY])
    decision = whole([early, late], {"consent.given": True}, as_of=dt.date(2019, 12, 31))
    assert decision.outcome is Outcome.ALLOW
    assert "begins on 2020-01-01" in decision.per_pack[1].notes[0].en
    with pytest.raises(FactError, match="no rule pack knows the law of `2009-12-31`"):
        whole([early, late], {}, as_of=dt.date(2009, 12, 31))


def test_an_exception_to_an_exception_restores_the_rule() -> None:
    pack = small_pack(
        [
            rule("base", "deny", "true"),
            rule("exception", "allow", "consent.given", overrides=["base"]),
            rule("counter", "allow", "transaction.evasion", overrides=["exception"]),
        ]
    )
    assert told(pack, {"consent.given": False, "transaction.evasion": False}).outcome is Outcome.DENY
    assert told(pack, {"consent.given": True, "transaction.evasion": False}).outcome is Outcome.ALLOW
    assert told(pack, {"consent.given": True, "transaction.evasion": True}).outcome is Outcome.DENY
    assert told(pack, {"consent.given": True}).outcome is Outcome.NEEDS_INFO


def test_conditions_of_all_rules_that_hold_are_collected_with_their_parameters() -> None:
    keep = {"verb": "keep_records", "params": {"years": {"param": "p"}}, "means": ["procedure:x"], "say": SAY}
    clause = {"verb": "insert_clause", "params": {"clause": "c"}, "say": SAY}
    pack = small_pack(
        [
            rule("a", "allow_with_conditions", "true", conditions=[keep]),
            rule("b", "allow_with_conditions", "consent.given", conditions=[clause]),
            rule("c", "deny", "transaction.evasion"),
        ],
        parameters=[{"id": "p", "cite": "s. 1", "values": [{"from": "2020-01-01", "value": 10}]}],
    )
    decision = whole([pack], {"consent.given": True, "transaction.evasion": False})
    assert [(c.rule, c.verb, c.params) for c in decision.conditions] == [
        ("a", "keep_records", {"years": 10}),
        ("b", "insert_clause", {"clause": "c"}),
    ]
    assert decision.conditions[0].citations[0].ref == "Test Act s. 1"
    assert whole([pack], {"consent.given": True, "transaction.evasion": True}).conditions == ()


def test_each_rule_names_the_facts_that_it_rests_on_and_their_sources() -> None:
    pack = small_pack([rule("r", "deny", "consent.given or mechanism.scc"), rule("s", "allow", "mechanism.bcr")])
    result = told(pack, {"consent.given": False, "mechanism.scc": True, "mechanism.bcr": True})
    assert [(hit.rule, [use.name for use in hit.facts_used]) for hit in result.rules] == [
        ("r", ["mechanism.scc"]),
        ("s", ["mechanism.bcr"]),
    ]
    assert result.rules[0].facts_used[0].source == "stated"


def test_the_facts_that_rule_everything_out_are_told_too() -> None:
    result = told(small_pack([DENY]), {"consent.given": False, "mechanism.scc": True})
    assert [use.name for use in result.facts_used] == ["consent.given"]


def test_strictest_pack_wins_and_only_answers_that_can_still_matter_are_asked() -> None:
    allow, deny = small_pack([]), small_pack([DENY], {"id": "other.pack"})
    assert whole([allow, deny], {"consent.given": True}).outcome is Outcome.DENY
    asking = small_pack([rule("r", "deny", "mechanism.scc")], {"id": "third.pack"})
    decision = whole([deny, asking], {"consent.given": True})
    assert (decision.outcome, decision.missing) == (Outcome.DENY, ())
    assert [m.name for m in whole([deny, asking], {"consent.given": False}).missing] == ["mechanism.scc"]


def test_the_fact_that_decides_alone_is_asked_first() -> None:
    pack = small_pack([rule("r", "deny", "(consent.given or mechanism.scc) and transaction.evasion")])
    assert told(pack, {}).missing[0].name == "transaction.evasion"


def test_a_stated_conclusion_that_contradicts_the_facts_is_asked_again() -> None:
    definitions = [{"id": "d", "cite": "s. 1", "when": "stated(recipient.covered_person, recipient.designated)"}]
    pack = small_pack([rule("r", "deny", "d")], definitions=definitions)
    assert told(pack, {"recipient.covered_person": False}).outcome is Outcome.ALLOW
    assert told(pack, {"recipient.covered_person": True}).outcome is Outcome.DENY
    result = told(pack, {"recipient.covered_person": False, "recipient.designated": True})
    assert result.outcome is Outcome.NEEDS_INFO
    assert [m.name for m in result.missing] == ["recipient.covered_person"]
    assert "`recipient.covered_person` is stated against what follows" in result.notes[0].en
    assert "矛盾" in result.notes[0].ja
    assert not told(pack, {"recipient.covered_person": True, "recipient.designated": True}).notes


def test_unknown_facts_and_misfits_in_a_flow_are_refused() -> None:
    with pytest.raises(FactError, match=r"did you mean `consent\.given`"):
        told(small_pack([DENY]), {"consent.givn": True})
    with pytest.raises(FactError, match="cannot be `yes`"):
        told(small_pack([DENY]), {"consent.given": "yes"})


def test_what_cannot_change_the_outcome_any_more_is_not_asked() -> None:
    milder = rule("milder", "allow_with_conditions", "mechanism.scc")
    certain = rule("certain", "allow_with_conditions", "true")
    stricter = rule("stricter", "deny", "consent.given")
    exception = rule("exception", "allow", "mechanism.bcr", overrides=["stricter"])
    pack = small_pack([milder, certain, stricter, exception])
    assert {m.name for m in told(pack, {}).missing} == {"consent.given", "mechanism.bcr"}


def test_silence_that_has_a_meaning_is_not_asked_for() -> None:
    pack = small_pack([rule("r", "deny", "not (known(consent.given) and consent.given) and mechanism.scc")])
    assert [m.name for m in told(pack, {}).missing] == ["mechanism.scc"]


def test_the_order_of_rules_is_that_of_the_file_whatever_the_hash_seed() -> None:
    program = (
        "import datetime as dt, sys; from tegata.model import base, decision; from tegata.rules import *;"
        "d = decide(decision.Flow(), builtin_packs(), today=dt.date(2026, 11, 22), search_paths=False);"
        "sys.stdout.write(base.digest(d))"
    )
    digests = {
        subprocess.run(
            [sys.executable, "-c", program], env={"PYTHONHASHSEED": seed}, capture_output=True, text=True, check=True
        ).stdout
        for seed in ("1", "2", "3")
    }
    assert len(digests) == 1
    assert digests.pop().startswith("sha256:")


@settings(max_examples=15, deadline=None)
@given(some_flows.stated())
def test_a_rule_that_may_still_hold_is_never_told_as_one_that_holds(facts: dict[str, Any]) -> None:
    """`holds` against a judgement of its own: certain rules, and only they."""
    packs = builtin_packs()
    decision = decide(Flow(facts=facts_of(facts)), packs, today=TODAY, search_paths=False)
    values = fact_schema().to_values(facts)
    for pack, told in zip(packs, decision.per_pack, strict=True):
        judgement = judge(pack, values, TODAY, TODAY)
        certain = set() if judgement.silent else {rule.rule.id for rule in judgement.holding}
        assert {hit.rule for hit in told.rules if hit.holds} == certain
        if told.outcome is not Outcome.NEEDS_INFO and not judgement.unsettled:
            assert all(hit.holds for hit in told.rules)


@pytest.mark.parametrize(
    ("name", "value"),
    [("recipient.located_in", "XX"), ("data.form", "secret"), ("data.personal", 1), ("relation", True), ("x.y", True)],
)
def test_facts_that_no_file_was_read_for_are_checked_too(name: str, value: Any) -> None:
    with pytest.raises(FactError):
        decide(Flow(facts=facts_of({name: value})), builtin_packs(), today=TODAY)
