"""What-if: every point of the grid is the decision on the flow that states it."""

from __future__ import annotations

import itertools

import pytest

from tegata.model.decision import Outcome
from tegata.model.errors import FactError, UsageError
from tegata.rules import builtin_packs, decide, read_flow
from tegata.rules.vary import changed, read_axis, vary
from tests.rules.some_flows import TODAY

PACKS = builtin_packs()
FLOW = """
relation: none
data: {personal: true, categories: [health], form: identified, linked: true, public_record: false, biospecimen: false,
  identifiers: [], government_related: false, geo_polygon_hit: false, marketed_as_government: false,
  collected_in: [US]}
subjects: {us_persons: {health: PERSONS}, prior_us_persons: {}, prior_us_devices: 0}
provider: {entity: organisation, organised_under: [US], principal_place: US, located_in: US, us_person: true,
  appi_operator: false, gdpr_subject: false, role: controller}
recipient: {entity: organisation, organised_under: [CN], us_person: false, covered_person: true, role: controller}
transaction: {class: CLASS, access: true, act: licence, incident_to: none, evasion: false, directs: false}
authorisations.licence: false
"""


def test_each_point_is_the_decision_on_its_own_flow() -> None:
    persons, classes = ("10000", "10001"), ("data_brokerage", "none")
    axes = [
        read_axis(f"subjects.us_persons.health={','.join(persons)}"),
        read_axis(f"transaction.class={','.join(classes)}"),
    ]
    base = read_flow(FLOW.replace("PERSONS", "7").replace("CLASS", "vendor").encode())
    variation = vary(base, axes, PACKS, today=TODAY)
    assert [variant.values for variant in variation.variants] == list(itertools.product(persons, classes))
    for variant in variation.variants:
        text = FLOW.replace("PERSONS", variant.values[0]).replace("CLASS", variant.values[1])
        assert variant.outcome is decide(read_flow(text.encode()), PACKS, today=TODAY).outcome
    us = vary(base, axes, [pack for pack in PACKS if pack.id == "us.28cfr202"], today=TODAY)
    assert [variant.outcome for variant in us.variants] == [Outcome.ALLOW, Outcome.ALLOW, Outcome.DENY, Outcome.ALLOW]
    assert us.variants[2].rules == ("us.28cfr202/s301-brokerage",)


def test_dates_sets_and_the_unknown_can_be_varied() -> None:
    flow = read_flow(FLOW.replace("PERSONS", "20000").replace("CLASS", "data_brokerage").encode())
    us = [pack for pack in PACKS if pack.id == "us.28cfr202"]
    dates = vary(flow, [read_axis("as_of=2025-04-07,2025-04-08")], us, today=TODAY)
    assert [variant.outcome for variant in dates.variants] == [Outcome.ALLOW, Outcome.DENY]
    sets = vary(flow, [read_axis("data.categories=ordinary,health+financial")], us, today=TODAY)
    assert [variant.outcome for variant in sets.variants] == [Outcome.ALLOW, Outcome.DENY]
    open_ = vary(flow, [read_axis("subjects.us_persons.health=unknown")], us, today=TODAY)
    assert open_.variants[0].outcome is Outcome.NEEDS_INFO
    assert "subjects.us_persons" in open_.variants[0].missing


@pytest.mark.parametrize("text", ["recipient.located_in", "=DE", "recipient.located_in=DE,", "recipient.located_in="])
def test_what_is_no_axis_is_refused(text: str) -> None:
    with pytest.raises(UsageError):
        read_axis(text)


@pytest.mark.parametrize("text", ["recipient.located=DE", "recipient.located_in=Germany", "as_of=tomorrow"])
def test_values_that_do_not_fit_are_refused_before_anything_is_decided(text: str) -> None:
    with pytest.raises(FactError):
        read_axis(text)


def test_a_grid_has_its_limit() -> None:
    numbers = ",".join(map(str, range(101)))
    axes = [read_axis(f"subjects.us_persons.health={numbers}"), read_axis(f"subjects.us_devices={numbers}")]
    with pytest.raises(UsageError, match="10,201 points"):
        vary(read_flow(b"relation: none"), axes, PACKS, today=TODAY)
    twice = [read_axis("relation=none,parent"), read_axis("relation=affiliate")]
    with pytest.raises(UsageError, match="twice"):
        vary(read_flow(b"relation: none"), twice, PACKS, today=TODAY)


def test_one_category_changes_and_the_others_stay() -> None:
    flow = read_flow(b"subjects.us_persons: {health: 5, financial: 7}")
    assert changed(flow, "subjects.us_persons.health", "9").facts["subjects.us_persons"].value == {
        "health": 9,
        "financial": 7,
    }
    assert changed(flow, "subjects.us_persons.health", "unknown").facts["subjects.us_persons"].value == {"financial": 7}
    assert changed(flow, "subjects.us_persons", "unknown").facts == {}
