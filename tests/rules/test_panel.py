"""Packs that are asked together answer as each does alone, whatever flow was asked before."""

from __future__ import annotations

import datetime as dt

import pytest

from tegata.model.decision import Fact, Flow
from tegata.rules import Pack, builtin_packs, decide, gate
from tegata.rules.panel import panel_of
from tests.rules.pack_judge import TODAY, facts_of
from tests.rules.small_pack import rule, small_pack
from tests.rules.some_flows import STATED

DAYS = (dt.date(2025, 6, 1), TODAY)
FEW = STATED[::50]


@pytest.mark.parametrize("day", DAYS)
def test_every_pack_says_beside_others_what_it_says_alone(day: dt.date) -> None:
    for stated in FEW:
        flow = Flow(facts=facts_of(stated), as_of=day, known_on=TODAY)
        together = decide(flow, builtin_packs(), today=TODAY, search_paths=False).per_pack
        alone = [decide(flow, [pack], today=TODAY, search_paths=False).per_pack[0] for pack in _begun(day)]
        assert [said for said in together if said.pack in {one.pack for one in alone}] == alone


def _begun(day: dt.date) -> list[Pack]:
    return [pack for pack in builtin_packs() if pack.files.head.from_ <= day]


def test_a_gate_that_looks_at_the_day_or_at_numbers_is_asked_each_time() -> None:
    limits = {"id": "limits", "cite": "s. 1", "values": [{"from": "2020-01-01", "value": {"health": 10}}]}
    few = {"applies": "exceeds(subjects.persons, param.limits)"}
    counting = small_pack([rule("r", "deny", "true")], few, parameters=[limits])
    closed = small_pack([rule("r", "deny", "true")], {"applies": "data.personal"})
    for persons, applies in ((10, False), (11, True), (10, False)):
        stated = {"data.categories": ["health"], "subjects.persons": {"health": persons}, "data.personal": False}
        said = decide(Flow(facts=facts_of(stated)), [counting, closed], today=TODAY).per_pack
        assert [one.applies for one in said] == [applies, False]


def test_what_is_remembered_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(gate, "MOST_REMEMBERED", 5)
    packs = (small_pack([rule("r", "deny", "true")], {"applies": "data.precision_m > 100"}),)
    for metres in range(50):
        facts = {"data.precision_m": Fact(value=metres)}
        assert not decide(Flow(facts=facts), packs, today=TODAY).per_pack[0].applies
        assert len(panel_of(packs, TODAY).said) <= 5
