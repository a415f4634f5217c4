"""The US pack decides the worked examples of 28 CFR 202 as the official text does.

The examples speak their own words; `ours` translates their fields to our facts. What the prose of an example attests
and no field holds (purpose, knowledge, role) stands in `ATTESTED`, so that every judgement made here can be seen.
"""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest
import yaml

from tegata.model.decision import Outcome
from tests.rules.pack_judge import asked, built_in, definition, judged, outcome
from tests.shared_data import shared_law

PACK = built_in("us/28cfr202")
DAY = dt.date(2026, 11, 22)
COVERED_BY = "CN"  # stands for the unspecified country of concern of the examples
OVER = {
    "omic.genomic": 101,
    "omic.other": 1001,
    "biometric": 1001,
    "health": 10_001,
    "financial": 10_001,
    "cpi": 100_001,
}

NOT_COVERED_YET: dict[str, str] = {}
"""Examples of 28 CFR 202 that the pack cannot decide, each with the reason. None is left."""

# What an example is silent about is not there.
SILENT: dict[str, Any] = {
    "data.personal": True,
    "data.form": "identified",
    "data.public_record": False,
    "data.biospecimen": False,
    "data.geo_polygon_hit": False,
    "data.marketed_as_government": False,
    "data.described_as_linkable": False,
    "data.for_telecom_service": False,
    "data.linked": True,
    "relation": "none",
    "subjects.prior_us_persons": {},
    "subjects.prior_us_devices": 0,
    "transaction.access": True,
    "transaction.passive": False,
    "transaction.evasion": False,
    "transaction.directs": False,
    "transaction.incident_to": "none",
    "transaction.onward_clause": False,
    "transaction.required_by_regulator": False,
    "authorisations.licence": False,
    "authorisations.cfius_in_effect": False,
    "provider.us_person": True,
}

BROKERAGE = {"transaction.class": "data_brokerage"}
BULK_HEALTH = {"data.categories": ["health"], "subjects.us_persons": {"health": 10_001}}
FINANCIAL = {"transaction.incident_to": "financial_services"}
ATTESTED: dict[str, dict[str, Any]] = {
    "us202-212c-ex3": {"data.identifiers": ["contact"], "data.identifier_fields": 2},
    "us202-212d-ex1": {"data.described_as_linkable": True},
    "us202-212d-ex2": {"data.described_as_linkable": True},
    "us202-214-ex2": BROKERAGE,
    "us202-214-ex3": BROKERAGE,
    "us202-214-ex5b": BROKERAGE,
    "us202-214-ex6": BROKERAGE,
    # the foreign developer causes the US company's violation (202.304)
    "us202-214-ex8": BROKERAGE | {"transaction.evasion": True},
    "us202-222-ex2": {"data.marketed_as_government": True, "data.categories": ["identifier.contact"]},
    "us202-226-ex1": BROKERAGE
    | BULK_HEALTH
    | {"transaction.incident_to": "informational_materials", "data.expressive": False, "data.made_to_order": True},
    "us202-228-ex3": {"transaction.access": True},
    "us202-230-ex3": {"knowledge.actual": False, "knowledge.controls_data": False, "knowledge.circumstances": False},
    "us202-230-ex4": {"knowledge.controls_data": True},
    "us202-230-ex5": {"knowledge.actual": False, "knowledge.controls_data": False, "knowledge.circumstances": False},
    "us202-230-ex6": {"knowledge.circumstances": True},
    "us202-232-ex2": {"data.same_sheet": False, "data.correlating_key": True},
    "us202-232-ex3": {"data.same_sheet": False, "data.correlating_key": False},
    "us202-301-ex1": BROKERAGE,
    "us202-302-ex2": BROKERAGE,
    "us202-304-ex2": BROKERAGE | {"recipient.us_person": True, "recipient.covered_person": False},
    "us202-304-ex5": BROKERAGE,
    "us202-305-ex2": {"transaction.us_role": "runs_vehicle"},
    "us202-305-ex3": {"transaction.us_role": "changes_policy"},
    "us202-305-ex6": {"transaction.us_role": "unrelated_contract"},
    "us202-305-ex7": {"transaction.us_role": "infrastructure"},
    "us202-305-ex8": {"transaction.us_role": "customer"},
    "us202-504-ex3": BROKERAGE,
    "us202-505-ex1": FINANCIAL,
    "us202-505-ex2": FINANCIAL,
    "us202-505-ex3": FINANCIAL,
    "us202-505-ex5": FINANCIAL,
    "us202-505-ex6": FINANCIAL,
    "us202-505-ex7": BROKERAGE,
    "us202-505-ex9": FINANCIAL,
    "us202-505-ex10": FINANCIAL,
    "us202-506-ex3": {"transaction.incident_to": "group_administration"},
    "us202-506-ex6": {"transaction.incident_to": "group_administration"},
    "us202-508-ex1a": BULK_HEALTH
    | {"transaction.incident_to": "cfius_action", "authorisations.cfius_in_effect": False},
    "us202-509-ex1": {"transaction.incident_to": "telecom"},
    "us202-510-ex1": {
        "transaction.incident_to": "regulatory_approval",
        "transaction.required_by_regulator": True,
        "transaction.class": "regulatory",
    },
    "us202-510-ex2": {"transaction.incident_to": "regulatory_approval"},
    "derived-us-rejected-offer": BROKERAGE
    | BULK_HEALTH
    | {"transaction.rejected_offer": True, "recipient.covered_person": True},
}

