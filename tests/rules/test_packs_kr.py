"""The PIPA pack (Korea): its own examples, grounds, duties, questions, the path to yes, mutants."""

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
    definition,
    judged,
    outcome,
    verbs_of,
)

PACK = built_in("kr/pipa")

EXPORT: dict[str, Any] = {
    "provider.located_in": "KR",
    "recipient.role": "controller",
    "data.personal": True,
    "data.categories": ["identifier.contact"],
    "data.form": "identified",
    "basis.pipa_28_8": "none",
    "consent.given": False,
}
"""A shop in Korea hands the list of its customers to a company abroad, without any ground yet."""
CONSENT = {"consent.given": True, "consent.separate": True, "consent.notice_given": True}


def exported_to(country: str, **more: Any) -> dict[str, Any]:
    return {**EXPORT, "recipient.located_in": country, **more}


@pytest.fixture(scope="module")
def pack() -> Pack:
    return PACK


# ------------------------------------------------------------------------------------------- recognised countries


def test_the_eea_is_recognised_and_nobody_else(pack: Pack) -> None:
    recognised = pack.edition(TODAY).parameters["recognised"]
    assert len(recognised) == 30
    assert {"IS", "LI", "NO", "IE"} <= recognised
    assert not {"GB", "CH", "JP", "US", "KR"} & recognised


@pytest.mark.parametrize("country", ["DE", "NO"])
def test_recognition_asks_for_the_scope_and_begins_on_a_day(pack: Pack, country: str) -> None:
    stated = exported_to(country)
    assert asked(judged(pack, stated)) == {"mechanism.adequacy_scope"}
    assert outcome(pack, stated, dt.date(2025, 9, 15)) == "deny"
    assert outcome(pack, {**stated, "mechanism.adequacy_scope": True}) == "allow_with_conditions"


# ------------------------------------------------------------------------------------------- duties

ALWAYS = {("transfer-duties", "insert_clause"), ("transfer-duties", "publish_notice")}
ASKED = {("consent", "obtain_consent")}
STRICT = {("strict-identifiers", "apply_security_requirements"), ("strict-identifiers", "encrypt_in_transit")}
TOLD = {("leak-notice", "report")}
REPORTED = TOLD | {("leak-report", "report")}


def leak(kind: str, persons: int, *categories: str) -> dict[str, Any]:
    held = {"data.categories": [*categories, "identifier.contact"]}
    return exported_to("US", **CONSENT, **held, **{"incident.kind": kind, "incident.persons": persons})


DUTIES: dict[str, tuple[dict[str, Any], set[tuple[str, str]]]] = {
    "consent": (exported_to("US", **CONSENT), ASKED),
    "recognised": (exported_to("FR", **{"mechanism.adequacy_scope": True}), set()),
    "statute": (exported_to("US", **{"basis.pipa_28_8": "statute"}), set()),
    "entrustment": (
        exported_to("US", **{"basis.pipa_28_8": "contract_entrustment", "recipient.role": "processor"}),
        {("contract-entrustment", "publish_notice"), ("contract-entrustment", "insert_clause")},
    ),
    "certification": (
        exported_to("US", **{"basis.pipa_28_8": "certification"}),
        {("certification", "review_periodically")},
    ),
    "health": (exported_to("US", **CONSENT, **{"data.categories": ["health"]}), ASKED | STRICT),
    "passports": (
        exported_to("US", **{"basis.pipa_28_8": "statute", "data.categories": ["identifier.government"]}),
        STRICT,
    ),
    "no leak": (leak("none", 0), ASKED),
    "small leak": (leak("accident", 999), ASKED | TOLD),
    "large leak": (leak("accident", 1_000), ASKED | REPORTED),
    "intrusion": (leak("wrongful", 1), ASKED | REPORTED),
    "leak of health data": (leak("accident", 1, "health"), ASKED | STRICT | REPORTED),
}


@pytest.mark.parametrize("case", DUTIES)
def test_duties(pack: Pack, case: str) -> None:
    stated, expected = DUTIES[case]
    assert verbs_of(judged(pack, stated)) == expected | ALWAYS


def clocks(pack: Pack) -> set[int]:
    conditions = [c for stated, _ in DUTIES.values() for c in judged(pack, stated).conditions]
    return {c.params["within_days"] for c in conditions if c.verb == "report"}


def test_seventy_two_hours(pack: Pack) -> None:
    assert clocks(pack) == {3}


SENSITIVE = ("health", "omic.genomic", "biometric", "special.creed", "special.union", "special.sexlife")


@pytest.mark.parametrize("category", SENSITIVE)
def test_sensitive_information(pack: Pack, category: str) -> None:
    assert definition(pack, "sensitive_information", {"data.categories": [category]}) is True
    assert definition(pack, "sensitive_information", {"data.categories": ["financial"]}) is False


def test_passport_numbers_are_looked_at_unless_a_statute_provides(pack: Pack) -> None:
    numbers = {"data.categories": ["identifier.government"]}
    assert outcome(pack, exported_to("US", **CONSENT, **numbers)) == "human_review"
    assert outcome(pack, exported_to("US", **numbers, **{"basis.pipa_28_8": "statute"})) == "allow_with_conditions"


def test_what_is_promulgated_is_told_and_never_decides(pack: Pack) -> None:
    result = judged(pack, exported_to("US", **{"purpose.code": "ai_development"}))
    assert result.outcome is Outcome.DENY
    assert any("2027-03-09" in note.en for note in result.notes)


# ------------------------------------------------------------------------------------------- questions and paths


def test_a_transfer_without_any_ground_said_is_asked_for_its_ground(pack: Pack) -> None:
    stated = {name: value for name, value in exported_to("US").items() if not name.startswith(("basis", "consent"))}
    assert asked(judged(pack, stated)) == {"basis.pipa_28_8", *CONSENT}


@pytest.mark.parametrize("facts", [{"data.collected_in": ["KR"]}, {"data.subject_countries": ["KR", "JP"]}])
def test_a_controller_abroad_is_asked_once_korea_is_named(pack: Pack, facts: dict[str, Any]) -> None:
    stated = exported_to("US", **{"provider.located_in": "JP"})
    assert outcome(pack, stated) == "allow"
    assert asked(judged(pack, {**stated, **facts})) == {"provider.subject_to"}
    assert outcome(pack, {**stated, "provider.subject_to": ["KR"]}) == "deny"


def test_denial_shows_consent_and_certification_and_entrustment_only_to_a_processor(pack: Pack) -> None:
    def paths(**more: Any) -> list[set[tuple[str, str]]]:
        found = decided(pack, exported_to("US", **more)).path_to_yes
        return [{(change.fact, str(change.value)) for change in path.changes} for path in found]

    assert {(name, "True") for name in CONSENT} in paths()
    assert {("basis.pipa_28_8", "certification")} in paths()
    assert {("recipient.located_in", "KR")} in paths()
    assert {("basis.pipa_28_8", "contract_entrustment")} not in paths()
    assert {("basis.pipa_28_8", "contract_entrustment")} in paths(**{"recipient.role": "processor"})


# ------------------------------------------------------------------------------------------- form
