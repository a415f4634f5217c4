"""The UK GDPR pack: its own examples, grounds, duties, questions, the path to yes, mutants."""

from __future__ import annotations

from pathlib import Path
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
    rules_of,
    spoilt,
    verbs_of,
)

FOLDER = "uk/gdpr"
PACK = built_in(FOLDER)

EXPORT: dict[str, Any] = {
    "provider.located_in": "GB",
    "provider.role": "controller",
    "recipient.role": "processor",
    "relation": "none",
    "data.personal": True,
    "data.categories": ["health", "identifier.contact"],
    "data.form": "identified",
    "mechanism.uk_clauses": "none",
    "mechanism.uk_bcr": False,
    "mechanism.uk_risk_assessed": False,
    "mechanism.other_46": "none",
    "mechanism.derogation_49": "none",
}
"""A hospital in Britain hands the register of its patients to a service provider, without any ground yet."""


def exported_to(country: str, **more: Any) -> dict[str, Any]:
    return {**EXPORT, "recipient.located_in": country, **more}


@pytest.fixture(scope="module")
def pack() -> Pack:
    return PACK


# ------------------------------------------------------------------------------------------- adequacy

EEA = [
    "AT",
    "BE",
    "BG",
    "CY",
    "CZ",
    "DE",
    "DK",
    "EE",
    "ES",
    "FI",
    "FR",
    "GR",
    "HR",
    "HU",
    "IE",
    "IS",
    "IT",
    "LI",
    "LT",
    "LU",
    "LV",
    "MT",
    "NL",
    "NO",
    "PL",
    "PT",
    "RO",
    "SE",
    "SI",
    "SK",
]
OTHERS = ["AD", "AR", "CH", "FO", "GG", "GI", "IL", "IM", "JE", "KR", "NZ", "UY"]


@pytest.mark.parametrize("country", [*EEA, *OTHERS])
def test_adequacy_regulations(pack: Pack, country: str) -> None:
    assert outcome(pack, exported_to(country)) == "allow_with_conditions"


def test_no_other_country_is_covered_whole(pack: Pack) -> None:
    assert pack.edition(TODAY).parameters["adequacy"] == {*EEA, *OTHERS}
    assert not {"BR", "US", "CN", "SG", "AU"} & pack.edition(TODAY).parameters["adequacy"]


@pytest.mark.parametrize("country", ["CA", "JP"])
def test_qualified_adequacy_asks_for_the_scope(pack: Pack, country: str) -> None:
    assert asked(judged(pack, exported_to(country))) == {"mechanism.adequacy_scope"}
    assert outcome(pack, exported_to(country, **{"mechanism.adequacy_scope": True})) == "allow_with_conditions"
    assert outcome(pack, exported_to(country, **{"mechanism.adequacy_scope": False})) == "deny"


def test_a_country_dropped_from_the_list_changes_the_outcome(pack: Pack, tmp_path: Path) -> None:
    without = spoilt(pack, FOLDER, tmp_path, "parameters.yaml", lambda text: text.replace("GI, ", ""))
    assert outcome(pack, exported_to("GI")) == "allow_with_conditions"
    assert outcome(without, exported_to("GI")) == "deny"


def test_the_bridge_needs_its_extension(pack: Pack) -> None:
    stated = exported_to("US", **{"recipient.dpf_certified": True})
    assert asked(judged(pack, stated)) == {"recipient.dpf_uk_extension"}
    assert outcome(pack, {**stated, "recipient.dpf_uk_extension": False}) == "deny"


# ------------------------------------------------------------------------------------------- grounds and duties

