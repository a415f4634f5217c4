"""`tegata rules ownership` and `tegata decide --ownership`, as a person meets them."""

from __future__ import annotations

from pathlib import Path

import jsonschema_rs
import msgspec
import polars as pl
import pytest
from bench.rules_batch import text

from tegata.rules import read_flow
from tests.cli.conftest import Tegata

SCHEMA = Path(__file__).parents[2] / "docs" / "schemas" / "rules-ownership.json"
FILE = """
recipient: buyer
designated: []
entities: entities.csv
shareholdings: shares.csv
"""
ENTITIES = """id,entity,organised_under,principal_place,country
state,country,,,CN
fund,organisation,SG,SG,
buyer,organisation,NL,NL,
"""
SHARES = "owner,owned,percent\nstate,fund,50\nfund,buyer,60\n"


@pytest.fixture
def file(tmp_path: Path) -> Path:
    (tmp_path / "entities.csv").write_text(ENTITIES, "utf-8")
    (tmp_path / "shares.csv").write_text(SHARES, "utf-8")
    path = tmp_path / "ownership.yaml"
    path.write_text(FILE, "utf-8")
    return path


def test_the_answer_shows_the_path_in_both_languages(tegata: Tegata, file: Path) -> None:
    told = tegata("rules", "ownership", file)
    assert told.code == 0
    assert "`buyer` is a country of concern or a covered person" in told.out
    assert "`state` is the country of concern CN" in told.out
    assert "under common control with: fund" in told.out
    japanese = tegata("rules", "ownership", file, "fund", "--lang", "ja")
    assert "`fund` は懸念国又は対象者に当たる" in japanese.out


def test_the_document_fits_its_schema(tegata: Tegata, file: Path) -> None:
    found = tegata("rules", "ownership", file, "buyer", "state", "--json").document
    jsonschema_rs.validator_for(msgspec.json.decode(SCHEMA.read_bytes())).validate(found)
    assert [one["covered"] for one in found] == [True, True]


def test_a_decision_knows_the_owners(tegata: Tegata, file: Path) -> None:
    flow = file.parent / "flow.yaml"
    flow.write_text("provider: {us_person: true}\n", "utf-8")
    used = tegata("decide", flow, "--ownership", file, "--json").document
    asked = {missing["name"] for missing in used["missing"]}
    assert not asked & {"recipient.owned_by_covered_pct", "recipient.covered_person", "recipient.designated"}


@pytest.mark.parametrize(
    ("shares", "said"),
    [
        ("owner,owned,percent\nstate,fund,150\n", "`state` cannot hold `150` % of `fund`"),
        ("owner,owned,percent\nfund,fund,10\n", "`fund` cannot own itself"),
        ("owner,owned,percent\nstate,find,10\n", "there is no entity called `find`"),
    ],
)
def test_bad_input_ends_in_words(tegata: Tegata, file: Path, shares: str, said: str) -> None:
    (file.parent / "shares.csv").write_text(shares, "utf-8")
    told = tegata("rules", "ownership", file)
    assert told.code == 2
    assert said in told.err


STUDY = Path("examples/us-study.yaml").read_text("utf-8").replace("health: 8000", "health: 20000")


@pytest.fixture
def study(file: Path) -> Path:
    """A flow that is denied to covered persons; who owns its recipient is left to the ownership file."""
    flow = file.parent / "flow.yaml"
    kept = STUDY.replace("organised_under: [DE], principal_place: DE, ", "")
    kept = kept.replace("designated: false,\n  owned_by_covered_pct: 0, ", "")
    flow.write_text(kept, "utf-8")
    return flow


def test_one_flow_a_scan_and_a_table_of_flows_get_the_same_answer(tegata: Tegata, file: Path, study: Path) -> None:
    """The buyer is owned by a fund that a country of concern owns by half."""
    folder, owners = file.parent, ("--ownership", file)
    assert (tegata("decide", study).code, tegata("decide", study, *owners).code) == (11, 13)
    (folder / "table.csv").write_text("patient_id,icd10\nP-000001,E11.9\nP-000002,E11.9\n", "utf-8")
    checking = ("check", folder / "table.csv", "--flow", study, "--json")
    assert tegata(*checking).code == 11
    checked = tegata(*checking, *owners)
    assert (checked.code, checked.document["facts"]["recipient.owned_by_covered_pct"]["source"]) == (13, "ownership")
    facts = {name: text(fact.value) for name, fact in read_flow(study.read_bytes()).facts.items()}
    rows = [{**facts, "recipient": name} for name in ("", "state", "nobody")]
    pl.DataFrame(rows).write_csv(folder / "flows.csv")
    told = tegata("decide", "--batch", folder / "flows.csv", "--out", folder / "decided.csv", *owners, "--json")
    assert (told.code, told.document["outcomes"]) == (2, {"deny": 2})
    assert "`nobody`" in told.document["unread"][0]["say"]
    assert "recipient" not in told.err, "it is used, not only carried over"


def test_a_file_that_names_no_party_is_refused_where_nothing_would_follow(
    tegata: Tegata, file: Path, study: Path
) -> None:
    file.write_text(FILE.replace("recipient: buyer", ""), "utf-8")
    table, out = file.parent / "flows.csv", file.parent / "out.csv"
    table.write_text("provider.us_person\nyes\n", "utf-8")
    for words in (("decide", study), ("check", table, "--flow", study), ("decide", "--batch", table, "--out", out)):
        told = tegata(*words, "--ownership", file)
        assert told.code == 2
        assert "does not say who is a party" in " ".join(told.err.split())
    table.write_text("provider.us_person,recipient\nyes,buyer\n", "utf-8")
    assert tegata("decide", "--batch", table, "--out", out, "--ownership", file).code == 11


def test_a_table_that_is_not_there_is_refused(tegata: Tegata, file: Path) -> None:
    (file.parent / "shares.csv").unlink()
    assert "shares.csv" in tegata("rules", "ownership", file).err
    assert tegata("decide", "--batch", file, "--ownership", file).code == 2
    assert tegata("rules", "ownership", file, "nobody").code == 2
