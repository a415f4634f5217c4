"""The GDPR Chapter V pack: its own and the shared worked examples, dates, grounds, questions and the path to yes."""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from typing import Any

import pytest
import yaml

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
    rules_of,
    spoilt,
    verbs_of,
)
from tests.shared_data import shared_law

FOLDER = "eu/gdpr-v"
PACK = built_in(FOLDER)

EXPORT: dict[str, Any] = {
    "provider.located_in": "DE",
    "provider.role": "controller",
    "recipient.role": "processor",
    "recipient.gdpr_subject": False,
    "relation": "none",
    "transaction.class": "vendor",
    "data.personal": True,
    "data.categories": ["health", "identifier.contact"],
    "mechanism.scc": False,
    "mechanism.bcr": False,
    "mechanism.tia_done": False,
    "mechanism.other_46": "none",
    "mechanism.derogation_49": "none",
}
"""A hospital in Germany hands the register of its patients to a service provider, without any ground yet."""


def exported_to(country: str, **more: Any) -> dict[str, Any]:
    return {**EXPORT, "recipient.located_in": country} | more


@pytest.fixture(scope="module")
def pack() -> Pack:
    return PACK


# ------------------------------------------------------------------------------------------- who is bound


def test_a_hospital_in_japan_that_is_not_subject_to_the_gdpr_is_free(pack: Pack) -> None:
    stated = exported_to("CN", **{"provider.located_in": "JP", "provider.gdpr_subject": False})
    assert outcome(pack, stated) == "allow"


def test_a_recipient_in_the_eea_needs_no_question_about_the_exporter(pack: Pack) -> None:
    result = judged(pack, {"provider.located_in": "JP", "data.personal": True, "recipient.located_in": "DE"})
    assert result.outcome is Outcome.ALLOW
    assert not result.missing


def test_an_exporter_outside_the_eea_is_asked_whether_the_gdpr_binds_it(pack: Pack) -> None:
    stated = exported_to("CN", **{"provider.located_in": "JP"})
    result = judged(pack, stated)
    assert result.outcome is Outcome.NEEDS_INFO
    assert "provider.gdpr_subject" in asked(result)


def test_norway_is_in_the_eea_and_switzerland_is_not(pack: Pack) -> None:
    assert definition(pack, "importer_in_third_country", {"recipient.located_in": "NO"}) is False
    assert definition(pack, "importer_in_third_country", {"recipient.located_in": "CH"}) is True
    assert len(pack.edition(TODAY).parameters["eea"]) == 30


# ------------------------------------------------------------------------------------------- grounds


@pytest.mark.parametrize("country", ["AD", "AR", "CH", "FO", "GB", "GG", "IL", "IM", "JE", "NZ", "UY"])
def test_unqualified_adequacy(pack: Pack, country: str) -> None:
    assert outcome(pack, exported_to(country)) == "allow_with_conditions"


@pytest.mark.parametrize("country", ["BR", "CA", "JP", "KR"])
def test_qualified_adequacy_asks_for_the_scope(pack: Pack, country: str) -> None:
    stated = exported_to(country)
    assert asked(judged(pack, stated)) == {"mechanism.adequacy_scope"}
    assert outcome(pack, {**stated, "mechanism.adequacy_scope": True}) == "allow_with_conditions"
    assert outcome(pack, {**stated, "mechanism.adequacy_scope": False}) == "deny"


def test_the_framework_covers_certified_organisations_only(pack: Pack) -> None:
    assert outcome(pack, exported_to("US", **{"recipient.dpf_certified": False})) == "deny"
    certified = judged(pack, exported_to("US", **{"recipient.dpf_certified": True}))
    assert certified.outcome is Outcome.ALLOW_WITH_CONDITIONS
    assert ("art45-framework", "review_periodically") in verbs_of(certified)
    assert outcome(pack, exported_to("CN", **{"recipient.dpf_certified": True})) == "deny"


