"""Whether a pack has a say is remembered, and what is remembered is what would be said again."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest

from tegata.model.decision import Fact, Flow
from tegata.rules import decide, gate
from tests.rules.pack_judge import TODAY
from tests.rules.small_pack import rule, small_pack


def told(pack: Any, **facts: Any) -> Any:
    stated = {name.replace("__", "."): Fact(value=value) for name, value in facts.items()}
    return decide(Flow(facts=stated), [pack], today=TODAY).per_pack[0]


def test_the_facts_of_this_flow_are_told_not_those_of_the_flow_that_was_remembered() -> None:
    pack = small_pack([rule("r", "deny", "true")], {"applies": 'data.collected_in intersects ["JP", "KR"]'})
    assert told(pack, data__collected_in=["US", "CN"]).facts_used[0].value == ["US", "CN"]
    assert told(pack, data__collected_in=["CN", "US"]).facts_used[0].value == ["CN", "US"]
    assert told(pack, data__collected_in=["JP", "US"]).outcome.value == "deny"


def test_the_day_and_numbers_of_people_are_looked_at_anew() -> None:
    pack = small_pack([rule("r", "deny", "true")], {"applies": "as_of > 2026-06-01"})
    for day, applies in ((dt.date(2026, 6, 1), False), (dt.date(2026, 6, 2), True)):
        assert decide(Flow(as_of=day), [pack], today=TODAY).per_pack[0].applies is applies
    limits = {"id": "limits", "cite": "s. 1", "values": [{"from": "2020-01-01", "value": {"health": 10}}]}
    people = small_pack(
        [rule("r", "deny", "true")], {"applies": "exceeds(subjects.persons, param.limits)"}, parameters=[limits]
    )
    for n, applies in ((10, False), (11, True)):
        assert told(people, data__categories=["health"], subjects__persons={"health": n}).applies is applies


def test_what_is_remembered_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(gate, "MOST_REMEMBERED", 5)
    pack = small_pack([rule("r", "deny", "true")], {"applies": "data.precision_m > 100"})
    for n in range(50):
        assert not told(pack, data__precision_m=n).applies
        assert len(pack.edition(TODAY).gate.said) <= 5
