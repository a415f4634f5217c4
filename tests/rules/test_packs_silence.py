"""A pack speaks only where its jurisdiction has a say: flows of others are decided as before and asked nothing new."""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from typing import Any

import pytest

from tegata.demo.scenario import load_scenario
from tegata.model.decision import Decision, Flow, Outcome
from tegata.node.config import DEFAULT_PACKS
from tegata.rules import builtin_packs, decide, load_pack, read_flow
from tegata.rules.pack import BUILTIN
from tests.rules.pack_judge import facts_of

ROOT = Path(__file__).parents[2]
DAY = dt.date(2026, 11, 25)
FIRST = tuple(pack for pack in builtin_packs() if pack.id in ("us.28cfr202", "jp.appi", "eu.gdpr-v", "house.minimise"))
LATER = tuple(pack for pack in builtin_packs() if pack not in FIRST)
REGISTER = {
    "data.personal": True,
    "data.categories": ["financial", "geo.precise", "health", "identifier.contact", "identifier.government"],
    "data.identifiers": ["contact", "financial_account", "government"],
    "subjects.persons": {"health": 300, "identifier": 300, "geo": 300, "financial": 300},
}
"""What the scan finds in examples/register.csv."""
CONCERNS: dict[str, dict[str, Any]] = {
    "eu.data-act": {"provider.located_in": "DE", "provider.hosting": True, "data.personal": False},
    "eu.dga": {"provider.located_in": "DE", "provider.dga_role": "re_user", "data.personal": False},
    "jp.economic-security": {"provider.infrastructure_sector": "electricity"},
    "eu.gdpr-breach": {"provider.located_in": "DE", "incident.kind": "accident"},
    "uk.gdpr-breach": {"provider.located_in": "GB", "incident.kind": "accident"},
    "eu.nis2": {"provider.located_in": "DE", "provider.hosting": True},
    "uk.nis": {"provider.located_in": "GB", "provider.hosting": True},
    "au.soci": {"provider.located_in": "AU", "provider.hosting": True, "data.personal": False},
    "kr.network": {"provider.located_in": "KR", "provider.hosting": True},
    "us.icts": {"provider.located_in": "US", "recipient.hosting": True, "recipient.organised_under": ["CN"]},
}
"""What makes a flow the business of a pack that is not about the country of the provider alone."""
PLACES = ("DE", "CN", "US", "GB", "KR", "SG", "IN", "VN", "JP")


def example(name: str) -> dict[str, Any]:
    flow = read_flow((ROOT / "examples" / name).read_bytes())
    return {fact: stated.value for fact, stated in flow.facts.items()}


def demonstration(place: str, table: dict[str, Any], found: dict[str, Any]) -> dict[str, Any]:
    """What the nodes of the demonstration know of a transfer to a place."""
    scenario = load_scenario()
    parties = {"provider": scenario.provider, "recipient": scenario.recipient.at(place)}
    facts = {f"{side}.{name}": value for side, party in parties.items() for name, value in party.stated().items()}
    return {**found, **facts, **table}


def flows() -> dict[str, dict[str, Any]]:
    scenario = load_scenario()
    american = {"provider.located_in": "US", "provider.us_person": True, "provider.gdpr_subject": False}
    return {
        "to Germany": {**REGISTER, **example("to-germany.yaml")},
        "to Germany, not scanned": example("to-germany.yaml"),
        "to China": {**REGISTER, **example("to-china.yaml")},
        "to China, not scanned": example("to-china.yaml"),
        "from the United States to China": {**REGISTER, **american, "recipient.located_in": "CN", "relation": "none"},
        **{f"register to {place}": demonstration(place, scenario.people, REGISTER) for place in PLACES},
        "postal codes to CN": demonstration("CN", scenario.postal, {"data.categories": []}),
    }


def told(decision: Decision) -> dict[str, Any]:
    """Everything by which a reader would notice that another pack has its say."""
    return {
        "outcome": decision.outcome,
        "conditions": decision.conditions,
        "missing": decision.missing,
        "paths": decision.path_to_yes,
        "note": decision.path_note,
    }


@pytest.mark.parametrize("name", flows())
def test_flows_of_others_are_decided_as_before_and_asked_nothing_new(name: str) -> None:
    flow = Flow(facts=facts_of(flows()[name]), as_of=DAY, known_on=DAY)
    before, now = decide(flow, FIRST, today=DAY), decide(flow, builtin_packs(), today=DAY)
    assert told(now) == told(before)
    silent = [part for part in now.per_pack if part.pack in {pack.id for pack in LATER}]
    assert len(silent) == len(LATER)
    assert not any(part.applies or part.rules or part.missing or part.conditions for part in silent)


def test_a_pack_whose_land_the_flow_leaves_does_speak() -> None:
    """The control of the test above: the same flow from another land is not passed over."""
    for pack in LATER:
        facts = {**REGISTER, **example("to-china.yaml"), "recipient.located_in": "BR"}
        facts |= CONCERNS.get(pack.id, {"provider.located_in": pack.jurisdiction})
        flow = Flow(facts=facts_of(facts), as_of=DAY, known_on=DAY)
        [part] = decide(flow, [pack], today=DAY, search_paths=False).per_pack
        assert part.applies, pack.id
        assert part.outcome is not Outcome.ALLOW, pack.id


def test_no_pack_of_the_package_begins_before_the_first_ones() -> None:
    """Else a day of which the others know nothing would look like a day without law."""
    assert min(p.files.head.from_ for p in LATER) >= min(p.files.head.from_ for p in FIRST)


def test_proposals_bind_nobody() -> None:
    every = [load_pack(path.parent) for path in BUILTIN.glob("*/*/pack.yaml")]
    proposed = {pack.id for pack in every if pack.files.head.status == "proposal"}
    assert {pack.id for pack in every} - proposed == {pack.id for pack in builtin_packs()}
    assert proposed, "the control: there is one"
    assert not proposed & set(DEFAULT_PACKS)


def test_a_node_judges_by_every_law_of_the_package() -> None:
    """A law that a node does not load looks like a land without law."""
    assert set(DEFAULT_PACKS) == {pack.id for pack in builtin_packs()}
