"""The PDPA pack (Singapore): its own examples, CBPR and PRP, duties, questions, the path to yes, mutants."""

from __future__ import annotations

from typing import Any

import pytest

from tegata.rules.pack import Pack
from tests.rules.pack_judge import (
    asked,
    built_in,
    decided,
    judged,
    outcome,
    verbs_of,
)

PACK = built_in("sg/pdpa")

EXPORT: dict[str, Any] = {
    "provider.located_in": "SG",
    "recipient.role": "controller",
    "recipient.cbpr": False,
    "recipient.prp": False,
    "relation": "none",
    "data.personal": True,
    "data.categories": ["identifier.contact"],
    "data.form": "identified",
    "basis.sg_transfer": "none",
    "consent.given": False,
}
"""A shop in Singapore hands the list of its customers to a company abroad that nothing binds yet."""
CONSENT = {"consent.given": True, "consent.notice_given": True}
CONTRACT = {"basis.sg_transfer": "contract"}
ECONOMIES = {"AU", "CA", "JP", "KR", "MX", "PH", "TW", "US"}


def exported_to(country: str, **more: Any) -> dict[str, Any]:
    return {**EXPORT, "recipient.located_in": country, **more}


@pytest.fixture(scope="module")
def pack() -> Pack:
    return PACK


# ------------------------------------------------------------------------------------------- certification


@pytest.mark.parametrize("country", sorted(ECONOMIES))
def test_a_certified_recipient_of_a_participating_economy_is_as_good_as_bound(pack: Pack, country: str) -> None:
    assert outcome(pack, exported_to(country)) == "deny"
    assert outcome(pack, exported_to(country, **{"recipient.cbpr": True})) == "allow_with_conditions"
    processor = {"recipient.role": "processor", "recipient.prp": True}
    assert outcome(pack, exported_to(country, **processor)) == "allow_with_conditions"


@pytest.mark.parametrize("country", ["DE", "CN", "IN", "GB"])
def test_a_certificate_elsewhere_does_not_do(pack: Pack, country: str) -> None:
    certified = {"recipient.cbpr": True, "recipient.prp": True, "recipient.role": "processor"}
    assert outcome(pack, exported_to(country, **certified)) == "deny"


# ------------------------------------------------------------------------------------------- duties

ALWAYS = {("protection", "encrypt_in_transit")}
BOUND = {("binding-obligations", "insert_clause")}
NOTIFIED = {("breach-notification", "report")}


def breach(kind: str, persons: int, **more: Any) -> dict[str, Any]:
    harmless = {"incident.property_risk": False, "incident.encrypted_strongly": False}
    return exported_to("IN", **CONTRACT, **{**harmless, "incident.kind": kind, "incident.persons": persons, **more})


DUTIES: dict[str, tuple[dict[str, Any], set[tuple[str, str]]]] = {
    "contract": (exported_to("IN", **CONTRACT), BOUND),
    "contract before consent": (exported_to("IN", **CONTRACT, **CONSENT), BOUND),
    "law": (exported_to("IN", **{"basis.sg_transfer": "law"}), BOUND),
    "certified": (exported_to("US", **{"recipient.cbpr": True}), {("specified-certification", "review_periodically")}),
    "certified before consent": (
        exported_to("US", **CONSENT, **{"recipient.cbpr": True}),
        {("specified-certification", "review_periodically")},
    ),
    "consent": (exported_to("IN", **CONSENT), {("consent", "obtain_consent")}),
    "necessity": (exported_to("IN", **{"basis.sg_transfer": "contract_necessity"}), {("deemed", "keep_records")}),
    "interest": (
        exported_to("IN", **{"basis.sg_transfer": "vital_or_national_interest"}),
        {("deemed", "keep_records")},
    ),
    "public": (exported_to("IN", **{"basis.sg_transfer": "public"}), {("deemed", "keep_records")}),
    "no breach": (breach("none", 1_000_000), BOUND),
    "small breach": (breach("wrongful", 499), BOUND),
    "breach of scale": (breach("wrongful", 500), BOUND | NOTIFIED),
    "breach with harm": (breach("wrongful", 1, **{"incident.property_risk": True}), BOUND | NOTIFIED),
}


@pytest.mark.parametrize("case", DUTIES)
def test_duties(pack: Pack, case: str) -> None:
    stated, expected = DUTIES[case]
    assert verbs_of(judged(pack, stated)) == expected | ALWAYS


def clocks(pack: Pack) -> set[tuple[int, str]]:
    conditions = [c for stated, _ in DUTIES.values() for c in judged(pack, stated).conditions]
    return {(c.params["within_days"], c.params["from"]) for c in conditions if c.verb == "report"}


def test_three_days_run_from_the_assessment(pack: Pack) -> None:
    assert clocks(pack) == {(3, "assessment")}


# ------------------------------------------------------------------------------------------- questions and paths


def test_questions_of_a_transfer_without_any_ground_said(pack: Pack) -> None:
    silent = ("basis.sg_transfer", "consent.given", "recipient.cbpr", "recipient.prp")
    stated = {name: value for name, value in exported_to("JP").items() if name not in silent}
    assert asked(judged(pack, stated)) == {"basis.sg_transfer", "recipient.cbpr", *CONSENT}
    assert "recipient.cbpr" not in asked(judged(pack, {**stated, "recipient.located_in": "DE"}))


def test_an_organisation_abroad_is_asked_once_singapore_is_named(pack: Pack) -> None:
    stated = exported_to("IN", **{"provider.located_in": "JP"})
    assert outcome(pack, stated) == "allow"
    assert asked(judged(pack, {**stated, "data.collected_in": ["SG"]})) == {"provider.subject_to"}
    assert outcome(pack, {**stated, "provider.subject_to": ["SG"]}) == "deny"


def test_denial_shows_contract_consent_and_a_certificate_only_where_there_is_one(pack: Pack) -> None:
    def paths(country: str, **more: Any) -> list[set[tuple[str, str]]]:
        found = decided(pack, exported_to(country, **more)).path_to_yes
        return [{(change.fact, str(change.value)) for change in path.changes} for path in found]

    assert {("basis.sg_transfer", "contract")} in paths("IN")
    assert {("consent.given", "True"), ("consent.notice_given", "True")} in paths("IN")
    assert {("recipient.cbpr", "True")} in paths("US")
    assert {("recipient.cbpr", "True")} not in paths("IN")
    assert {("basis.sg_transfer", "binding_rules")} not in paths("IN")
    assert {("basis.sg_transfer", "binding_rules")} in paths("IN", relation="parent")


# ------------------------------------------------------------------------------------------- form
