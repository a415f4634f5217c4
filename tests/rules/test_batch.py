"""A table of flows is decided as each of them alone is."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tegata.model.decision import Fact, Flow, Outcome
from tegata.model.errors import FactError
from tegata.rules import builtin_packs, decide
from tegata.rules.batch import Batch
from tegata.rules.cells import Cells, groups
from tegata.rules.vary import deciding
from tests.rules.small_pack import rule, small_pack
from tests.rules.some_flows import TODAY, stated

PACKS = builtin_packs()


def cell(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(value)


def decided(made: Batch, columns: Sequence[str], *rows: Sequence[str | None]) -> list[dict[str, str | None]]:
    """What a batch says of rows, each as a mapping."""
    frame = pl.DataFrame(list(rows), schema=dict.fromkeys(columns, pl.String), orient="row")
    return made.decide(frame).to_dicts()


@settings(max_examples=15, deadline=None)
@given(st.lists(stated(), min_size=1, max_size=6))
def test_every_row_has_the_outcome_that_decide_gives(flows: list[dict[str, Any]]) -> None:
    columns = sorted({name for flow in flows for name in flow})
    made = Batch(columns, PACKS, today=TODAY, questions=True)
    rows = decided(made, columns, *([cell(flow[name]) if name in flow else None for name in columns] for flow in flows))
    for flow, row in zip(flows, rows, strict=True):
        facts = {name: Fact(value=value) for name, value in flow.items()}
        alone = decide(Flow(facts=facts), PACKS, today=TODAY, search_paths=False)
        assert row["error"] is None
        assert (row["outcome"], row["rules"]) == (alone.outcome.value, "; ".join(deciding(alone)) or None)
        assert {pack.pack: row[pack.pack] for pack in alone.per_pack} == {
            pack.pack: pack.outcome.value for pack in alone.per_pack
        }
        asked = {fact.name for fact in alone.missing} if alone.outcome is Outcome.NEEDS_INFO else set()
        assert set((row["missing"] or "").split("; ")) - {""} == asked


def test_what_nobody_asks_for_is_not_looked_for() -> None:
    columns = ("data.personal",)
    (row,) = decided(Batch(columns, PACKS, today=TODAY), columns, ("yes",))
    assert (row["outcome"], row["missing"]) == ("needs_info", None)


def test_categories_and_dates_may_have_columns_of_their_own() -> None:
    columns = ("id", "data.personal", "subjects.us_persons.health", "as_of")
    made = Batch(columns, PACKS, today=TODAY)
    assert made.carried == ("id",)
    good, early = decided(made, columns, ("1", "no", "12", "2026-01-31"), ("2", "no", "12", "1999-01-01"))
    assert (good["id"], good["error"]) == ("1", None)
    assert (early["id"], early["outcome"]) == ("2", None)
    assert "no rule pack knows the law of `1999-01-01`" in str(early["error"])


@pytest.mark.parametrize("language", ["en", "ja"])
def test_a_row_that_cannot_be_read_says_so_and_the_others_are_decided(language: Any) -> None:
    columns = ("data.personal", "recipient.located_in")
    made = Batch(columns, PACKS, today=TODAY, language=language)
    first, broken, last = decided(made, columns, ("no", "DE"), ("perhaps", "Germany"), ("no", "FR"))
    assert (first["error"], last["error"]) == (None, None)
    assert first["outcome"] == last["outcome"] is not None
    assert broken["outcome"] is None
    assert "`perhaps`" in str(broken["error"]), "the first column that cannot be read"
    assert ("cannot be" in str(broken["error"])) is (language == "en")


@pytest.mark.parametrize("rows", [[], [("perhaps",)], [("perhaps",), ("no",)]])
def test_a_frame_may_be_empty_or_hold_nothing_that_can_be_read(rows: list[tuple[str]]) -> None:
    made = Batch(("data.personal",), PACKS, today=TODAY)
    assert [row["error"] is None for row in decided(made, ("data.personal",), *rows)] == [r == ("no",) for r in rows]


@pytest.mark.parametrize(
    "columns",
    [("data.persnal",), ("subjects.us_persons.wealth",), ("subjects.us_persons", "subjects.us_persons.health")],
)
def test_a_column_that_means_nothing_is_refused_before_any_row(columns: tuple[str, ...]) -> None:
    with pytest.raises(FactError):
        Batch(columns, PACKS, today=TODAY)


def test_categories_give_counts_their_meaning_even_where_no_rule_names_them() -> None:
    limits = {"id": "limits", "cite": "s. 1", "values": [{"from": "2020-01-01", "value": {"health": 10}}]}
    pack = small_pack([rule("r", "deny", "exceeds(subjects.persons, param.limits)")], parameters=[limits])
    columns = ("data.categories", "subjects.persons")
    rows = [("ordinary", "none"), ("health", "none"), ("health", "health=11")]
    told = [row["outcome"] for row in decided(Batch(columns, [pack], today=TODAY), columns, *rows)]
    assert told == ["allow", "needs_info", "deny"], "held, and not counted, is unknown"


def test_rules_of_the_outcome_are_told_even_of_a_pack_that_is_still_open() -> None:
    """What `deciding` tells of one decision: every rule that holds with the outcome of the whole."""
    open_pack = small_pack([rule("held", "human_review", "consent.given"), rule("r", "deny", "mechanism.scc")])
    settled = small_pack([rule("held", "human_review", "consent.given")], {"id": "other.pack"})
    columns = ("consent.given",)
    (row,) = decided(Batch(columns, [open_pack, settled], today=TODAY), columns, ("yes",))
    assert (row["outcome"], row["test.pack"]) == ("human_review", "needs_info")
    assert row["rules"] == "test.pack/held; other.pack/held"


@given(st.lists(st.tuples(*[st.integers(0, 3)] * 3), min_size=1, max_size=30), st.sampled_from([4, 1 << 40]))
def test_rows_are_grouped_as_their_values_are_however_many_there_could_be(
    rows: list[tuple[int, ...]], sizes: int
) -> None:
    """With 2**40 possible values a column the numbers of combinations do not fit into 64 bits."""

    class Many(list[Any]):
        def __len__(self) -> int:
            return sizes

    parts = [Cells(np.array(column, dtype=np.int64), Many(), {}) for column in zip(*rows, strict=True)]
    first, group = groups(parts, len(rows))
    assert len(first) == len(set(rows))
    assert [rows[first[number]] for number in group] == rows
