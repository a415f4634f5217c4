"""A table of flows is decided as each of them alone is."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tegata.model.decision import Fact, Flow, Outcome
from tegata.model.errors import FactError
from tegata.rules import batch, builtin_packs, decide
from tegata.rules.batch import Batch
from tegata.rules.vary import deciding
from tests.rules.small_pack import rule, small_pack
from tests.rules.some_flows import TODAY, stated

PACKS = builtin_packs()


def cell(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(value)


@settings(max_examples=15, deadline=None)
@given(st.lists(stated(), min_size=1, max_size=2))
def test_every_row_has_the_outcome_that_decide_gives(flows: list[dict[str, Any]]) -> None:
    columns = sorted({name for flow in flows for name in flow})
    made = Batch(columns, PACKS, today=TODAY, questions=True)
    for flow in flows:
        row = made.decide([cell(flow[name]) if name in flow else None for name in columns])
        facts = {name: Fact(value=value) for name, value in flow.items()}
        alone = decide(Flow(facts=facts), PACKS, today=TODAY, search_paths=False)
        assert row.error is None
        assert (row.outcome, row.rules) == (alone.outcome, deciding(alone))
        assert list(row.per_pack) == [pack.outcome for pack in alone.per_pack]
        if alone.outcome is Outcome.NEEDS_INFO:
            assert set(row.missing) == {fact.name for fact in alone.missing}


def test_categories_and_dates_may_have_columns_of_their_own() -> None:
    columns = ("id", "data.personal", "subjects.us_persons.health", "as_of")
    made = Batch(columns, PACKS, today=TODAY)
    assert made.carried == ("id",)
    assert made.decide(("1", "no", "12", "2026-01-31")).error is None
    early = made.decide(("2", "no", "12", "1999-01-01"))
    assert early.outcome is None
    assert "no rule pack knows the law of `1999-01-01`" in str(early.error)


def test_a_row_that_cannot_be_read_says_so_and_the_next_is_decided() -> None:
    made = Batch(("data.personal", "recipient.located_in"), PACKS, today=TODAY)
    broken = made.decide(("yes", "Germany"))
    assert broken.outcome is None
    assert broken.error is not None
    assert "`Germany`" in broken.error.en
    assert "`Germany`" in broken.error.ja
    assert made.decide(("no", "DE")).outcome is not None


@pytest.mark.parametrize(
    "columns",
    [("data.persnal",), ("subjects.us_persons.wealth",), ("subjects.us_persons", "subjects.us_persons.health")],
)
def test_a_column_that_means_nothing_is_refused_before_any_row(columns: tuple[str, ...]) -> None:
    with pytest.raises(FactError):
        Batch(columns, PACKS, today=TODAY)


def test_what_is_remembered_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(batch, "MOST_REMEMBERED", 5)
    made = Batch(("data.personal", "subjects.persons.health"), PACKS, today=TODAY)
    for n in range(50):
        made.decide(("no", str(n)))
        assert max(len(made._cells), *(len(bench.said) for bench in made._benches)) <= 5


def test_categories_give_counts_their_meaning_even_where_no_rule_names_them() -> None:
    limits = {"id": "limits", "cite": "s. 1", "values": [{"from": "2020-01-01", "value": {"health": 10}}]}
    pack = small_pack([rule("r", "deny", "exceeds(subjects.persons, param.limits)")], parameters=[limits])
    made = Batch(("data.categories", "subjects.persons"), [pack], today=TODAY)
    assert made.decide(("ordinary", "none")).outcome is Outcome.ALLOW
    assert made.decide(("health", "none")).outcome is Outcome.NEEDS_INFO, "held, and not counted"
    assert made.decide(("health", "health=11")).outcome is Outcome.DENY
