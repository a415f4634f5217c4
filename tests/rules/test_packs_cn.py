"""The PIPL/CAC pack: its own and the shared worked examples, thresholds, duties, questions, path to yes, mutants."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml

from tegata.model.decision import Outcome
from tegata.rules.pack import Pack
from tests.rules.pack_judge import (
    asked,
    built_in,
    decided,
    definition,
    judged,
    outcome,
    rules_of,
    spoilt,
    verbs_of,
)
from tests.shared_data import shared_law

FOLDER = "cn/pipl-cac"
PACK = built_in(FOLDER)

EXPORT: dict[str, Any] = {
    "provider.located_in": "CN",
    "provider.cn_ciio": False,
    "recipient.located_in": "JP",
    "data.personal": True,
    "data.categories": ["identifier.contact"],
    "data.cn_important": False,
    "data.form": "identified",
    "transaction.class": "vendor",
    "basis.pipl_13": "contract",
    "basis.cac_exemption": "none",
    "subjects.cn_sensitive_this_year": 0,
    "mechanism.cac": "none",
}
"""A shop in China hands the list of its customers to a service provider in Japan, without any mechanism yet."""


def exported(persons: int, **more: Any) -> dict[str, Any]:
    return {**EXPORT, "subjects.cn_persons_this_year": persons, **more}


@pytest.fixture(scope="module")
def pack() -> Pack:
    return PACK


# ------------------------------------------------------------------------------------------- thresholds


@pytest.mark.parametrize(
    ("persons", "sensitive", "route"),
    [
        (1, 0, "none"),
        (99_999, 0, "none"),
        (100_000, 0, "contract"),
        (999_999, 0, "contract"),
        (1_000_000, 0, "assessment"),
        (0, 1, "contract"),
        (0, 9_999, "contract"),
        (99_999, 9_999, "contract"),
        (0, 10_000, "assessment"),
        (999_999, 10_000, "assessment"),
    ],
)
def test_routes(pack: Pack, persons: int, sensitive: int, route: str) -> None:
    stated = exported(persons, **{"subjects.cn_sensitive_this_year": sensitive})
    assert definition(pack, "assessment_due", stated) is (route == "assessment")
    assert definition(pack, "contract_or_certification_due", stated) is (route == "contract")
    allowed = {
        mechanism
        for mechanism in ("none", "security_assessment", "standard_contract", "certification")
        if outcome(pack, {**stated, "mechanism.cac": mechanism}) == "allow_with_conditions"
    }
    assert (
        allowed
        == {
            "none": {"none", "security_assessment", "standard_contract", "certification"},
            "contract": {"security_assessment", "standard_contract", "certification"},
            "assessment": {"security_assessment"},
        }[route]
    )


def test_a_threshold_moved_moves_the_answer(pack: Pack, tmp_path: Path) -> None:
    higher = spoilt(
        pack, FOLDER, tmp_path, "parameters.yaml", lambda text: text.replace("value: 100000\n", "value: 100001\n")
    )
    assert outcome(pack, exported(100_000)) == "deny"
    assert outcome(higher, exported(100_000)) == "allow_with_conditions"


def test_an_upper_bound_of_the_numbers_will_do(pack: Pack) -> None:
    """Whoever knows only `at most` states the bound: below it every smaller number has the same or a milder route."""
    assert outcome(pack, exported(99_999)) == "allow_with_conditions"


# ------------------------------------------------------------------------------------------- questions


def test_missing_numbers_and_mechanism_are_asked(pack: Pack) -> None:
    stated = {name: value for name, value in EXPORT.items() if name != "mechanism.cac"}
    result = judged(pack, stated)
    assert result.outcome is Outcome.NEEDS_INFO
    assert asked(result) == {"subjects.cn_persons_this_year", "mechanism.cac"}


def test_data_without_people_is_asked_only_whether_it_is_important(pack: Pack) -> None:
    stated = {
        "provider.located_in": "CN",
        "recipient.located_in": "JP",
        "data.personal": False,
        "transaction.class": "vendor",
    }
    assert asked(judged(pack, stated)) == {"data.cn_important", "mechanism.cac"}


@pytest.mark.parametrize("facts", [{"data.collected_in": ["CN"]}, {"data.subject_countries": ["CN", "JP"]}])
def test_a_handler_abroad_is_asked_once_china_is_named(pack: Pack, facts: dict[str, Any]) -> None:
    stated = exported(200_000, **{"provider.located_in": "JP", "recipient.located_in": "US"})
    assert outcome(pack, stated) == "allow"
    assert asked(judged(pack, {**stated, **facts})) == {"provider.subject_to"}
    assert outcome(pack, {**stated, "provider.subject_to": ["CN"]}) == "deny"


# ------------------------------------------------------------------------------------------- duties

DUTIES: dict[str, tuple[dict[str, Any], set[tuple[str, str]]]] = {
    "no mechanism": (exported(10), set()),
    "standard contract": (
        exported(100_000, **{"mechanism.cac": "standard_contract"}),
        {("standard-contract", "insert_clause"), ("standard-contract", "report")},
    ),
    "certification": (
        exported(100_000, **{"mechanism.cac": "certification"}),
        {("certification", "review_periodically")},
    ),
    "assessment": (
        exported(1_000_000, **{"mechanism.cac": "security_assessment"}),
        {("assessment-passed", "review_periodically")},
    ),
    "operator": (
        exported(10, **{"provider.cn_ciio": True, "mechanism.cac": "security_assessment"}),
        {("assessment-passed", "review_periodically"), ("infrastructure-operator", "apply_security_requirements")},
    ),
    "exemption": (
        exported(1_000_000, **{"basis.cac_exemption": "contract"}),
        {("exempt-from-mechanisms", "keep_records")},
    ),
    "consent": (
        exported(
            10,
            **{
                "basis.pipl_13": "consent",
                "consent.given": True,
                "consent.separate": True,
                "consent.notice_given": True,
            },
        ),
        {("separate-consent-obtained", "obtain_consent")},
    ),
    "incident": (exported(10, **{"incident.kind": "wrongful"}), {("incident", "report")}),
    "no incident": (exported(10, **{"incident.kind": "none"}), set()),
}
ALWAYS = {
    ("personal-export-duties", "publish_notice"),
    ("personal-export-duties", "keep_records"),
    ("personal-export-duties", "insert_clause"),
}


@pytest.mark.parametrize("case", DUTIES)
def test_duties(pack: Pack, case: str) -> None:
    stated, expected = DUTIES[case]
    assert verbs_of(judged(pack, stated)) == expected | ALWAYS


def test_filing_takes_ten_working_days_and_everything_else_three_years(pack: Pack) -> None:
    contract = judged(pack, DUTIES["standard contract"][0]).conditions
    assert [c.params["within_days"] for c in contract if c.verb == "report"] == [10]
    assert {c.params["years"] for c in contract if c.verb == "keep_records"} == {3}
    for case in ("certification", "assessment"):
        conditions = judged(pack, DUTIES[case][0]).conditions
        assert [c.params["months"] for c in conditions if c.verb == "review_periodically"] == [36]


SENSITIVE = ("biometric", "omic.genomic", "omic.other", "health", "financial", "geo.precise", "special.creed", "minor")


@pytest.mark.parametrize("category", SENSITIVE)
def test_sensitive_information(pack: Pack, category: str) -> None:
    assert definition(pack, "sensitive_information", {"data.categories": [category]}) is True
    assert definition(pack, "sensitive_information", {"data.categories": ["identifier.contact", "ordinary"]}) is False


@pytest.mark.parametrize("exemption", ["foreign_transit", "contract", "hr_management", "emergency", "outside_ftz_list"])
def test_exemptions_free_personal_information_and_never_important_data(pack: Pack, exemption: str) -> None:
    stated = exported(5_000_000, **{"basis.cac_exemption": exemption})
    assert outcome(pack, stated) == "allow_with_conditions"
    assert outcome(pack, {**stated, "data.cn_important": True}) == "deny"


def test_a_foreign_authority_is_only_asked_about_where_an_authority_asks(pack: Pack) -> None:
    order = {"transaction.class": "regulatory", "transaction.foreign_order": "no_treaty"}
    result = judged(pack, exported(10, **order))
    assert asked(result) == {"authorisations.cn_foreign_authority"}
    assert outcome(pack, exported(10, **order, **{"authorisations.cn_foreign_authority": False})) == "deny"
    assert outcome(pack, exported(10, **{**order, "transaction.foreign_order": "none"})) == "allow_with_conditions"


# ------------------------------------------------------------------------------------------- the path to yes


def paths(pack: Pack, stated: dict[str, Any]) -> list[set[tuple[str, str]]]:
    decision = decided(pack, stated)
    assert decision.outcome is Outcome.DENY
    return [{(change.fact, str(change.value)) for change in path.changes} for path in decision.path_to_yes]


def test_path_shows_the_routes_of_the_tier(pack: Pack) -> None:
    middle, high = paths(pack, exported(100_000)), paths(pack, exported(1_000_000))
    assert {("mechanism.cac", "standard_contract")} in middle
    assert {("mechanism.cac", "certification")} in middle
    assert {("mechanism.cac", "security_assessment")} not in middle, "nobody applies for more than is due"
    assert {("mechanism.cac", "security_assessment")} in high
    assert {("mechanism.cac", "standard_contract")} not in high
    assert {("recipient.located_in", "CN")} in high
    assert not any(fact == "basis.cac_exemption" for path in middle + high for fact, _ in path)


def test_path_for_consent_names_what_is_missing(pack: Pack) -> None:
    stated = exported(10, **{"basis.pipl_13": "consent", "consent.given": True, "consent.separate": False})
    assert {("consent.separate", "True"), ("consent.notice_given", "True")} in paths(pack, stated)


def test_important_data_has_no_other_cure(pack: Pack) -> None:
    decision = decided(pack, exported(10, **{"data.cn_important": True}))
    assert "important-data-assessment" in rules_of(decision.per_pack[0])
    assert {change.fact for path in decision.path_to_yes for change in path.changes} == {
        "mechanism.cac",
        "recipient.located_in",
    }


# ------------------------------------------------------------------------------------------- form


# ------------------------------------------------------------------------------------------- shared worked examples

ROUTES = {
    "no_mechanism": {"assessment_due": False, "contract_or_certification_due": False},
    "standard_contract_or_certification": {"assessment_due": False, "contract_or_certification_due": True},
    "security_assessment": {"assessment_due": True, "contract_or_certification_due": False},
}


def ours(example: dict[str, Any]) -> dict[str, Any]:
    """The facts of a shared example in our names; the example means some transfer abroad without an exemption."""
    given = example["facts"]
    return {
        **EXPORT,
        "provider.cn_ciio": given["ciio"],
        "data.cn_important": given["important_data"],
        "data.personal": not given["important_data"],
        "subjects.cn_persons_this_year": given["pi_subjects_this_year"],
        "subjects.cn_sensitive_this_year": given["sensitive_subjects_this_year"],
    }


def test_shared_worked_examples(pack: Pack) -> None:
    """Every example of China in the shared file is decided as stated; none is left out."""
    examples = [e for e in yaml.safe_load(shared_law().read_text("utf-8")) if e["id"].startswith("derived-cn-")]
    assert len(examples) >= 3
    for example in examples:
        stated = ours(example)
        for name, expected in ROUTES[example["outcome"]].items():
            assert definition(pack, name, stated) is expected, f"{example['id']}: {name}"
        assert outcome(pack, stated) == ("allow_with_conditions" if example["outcome"] == "no_mechanism" else "deny")
