"""What the graph says of the parties of a flow, as facts."""

from __future__ import annotations

from typing import Final

import msgspec

from tegata.model.base import t
from tegata.model.decision import Fact, FactValue, Flow
from tegata.model.errors import FactError
from tegata.rules.ownership.graph import Entity
from tegata.rules.ownership.reading import Ownership
from tegata.rules.ownership.share import percent
from tegata.rules.ownership.status import Standings

SOURCE: Final = "ownership"
AS_THEY_ARE: Final = ("principal_place", "us_permanent", "present_in", "residence", "designated")

FOLLOWING: Final = (
    "entity",
    *AS_THEY_ARE,
    "organised_under",
    "owned_by_covered_pct",
    "citizenship",
    "employer_covered",
    "us_person",
    "covered_person",
)
"""All facts of a party that an ownership file can tell."""


def with_ownership(flow: Flow, ownership: Ownership, standings: Standings) -> Flow:
    """The flow with the facts of its parties that the ownership file states or that follow from it.

    Raises:
        FactError: the flow itself states something else of a party.
    """
    facts = {
        f"{role}.{fact}": Fact(value=value, source=SOURCE)
        for role, name in ownership.parties.items()
        for fact, value in party_facts(standings, name).items()
    }
    for name, fact in facts.items():
        stated = flow.facts.get(name)
        if stated is not None and stated.value != fact.value:
            raise contradiction(name, stated.value, fact.value)
    return msgspec.structs.replace(flow, facts={**flow.facts, **facts})


def contradiction(name: str, stated: object, follows: object) -> FactError:
    """The flow states a fact, and the ownership file another."""
    one, other = (sorted(value) if isinstance(value, frozenset) else value for value in (stated, follows))
    return FactError(
        t(f"`{name}` contradicts the ownership file", f"`{name}` が所有関係のファイルと食い違っています"),
        why=t(
            f"the flow states `{one}`, the ownership file `{other}`",
            f"フローでは `{one}`、所有関係のファイルでは `{other}` です",
        ),
        hint=t("leave it out of the flow, or mend one of the two", "フローから除くか、いずれかを直してください"),
    )


def party_facts(standings: Standings, name: str) -> dict[str, FactValue]:
    """Facts of an entity as a party, without the party's prefix: those of `FOLLOWING` that are known."""
    entity = standings.graph.entities[name]
    if entity.entity == "country":
        return {"entity": "organisation", "us_person": False, "covered_person": bool(standings.covered(entity.id))}
    facts: dict[str, FactValue | None] = {"entity": entity.entity}
    facts |= {fact: getattr(entity, fact) for fact in AS_THEY_ARE}
    if entity.entity == "organisation":
        facts["organised_under"] = _listed(entity.organised_under)
        facts["owned_by_covered_pct"] = _owned(standings, entity.id)
    else:
        facts["citizenship"] = _listed(entity.citizenship)
        facts["employer_covered"] = _employed(standings, entity)
    return {fact: value for fact, value in facts.items() if value is not None}


def _listed(countries: frozenset[str] | None) -> list[str] | None:
    return None if countries is None else sorted(countries)


def _owned(standings: Standings, name: str) -> float | None:
    """The share where it is clear on which side of the law's measure it lies: from below, or from above."""
    least, most = standings.share(name)
    if least >= standings.measure.share:
        return percent(least)
    return percent(most) if most < standings.measure.share else None


def _employed(standings: Standings, person: Entity) -> bool | None:
    if person.employers is None:
        return None
    found = [standings.covered(employer) for employer in person.employers]
    return True if True in found else None if None in found else False