DEFINED = {
    "covered_person": ("recipient_covered", True),
    "not_covered_person": ("recipient_covered", False),
    "us_person": ("recipient_us_person", True),
    "foreign_person": ("recipient_us_person", False),
    "cpi": ("covered_personal_identifiers", True),
    "not_cpi": ("covered_personal_identifiers", False),
    "linked": ("linked", True),
    "not_linked": ("linked", False),
    "government_related": ("government_related_data", True),
    "not_knowing": ("knowing", False),
    "knowing_restricted": ("knowing", True),
    "knowing_prohibited": ("knowing", True),
    "directed": ("directing", True),
    "not_directed": ("directing", False),
    "report_within_14_days": ("rejection_report_due", True),
}
DECIDED = {
    "prohibited": "deny",
    "not_exempt_prohibited": "deny",
    "not_informational_material": "deny",
    "knowing_prohibited": "deny",
    "not_covered": "allow",
    "exempt": "allow",
    "restricted_authorized": "allow_with_conditions",
}
RESTRICTED = ("restricted", "not_exempt_restricted", "knowing_restricted")


def examples() -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = yaml.safe_load(shared_law().read_text("utf-8"))
    return [example for example in found if example["id"].startswith(("us202-", "derived-us-"))]


# ------------------------------------------------------------------------------------------------- translation


def ours(example: dict[str, Any]) -> dict[str, Any]:
    """An example in our facts."""
    given = example["facts"]
    facts = dict(SILENT)
    if given["question"] in ("linked", "directing"):  # there the stated conclusion is what is asked for
        facts.pop("data.linked" if given["question"] == "linked" else "transaction.directs")
    facts |= party("provider", given.get("provider", {}))
    facts |= party("recipient", given.get("recipient") or given.get("subject") or {})
    facts |= data(given.get("data", {}), given)
    if "data.government_related" in facts:  # the example asserts the conclusion, not what it follows from
        facts.pop("data.marketed_as_government"), facts.pop("data.geo_polygon_hit")
    facts |= transaction(given)
    return facts | ATTESTED.get(example["id"], {})


def party(side: str, given: dict[str, Any]) -> dict[str, Any]:
    facts: dict[str, Any] = {"designated": given.get("designated", False)}
    status = given.get("status")
    if status:
        facts["us_person"] = status == "us_person"
        facts["covered_person"] = status == "covered_person"
    elif given and individual(given):
        facts |= person(given)
    elif given:
        facts |= organisation(given)
    if side == "provider":
        facts = {"us_person": facts["us_person"]} if "us_person" in facts else {}
    return {f"{side}.{name}": value for name, value in facts.items()}


def individual(given: dict[str, Any]) -> bool:
    return bool(given.get("kind") == "individual" or {"primary_residence", "citizenship"} & given.keys()) or (
        "staff" in given.get("kind", "")
    )


def person(given: dict[str, Any]) -> dict[str, Any]:
    employer = given.get("employer", "")
    abroad = given.get("primary_residence") or given.get("located_in") or "XX"
    present = given.get("present_in", abroad)
    return {
        "entity": "individual",
        "citizenship": countries(given.get("citizenship", [])),
        "us_permanent": given.get("lpr", False),
        "present_in": "US" if str(present).startswith("US") else country(abroad),
        "residence": country(abroad),
        "employer_covered": isinstance(employer, dict) or employer == "Russian parent",
    }


def organisation(given: dict[str, Any]) -> dict[str, Any]:
    place = country(given.get("principal_place") or given.get("located_in") or "XX")
    if "CoC" in given.get("kind", ""):
        place = COVERED_BY
    under = countries(given["organised_under"]) if "organised_under" in given else [place]
    owners = given.get("owners", [])
    half = any("resident in VE" in owner["party"] and owner["pct"] == 50 for owner in owners)
    return {
        "entity": "organisation",
        "organised_under": under,
        "principal_place": place if "organised_under" not in given else under[-1],
        "owned_by_covered_pct": 50 if half else 0,
    }


