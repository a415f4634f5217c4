"""The PDPL pack (Vietnam): its own examples, the dossier and its exceptions, questions, mutants."""

from __future__ import annotations

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
    rules_of,
    verbs_of,
)

PACK = built_in("vn/pdpl")

EXPORT: dict[str, Any] = {
    "provider.located_in": "VN",
    "recipient.located_in": "JP",
    "recipient.role": "controller",
    "data.personal": True,
    "data.categories": ["identifier.contact"],
    "data.form": "identified",
    "transaction.class": "vendor",
}
"""A factory in Vietnam sends the list of its staff to its parent in Japan."""


@pytest.fixture(scope="module")
def pack() -> Pack:
    return PACK


# ------------------------------------------------------------------------------------------- duties

ALWAYS = {("transfer-contract", "insert_clause"), ("transfer-contract", "keep_records")}
DOSSIER = {("transfer-dossier", "report"), ("transfer-dossier", "review_periodically")}
DUTIES: dict[str, tuple[dict[str, Any], set[tuple[str, str]]]] = {
    "dossier": (EXPORT, DOSSIER),
    "no exception": ({**EXPORT, "basis.vn_exemption": "none"}, DOSSIER),
    **{
        exception: ({**EXPORT, "basis.vn_exemption": exception}, set())
        for exception in ("state_body", "staff_in_cloud", "own_data", "other")
    },
    "no breach": ({**EXPORT, "incident.kind": "none"}, DOSSIER),
    "breach": ({**EXPORT, "incident.kind": "wrongful"}, DOSSIER | {("breach", "report")}),
}


@pytest.mark.parametrize("case", DUTIES)
def test_duties(pack: Pack, case: str) -> None:
    stated, expected = DUTIES[case]
    assert verbs_of(judged(pack, stated)) == expected | ALWAYS


def clocks(pack: Pack) -> set[tuple[str, int]]:
    conditions = [c for stated, _ in DUTIES.values() for c in judged(pack, stated).conditions]
    days = {(c.params["stage"], c.params["within_days"]) for c in conditions if c.verb == "report"}
    return days | {("update", c.params["months"]) for c in conditions if c.verb == "review_periodically"}


CLOCKS = {("transfer_impact_dossier", 60), ("breach", 3), ("update", 6)}


def test_sixty_days_six_months_and_seventy_two_hours(pack: Pack) -> None:
    assert clocks(pack) == CLOCKS


# ------------------------------------------------------------------------------------------- questions and paths


def test_silence_about_exceptions_orders_and_incidents_is_not_asked(pack: Pack) -> None:
    assert not judged(pack, EXPORT).missing


def test_an_order_leaves_only_a_recipient_at_home(pack: Pack) -> None:
    decision = decided(pack, {**EXPORT, "authorisations.vn_suspended": True})
    assert decision.outcome is Outcome.DENY
    assert "stopped" in rules_of(decision.per_pack[0])
    assert [{change.fact for change in path.changes} for path in decision.path_to_yes] == [{"recipient.located_in"}]


@pytest.mark.parametrize("facts", [{"data.collected_in": ["VN"]}, {"data.subject_countries": ["JP", "VN"]}])
def test_a_company_abroad_is_asked_once_vietnam_is_named(pack: Pack, facts: dict[str, Any]) -> None:
    stated = {**EXPORT, "provider.located_in": "TH"}
    assert outcome(pack, stated) == "allow"
    assert asked(judged(pack, {**stated, **facts})) == {"provider.subject_to"}
    assert outcome(pack, {**stated, "provider.subject_to": ["VN"]}) == "allow_with_conditions"


# ------------------------------------------------------------------------------------------- form
