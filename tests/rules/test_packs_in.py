"""The pack of India: its own examples, rule 7 until the Act takes over, duties, questions, the path to yes, mutants."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest

from tegata.model.decision import Outcome
from tegata.rules.pack import Pack
from tests.rules.pack_judge import (
    asked,
    built_in,
    decided,
    judged,
    outcome,
    verbs_of,
)

PACK = built_in("in/dpdp")

EXPORT: dict[str, Any] = {
    "provider.located_in": "IN",
    "recipient.located_in": "DE",
    "recipient.role": "processor",
    "data.personal": True,
    "data.categories": ["health", "identifier.contact"],
    "data.public_record": False,
    "mechanism.in_same_protection": False,
    "basis.in_contract_needs_it": False,
    "consent.given": False,
}
"""A hospital in India hands the register of its patients to a service provider in Germany."""
MET = {"mechanism.in_same_protection": True, "consent.given": True}


@pytest.fixture(scope="module")
def pack() -> Pack:
    return PACK


RULE_7 = {("rule-7-met", "insert_clause"), ("rule-7-met", "keep_records")}
REPORT = {("cert-in", "report")}
DUTIES: dict[str, tuple[dict[str, Any], set[tuple[str, str]]]] = {
    "met": ({**EXPORT, **MET}, RULE_7),
    "no incident": ({**EXPORT, **MET, "incident.kind": "none"}, RULE_7),
    "incident": ({**EXPORT, **MET, "incident.kind": "accident"}, RULE_7 | REPORT),
    "incident at home": ({**EXPORT, "recipient.located_in": "IN", "incident.kind": "accident"}, REPORT),
    "addresses": ({**EXPORT, "data.categories": ["identifier.contact"]}, set()),
}


@pytest.mark.parametrize("case", DUTIES)
def test_duties(pack: Pack, case: str) -> None:
    stated, expected = DUTIES[case]
    assert verbs_of(judged(pack, stated)) == expected


def hours(pack: Pack) -> list[int]:
    return [c.params["within_hours"] for c in judged(pack, DUTIES["incident"][0]).conditions if c.verb == "report"]


def test_six_hours(pack: Pack) -> None:
    assert hours(pack) == [6]


def test_the_act_takes_over_on_its_day_and_is_told_before(pack: Pack) -> None:
    stated = {**EXPORT, **MET}
    assert outcome(pack, stated, dt.date(2027, 5, 12)) == "allow_with_conditions"
    assert outcome(pack, stated, dt.date(2027, 5, 13)) == "human_review"
    assert sum("2027-05-13" in note.en for note in judged(pack, stated).notes) == 2


def test_questions_of_a_transfer_of_which_nothing_else_is_said(pack: Pack) -> None:
    stated = {name: value for name, value in EXPORT.items() if not name.startswith(("mechanism", "basis", "consent"))}
    assert asked(judged(pack, stated)) == {
        "mechanism.in_same_protection",
        "basis.in_contract_needs_it",
        "consent.given",
    }
    assert not judged(pack, {**stated, "data.categories": ["identifier.contact"]}).missing


def test_denial_shows_protection_with_consent(pack: Pack) -> None:
    decision = decided(pack, EXPORT)
    assert decision.outcome is Outcome.DENY
    paths = [{change.fact for change in path.changes} for path in decision.path_to_yes]
    assert set(MET) in paths
    assert {"recipient.located_in"} in paths
