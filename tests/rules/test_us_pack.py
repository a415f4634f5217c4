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
EXAMPLES = {example.id: example for example in PACK.files.examples}


def flow_of(example: Example) -> Flow:
    return read_flow(pretty(example.facts))


def stated(name: str, **changes: Any) -> dict[str, Any]:
    facts = {fact: held.value for fact, held in flow_of(EXAMPLES[name]).facts.items()}
    return facts | {key.replace("__", "."): value for key, value in changes.items()}


@pytest.mark.parametrize("example", PACK.files.examples, ids=EXAMPLES)
def test_the_packs_own_examples(example: Example) -> None:
    day = example.as_of or dt.date(2026, 6, 1)
    facts = {fact: held.value for fact, held in flow_of(example).facts.items()}
    for name, expected in example.expect.get("definition", {}).items():
        assert definition(PACK, name, facts, day) is expected, name
    if "outcome" in example.expect:
        assert outcome(PACK, facts, day) == example.expect["outcome"]


def test_every_rule_is_illustrated_and_cites_the_official_text() -> None:
    held: set[str] = set()
    for example in PACK.files.examples:
        held |= rules_of(decided(PACK, stated(example.id)).per_pack[0])
    waiting = {
        "s501-personal-communications",
        "s502-informational-materials",
        "s503-travel",
        "s504-government-business",
        "s505-financial-services",
        "s507-law",
        "s511-clinical-investigations",
    }
    assert held | waiting == {rule.id for rule in PACK.files.rules}
    for rule in PACK.files.rules:
        assert all(c.url.startswith("https://www.ecfr.gov/current/title-28/part-202/section-202.") for c in rule.cite)


SIMPLE_EXEMPTIONS = {
    "s501-personal-communications": "personal_communication",
    "s503-travel": "travel",
    "s504-government-business": "government_business",
    "s505-financial-services": "financial_services",
    "s507-law": "law",
    "s511-clinical-investigations": "clinical_investigation",
}


@pytest.mark.parametrize(("rule", "incident"), SIMPLE_EXEMPTIONS.items())
def test_an_exemption_lifts_every_prohibition_but_evasion(rule: str, incident: str) -> None:
    for name in (
        "sale-of-health-data",
        "genomes-with-all-safeguards",
        "vendor-without-safeguards",
        "sale-abroad-without-clause",
    ):
        facts = stated(name, transaction__incident_to=incident)
        result = decided(PACK, facts).per_pack[0]
        assert (result.outcome.value, rules_of(result)) == ("allow", {rule}), name
        assert outcome(PACK, facts | {"transaction.evasion": True}) == "deny"


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
