"""The parties of the demonstration and what is stated of the data (`scenario.yaml`)."""

from __future__ import annotations

from importlib.resources import files
from typing import Any

import msgspec

from tegata.documents import read_yaml
from tegata.model.base import Noun
from tegata.rules.facts import check_value, fact_schema

COUNTRY = "CC"


class Party(Noun, frozen=True, kw_only=True):
    name: str
    country: str
    facts: dict[str, Any]

    def at(self, country: str) -> Party:
        """The same party, sitting in `country`. FactError when there is no such country."""
        check_value(fact_schema().spec("recipient.located_in"), country)
        return msgspec.structs.replace(self, country=country)

    def stated(self) -> dict[str, Any]:
        """Its facts, with its country where the scenario says so."""
        return {name: self._placed(value) for name, value in self.facts.items()}

    def _placed(self, value: Any) -> Any:
        if isinstance(value, list):
            return [self._placed(item) for item in value]
        return self.country if value == COUNTRY else value


class Scenario(Noun, frozen=True, kw_only=True):
    provider: Party
    recipient: Party
    refused: Party
    people: dict[str, Any]
    postal: dict[str, Any]


def load_scenario() -> Scenario:
    data = files(__package__).joinpath("scenario.yaml").read_bytes()
    return msgspec.convert(read_yaml(data), Scenario)