@pytest.mark.parametrize(
    ("country", "last_without", "first_with"),
    [("BR", "2026-01-25", "2026-01-26"), ("KR", "2021-12-16", "2021-12-17"), ("GB", "2031-12-28", "2031-12-27")],
)
def test_adequacy_has_dates(pack: Pack, country: str, last_without: str, first_with: str) -> None:
    stated = exported_to(country, **{"mechanism.adequacy_scope": True})
    assert definition(pack, "adequate", stated, dt.date.fromisoformat(last_without)) is False
    assert definition(pack, "adequate", stated, dt.date.fromisoformat(first_with)) is True


def test_a_date_moved_in_the_list_moves_the_answer(pack: Pack, tmp_path: Path) -> None:
    later = spoilt(pack, FOLDER, tmp_path, "parameters.yaml", lambda text: text.replace("2026-01-26\n", "2026-12-31\n"))
    stated = exported_to("BR", **{"mechanism.adequacy_scope": True})
    assert outcome(pack, stated) == "allow_with_conditions"
    assert outcome(later, stated) == "deny"


def test_a_country_dropped_from_the_list_changes_the_outcome(pack: Pack, tmp_path: Path) -> None:
    without = spoilt(pack, FOLDER, tmp_path, "parameters.yaml", lambda text: text.replace("NZ, ", ""))
    assert outcome(pack, exported_to("NZ")) == "allow_with_conditions"
    assert outcome(without, exported_to("NZ")) == "deny"


def test_clauses_need_the_assessment_and_bring_measures(pack: Pack) -> None:
    stated = exported_to("IN", **{"mechanism.scc": True})
    assert outcome(pack, stated) == "deny"
    result = judged(pack, {**stated, "mechanism.tia_done": True})
    assert result.outcome is Outcome.ALLOW_WITH_CONDITIONS
    assert {
        ("art46-scc", "insert_clause"),
        ("art46-assessment", "review_periodically"),
        ("art46-assessment", "encrypt_in_transit"),
        ("transfer-transparency", "publish_notice"),
        ("art9-special-categories", "apply_security_requirements"),
    } <= verbs_of(result)


@pytest.mark.parametrize("safeguard", ["public_instrument", "authorised_clauses", "code_of_conduct", "certification"])
def test_other_safeguards_of_article_46(pack: Pack, safeguard: str) -> None:
    stated = exported_to("IN", **{"mechanism.other_46": safeguard})
    assert outcome(pack, stated) == "deny"
    assert outcome(pack, {**stated, "mechanism.tia_done": True}) == "allow_with_conditions"


@pytest.mark.parametrize("derogation", ["public_interest", "vital_interests", "contract", "claims"])
def test_contract_and_claims_carry_only_occasional_transfers(pack: Pack, derogation: str) -> None:
    stated = exported_to("IN", **{"mechanism.derogation_49": derogation, "transaction.occasional": False})
    expected = "deny" if derogation in ("contract", "claims") else "allow_with_conditions"
    assert outcome(pack, stated) == expected
    assert outcome(pack, {**stated, "transaction.occasional": True}) == "allow_with_conditions"


def test_explicit_consent_names_what_was_told(pack: Pack) -> None:
    told = {"mechanism.derogation_49": "explicit_consent", "consent.explicit": True, "consent.risks_informed": True}
    result = judged(pack, exported_to("IN", **told))
    assert {("art49-consent", "obtain_consent"), ("art49-derogation", "keep_records")} <= verbs_of(result)
    assert "art46-assessment" not in rules_of(result)


def test_only_special_categories_bring_the_measures_of_article_9(pack: Pack) -> None:
    stated = exported_to("CH", **{"data.categories": ["identifier.contact"]})
    assert ("art9-special-categories", "apply_security_requirements") not in verbs_of(judged(pack, stated))


def test_an_order_of_an_authority_is_no_ground(pack: Pack) -> None:
    order = {"transaction.class": "regulatory", "transaction.foreign_order": "treaty"}
    assert outcome(pack, exported_to("IN", **order)) == "deny"
    scc = {"mechanism.scc": True, "mechanism.tia_done": True}
    assert outcome(pack, exported_to("IN", **order, **scc)) == "human_review"


