"""Facts that an operator states: checked against the schema before anything rests on them."""

from __future__ import annotations

from collections.abc import Mapping

from tegata.model.decision import Fact, FactValue
from tegata.rules.facts import check_value, fact_schema


def stated(facts: Mapping[str, FactValue], source: str, party: str = "") -> dict[str, Fact]:
    """Facts with their source. Names lack the prefix `party.` where a party is given, and come back without it.

    Raises:
        FactError: an unknown name, country or category, or a value of the wrong kind.
    """
    schema, prefix = fact_schema(), f"{party}." if party else ""
    return {
        name: Fact(value=check_value(schema.spec(prefix + name), value), source=source) for name, value in facts.items()
    }
