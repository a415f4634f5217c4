from __future__ import annotations

import pytest

from tegata.demo.scenario import load_scenario
from tegata.model.errors import FactError
from tegata.rules.facts import check_value, fact_schema


def test_every_stated_fact_is_of_the_schema() -> None:
    scenario, schema = load_scenario(), fact_schema()
    for party in (scenario.provider, scenario.recipient, scenario.refused):
        for name, value in party.stated().items():
            check_value(schema.spec(f"recipient.{name}"), value)
    for name, value in (scenario.people | scenario.postal).items():
        check_value(schema.spec(name), value)


def test_party_moves_to_another_country() -> None:
    moved = load_scenario().recipient.at("NO")
    assert moved.stated()["located_in"] == "NO"
    assert moved.stated()["organised_under"] == ["NO"]


def test_unknown_country_is_refused() -> None:
    with pytest.raises(FactError, match="`XX`"):
        load_scenario().recipient.at("XX")
