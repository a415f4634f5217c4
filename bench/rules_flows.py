"""Flows for the decision table of 28 CFR Part 202 in which every fact that the table asks for is stated."""

from __future__ import annotations

import random
from typing import Any

from tegata.model.decision import Fact, FactValue, Flow

CATEGORIES = ("omic.genomic", "omic.other", "biometric", "geo.precise", "health", "financial", "identifier.contact")
NUMBERS = (0, 100, 101, 1000, 1001, 10_000, 10_001, 100_000, 100_001)
CLASSES = ("data_brokerage", "vendor", "employment", "investment", "intragroup", "none")
INCIDENTS = (*["none"] * 6, "financial_services", "travel", "law", "telecom", "group_administration")
COUNTRIES = ("US", "CN", "DE", "JP", "RU")
UNCHANGING: dict[str, FactValue] = {
    "data.personal": True,
    "data.linked": True,
    "data.form": "identified",
    "data.precision_m": 10,
    "data.described_as_linkable": False,
    "data.for_telecom_service": False,
    "data.geo_polygon_hit": False,
    "data.biospecimen": False,
    "data.biospecimen_clinical_use": False,
    "data.expressive": False,
    "data.made_to_order": True,
    "data.identifier_fields": 2,
    "subjects.us_donors": 0,
    "provider.entity": "organisation",
    "provider.organised_under": ["US"],
    "recipient.entity": "organisation",
    "transaction.directs": False,
    "transaction.us_role": "none",
    "transaction.rejected_offer": False,
    "transaction.required_by_regulator": False,
    "authorisations.licence": False,
    "authorisations.cfius_in_effect": False,
    "knowledge.actual": True,
    "knowledge.controls_data": True,
    "knowledge.circumstances": True,
}


def table_flow(drawn: random.Random) -> dict[str, FactValue]:
    """One flow. Numbers stand on both sides of every limit."""
    held = sorted(drawn.sample(CATEGORIES, drawn.randrange(4)))
    counted = sorted({"identifier" if name.startswith("identifier") else name for name in held} | {"identifier"})
    country, government = drawn.choice(COUNTRIES), drawn.random() < 0.1

    def people() -> dict[str, int]:
        return {name: drawn.choice(NUMBERS) for name in counted if name != "geo.precise"}

    return UNCHANGING | {
        "data.categories": held,
        "data.identifiers": drawn.choice((["government", "contact"], ["contact"], [])),
        "data.public_record": drawn.random() < 0.1,
        "data.government_related": government,
        "data.marketed_as_government": government,
        "subjects.persons": dict.fromkeys(counted, 10**9),
        "subjects.us_persons": people(),
        "subjects.prior_us_persons": people(),
        "subjects.us_devices": drawn.choice(NUMBERS) if "geo.precise" in held else 0,
        "subjects.devices": 10**9,
        "subjects.prior_us_devices": drawn.choice((0, 1)),
        "recipient.organised_under": [country],
        "recipient.principal_place": country,
        "recipient.owned_by_covered_pct": drawn.choice((0, 49.9, 50, 100)),
        "recipient.designated": drawn.random() < 0.1,
        "relation": drawn.choice(("none", "none", "subsidiary", "same_entity")),
        "transaction.class": drawn.choice(CLASSES),
        "transaction.access": drawn.random() < 0.9,
        "transaction.passive": drawn.random() < 0.5,
        "transaction.incident_to": drawn.choice(INCIDENTS),
        "transaction.evasion": drawn.random() < 0.1,
        "transaction.onward_clause": drawn.random() < 0.5,
        "safeguards.cisa": drawn.choice(("met", "not_met")),
    }


def flow_of(stated: dict[str, FactValue]) -> Flow:
    return Flow(facts={name: Fact(value=value) for name, value in stated.items()})


def nested(stated: dict[str, FactValue]) -> dict[str, Any]:
    """Dotted names as a tree, as other languages want them."""
    tree: dict[str, Any] = {}
    for name, value in stated.items():
        group, dot, last = name.rpartition(".")
        (tree.setdefault(group, {}) if dot else tree)[last] = value
    return tree