def country(word: str) -> str:
    """Brazil stands for every country that is not of concern and not named."""
    return COVERED_BY if word == "CoC" else word if len(word) == 2 and word != "XX" else "BR"


def countries(words: str | list[str]) -> list[str]:
    return sorted({country(word) for word in ([words] if isinstance(words, str) else words)})


def data(given: dict[str, Any], whole: dict[str, Any]) -> dict[str, Any]:
    asserted = given.get("categories", ["health"] if given.get("bulk") else [])
    n = given.get("n")
    counts = {c: OVER[c] if n is None and given.get("bulk") else n for c in asserted if c in OVER}
    kinds = sorted({field.split("_", 1)[0] for field in whole.get("fields", [])})
    facts: dict[str, Any] = {
        "data.categories": [c for c in asserted if c in OVER and c != "cpi"]
        + ["geo.precise"] * ("geo.precise" in asserted),
        "data.identifiers": ["advertising", "network"] if "cpi" in asserted else kinds,
        "data.identifier_fields": len(whole.get("fields", [])),
        "subjects.us_persons": {"identifier" if c == "cpi" else c: k for c, k in counts.items() if isinstance(k, int)},
        "subjects.us_devices": given.get("us_devices", 1001 if given.get("bulk") else 0),
        "data.precision_m": given.get("precision_m", 10),
        "data.public_record": given.get("markers", {}).get("public_record", False),
        "data.geo_polygon_hit": "polygons_hit" in given,
    }
    if given.get("government_related"):
        facts["data.government_related"] = True
    if "de-identified" in given.get("form", ""):
        facts["data.form"] = "pseudonymised"
    return facts


def transaction(given: dict[str, Any]) -> dict[str, Any]:
    facts: dict[str, Any] = {"transaction.class": given.get("class", "vendor")}
    for word in ("access_by_covered_person", "access_by_recipient"):
        if word in given:
            facts["transaction.access"] = given[word]
    facts["transaction.evasion"] = given.get("evasion_purpose", False)
    facts["relation"] = given.get("recipient", {}).get("relation", "none")
    cisa = given.get("safeguards", {}).get("cisa", "unknown")
    return facts if cisa == "unknown" else facts | {"safeguards.cisa": cisa}


def date_of(example: dict[str, Any]) -> dt.date:
    stated = example["facts"].get("as_of")
    return dt.date.fromisoformat(stated) if stated else DAY


# ------------------------------------------------------------------------------------------------- tests


def test_every_example_of_part_202_is_decided_as_the_text_says() -> None:
    checked = 0
    for example in examples():
        if example["id"] in NOT_COVERED_YET:
            continue
        facts, day, expected = ours(example), date_of(example), example["outcome"]
        if expected in DEFINED:
            name, value = DEFINED[expected]
            assert definition(PACK, name, facts, day) is value, (example["id"], name)
        if expected in DECIDED:
            found = outcome(PACK, facts, day)
            allowed = ("allow", "allow_with_conditions") if expected == "exempt" else (DECIDED[expected],)
            assert found in allowed, (example["id"], found)
        if expected in RESTRICTED:
            restricted(example["id"], facts, day)
        if expected == "prohibited_unless_clause":
            assert outcome(PACK, facts, day) == "deny", example["id"]
            assert outcome(PACK, facts | {"transaction.onward_clause": True}, day) == "allow_with_conditions"
        checked += 1
        assert expected in {*DEFINED, *DECIDED, *RESTRICTED, "prohibited_unless_clause"}, example["id"]
    assert checked + len(NOT_COVERED_YET) == len(examples()) > 60


def restricted(name: str, facts: dict[str, Any], day: dt.date) -> None:
    """Allowed with the security requirements, denied without them, open while nobody has said."""
    facts = {key: value for key, value in facts.items() if key != "safeguards.cisa"}
    assert definition(PACK, "restricted", facts, day) is True, name
    assert outcome(PACK, facts | {"safeguards.cisa": "met"}, day) == "allow_with_conditions", name
    assert outcome(PACK, facts | {"safeguards.cisa": "not_met"}, day) == "deny", name
    assert outcome(PACK, facts, day) == "needs_info", name


@pytest.mark.parametrize("left_out", ["recipient.covered_person", "subjects.us_persons", "provider.us_person"])
def test_an_example_with_a_fact_left_out_asks_for_it(left_out: str) -> None:
    example = next(example for example in examples() if example["id"] == "us202-214-ex3")
    whole = ours(example) | {"transaction.onward_clause": True}
    result = judged(PACK, {name: value for name, value in whole.items() if name != left_out})
    assert result.outcome is Outcome.NEEDS_INFO
    assert left_out in asked(result)
