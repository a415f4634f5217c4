"""Facts that cannot be, in every form in which flows come, are refused by name; contradictions are asked about."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from tests.cli.conftest import Tegata
from tests.rules.small_pack import rule, write

IMPOSSIBLE = [
    ("recipient.located_in", "XX", "ISO 3166-1"),
    ("recipient.organised_under", ["US", "Germany"], "`Germany`"),
    ("recipient.owned_by_covered_pct", -5, "between 0 and 100"),
    ("recipient.owned_by_covered_pct", 120, "between 0 and 100"),
    ("recipient.owned_by_covered_pct", "half", "it takes: percent"),
    ("subjects.us_persons", {"health": -1}, "`subjects.us_persons`"),
    ("subjects.us_persons", {"wealth": 1}, "did you mean `health`"),
    ("data.form", "secret", "anonymised"),
    ("as_of", "2026-02-30", "`as_of` cannot be `2026-02-30`"),
    ("as_of", "1900-01-01", "no rule pack knows the law of `1900-01-01`"),
    ("known_on", "soon", "`known_on` cannot be `soon`"),
]


def nested(name: str, value: Any) -> dict[str, Any]:
    head, dot, leaf = name.partition(".")
    return {head: {leaf: value}} if dot else {name: value}


def cell(value: Any) -> str:
    if isinstance(value, dict):
        return ", ".join(f"{name}={n}" for name, n in value.items())
    return ", ".join(value) if isinstance(value, list) else str(value)


@pytest.mark.parametrize(("name", "value", "said"), IMPOSSIBLE)
def test_an_impossible_fact_is_refused_in_every_form(
    tegata: Tegata, tmp_path: Path, name: str, value: Any, said: str
) -> None:
    flow, table, out = tmp_path / "flow.json", tmp_path / "flows.csv", tmp_path / "out.csv"
    for form in ({name: value}, nested(name, value)):
        flow.write_text(json.dumps(form), "utf-8")
        told = tegata("decide", flow)
        assert told.code == 2
        assert said in told.err
    data = tmp_path / "data.csv"
    data.write_text("a\n1\n", "utf-8")
    assert said in tegata("check", data, "--flow", flow).err
    pl.DataFrame({name: [cell(value)]}).write_csv(table)
    told = tegata("decide", "--batch", table, "--out", out, "--json")
    assert (told.code, told.document["errors"]) == (2, 1)
    if not name.startswith("subjects"):  # a cell of pairs that are no pairs is told as a whole
        assert said in told.document["unread"][0]["say"]


RESIDENT: dict[str, Any] = {
    "recipient.entity": "individual",
    "recipient.us_person": True,
    "recipient.citizenship": ["CN"],
    "recipient.us_permanent": False,
    "recipient.present_in": "CN",
    "recipient.residence": "CN",
    "recipient.designated": False,
}
"""Said to be a US person; all else makes it a covered person by its residence."""


def test_a_us_person_that_is_a_covered_person_by_residence_is_asked_about_by_name(
    tegata: Tegata, tmp_path: Path
) -> None:
    """Neither is believed: not a denial, not a yes."""
    flow = tmp_path / "flow.yaml"
    study = Path("examples/us-study.yaml").read_text("utf-8").replace("health: 8000", "health: 20000")
    kept = [line for line in study.splitlines() if "owned_by_covered_pct" not in line and "recipient:" not in line]
    stated = [f"{name}: {json.dumps(value)}" for name, value in RESIDENT.items()]
    flow.write_text("\n".join([*kept, *stated, "recipient.role: processor", "recipient.handles_data: true"]), "utf-8")
    told = tegata("decide", flow)
    assert told.code == 11
    assert "`recipient.us_person` is stated against what follows from the other facts" in " ".join(told.out.split())
    put_right = flow.read_text("utf-8").replace("us_person: true\nrecipient.cit", "us_person: false\nrecipient.cit")
    flow.write_text(put_right, "utf-8")
    assert tegata("decide", flow).code == 13


def test_a_pack_whose_definitions_go_in_a_circle_is_refused_wherever_packs_are_named(
    tegata: Tegata, tmp_path: Path
) -> None:
    circle = [{"id": one, "cite": "s. 1", "when": other} for one, other in (("a", "b"), ("b", "a"))]
    (folder := tmp_path / "packs").mkdir()
    write(folder, [rule("r", "deny", "a")], definitions=circle)
    flow, table = tmp_path / "flow.yaml", tmp_path / "flows.csv"
    flow.write_text("data.personal: true", "utf-8")
    table.write_text("data.personal\nyes\n", "utf-8")
    for words in (
        ("decide", flow),
        ("check", table, "--flow", flow),
        ("decide", "--batch", table, "--out", tmp_path / "out.csv"),
        ("what-if", flow, "--vary", "data.personal=yes,no"),
    ):
        told = tegata(*words, "--packs", folder)
        assert told.code == 2
        assert "`a`" in told.err, told.err
