"""Covered status: what the regulation says of owners, employees and places, and an oracle for everything else."""

from __future__ import annotations

import time

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from tegata.rules.ownership import Entity, Graph, Holding, Measure, group_of, groups, standings
from tegata.rules.ownership.evidence import evidence
from tegata.rules.ownership.share import ONE_PERCENT
from tests.rules.ownership import oracle

MEASURE = Measure(oracle.CONCERN)


def company(name: str, under: str = "SG", **facts: object) -> Entity:
    return Entity(
        id=name,
        entity="organisation",
        organised_under=frozenset(under.split()),
        principal_place=under.split()[-1],
        designated=False,
        **facts,  # type: ignore[arg-type]
    )


def person(name: str, residence: str, *employers: str, citizenship: str = "CN") -> Entity:
    return Entity(
        id=name,
        entity="individual",
        citizenship=frozenset({citizenship}),
        us_permanent=False,
        present_in=residence,
        residence=residence,
        employers=employers,
        designated=False,
    )


STATE = Entity(id="state", entity="country", country="CN")
MANY = Entity(id="many", entity="dispersed")


def graph(*entities: Entity, **holdings: dict[str, float]) -> Graph:
    """`b={"a": 50}`: a holds 50 % of b. The rest of every company is held by many others."""
    rows = [
        Holding(owner, owned, round(n * ONE_PERCENT)) for owned, held in holdings.items() for owner, n in held.items()
    ]
    rest = [
        Holding("many", one.id, 100 * ONE_PERCENT - sum(row.share for row in rows if row.owned == one.id))
        for one in entities
        if one.entity == "organisation"
    ]
    return Graph((*entities, STATE, MANY), (*rows, *(row for row in rest if row.share)))


def covered(of: Graph, name: str) -> bool | None:
    return standings(of, MEASURE).covered(name)


@pytest.mark.parametrize(("percent", "expected"), [(50, True), (49.9999999999, False), (100, True)])
def test_half_is_enough_and_a_little_less_is_not(percent: float, expected: bool) -> None:
    assert covered(graph(company("a"), a={"state": percent}), "a") is expected


def test_two_holders_that_are_each_half_owned_pass_on_all_that_they_hold() -> None:
    of = graph(company("a"), company("b"), company("d"), a={"state": 50}, b={"state": 50}, d={"a": 20, "b": 30})
    assert covered(of, "d") is True
    assert standings(of, MEASURE).share("d") == (50 * ONE_PERCENT,) * 2


def test_a_holder_below_half_passes_on_nothing() -> None:
    of = graph(company("a"), company("b"), a={"state": 49}, b={"a": 100})
    assert covered(of, "b") is False


def test_a_us_company_is_never_covered_by_its_owners_but_what_it_holds_is_owned_through_it() -> None:
    of = graph(company("us", "US"), company("d"), us={"state": 100}, d={"us": 50})
    assert covered(of, "us") is False
    assert covered(of, "d") is True


def test_who_works_for_a_us_company_of_covered_owners_is_not_covered() -> None:
    of = graph(company("us", "US"), person("p", "JP", "us"), us={"state": 100})
    assert covered(of, "p") is False


def test_a_mixed_company_is_foreign() -> None:
    owner = person("owner", "RU")
    assert covered(graph(owner, company("a", "US LU"), a={"owner": 50}), "a") is True
    assert covered(graph(owner, company("a", "US"), a={"owner": 50}), "a") is False


def test_citizenship_does_not_count_but_employers_do_and_so_do_their_employees_holdings() -> None:
    of = graph(company("cn", "CN"), person("p", "JP", "cn"), person("q", "JP"), company("a"), a={"p": 50, "q": 50})
    assert (covered(of, "p"), covered(of, "q"), covered(of, "a")) == (True, False, True)


def test_a_us_citizen_who_lives_in_a_country_of_concern_is_not_covered_unless_designated() -> None:
    person_there = person("p", "CN", citizenship="US")
    assert covered(graph(person_there), "p") is False
    named = Entity(id="p", entity="individual", citizenship=frozenset({"US"}), residence="CN", designated=True)
    assert covered(graph(named), "p") is True


def test_nobody_is_covered_by_going_round_in_a_circle() -> None:
    of = graph(company("a"), company("b"), a={"b": 60}, b={"a": 60})
    assert covered(of, "a") is False
    pushed = graph(company("a"), company("b"), a={"b": 30, "state": 50}, b={"a": 60})
    assert covered(pushed, "b") is True


def test_what_nobody_disclosed_leaves_it_open_only_where_it_could_matter() -> None:
    holding = [Holding("state", "a", 30 * ONE_PERCENT), Holding("many", "a", 40 * ONE_PERCENT)]
    assert covered(Graph([STATE, MANY, company("a")], holding), "a") is None
    enough = [Holding("state", "a", 30 * ONE_PERCENT), Holding("many", "a", 51 * ONE_PERCENT)]
    assert covered(Graph([STATE, MANY, company("a")], enough), "a") is False


def test_evidence_names_the_path_and_no_circle_explains_itself() -> None:
    of = graph(company("a"), company("b"), company("d"), a={"state": 50, "d": 50}, b={"a": 100}, d={"b": 60})
    words = [line.en for line in evidence(standings(of, MEASURE), "d")]
    assert words == [
        "`d` is a country of concern or a covered person",
        "60 % of `d` counts as held by countries of concern or covered persons: `b` 60 %",
        "100 % of `b` counts as held by countries of concern or covered persons: `a` 100 %",
        "50 % of `a` counts as held by countries of concern or covered persons: `state` 50 %",
        "`state` is the country of concern CN",
    ]