ALWAYS = {("transfer-transparency", "publish_notice"), ("transfer-transparency", "keep_records")}
SAFE = {("safeguards", "review_periodically"), ("safeguards", "encrypt_in_transit")}
TESTED = {"mechanism.uk_risk_assessed": True}
DUTIES: dict[str, tuple[dict[str, Any], set[tuple[str, str]]]] = {
    "adequate": (exported_to("DE"), set()),
    "adequate with more": (
        exported_to("DE", **TESTED, **{"mechanism.uk_clauses": "idta", "mechanism.scc": True}),
        set(),
    ),
    "bridge": (
        exported_to("US", **{"recipient.dpf_certified": True, "recipient.dpf_uk_extension": True}),
        {("data-bridge", "review_periodically")},
    ),
    "agreement": (
        exported_to("IN", **TESTED, **{"mechanism.uk_clauses": "idta"}),
        {*SAFE, ("uk-clauses", "insert_clause")},
    ),
    "addendum": (
        exported_to("IN", **TESTED, **{"mechanism.uk_clauses": "addendum", "mechanism.scc": True}),
        {*SAFE, ("uk-clauses", "insert_clause")},
    ),
    "group rules": (exported_to("IN", **TESTED, **{"mechanism.uk_bcr": True, "relation": "parent"}), SAFE),
    "claims": (
        exported_to("IN", **{"mechanism.derogation_49": "claims", "transaction.occasional": True}),
        {("derogation", "keep_records")},
    ),
    "consent": (
        exported_to(
            "IN",
            **{"mechanism.derogation_49": "explicit_consent", "consent.explicit": True, "consent.risks_informed": True},
        ),
        {("derogation", "keep_records"), ("derogation-consent", "obtain_consent")},
    ),
    "safeguard before consent": (
        exported_to(
            "IN",
            **TESTED,
            **{
                "mechanism.uk_bcr": True,
                "mechanism.derogation_49": "explicit_consent",
                "consent.explicit": True,
                "consent.risks_informed": True,
            },
        ),
        SAFE,
    ),
    "adequacy before consent": (
        exported_to(
            "DE",
            **{"mechanism.derogation_49": "explicit_consent", "consent.explicit": True, "consent.risks_informed": True},
        ),
        set(),
    ),
}


@pytest.mark.parametrize("case", DUTIES)
def test_duties(pack: Pack, case: str) -> None:
    stated, expected = DUTIES[case]
    assert verbs_of(judged(pack, stated)) == expected | ALWAYS


@pytest.mark.parametrize("safeguard", ["public_instrument", "authorised_clauses", "code_of_conduct", "certification"])
def test_other_safeguards(pack: Pack, safeguard: str) -> None:
    assert outcome(pack, exported_to("IN", **{"mechanism.other_46": safeguard})) == "deny"
    assert outcome(pack, exported_to("IN", **TESTED, **{"mechanism.other_46": safeguard})) == "allow_with_conditions"


def test_the_eu_clauses_alone_are_named_as_the_fault(pack: Pack) -> None:
    decision = decided(pack, exported_to("IN", **TESTED, **{"mechanism.scc": True}))
    assert "eu-clauses-alone" in rules_of(decision.per_pack[0])
    changes = [{(change.fact, change.value) for change in path.changes} for path in decision.path_to_yes]
    assert {("mechanism.uk_clauses", "addendum")} in changes


# ------------------------------------------------------------------------------------------- questions and paths


def test_a_transfer_without_any_ground_said_is_asked_for_its_ground(pack: Pack) -> None:
    stated = {name: value for name, value in exported_to("IN").items() if not name.startswith("mechanism.")}
    result = judged(pack, stated)
    assert result.outcome is Outcome.NEEDS_INFO
    assert {"mechanism.uk_clauses", "mechanism.uk_risk_assessed", "mechanism.derogation_49"} <= asked(result)
    assert not {"recipient.dpf_certified", "mechanism.adequacy_scope", "provider.subject_to"} & asked(result)


@pytest.mark.parametrize("facts", [{"data.collected_in": ["GB"]}, {"data.subject_countries": ["GB", "JP"]}])
def test_an_exporter_abroad_is_asked_once_the_kingdom_is_named(pack: Pack, facts: dict[str, Any]) -> None:
    stated = exported_to("IN", **{"provider.located_in": "JP"})
    assert outcome(pack, stated) == "allow"
    assert asked(judged(pack, {**stated, **facts})) == {"provider.subject_to"}
    assert outcome(pack, {**stated, "provider.subject_to": ["GB"]}) == "deny"


def test_denial_shows_clauses_with_assessment_and_a_recipient_at_home(pack: Pack) -> None:
    decision = decided(pack, exported_to("CN"))
    paths = [{change.fact for change in path.changes} for path in decision.path_to_yes]
    assert {"mechanism.uk_clauses", "mechanism.uk_risk_assessed"} in paths
    assert {"recipient.located_in"} in paths
    assert not any("mechanism.uk_bcr" in path for path in paths), "group rules are not offered to a stranger"


# ------------------------------------------------------------------------------------------- form