def test_what_is_called_anonymous_but_names_people_is_for_a_person(pack: Pack) -> None:
    assert (
        outcome(pack, exported_to("CH", **{"data.form": "anonymised", "data.identifiers": ["contact"]}))
        == "human_review"
    )


# ------------------------------------------------------------------------------------------- the path to yes


def test_denial_shows_clauses_with_assessment_and_a_recipient_in_the_eea(pack: Pack) -> None:
    decision = decided(pack, exported_to("CN"))
    assert decision.outcome is Outcome.DENY
    assert "art44-no-ground" in rules_of(decision.per_pack[0])
    paths = [{change.fact for change in path.changes} for path in decision.path_to_yes]
    assert {"mechanism.scc", "mechanism.tia_done"} in paths
    assert {"recipient.located_in"} in paths
    assert {"mechanism.derogation_49", "consent.explicit", "consent.risks_informed"} in paths


def test_the_path_does_not_offer_group_rules_to_a_stranger(pack: Pack) -> None:
    def facts(relation: str) -> set[str]:
        paths = decided(pack, exported_to("CN", relation=relation)).path_to_yes
        return {change.fact for path in paths for change in path.changes}

    assert "mechanism.bcr" not in facts("none")
    assert "mechanism.bcr" in facts("affiliate")


# ------------------------------------------------------------------------------------------- EDPB Guidelines 05/2021

SHOP = {"provider.located_in": "SG", "provider.gdpr_subject": True, "recipient.located_in": "SG"}
PROCESSOR = {"provider.role": "processor", "recipient.role": "controller", "recipient.located_in": "AU"}
EDPB: dict[str, tuple[dict[str, Any], bool]] = {
    "1 a person orders from a shop abroad": ({**SHOP, "provider.role": "data_subject"}, False),
    "2 that shop, bound by Art. 3(2), uses a processor abroad": (SHOP, True),
    "3 that shop, not bound, uses a processor abroad": ({**SHOP, "provider.gdpr_subject": False}, False),
    "4 a travel agency in the Union passes a booking to a hotel abroad": ({"recipient.role": "controller"}, True),
    "5 a controller in the Union uses a processor abroad": ({}, True),
    "6 a processor in the Union sends back to a controller that is not bound": (PROCESSOR, True),
    "7 a processor in the Union uses a sub-processor abroad": ({"provider.role": "processor"}, True),
    "8 an employee reads from abroad": ({"relation": "same_entity", "transaction.act": "remote_access"}, False),
    "9 a subsidiary uses its parent as processor": ({"relation": "parent"}, True),
    "10 a processor in the Union sends back to a controller that Art. 3(2) binds": (
        {**PROCESSOR, "recipient.gdpr_subject": True},
        True,
    ),
    "11 a processor abroad reads what is kept in the Union": ({"transaction.act": "remote_access"}, True),
    "12 a processor in the Union whose parent a law abroad binds": (
        {"recipient.located_in": "IE", "recipient.foreign_influence": True},
        False,
    ),
}
"""The twelve examples, in our words, and whether there is a transfer. Where nothing is said: from Germany to India."""


@pytest.mark.parametrize("example", EDPB)
def test_the_examples_of_the_guidelines_on_what_a_transfer_is(pack: Pack, example: str) -> None:
    facts, transfer = EDPB[example]
    stated = exported_to("IN", **facts)
    assert definition(pack, "transfer", stated) is transfer
    assert outcome(pack, stated) == ("deny" if transfer else "allow")


# ------------------------------------------------------------------------------------------- every member of a list


@pytest.mark.parametrize("identifier", ["government", "contact", "financial_account"])
@pytest.mark.parametrize("form", ["anonymised", "aggregated"])
def test_an_identifier_left_in_anonymous_data_is_for_a_person(pack: Pack, form: str, identifier: str) -> None:
    ground = {"mechanism.bcr": True, "mechanism.tia_done": True}
    stated = exported_to("IN", **ground, **{"data.form": form, "data.categories": ["ordinary"]})
    assert outcome(pack, stated | {"data.identifiers": [identifier]}) == "human_review"
    assert outcome(pack, stated | {"data.identifiers": []}) == "allow"
    assert outcome(pack, stated | {"data.identifiers": [], "data.categories": ["identifier.contact"]}) == "allow"


