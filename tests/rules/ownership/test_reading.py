"""Ownership files: what is refused, in which words, and what a flow takes from them."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest
import yaml

from tegata.model.errors import FactError
from tegata.rules import builtin_packs, decide, read_flow
from tegata.rules.ownership import measure_of, read_ownership, standings, with_ownership

DAY = dt.date(2026, 11, 22)
ENTITIES: dict[str, Any] = {
    "state": {"entity": "country", "country": "CN"},
    "many": {"entity": "dispersed"},
    "a": {"entity": "organisation", "organised_under": ["SG"], "principal_place": "SG"},
    "b": {"entity": "organisation", "organised_under": ["NL"], "principal_place": "NL"},
    "p": {"entity": "individual", "residence": "JP", "citizenship": ["CN"], "employers": ["b"]},
}


def document(*rows: tuple[object, object, object], **sections: Any) -> bytes:
    holdings = [{"owner": owner, "owned": owned, "percent": percent} for owner, owned, percent in rows]
    return yaml.safe_dump({"entities": ENTITIES, "designated": [], "shareholdings": holdings} | sections).encode()


def no_file(name: str) -> bytes:
    raise FileNotFoundError(name)


@pytest.mark.parametrize(
    ("rows", "said"),
    [
        ([("a", "b", -5)], "`a` cannot hold `-5` % of `b`"),
        ([("a", "b", 0)], "`a` cannot hold `0` % of `b`"),
        ([("a", "b", 100.5)], "`a` cannot hold `100.5` % of `b`"),
        ([("a", "b", "half")], "`a` cannot hold `half` % of `b`"),
        ([("a", "b", True)], "`a` cannot hold `True` % of `b`"),
        ([("a", "b", float("nan"))], "`a` cannot hold `.nan` % of `b`"),
        ([("a", "b", "33.33333333333")], "`a` cannot hold `33.33333333333` % of `b`"),
        ([("a", "a", 5)], "`a` cannot own itself"),
        ([("a", "b", 5), ("a", "b", 6)], "`a` holds `b` twice"),
        ([("a", "b", 60), ("state", "b", 40.0000000001)], "more than 100 % of `b` is held"),
        ([("nobody", "b", 5)], "there is no entity called `nobody`"),
        ([("a", "p", 5)], "nobody can own `p`"),
        ([("a", "state", 5)], "nobody can own `state`"),
    ],
)
def test_impossible_holdings_are_refused_by_name(rows: list[Any], said: str) -> None:
    with pytest.raises(FactError) as refused:
        read_ownership(document(*rows), no_file)
    assert refused.value.what.en == said  # type: ignore[union-attr]


@pytest.mark.parametrize(
    ("entity", "said", "why"),
    [
        ({"entity": "firm"}, "the entity `x` cannot be used", "`entity` is one of"),
        ({}, "the entity `x` cannot be used", "`entity` is one of"),
        ({"entity": "country"}, "the entity `x` cannot be used", "a country needs its code"),
        ({"entity": "country", "country": "XX"}, "`country` of the entity `x` cannot be used", "ISO 3166-1"),
        ({"entity": "organisation", "residence": "JP"}, "the entity `x` cannot be used", "has no `residence`"),
        ({"entity": "organisation", "organised_under": ["China"]}, "`organised_under` of the entity `x`", "ISO 3166-1"),
        ({"entity": "individual", "employers": ["none"]}, "there is no entity called `none`", "the employer of `x`"),
        ({"entity": "individual", "employers": ["p"]}, "`x` cannot work for `p`", "is `individual`"),
        ({"entity": "individual", "employers": 7}, "`employers` of the entity `x`", "no list of entities"),
    ],
)
def test_wrong_facts_of_an_entity_are_refused_by_name(entity: dict[str, Any], said: str, why: str) -> None:
    with pytest.raises(FactError) as refused:
        read_ownership(document(entities=ENTITIES | {"x": entity}), no_file)
    assert said in refused.value.parts("en")[0]
    assert why in refused.value.parts("en")[1]


@pytest.mark.parametrize(
    "data",
    [
        b"[]",
        b"entities: {a: 1}",
        b"entities: {}\nshareholders: []",
        b"entities: {}\nshareholdings: {}",
        b"entities: {}\nshareholdings: [1]",
        b"entities: {}\nshareholdings: [{owner: a, owned: b}]",
        b"entities: {}\ndesignated: a",
        b"entities: {}\ndesignated: [a]",
        b"entities: {}\nrecipient: a",
        b"entities: {many: {entity: dispersed}}\nrecipient: many",
        b"a: [",
    ],
)
def test_what_is_no_ownership_file_is_refused(data: bytes) -> None:
    with pytest.raises(FactError):
        read_ownership(data, no_file)


def test_tables_stand_beside_the_file() -> None:
    files = {
        "e.csv": "id,entity,organised_under,principal_place,country\ns,country,,,CN\na,organisation,SG NL,SG,\n",
        "h.csv": "owner,owned,percent\ns,a,50\n",
    }
    found = read_ownership(b"entities: e.csv\nshareholdings: h.csv\ndesignated: []", lambda name: files[name].encode())
    assert found.graph.entities["a"].organised_under == {"SG", "NL"}
    assert standings(found.graph, measure_of(builtin_packs(), DAY)).covered("a") is True


@pytest.mark.parametrize(
    ("table", "why"),
    [
        (b"owner,owned\na,b\n", "has no column `percent`"),
        (b"\xff\xfe", "is not UTF-8"),
        (b'owner,owned,percent\n"a,b,5\n', "line"),
        (b"owner,owned,percent\nstate,a,5\na,b\n", "line 3 of `h.csv` has more or fewer cells than the header"),
        (b"owner,owned,percent\na,b,5,6\n", "line 2 of `h.csv` has more or fewer cells than the header"),
    ],
)
def test_faulty_tables_are_refused(table: bytes, why: str) -> None:
    with pytest.raises(FactError) as refused:
        read_ownership(document(shareholdings="h.csv"), lambda name: table)
    assert why in " ".join(refused.value.parts("en"))


def test_an_entity_that_stands_twice_in_a_table_is_refused() -> None:
    with pytest.raises(FactError, match="stands twice"):
        read_ownership(b"entities: e.csv", lambda name: b"id,entity\na,dispersed\na,dispersed\n")


@pytest.mark.parametrize("name", ["", " ", "a\0b", "n" * 501])
def test_what_is_no_name_is_refused_in_a_file_and_in_a_table(name: str) -> None:
    entities = yaml.safe_dump({"entities": {name: {"entity": "dispersed"}}}).encode()
    for data in (entities, b"entities: e.csv"):
        with pytest.raises(FactError) as refused:
            read_ownership(data, lambda _: f"id,entity\n{name},dispersed\n".encode())
        assert "is no name of an entity" in refused.value.parts("en")[1]
        assert len(str(refused.value)) < 300


def test_a_small_share_is_a_share_however_a_machine_writes_it() -> None:
    (holding,) = read_ownership(document(("a", "b", 0.00000001)), no_file).graph.holders["b"].items()
    assert holding == ("a", 100)


SALE: dict[str, Any] = {
    "data": {
        "personal": True,
        "categories": ["health"],
        "identifiers": [],
        "form": "identified",
        "public_record": False,
        "biospecimen": False,
        "geo_polygon_hit": False,
        "marketed_as_government": False,
    },
    "subjects": {"us_persons": {"health": 10001}, "prior_us_persons": {}, "prior_us_devices": 0},
    "provider": {"us_person": True},
    "relation": "none",
    "transaction": {
        "class": "data_brokerage",
        "access": True,
        "evasion": False,
        "incident_to": "none",
        "onward_clause": True,
    },
    "authorisations": {"licence": False},
}


@pytest.mark.parametrize(
    ("share", "expected"), [(50, "deny"), (49, "allow_with_conditions")], ids=["covered", "other foreign person"]
)
def test_the_answer_turns_on_the_owners(share: int, expected: str) -> None:
    data = document(("state", "a", share), ("many", "a", 100 - share), recipient="a")
    ownership = read_ownership(data, no_file)
    pack = [pack for pack in builtin_packs() if pack.id == "us.28cfr202"]
    flow = with_ownership(
        read_flow(yaml.safe_dump(SALE).encode()), ownership, standings(ownership.graph, measure_of(pack, DAY))
    )
    assert decide(flow, pack, today=DAY).outcome.value == expected
    assert flow.facts["recipient.owned_by_covered_pct"].source == "ownership"


def test_undisclosed_owners_are_asked_for() -> None:
    ownership = read_ownership(document(("state", "a", 20), recipient="a"), no_file)
    pack = [pack for pack in builtin_packs() if pack.id == "us.28cfr202"]
    flow = with_ownership(
        read_flow(yaml.safe_dump(SALE).encode()), ownership, standings(ownership.graph, measure_of(pack, DAY))
    )
    asked = {missing.name for missing in decide(flow, pack, today=DAY).missing}
    assert "recipient.owned_by_covered_pct" in asked


def test_a_flow_that_says_otherwise_is_refused() -> None:
    ownership = read_ownership(document(recipient="a"), no_file)
    flow = read_flow(b"recipient: {principal_place: CN}")
    with pytest.raises(FactError, match=r"`recipient.principal_place` contradicts"):
        with_ownership(flow, ownership, standings(ownership.graph, measure_of(builtin_packs(), DAY)))


def test_employees_of_covered_entities_are_told_to_the_packs() -> None:
    facts = ENTITIES | {"p": ENTITIES["p"] | {"us_permanent": False, "present_in": "JP"}}
    data = document(("state", "b", 100), recipient="p", provider="state", entities=facts)
    ownership = read_ownership(data, no_file)
    flow = with_ownership(read_flow(b"{}"), ownership, standings(ownership.graph, measure_of(builtin_packs(), DAY)))
    assert flow.facts["recipient.employer_covered"].value is True
    assert flow.facts["provider.covered_person"].value is True