NAMES = [f"e{number}" for number in range(5)]
TRUTHS = st.sampled_from([True, False, None])
CODES = st.sampled_from(["CN", "US", "JP", None])


@st.composite
def graphs(draw: st.DrawFn) -> Graph:
    entities = [draw(_entity(name)) for name in NAMES]
    holdings = []
    for one in entities:
        owners = [other.id for other in entities if other is not one] if one.entity == "organisation" else []
        left = 100
        for owner in draw(st.permutations(owners)) if owners else []:
            part = min(draw(st.sampled_from([0, 0, 10, 25, 30, 49, 50, 51, 100])), left)
            left -= part
            holdings += [Holding(owner, one.id, part * ONE_PERCENT)] if part else []
    return Graph(entities, holdings)


@st.composite
def _entity(draw: st.DrawFn, name: str) -> Entity:
    kind = draw(st.sampled_from(["organisation", "organisation", "organisation", "individual", "country", "dispersed"]))
    if kind == "country":
        return Entity(id=name, entity="country", country=draw(st.sampled_from(["CN", "RU", "JP"])))
    if kind == "dispersed":
        return Entity(id=name, entity="dispersed")
    designated = draw(st.sampled_from([False, False, False, True, None]))
    if kind == "individual":
        return Entity(
            id=name,
            entity="individual",
            citizenship=draw(st.sampled_from([None, frozenset({"US"}), frozenset({"CN"})])),
            us_permanent=draw(TRUTHS),
            present_in=draw(CODES),
            residence=draw(CODES),
            designated=designated,
        )
    under = draw(
        st.sampled_from([None, frozenset({"US"}), frozenset({"JP"}), frozenset({"JP", "US"}), frozenset({"CN"})])
    )
    return Entity(
        id=name, entity="organisation", organised_under=under, principal_place=draw(CODES), designated=designated
    )


@given(graphs(), st.data())
@settings(max_examples=100, deadline=None)
def test_status_is_that_of_brute_force(of: Graph, data: st.DataObject) -> None:
    of = _with_jobs(of, data)
    found = standings(of, MEASURE)
    certain, possible = oracle.covered(of, unknown=False), oracle.covered(of, unknown=True)
    for name in NAMES:
        assert found.covered(name) is (True if name in certain else None if name in possible else False), name
        evidence(found, name)


def _with_jobs(of: Graph, data: st.DataObject) -> Graph:
    bosses = [one.id for one in of.entities.values() if one.entity in ("organisation", "country")]
    jobs = st.one_of(st.none(), st.lists(st.sampled_from(bosses), max_size=2, unique=True) if bosses else st.none())
    entities = [
        Entity(
            **{field: getattr(one, field) for field in Entity.__slots__ if field != "employers"},
            employers=tuple(jobs_of)
            if one.entity == "individual" and (jobs_of := data.draw(jobs)) is not None
            else None,
        )
        for one in of.entities.values()
    ]
    rows = [Holding(owner, owned, share) for owned, held in of.holders.items() for owner, share in held.items()]
    return Graph(entities, rows)


@given(graphs())
@example(graph(company("a"), company("b"), company("j"), j={"a": 50, "b": 50}))
@settings(max_examples=100, deadline=None)
def test_groups_are_those_of_brute_force(of: Graph) -> None:
    assert set(groups(of)) == oracle.together(of)


def test_two_parents_of_a_joint_venture_are_no_group() -> None:
    of = graph(company("a"), company("b"), company("j"), j={"a": 50, "b": 50})
    assert group_of(of, "a") == {"a"}
    alone = graph(company("a"), company("j"), company("k"), j={"a": 50}, k={"a": 30, "j": 21})
    assert group_of(alone, "k") == {"a", "j", "k"}


def test_companies_of_one_state_are_no_group() -> None:
    of = graph(company("a"), company("b"), a={"state": 100}, b={"state": 100})
    assert group_of(of, "a") == {"a"}


def _chain(length: int, percent: int) -> Graph:
    entities = [company(f"c{number}") for number in range(length)]
    rows = [Holding(f"c{number}", f"c{number + 1}", percent * ONE_PERCENT) for number in range(length - 1)]
    return Graph([*entities, STATE], [*rows, Holding("state", "c0", 60 * ONE_PERCENT)])


def test_a_chain_of_fifty_thousand() -> None:
    of = _chain(50_000, 50)
    found = standings(of, MEASURE)
    assert found.covered("c49999") is True
    assert len(evidence(found, "c49999")) < 50
    assert len(group_of(of, "c25000")) == 50_000


def _mesh(entities: int) -> Graph:
    """Every company is held by ten others, ten per cent each: circles of all lengths."""
    names = [f"m{number}" for number in range(entities)]
    rows = [
        Holding(names[(number + 1 + step * step * 7) % entities], name, 10 * ONE_PERCENT)
        for number, name in enumerate(names)
        for step in range(10)
    ]
    return Graph([company(name, "CN" if number % 3 == 0 else "SG") for number, name in enumerate(names)], rows)


def _seconds(of: Graph) -> float:
    began = time.perf_counter()
    standings(of, MEASURE)
    group_of(of, "m0")
    return time.perf_counter() - began


def test_work_grows_with_the_graph_and_not_with_its_square() -> None:
    """Ten times the holdings, 100,000 of them, take about ten times as long; a square would take a hundred times."""
    small, large = _mesh(1_000), _mesh(10_000)
    _seconds(small)
    ratio = min(_seconds(large) for _ in range(2)) / min(_seconds(small) for _ in range(3))
    assert ratio < 40
