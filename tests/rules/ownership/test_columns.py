"""A table of flows under an ownership file is decided as each row alone is."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from bench.rules_batch import text
from hypothesis import given, settings
from hypothesis import strategies as st

from tegata.model.decision import Fact, Flow
from tegata.model.errors import FactError
from tegata.rules import builtin_packs, decide
from tegata.rules.batch import Batch
from tegata.rules.flow import read_date, read_flow
from tegata.rules.ownership import Graph, Ownership, measure_of, standings, with_ownership
from tegata.rules.ownership.flow import FOLLOWING
from tegata.rules.ownership.reading import party
from tests.rules.ownership.test_status import company, graph, graphs
from tests.rules.some_flows import TODAY, stated

PACKS = builtin_packs()
US = tuple(pack for pack in PACKS if pack.files.head.ownership)
DAYS = st.sampled_from([None, "2025-06-01", "2026-11-25"])


@st.composite
def rows(draw: st.DrawFn, of: Graph) -> dict[str, Any]:
    """A flow, the entity that is its recipient (or nobody, or none that there is), and its day."""
    names = st.sampled_from([*of.entities, "nobody of these", None])
    facts = draw(stated())
    kept = {n: v for n, v in facts.items() if draw(st.booleans()) or not n.startswith(("recipient.", "provider."))}
    return kept | {"recipient": draw(names), "as_of": draw(DAYS)}


def alone(row: dict[str, Any], ownership: Ownership) -> tuple[str | None, str]:
    """What `decide --ownership` says of one row: its outcome, or that it is refused."""
    facts = {name: Fact(value=value) for name, value in row.items() if name not in ("recipient", "as_of")}
    flow = Flow(facts=facts, as_of=read_date("as_of", row["as_of"]))
    try:
        parties = dict(ownership.parties)
        if row["recipient"]:
            parties["recipient"] = party(ownership.graph, "recipient", row["recipient"])
        on = standings(ownership.graph, measure_of(PACKS, flow.as_of or TODAY))
        whole = with_ownership(flow, Ownership(ownership.graph, parties), on)
    except FactError as error:
        return None, "; ".join(part for part in error.parts("en") if part)
    return decide(whole, US, today=TODAY, search_paths=False).outcome.value, ""


def written(value: Any) -> str | None:
    return value if isinstance(value, str | None) else json.dumps(value)


@settings(max_examples=60, deadline=None)
@given(st.data(), graphs())
def test_every_row_has_the_outcome_that_it_has_alone(data: st.DataObject, of: Graph) -> None:
    flows = data.draw(st.lists(rows(of), min_size=1, max_size=5))
    leading = [name for name, entity in of.entities.items() if entity.entity != "dispersed"]
    named = data.draw(st.sampled_from([None, *leading]))
    ownership = Ownership(of, {"recipient": named} if named else {})
    columns = sorted({name for flow in flows for name in flow})
    table = [[written(flow.get(name)) for name in columns] for flow in flows]
    frame = pl.DataFrame(table, schema=dict.fromkeys(columns, pl.String), orient="row")
    decided = Batch(columns, US, today=TODAY, ownership=ownership).decide(frame).to_dicts()
    for flow, row in zip(flows, decided, strict=True):
        outcome, error = alone(flow, ownership)
        assert (row["outcome"], bool(row["error"])) == (outcome, bool(error)), (row["error"], error)
        assert row["recipient"] == flow["recipient"], "carried over"


FROM_OWNERS = {f"recipient.{fact}" for fact in FOLLOWING}
OWNED = graph(company("free"), company("owned"), owned={"state": 60})
FILE = Ownership(OWNED, {"recipient": "owned"})
STUDY = read_flow(Path("examples/us-study.yaml").read_bytes()).facts
ROW = {name: text(fact.value) for name, fact in STUDY.items() if name not in FROM_OWNERS} | {
    "subjects.us_persons": "health=20000",
    "subjects.persons": "health=20000",
}
"""A flow that is denied to covered persons and to nobody else, without what its recipient's owners tell."""


@pytest.mark.parametrize(
    ("recipient", "also", "outcome", "error"),
    [
        ("", {}, "deny", None),
        ("owned", {}, "deny", None),
        (" free ", {}, "allow", None),
        ("state", {}, "deny", None),
        ("many", {}, None, "it stands for many holders"),
        ("ownd", {}, None, "did you mean `owned`?"),
        ("owned", {"recipient.principal_place": "SG"}, "deny", None),
        ("owned", {"recipient.principal_place": "DE"}, None, "the flow states `DE`, the ownership file `SG`"),
        ("owned", {"recipient.organised_under": "US, DE"}, None, "states `['DE', 'US']`, the ownership file `['SG']`"),
        ("owned", {"recipient.principal_place": "Germany"}, None, "`Germany` is no value"),
    ],
)
def test_a_row_names_its_recipient_or_has_that_of_the_file(
    recipient: str, also: dict[str, str], outcome: str | None, error: str | None
) -> None:
    row = {**ROW, "recipient": recipient, **also}
    made = Batch(tuple(row), US, today=TODAY, ownership=FILE)
    assert (made.naming, made.carried) == (("recipient",), ("recipient",))
    (said,) = made.decide(pl.DataFrame([row])).to_dicts()
    assert said["outcome"] == outcome
    assert said["error"] is None if error is None else error in said["error"]


def test_without_an_ownership_file_the_column_is_any_other() -> None:
    row = {**ROW, "recipient": "owned"}
    made = Batch(tuple(row), US, today=TODAY)
    assert (made.naming, made.carried) == ((), ("recipient",))
    assert made.decide(pl.DataFrame([row]))["outcome"].item() == "needs_info"
