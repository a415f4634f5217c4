"""28 CFR 202: the pack's own examples, its limits, its paths and its words."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest

from tegata.model.base import pretty
from tegata.model.decision import Decision, Flow
from tegata.rules import decide, read_flow
from tegata.rules.pack_file import Example
from tests.rules.pack_judge import built_in, decided, definition, outcome, rules_of, verbs_of

PACK = built_in("us/28cfr202")
EXAMPLES = {example.id: example for example in PACK.examples}


LATER = {"s401-duties", "s1103-annual-report", "s1104-rejected-offer"}
"""Rules that begin on 2025-10-06."""


def flow_of(example: Example) -> Flow:
    return read_flow(pretty(example.facts))


def stated(name: str, **changes: Any) -> dict[str, Any]:
    facts = {fact: held.value for fact, held in flow_of(EXAMPLES[name]).facts.items()}
    return facts | {key.replace("__", "."): value for key, value in changes.items()}


@pytest.mark.parametrize("example", PACK.examples, ids=EXAMPLES)
def test_the_packs_own_examples(example: Example) -> None:
    day = example.as_of or dt.date(2026, 6, 1)
    facts = {fact: held.value for fact, held in flow_of(example).facts.items()}
    for name, expected in example.expect.get("definition", {}).items():
        assert definition(PACK, name, facts, day) is expected, name
    if "outcome" in example.expect:
        assert outcome(PACK, facts, day) == example.expect["outcome"]


def test_every_rule_is_illustrated_and_cites_the_official_text() -> None:
    held: set[str] = set()
    for name in EXAMPLES:
        held |= rules_of(decided(PACK, stated(name)).per_pack[0])
    assert held == {rule.id for rule in PACK.files.rules}
    for rule in PACK.files.rules:
        assert all(c.url.startswith("https://www.ecfr.gov/current/title-28/part-202/section-202.") for c in rule.cite)


def test_the_limits_of_the_law_stand_here_a_second_time() -> None:
    assert PACK.edition(dt.date(2025, 4, 8)).parameters["window_months"] == 12
    assert dt.date(2025, 1, 8) == PACK.files.head.from_


EXEMPTIONS: dict[str, dict[str, Any]] = {
    "s501-personal-communications": {"transaction.incident_to": "personal_communication"},
    "s502-informational-materials": {
        "transaction.incident_to": "informational_materials",
        "data.expressive": True,
        "data.made_to_order": False,
    },
    "s503-travel": {"transaction.incident_to": "travel"},
    "s504-government-business": {"transaction.incident_to": "government_business"},
    "s505-financial-services": {"transaction.incident_to": "financial_services"},
    "s506-corporate-group": {"transaction.incident_to": "group_administration", "relation": "affiliate"},
    "s507-law": {"transaction.incident_to": "law"},
    "s508-cfius": {
        "transaction.incident_to": "cfius_action",
        "authorisations.cfius_in_effect": True,
        "transaction.class": "investment",
        "transaction.passive": False,
    },
    "s509-telecom": {"transaction.incident_to": "telecom"},
    "s510-regulatory-approval": {
        "transaction.incident_to": "regulatory_approval",
        "transaction.required_by_regulator": True,
    },
    "s511-clinical-investigations": {"transaction.incident_to": "clinical_investigation"},
    "s801-licence": {"authorisations.licence": True},
}
BASES = (
    "sale-of-health-data",
    "genomes-with-all-safeguards",
    "vendor-with-safeguards",
    "vendor-without-safeguards",
    "sale-abroad-with-clause",
    "sale-abroad-without-clause",
)


@pytest.mark.parametrize(("rule", "claim"), EXEMPTIONS.items(), ids=EXEMPTIONS)
def test_an_exemption_lifts_every_prohibition_and_restriction_but_evasion(rule: str, claim: dict[str, Any]) -> None:
    for name in BASES:
        facts = stated(name) | claim
        is_sale = facts["transaction.class"] == "data_brokerage"
        if is_sale != name.startswith("sale") or (is_sale and rule == "s509-telecom"):
            continue
        result = decided(PACK, facts).per_pack[0]
        assert rules_of(result) == {rule}, name
        assert result.outcome.value in ("allow", "allow_with_conditions"), name
        assert outcome(PACK, facts | {"transaction.evasion": True}) == "deny", name


@pytest.mark.parametrize("name", EXAMPLES)
def test_every_rule_begins_on_its_day(name: str) -> None:
    if EXAMPLES[name].as_of is not None or "outcome" not in EXAMPLES[name].expect:
        return
    now = rules_of(decided(PACK, stated(name)).per_pack[0])
    assert rules_of(decided(PACK, stated(name), dt.date(2025, 4, 7)).per_pack[0]) == set()
    assert rules_of(decided(PACK, stated(name), dt.date(2025, 4, 8)).per_pack[0]) == now - LATER


def test_the_exemptions_begin_on_their_day_too() -> None:
    for rule, claim in EXEMPTIONS.items():
        facts = stated("vendor-without-safeguards") | claim
        assert rules_of(decided(PACK, facts, dt.date(2025, 4, 8)).per_pack[0]) == {rule}
        assert rules_of(decided(PACK, facts, dt.date(2025, 4, 7)).per_pack[0]) == set()


@pytest.mark.parametrize("country", ["CN", "HK", "MO", "CU", "IR", "KP", "RU", "VE"])
def test_each_country_of_concern(country: str) -> None:
    facts = stated("nearly-half-owned-abroad", recipient__principal_place=country)
    assert definition(PACK, "recipient_covered", facts) is True


def test_numbers_in_conditions_are_those_of_the_law() -> None:
    sale = decided(PACK, stated("sale-abroad-with-clause")).conditions
    assert next(c.params["within_days"] for c in sale if c.verb == "report") == 14
    vendor = decided(PACK, stated("vendor-with-safeguards")).conditions
    assert [c.params["report_within_days"] for c in vendor if "report_within_days" in c.params] == [60]


def test_a_hundred_donors_are_not_bulk() -> None:
    assert outcome(PACK, stated("biospecimens", subjects__us_donors=100)) == "allow"


def test_where_no_us_person_acts_only_direction_is_asked() -> None:
    facts = stated("directed-from-abroad")
    del facts["transaction.us_role"], facts["transaction.incident_to"], facts["authorisations.licence"]
    result = decided(PACK, facts).per_pack[0]
    assert [missing.name for missing in result.missing] == ["transaction.directs"]
    assert outcome(PACK, facts | {"transaction.directs": False}) == "allow"
    assert outcome(PACK, facts | {"transaction.directs": True}) == "deny"
    assert outcome(PACK, facts | {"transaction.us_role": "none", "transaction.directs": True}) == "deny"
    assert outcome(PACK, facts | {"transaction.us_role": "none"}) == "allow"


def test_only_existing_expressive_works_are_informational_material() -> None:
    facts = stated("sale-of-health-data", transaction__incident_to="informational_materials", data__expressive=True)
    assert outcome(PACK, facts | {"data.made_to_order": False}) == "allow"
    assert outcome(PACK, facts | {"data.made_to_order": True}) == "deny"
    assert outcome(PACK, facts | {"data.expressive": False}) == "deny"


LIMITS = {"omic.genomic": 100, "omic.other": 1000, "biometric": 1000, "health": 10_000, "financial": 10_000}


@pytest.mark.parametrize(("category", "limit"), LIMITS.items())
def test_bulk_is_strictly_more_than_the_threshold(category: str, limit: int) -> None:
    for n, expected in ((limit, "allow"), (limit + 1, "deny")):
        facts = stated("sale-of-health-data", data__categories=[category], subjects__us_persons={category: n})
        assert outcome(PACK, facts) == expected


def test_devices_and_identifiers_have_their_own_thresholds() -> None:
    place = {"data__categories": ["geo.precise"], "data__precision_m": 1000}
    ids = {
        "data__categories": ["identifier.device"],
        "data__identifiers": ["advertising", "device"],
        "data__linked": True,
    }
    for n, expected in ((0, "allow"), (1, "deny")):
        assert outcome(PACK, stated("sale-of-health-data", subjects__us_devices=1000 + n, **place)) == expected
        people = {"identifier": 100_000 + n}
        assert outcome(PACK, stated("sale-of-health-data", subjects__us_persons=people, **ids)) == expected


def test_duties_of_restricted_transactions_begin_later_than_the_restriction() -> None:
    facts = stated("vendor-with-safeguards")
    before = decided(PACK, facts, dt.date(2025, 10, 5)).per_pack[0]
    after = decided(PACK, facts, dt.date(2025, 10, 6)).per_pack[0]
    assert {rule for rule, _ in verbs_of(before)} == {"s401-met"}
    assert {rule for rule, _ in verbs_of(after)} == {"s401-met", "s401-duties"}
    keep = next(c for c in after.conditions if c.verb == "keep_records")
    assert keep.params == {"years": 10}


def test_form_never_changes_the_answer() -> None:
    for form in ("identified", "pseudonymised", "anonymised", "aggregated", "encrypted"):
        assert outcome(PACK, stated("sale-of-health-data", data__form=form)) == "deny"


def ways(decision: Decision) -> list[dict[str, Any]]:
    return [{change.fact: change.value for change in path.changes} for path in decision.path_to_yes]


def test_no_safeguard_cures_bulk_omic_data_but_fewer_people_do() -> None:
    decision = decided(PACK, stated("genomes-with-all-safeguards", safeguards__cisa="not_met"))
    assert {"subjects.us_persons": {"omic.genomic": 100}} in ways(decision)
    assert all("safeguards.cisa" not in way for way in ways(decision))
    assert decision.path_note is not None
    assert "no safeguard cures" in decision.path_note.en


def test_a_sale_can_become_a_vendor_agreement_with_all_safeguards() -> None:
    decision = decided(PACK, stated("sale-of-health-data"))
    assert {"transaction.class": "vendor", "safeguards.cisa": "met"} in ways(decision)
    assert ways(decision)[0] == {"subjects.us_persons": {"health": 10_000}}
    assert decision.path_note is None


def test_earlier_flows_leave_less_room() -> None:
    decision = decided(PACK, stated("sale-of-health-data", subjects__prior_us_persons={"health": 9_990}))
    assert ways(decision)[0] == {"subjects.us_persons": {"health": 10}}


def test_other_small_changes() -> None:
    assert {"transaction.onward_clause": True} in ways(decided(PACK, stated("sale-abroad-without-clause")))
    assert {"safeguards.cisa": "met"} in ways(decided(PACK, stated("vendor-safeguards-unknown")))
    assert {"transaction.passive": True} in ways(decided(PACK, stated("active-investor")))
    place = {"data__categories": ["geo.precise"], "data__precision_m": 5, "subjects__us_devices": 2000}
    assert {"data.precision_m": 1001} in ways(decided(PACK, stated("sale-of-health-data", **place)))


def test_no_change_cures_evasion() -> None:
    decision = decided(PACK, stated("evasion-beats-exemption", data__marketed_as_government=True))
    assert decision.path_to_yes == ()
    assert decision.path_note is not None
    assert "`s304-evasion`" in decision.path_note.en


def test_every_path_leads_where_it_says() -> None:
    for name in EXAMPLES:
        facts = stated(name)
        for path in decided(PACK, facts).path_to_yes:
            changed = facts | {change.fact: change.value for change in path.changes}
            assert outcome(PACK, changed) == path.outcome.value, name


def test_nothing_stated_means_everything_is_open() -> None:
    decision = decide(Flow(), [PACK], today=dt.date(2026, 11, 22))
    assert decision.outcome.value == "needs_info"
    assert {o.value for o in decision.missing[0].possible} == {"allow", "allow_with_conditions", "deny"}


def test_data_without_people_passes_without_further_questions() -> None:
    assert outcome(PACK, {"data.personal": False}) == "allow"


ORGANISED = {"provider.entity": "organisation", "provider.organised_under": ["US"]}
PERSON = {
    "provider.entity": "individual",
    "provider.citizenship": ["DE"],
    "provider.us_permanent": False,
    "provider.present_in": "DE",
}


@pytest.mark.parametrize(
    ("facts", "expected"),
    [
        (ORGANISED, True),
        (ORGANISED | {"provider.organised_under": ["LU", "US"]}, False),
        (ORGANISED | {"provider.organised_under": ["LU"]}, False),
        (PERSON, False),
        (PERSON | {"provider.citizenship": ["DE", "US"]}, True),
        (PERSON | {"provider.us_permanent": True}, True),
        (PERSON | {"provider.present_in": "US"}, True),
    ],
)
def test_who_is_a_us_person_on_either_side(facts: dict[str, Any], expected: bool) -> None:
    assert definition(PACK, "provider_us_person", facts) is expected
    mirrored = {name.replace("provider.", "recipient."): value for name, value in facts.items()}
    assert definition(PACK, "recipient_us_person", mirrored) is expected


def test_a_rejected_offer_is_reported_only_when_all_of_it_is_so() -> None:
    facts = stated("sale-of-health-data", transaction__rejected_offer=True)
    assert "s1104-rejected-offer" in rules_of(decided(PACK, facts, dt.date(2025, 10, 6)).per_pack[0])
    assert "s1104-rejected-offer" not in rules_of(decided(PACK, facts, dt.date(2025, 10, 5)).per_pack[0])
    for change in (
        {"transaction.rejected_offer": False},
        {"provider.us_person": False},
        {"recipient.covered_person": False},
        {"transaction.class": "vendor"},
        {"subjects.us_persons": {"health": 1}},
    ):
        assert definition(PACK, "rejection_report_due", facts | change) is False, change


def test_what_a_us_person_may_not_direct() -> None:
    vendor = stated("vendor-without-safeguards")
    assert definition(PACK, "would_be_prohibited", vendor) is True
    assert definition(PACK, "would_be_prohibited", vendor | {"safeguards.cisa": "met"}) is False
    assert definition(PACK, "would_be_prohibited", vendor | {"transaction.access": False}) is False
    assert definition(PACK, "would_be_prohibited", stated("genomes-with-all-safeguards")) is True


def test_combined_data_is_two_categories_or_one_with_a_linked_identifier() -> None:
    held = ["biometric", "identifier.contact"]
    one = {"data.categories": held, "data.identifiers": ["contact"], "data.linked": True}
    apart = one | {"data.linked": False, "data.described_as_linkable": False}
    assert definition(PACK, "combined", one) is True
    assert definition(PACK, "combined", apart) is False
    assert definition(PACK, "combined", apart | {"data.described_as_linkable": True}) is True
    assert definition(PACK, "combined", one | {"data.identifiers": []}) is False
    assert definition(PACK, "combined", one | {"data.categories": ["identifier.contact"]}) is False
    people = {"subjects.us_persons": {"biometric": 1000, "identifier": 1001}, "subjects.prior_us_persons": {}}
    assert definition(PACK, "bulk_combined", one | people) is True
    assert definition(PACK, "bulk_combined", one | people | {"data.identifiers": []}) is False
    few = {"subjects.us_persons": {"biometric": 1000, "identifier": 1000}}
    assert definition(PACK, "bulk_combined", one | people | few) is False


def test_coarse_location_does_not_lower_the_threshold_of_what_it_is_combined_with() -> None:
    both = {
        "data.categories": ["financial", "geo.precise", "health"],
        "data.identifiers": [],
        "subjects.us_persons": {"financial": 5000, "health": 5000},
        "subjects.us_devices": 0,
        "subjects.prior_us_persons": {},
        "subjects.prior_us_devices": 0,
    }
    assert definition(PACK, "bulk_combined", both | {"data.precision_m": 1000}) is True
    assert definition(PACK, "bulk_combined", both | {"data.precision_m": 1001}) is False


def test_one_identifier_alone_is_not_a_covered_personal_identifier() -> None:
    alone = {"data.identifiers": ["device"], "data.identifier_fields": 1, "data.linked": True}
    assert definition(PACK, "covered_personal_identifiers", alone | {"data.described_as_linkable": False}) is False


def test_the_duties_of_october_2025_begin_on_their_day_and_carry_their_clocks() -> None:
    facts = stated("cloud-of-a-quarter-owned-company")
    before, after = (rules_of(decided(PACK, facts, dt.date(2025, 10, day)).per_pack[0]) for day in (5, 6))
    assert after - before == {"s1103-annual-report", "s401-duties"}
    assert [c.params["by"] for c in decided(PACK, facts).conditions if "by" in c.params] == ["1 March"]


def test_contradictory_statements_about_a_party_are_named_and_never_decide() -> None:
    facts = stated("us-person-said-to-be-covered")
    result = decided(PACK, facts).per_pack[0]
    assert result.outcome.value == "human_review"
    said = next(hit.say for hit in result.rules if hit.rule == "s211-contradicted")
    for name in ("recipient.us_person", "recipient.covered_person", "recipient.designated"):
        assert name in said.en
        assert name in said.ja
    for mended in ({"recipient.us_person": False}, {"recipient.covered_person": False}, {"recipient.designated": True}):
        assert "s211-contradicted" not in rules_of(decided(PACK, facts | mended).per_pack[0])
    days = [rules_of(decided(PACK, facts, dt.date(2025, 4, day)).per_pack[0]) for day in (7, 8)]
    assert ["s211-contradicted" in held for held in days] == [False, True]


def test_want_of_knowledge_is_an_exception_that_has_to_be_stated_whole() -> None:
    claim = {f"knowledge.{word}": False for word in ("actual", "controls_data", "circumstances")}
    for name in BASES:
        facts = stated(name) | claim
        assert rules_of(decided(PACK, facts).per_pack[0]) == {"s230-without-knowledge"}, name
        for word in claim:
            assert "s230-without-knowledge" not in rules_of(decided(PACK, facts | {word: True}).per_pack[0])
            left_out = {fact: value for fact, value in facts.items() if fact != word}
            assert "s230-without-knowledge" not in rules_of(decided(PACK, left_out).per_pack[0])


def test_no_exempt_or_licensed_offer_is_reported_as_rejected() -> None:
    offer = stated("offer-rejected-by-software")
    for rule, claim in EXEMPTIONS.items():
        if rule in ("s508-cfius", "s509-telecom"):  # never for data brokerage
            continue
        assert rules_of(decided(PACK, offer | claim).per_pack[0]) == {rule}
    cloud = stated("cloud-of-a-quarter-owned-company")
    for rule, claim in EXEMPTIONS.items():
        assert rules_of(decided(PACK, cloud | claim).per_pack[0]) == {rule}


def test_duties_are_conditions_and_never_a_plain_yes() -> None:
    hits = decided(PACK, stated("cloud-of-a-quarter-owned-company")).per_pack[0].rules
    assert {hit.rule: hit.outcome.value for hit in hits} == {
        "s401-met": "allow_with_conditions",
        "s401-duties": "allow_with_conditions",
        "s1103-annual-report": "allow_with_conditions",
    }
    offer = decided(PACK, stated("offer-rejected-by-software")).per_pack[0].rules
    assert {hit.rule: hit.outcome.value for hit in offer} == {
        "s301-brokerage": "deny",
        "s1104-rejected-offer": "allow_with_conditions",
    }


@pytest.mark.parametrize("form", ["pseudonymised", "anonymised", "aggregated", "identified", "encrypted"])
def test_only_data_without_names_goes_to_a_drug_regulator(form: str) -> None:
    exempt = form not in ("identified", "encrypted")
    held = rules_of(decided(PACK, stated("drug-approval", data__form=form)).per_pack[0])
    assert ("s510-regulatory-approval" in held) is exempt


def test_a_sale_that_is_told_by_its_acts_is_not_mended_by_another_name() -> None:
    facts = stated("exchange-214-ex1")
    found = ways(decided(PACK, facts))
    assert found
    assert not any("transaction.class" in way for way in found)
    assert outcome(PACK, facts | {"transaction.class": "vendor", "safeguards.cisa": "met"}) == "human_review"
    abroad = facts | {"recipient.organised_under": ["SG"], "recipient.principal_place": "SG"}
    assert {"transaction.onward_clause": True} in ways(decided(PACK, abroad))


def test_where_nothing_is_told_of_a_transaction_its_class_is_asked_for() -> None:
    facts = stated("exchange-214-ex1")
    del facts["transaction.recipient_gives"], facts["transaction.recipient_gets"]
    asked = {missing.name for missing in decided(PACK, facts).missing}
    assert "transaction.class" in asked
    assert not asked & {"transaction.recipient_gives", "transaction.recipient_gets"}
    half = stated("exchange-half-told")
    asked = {missing.name for missing in decided(PACK, half).missing}
    assert "transaction.recipient_gets" in asked
    assert "transaction.class" not in asked
