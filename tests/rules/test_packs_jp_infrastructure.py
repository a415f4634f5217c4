"""The pack of economic security: its own examples, the fifteen sectors, plans, duties of 2026-10-01, mutants."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest

from tegata.model.decision import Outcome
from tegata.rules.pack import Pack
from tests.rules.pack_judge import (
    TODAY,
    asked,
    built_in,
    decided,
    judged,
    outcome,
    verbs_of,
)

PACK = built_in("jp/economic-security")

ENTRUSTED: dict[str, Any] = {
    "provider.infrastructure_sector": "electricity",
    "transaction.infrastructure_act": "entrusts_maintenance",
    "authorisations.infrastructure_plan": "none",
    "data.categories": ["infra.operational"],
}
"""A power company has the control system of its grid maintained by another, who gets its operation data."""
SECTORS = [
    "electricity",
    "gas",
    "oil",
    "water",
    "railway",
    "road_freight",
    "ocean_shipping",
    "port_transport",
    "aviation",
    "airport",
    "telecom",
    "broadcasting",
    "post",
    "finance",
    "credit_card",
]
GUARDED = {("art52-infrastructure-data", "apply_security_requirements")}
PASSED = {("art52-passed", "insert_clause"), ("art52-passed", "review_periodically")}
NOTIFIED = {("act42-computers", "report")}
PLAN = {**ENTRUSTED, "authorisations.infrastructure_plan": "passed"}
COMPUTERS = {**PLAN, "provider.critical_computers": True}
DUTIES: dict[str, tuple[dict[str, Any], set[tuple[str, str]]]] = {
    "plan": (PLAN, GUARDED | PASSED),
    "other data": ({**PLAN, "data.categories": ["ordinary"]}, PASSED),
    "no act": ({**PLAN, "transaction.infrastructure_act": "none"}, GUARDED),
    "computers": (COMPUTERS, GUARDED | PASSED | NOTIFIED),
    "intrusion": (
        {**COMPUTERS, "incident.kind": "wrongful"},
        GUARDED | PASSED | NOTIFIED | {("act42-incident", "report")},
    ),
    "mishap": ({**COMPUTERS, "incident.kind": "accident"}, GUARDED | PASSED | NOTIFIED),
}


@pytest.fixture(scope="module")
def pack() -> Pack:
    return PACK


@pytest.mark.parametrize("sector", SECTORS)
def test_fifteen_sectors(pack: Pack, sector: str) -> None:
    assert outcome(pack, {**ENTRUSTED, "provider.infrastructure_sector": sector}) == "deny"
    assert pack.edition(TODAY).parameters["sectors"] == set(SECTORS)


@pytest.mark.parametrize("case", DUTIES)
def test_duties(pack: Pack, case: str) -> None:
    stated, expected = DUTIES[case]
    assert verbs_of(judged(pack, stated)) == expected


def clocks(pack: Pack) -> set[tuple[str, int]]:
    conditions = [c for c in judged(pack, DUTIES["intrusion"][0]).conditions if c.verb == "report"]
    return {(c.params["stage"], c.params.get("within_days", c.params.get("within_months"))) for c in conditions}


CLOCKS = {("computers", 4), ("preliminary", 0), ("full", 30)}


def test_four_months_and_thirty_days(pack: Pack) -> None:
    assert clocks(pack) == CLOCKS


def test_the_duties_of_the_cyber_act_have_a_first_day(pack: Pack) -> None:
    def rules(day: dt.date) -> set[str]:
        return {rule for rule, _ in verbs_of(judged(pack, DUTIES["intrusion"][0], day))}

    assert not {"act42-computers", "act42-incident"} & rules(dt.date(2026, 9, 30))
    assert {"act42-computers", "act42-incident"} <= rules(dt.date(2026, 10, 1))


def test_only_a_designated_operator_is_asked(pack: Pack) -> None:
    stated = {"provider.located_in": "JP", "data.categories": ["infra.operational"]}
    assert not judged(pack, stated).missing
    operator = {**stated, "provider.infrastructure_sector": "gas"}
    assert asked(judged(pack, operator)) == {"transaction.infrastructure_act", "authorisations.infrastructure_plan"}


def test_the_path_is_the_plan(pack: Pack) -> None:
    decision = decided(pack, ENTRUSTED)
    assert decision.outcome is Outcome.DENY
    assert [[(change.fact, change.value) for change in path.changes] for path in decision.path_to_yes] == [
        [("authorisations.infrastructure_plan", "passed")]
    ]