SPECIAL = ["omic.genomic", "biometric", "health", "special.race", "special.creed", "special.politics"]
SPECIAL += ["special.union", "special.sexlife", "special.disability"]


@pytest.mark.parametrize("category", SPECIAL)
def test_special_categories(pack: Pack, category: str) -> None:
    assert definition(pack, "special_category", {"data.categories": [category]}) is True
    assert definition(pack, "special_category", {"data.categories": ["special.criminal", "financial"]}) is False


@pytest.mark.parametrize(
    "ground",
    [
        {"mechanism.bcr": True},
        {"mechanism.other_46": "certification"},
        {"mechanism.derogation_49": "vital_interests"},
    ],
)
def test_another_ground_helps_where_the_clauses_do_not_fit(pack: Pack, ground: dict[str, Any]) -> None:
    """EDPB Guidelines 05/2021: the clauses of 2021/914 are not made for an importer that the GDPR binds itself."""
    clauses = {"mechanism.scc": True, "mechanism.tia_done": True, "recipient.gdpr_subject": True}
    assert outcome(pack, exported_to("IN", **clauses)) == "human_review"
    assert outcome(pack, exported_to("IN", **{**clauses, **ground})) == "allow_with_conditions"


def test_the_framework_has_a_first_day(pack: Pack) -> None:
    stated = exported_to("US", **{"recipient.dpf_certified": True})
    assert outcome(pack, stated, dt.date(2023, 7, 9)) == "deny"
    assert outcome(pack, stated, dt.date(2023, 7, 10)) == "allow_with_conditions"


def test_the_framework_speaks_of_its_own_recipients_only(pack: Pack) -> None:
    clauses = {"mechanism.scc": True, "mechanism.tia_done": True}
    assert "art45-framework" not in rules_of(judged(pack, exported_to("IN", **clauses)))
    home = {"recipient.located_in": "US", "relation": "same_entity", "recipient.dpf_certified": True}
    assert "art45-framework" not in rules_of(judged(pack, EXPORT | home))


def test_the_pack_keeps_out_of_flows_that_the_gdpr_does_not_bind(pack: Pack) -> None:
    assert not judged(pack, exported_to("IN", **{"provider.located_in": "JP", "provider.gdpr_subject": False})).applies
    assert not judged(pack, exported_to("IN", **{"data.personal": False})).applies


# ------------------------------------------------------------------------------------------- form


# ------------------------------------------------------------------------------------------- shared worked examples

PLACE = {"EU": "FR", "XX": "IN"}  # some member state; some third country without a decision


def ours(example: dict[str, Any]) -> dict[str, Any]:
    """The facts of a shared example in our names."""
    given = example["facts"]
    exporter, importer = given["exporter"], given["importer"]
    return {
        "data.personal": True,
        "data.categories": ["identifier.contact"],
        "provider.located_in": PLACE.get(exporter["located_in"], exporter["located_in"]),
        "provider.role": exporter["kind"],
        "recipient.located_in": PLACE.get(importer["located_in"], importer["located_in"]),
        "recipient.role": "processor" if importer["kind"] == "processor" else "controller",
        "relation": "parent" if "parent" in importer["kind"] else "none",
        "transaction.act": "remote_access" if "remote access" in given["act"] else "transfer",
        **({"recipient.gdpr_subject": True} if importer.get("gdpr_art3_2") else {}),
    }


def test_shared_worked_examples(pack: Pack) -> None:
    """Every example of the EDPB in the shared file is decided as stated; none is left out."""
    examples = [e for e in yaml.safe_load(shared_law().read_text("utf-8")) if e["id"].startswith("eu-")]
    assert len(examples) >= 5
    for example in examples:
        expected = {"transfer": True, "not_transfer": False}[example["outcome"]]
        assert definition(pack, "transfer", ours(example)) is expected, example["id"]
