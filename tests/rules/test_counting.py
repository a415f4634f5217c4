"""Laws that add up: what the packs say of it, the window, the facts and the tokens."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tegata.model.decision import Fact
from tegata.model.errors import PackError
from tegata.model.profile import SubjectSet
from tegata.rules import builtin_packs
from tegata.rules.counting import counting_laws, months_before
from tegata.rules.tokens import Subjects, anonymous, bounded, tokens_of
from tests.rules.small_pack import rule, small_pack

CN, US = counting_laws(builtin_packs())
KEY = b"k" * 32
DAY = st.dates(dt.date(2025, 1, 8), dt.date(2040, 1, 1)).map(
    lambda day: dt.datetime(day.year, day.month, day.day, tzinfo=dt.UTC)
)

BY_CATEGORY: dict[str, Any] = {
    "limits": "limits",
    "persons": {"now": "subjects.us_persons", "before": "subjects.prior_us_persons"},
    "devices": {"now": "subjects.us_devices", "before": "subjects.prior_us_devices"},
    "device_category": "geo.precise",
}
LEDGER: dict[str, Any] = {
    "by_category": BY_CATEGORY,
    "months": "months",
    "country": "US",
    "unless": "data.public_record",
}
TOTALS: dict[str, Any] = {
    "totals": [{"fact": "subjects.us_devices", "limit": "months", "categories": ["health"]}],
    "scope": "exporter",
    "year_turns_at": "+08:00",
    "unless": "data.public_record",
}


def parameter(name: str, *values: dict[str, Any]) -> dict[str, Any]:
    return {"id": name, "cite": "Test Act s. 2", "values": list(values)}


def made(ledger: dict[str, Any], *limits: dict[str, Any]) -> Any:
    parameters = [
        parameter("limits", *(limits or ({"from": "2020-01-01", "value": {"health": 10}},))),
        parameter("months", {"from": "2020-01-01", "value": 12}),
    ]
    return small_pack([rule("r", "deny", "true")], {"ledger": ledger}, parameters=parameters)


def test_the_us_pack_keeps_one_more_than_each_threshold() -> None:
    """28 CFR 202.205: bulk is more than the threshold."""
    assert US.pack.id == "us.28cfr202"
    assert US.rooms == {
        "omic.genomic": 101,
        "omic.other": 1001,
        "biometric": 1001,
        "geo.precise": 1001,
        "health": 10001,
        "financial": 10001,
        "identifier": 100001,
    }


def test_the_window_of_the_us_pack_is_twelve_months() -> None:
    now = dt.datetime(2026, 4, 1, 9, 30, tzinfo=dt.UTC)
    assert US.since(now) == dt.datetime(2025, 4, 1, 9, 30, tzinfo=dt.UTC)


@pytest.mark.parametrize(
    ("day", "months", "before"),
    [
        ("2024-02-29", 12, "2023-02-28"),
        ("2026-03-31", 1, "2026-02-28"),
        ("2026-01-31", 2, "2025-11-30"),
        ("2026-12-15", 12, "2025-12-15"),
    ],
)
def test_months_are_those_of_the_calendar(day: str, months: int, before: str) -> None:
    assert months_before(dt.datetime.fromisoformat(day), months) == dt.datetime.fromisoformat(before)


@given(DAY, DAY)
def test_a_window_never_moves_back(one: dt.datetime, other: dt.datetime) -> None:
    assert months_before(min(one, other), 12) <= months_before(max(one, other), 12)


def test_room_is_for_the_highest_limit_of_any_day() -> None:
    pack = made(
        LEDGER,
        {"from": "2020-01-01", "until": "2027-01-01", "value": {"health": 10}},
        {"from": "2027-01-01", "value": {"health": 7, "biometric": 3}},
    )
    (law,) = counting_laws([pack])
    assert law.rooms == {"health": 11, "biometric": 4}


@pytest.mark.parametrize(
    ("changed", "named"),
    [
        ({"by_category": BY_CATEGORY | {"limits": "nowhere"}}, "nowhere"),
        ({"by_category": BY_CATEGORY | {"limits": "months"}}, "months"),
        ({"months": "limits"}, "limits"),
        ({"months": "", "year_turns_at": "Beijing"}, "Beijing"),
        ({"year_turns_at": "+08:00"}, "either `months` or"),
        ({"months": ""}, "either `months` or"),
        ({"by_category": None}, "either `by_category` or"),
        (TOTALS, "either `by_category` or"),
        ({"scope": "everybody"}, "scope"),
        ({"unless": "data.publik"}, "data.publik"),
        ({"unless": "subjects.us_devices"}, "not a condition"),
        ({"by_category": BY_CATEGORY | {"persons": BY_CATEGORY["devices"]}}, "subjects.us_devices"),
        ({"by_category": BY_CATEGORY | {"devices": BY_CATEGORY["persons"]}}, "subjects.us_persons"),
    ],
)
def test_a_slip_in_a_pack_is_found_when_it_is_loaded(changed: dict[str, Any], named: str) -> None:
    with pytest.raises(PackError, match=named):
        made(LEDGER | changed)


@pytest.mark.parametrize(
    ("changed", "named"),
    [
        ({"fact": "subjects.nobody"}, "subjects.nobody"),
        ({"fact": "subjects.us_persons"}, "subjects.us_persons"),
        ({"limit": "limits"}, "limits"),
        ({"limit": "nowhere"}, "nowhere"),
        ({"categories": ["heath"]}, "heath"),
        ({"categories": []}, "categories"),
    ],
)
def test_a_slip_in_a_total_is_found_when_it_is_loaded(changed: dict[str, Any], named: str) -> None:
    with pytest.raises(PackError, match=named):
        made(TOTALS | {"totals": [TOTALS["totals"][0] | changed]})


def test_the_chinese_pack_counts_everybody_since_the_new_year_of_beijing() -> None:
    """CAC Provisions of 2024 Arts 7, 8: since 1 January of the year, over all recipients."""
    assert CN.pack.id == "cn.pipl-cac"
    assert CN.over_all
    assert CN.rooms == {"subjects.cn_persons_this_year": 1_000_001, "subjects.cn_sensitive_this_year": 10_001}
    for now, year in (("2026-12-31T15:59:59", 2026), ("2026-12-31T16:00:00", 2027), ("2027-06-01T00:00:00", 2027)):
        since = CN.since(dt.datetime.fromisoformat(now + "+00:00"))
        assert since == dt.datetime(year - 1, 12, 31, 16, tzinfo=dt.UTC), now


@pytest.mark.parametrize(
    ("facts", "left_out"),
    [
        ({}, False),
        ({"provider.located_in": "CN"}, False),
        ({"provider.located_in": "JP"}, True),
        ({"provider.located_in": "JP", "provider.subject_to": ["CN"]}, False),
        ({"provider.located_in": "CN", "recipient.located_in": "CN"}, True),
        ({"provider.located_in": "CN", "recipient.located_in": "JP", "data.personal": False}, True),
        ({"provider.located_in": "CN", "basis.cac_exemption": "hr_management"}, True),
        ({"provider.located_in": "CN", "basis.cac_exemption": "none"}, False),
    ],
)
def test_the_chinese_pack_counts_exports_that_are_not_exempt(facts: dict[str, Any], left_out: bool) -> None:
    stated = {name: Fact(value=value) for name, value in facts.items()}
    assert CN.leaves_out(stated, dt.date(2026, 4, 1)) is left_out


def test_totals_have_this_transfer_in_them_and_what_went_by_other_ways_on_top() -> None:
    persons, sensitive = CN.rooms
    facts = CN.facts({persons: 100, sensitive: 7}, {persons: 30, sensitive: 2}, False, {sensitive: Fact(value=50)})
    assert {name: fact.value for name, fact in facts.items()} == {persons: 130, sensitive: 57}


def test_what_the_publisher_states_of_earlier_transfers_comes_on_top() -> None:
    stated = {
        "subjects.prior_us_persons": Fact(value={"health": 40, "biometric": 2}),
        "subjects.prior_us_devices": Fact(value=5),
    }
    facts = US.facts({"health": 100, "financial": 0, "geo.precise": 7}, {}, False, stated)
    assert facts["subjects.prior_us_persons"] == Fact(value={"health": 140, "biometric": 2}, source="ledger")
    assert facts["subjects.prior_us_devices"] == Fact(value=12, source="ledger")


def test_facts_say_that_people_were_counted_from_above() -> None:
    assert {fact.source for fact in US.facts({}, {}, True, {}).values()} == {"ledger-from-above"}


def test_tokens_tell_nothing_without_the_key() -> None:
    found = SubjectSet(category="health", hashes=(1, 2, 3))
    one, other = tokens_of(found, "s", KEY, 10).tokens, tokens_of(found, "s", b"o" * 32, 10).tokens
    assert len({*one, *other, 1, 2, 3}) == 9


def test_a_token_is_the_same_from_whatever_source() -> None:
    found = SubjectSet(category="health", hashes=(1, 2))
    assert tokens_of(found, "one", KEY, 10) == tokens_of(found, "other", KEY, 10)


def test_people_whom_nothing_tells_apart_are_those_of_their_source() -> None:
    found = SubjectSet(category="health", hashes=(1, 2), keyless=3, uncertain=1)
    one, again, other = (tokens_of(found, source, KEY, 10) for source in ("one", "one", "other"))
    assert one == again
    assert (len(one.tokens), one.above, len({*one.tokens, *other.tokens})) == (5, 4, 8)


def test_there_are_no_more_tokens_than_there_is_room() -> None:
    found = SubjectSet(category="health", hashes=tuple(range(8)), keyless=8)
    assert [len(tokens_of(found, "s", KEY, room).tokens) for room in (5, 10, 20)] == [5, 10, 16]


def test_a_publisher_who_states_fewer_counts_fewer_and_nobody_knows_whom() -> None:
    found = Subjects((1, 2, 3))
    assert bounded(found, "health", "s", None, KEY) == bounded(found, "health", "s", 3, KEY) == found
    assert bounded(found, "health", "s", 2, KEY) == anonymous("health", "s", 2, KEY)
    assert bounded(found, "health", "s", 0, KEY).tokens == ()
