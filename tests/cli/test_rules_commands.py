"""`tegata rules`, `decide --ask`, `decide --batch`, `what-if` and `--packs`, as a person meets them."""

from __future__ import annotations

import csv
import functools
import io
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import jsonschema_rs
import msgspec
import polars as pl
import pytest

from tegata.model.decision import Decision, Outcome
from tegata.rules import builtin_packs, decide, read_flow
from tests.cli.conftest import Tegata, write_flow
from tests.rules.some_flows import TODAY

SCHEMAS = Path(__file__).parents[2] / "docs" / "schemas"
US = Path(__file__).parents[2] / "src/tegata/rules/packs/us/28cfr202"


HEALTH = (
    "data.personal: true",
    "data.categories: [health]",
    "data.identifiers: []",
    "subjects.persons: {health: 10}",
    "subjects.us_persons: {health: 0}",
    "subjects.us_devices: 0",
    "subjects.devices: 0",
)
"""What a scan would tell of a small table of diagnoses."""


@pytest.fixture
def own(tegata: Tegata, tmp_path: Path) -> Path:
    """A pack of one's own, as `rules new` writes it."""
    folder = tmp_path / "own"
    assert tegata("rules", "new", folder, "--id", "house.clinic").code == 0
    return folder


def changed(folder: Path, file: str, old: str, new: str) -> None:
    text = (folder / file).read_text("utf-8")
    assert old in text
    (folder / file).write_text(text.replace(old, new, 1), "utf-8")


# ---------------------------------------------------------------------------------------------- packs


def test_the_template_passes_lint_and_test_in_both_languages(tegata: Tegata, own: Path) -> None:
    for language in ("en", "ja"):
        for name in ("lint", "test"):
            told = tegata("rules", name, own, "--lang", language)
            assert told.code == 0, told
            assert "house.clinic" in told.out
    assert "!" not in tegata("rules", "lint", own).out, "the template has nothing to remark on"


def test_new_overwrites_nothing_and_takes_no_odd_id(tegata: Tegata, own: Path, tmp_path: Path) -> None:
    before = {path.name: path.read_bytes() for path in own.iterdir()}
    assert tegata("rules", "new", own).code == 2
    assert {path.name: path.read_bytes() for path in own.iterdir()} == before
    assert tegata("rules", "new", tmp_path / "x", "--id", "No Id").code == 2
    assert tegata("rules", "new", tmp_path / "none" / "x").code == 1
    assert [path.name for path in tmp_path.iterdir()] == ["own"]


def test_lint_names_file_id_and_column(tegata: Tegata, own: Path) -> None:
    changed(own, "rules.yaml", "leaves and has(", "leaves andd has(")
    changed(own, "rules.yaml", "param: record_years", "param: record_yeers")
    told = tegata("rules", "lint", own)
    assert told.code == 2
    assert "rules.yaml:no-secrets:8" in told.out
    assert "rules.yaml:records" in told.out
    document = tegata("rules", "lint", own, "--json").document
    assert [(fault["item"], fault["column"]) for fault in document["faults"]] == [("records", 0), ("no-secrets", 8)]


def test_test_says_which_example_fails_and_why(tegata: Tegata, own: Path) -> None:
    changed(own, "parameters.yaml", "[JP, DE,", "[JP,")
    told = tegata("rules", "test", own)
    assert told.code == 2
    assert "approved-country  section 1" in told.out
    assert "the outcome is `deny`, not `allow_with_conditions`" in told.out
    assert "6 of 7" in told.out
    assert "`deny`" in tegata("rules", "test", own, "--lang", "ja").out


def test_diff_tells_changes_in_words(tegata: Tegata, own: Path, tmp_path: Path) -> None:
    assert tegata("rules", "new", tmp_path / "other", "--id", "house.clinic").code == 0
    assert "say the same" in tegata("rules", "diff", own, tmp_path / "other").out
    changed(own, "parameters.yaml", "value: 5}", "value: 7}")
    told = tegata("rules", "diff", own, tmp_path / "other").out
    assert "value from 2022-04-01 of parameter `record_years`: 7 -> 5" in told


def test_show_explain_and_map_hold_what_the_pack_says(tegata: Tegata, own: Path) -> None:
    assert "house.clinic" in tegata("rules", "list", "--packs", own).out
    shown = tegata("rules", "show", "us.28cfr202").out
    for pack in builtin_packs():
        if pack.id == "us.28cfr202":
            assert all(rule.id in shown for rule in pack.files.rules)
            assert all(parameter.id in shown for parameter in pack.files.parameters)
    told = tegata("rules", "explain", "s301-brokerage", "--on", "2025-04-08").out
    for part in ("28 CFR 202.301", "provider_us_person and recipient_covered", "countries_of_concern", "s801-licence"):
        assert part in told
    assert "not in force on 2025-04-07" in tegata("rules", "explain", "s301-brokerage", "--on", "2025-04-07").out
    rows = list(csv.DictReader(io.StringIO(tegata("rules", "map", "TLS1.2", "--csv").out)))
    assert {(row["pack"], row["verb"]) for row in rows} == {("us.28cfr202", "encrypt_in_transit")}
    assert {row["definition"] for row in rows} == {"restricted"}
    japan = tegata("rules", "map", "--jurisdiction", "jp", "--verb", "keep_records", "--json").document
    assert {(row["jurisdiction"], row["verb"]) for row in japan} == {("JP", "keep_records")}
    assert {row["pack"] for row in tegata("rules", "map", "--means", "cisa:D", "--json").document} == {"us.28cfr202"}
    told = tegata("rules", "show", "us.28cfr202", "s301-brokerage", "--lang", "ja").out
    for part in ("28 CFR 202.301", "前提となる定義", "countries_of_concern", "該当する事例", "変更履歴", "sha256:"):
        assert part in told
    assert "did you mean `s301-brokerage`?" in tegata("rules", "show", "us.28cfr202", "s301-brokrage").err
    assert tegata("rules", "show", "us.28cfr20").code == 2
    assert "did you mean `us.28cfr202`?" in tegata("rules", "show", "us.28cfr20").err


@pytest.mark.parametrize(
    ("schema", "arguments"),
    [
        ("rules-list", ("rules", "list")),
        ("rules-show", ("rules", "show", "house.minimise")),
        ("rules-show-rule", ("rules", "show", "us.28cfr202", "s401-met")),
        ("rules-verify", ("rules", "verify")),
        ("rules-explain", ("rules", "explain", "s401-met")),
        ("rules-map", ("rules", "map", "pseudonym")),
        ("rules-lint", ("rules", "lint", US)),
        ("rules-lint", ("rules", "lint", "/nowhere")),
        ("rules-test", ("rules", "test", US)),
        ("rules-diff", ("rules", "diff", US, US.parents[1] / "house/minimise")),
    ],
)
def test_json_satisfies_its_published_schema(tegata: Tegata, schema: str, arguments: tuple[Any, ...]) -> None:
    document = tegata(*arguments, "--json").document
    jsonschema_rs.validator_for(msgspec.json.decode((SCHEMAS / f"{schema}.json").read_bytes())).validate(document)
    assert document


# ---------------------------------------------------------------------------------------------- packs of one's own


def test_a_pack_of_ones_own_denies_what_the_law_allows(tegata: Tegata, own: Path, tmp_path: Path) -> None:
    flow = write_flow(tmp_path, "DE", *HEALTH)
    changed(own, "parameters.yaml", "[JP, DE, FR, GB]", "[JP]")
    assert tegata("decide", flow).code == 10
    told = tegata("decide", flow, "--packs", own, "--json")
    assert told.code == 13
    decision = msgspec.convert(told.document, Decision)
    assert decision.pack_digests.keys() == {pack.id for pack in builtin_packs()} | {"house.clinic"}
    assert "approved-countries" in tegata("decide", flow, "--packs", own).out


def test_check_and_protect_use_the_same_packs(tegata: Tegata, own: Path, register: Path, tmp_path: Path) -> None:
    flow, saved, out = write_flow(tmp_path, "DE"), tmp_path / "decision.json", tmp_path / "out.csv"
    assert tegata("check", register, "--flow", flow, "--packs", own, "--save", saved).code == 10
    assert tegata("protect", register, "--decision", saved, "--out", out).code == 1, "it cannot be replayed without"
    assert not out.exists()
    assert tegata("protect", register, "--decision", saved, "--out", out, "--packs", own).code == 0


def test_a_faulty_pack_ends_the_command(tegata: Tegata, own: Path, tmp_path: Path) -> None:
    flow = write_flow(tmp_path, "DE")
    changed(own, "rules.yaml", "leaves and has(", "leaves andd has(")
    told = tegata("decide", flow, "--packs", own)
    assert told.code == 2
    assert "`no-secrets` in `rules.yaml`" in told.err
    assert tegata("decide", flow, "--packs", tmp_path / "nowhere").code == 2


# ---------------------------------------------------------------------------------------------- questions


def answered(flow: Path, lines: str, *more: object) -> subprocess.CompletedProcess[str]:
    """`decide --ask` with its answers from a pipe."""
    return subprocess.run(
        [sys.executable, "-m", "tegata.cli", "decide", str(flow), "--ask", "--json", *map(str, more)],
        input=lines,
        env={**os.environ, "TEGATA_LANG": "en"},
        capture_output=True,
        text=True,
        check=False,
    )


def test_questions_end_with_an_answer_and_only_what_matters_is_asked(tmp_path: Path) -> None:
    flow = write_flow(tmp_path, "DE", *HEALTH, consent=None)
    saved = tmp_path / "answered.yaml"
    before = decide(read_flow(flow.read_bytes()), builtin_packs(), today=TODAY)
    assert before.outcome is Outcome.NEEDS_INFO
    done = answered(flow, "perhaps\nyes\n" + "yes\n" * 20, "--save-flow", saved)
    decision = msgspec.json.decode(done.stdout, type=Decision)
    assert done.returncode == decision.outcome.exit_code == 10
    assert "`perhaps`" not in done.stdout
    assert "`consent.given` cannot be `perhaps`" in done.stderr
    asked = [
        line.strip()
        for line in done.stderr.splitlines()
        if line.startswith("   ") and "." in line and " " not in line.strip()
    ]
    assert asked[0] == before.missing[0].name, "the most decisive first"
    assert len(asked) == len(set(asked)) < len(before.missing) + 1
    assert decide(read_flow(saved.read_bytes()), builtin_packs(), today=TODAY).outcome is decision.outcome


def test_questions_stop_when_nobody_answers_and_the_rest_stays_unknown(tmp_path: Path) -> None:
    flow = write_flow(tmp_path, "DE", "data.personal: true", consent=None)
    done = answered(flow, "")
    assert done.returncode == 11
    assert msgspec.json.decode(done.stdout, type=Decision).outcome is Outcome.NEEDS_INFO


def test_who_knows_nothing_is_asked_everything_once(tmp_path: Path) -> None:
    flow = write_flow(tmp_path, "US", *HEALTH[:2], consent=None)
    done = answered(flow, "\n" * 400)
    assert done.returncode == 11
    decision = msgspec.json.decode(done.stdout, type=Decision)
    for fact in decision.missing:
        assert done.stderr.count(f"   {fact.name}\n") == 1


# ---------------------------------------------------------------------------------------------- tables


def test_a_table_of_flows_becomes_a_table_of_decisions(tegata: Tegata, tmp_path: Path) -> None:
    table, out = tmp_path / "flows.csv", tmp_path / "decisions.csv"
    table.write_text(
        "id,recipient.located_in,data.personal,data.public_record,transaction.class\n"
        "a,DE,no,yes,none\n"
        "b,Germany,no,yes,none\n"
        "c,CN,yes,,\n"
    )
    told = tegata("decide", "--batch", table, "--out", out, "--json")
    assert told.code == 2, "a row that cannot be read is not passed over in silence"
    assert (told.document["rows"], told.document["errors"]) == (3, 1)
    with out.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    assert [row["id"] for row in rows] == ["a", "b", "c"]
    assert "`Germany`" in rows[1]["error"]
    assert rows[2]["outcome"] == "needs_info"
    assert rows[0].keys() >= {"outcome", "rules", "error"}
    flows = {
        "a": "recipient.located_in: DE\ndata: {personal: false, public_record: true}\ntransaction.class: none\n",
        "c": "recipient.located_in: CN\ndata.personal: true\n",
    }
    for row in (rows[0], rows[2]):
        alone = decide(read_flow(flows[row["id"]].encode()), builtin_packs(), today=TODAY)
        assert {pack.pack: row[pack.pack] for pack in alone.per_pack} == {
            pack.pack: pack.outcome.value for pack in alone.per_pack
        }
        assert row["outcome"] == alone.outcome.value
    assert tegata("decide", "--batch", table, "--out", out).code == 2, "nothing is overwritten unasked"
    lines = tmp_path / "decisions.jsonl"
    assert tegata("decide", "--batch", table, "--out", lines, "--questions").code == 2
    assert "provider" in msgspec.json.decode(lines.read_bytes().splitlines()[2])["missing"]


@pytest.mark.parametrize("ending", ["csv", "parquet"])
def test_a_table_of_many_frames_is_decided_by_several_processes_row_by_row_alike(
    tegata: Tegata, tmp_path: Path, ending: str
) -> None:
    count, long = 3000, "x" * 4000  # three frames
    countries = ("DE", "CN", "JP", "Germany", "US")
    frame = pl.DataFrame(
        {
            "note": [long] * count,
            "recipient.located_in": [countries[n % 5] for n in range(count)],
            "data.personal": ["yes"] * count,
        }
    )
    table, out, one = (tmp_path / f"{name}.{ending}" for name in ("flows", "decisions", "one"))
    frame.write_csv(table) if ending == "csv" else frame.write_parquet(table, row_group_size=1000)
    told = tegata("decide", "--batch", table, "--out", out, "--json")
    assert (told.code, told.document["rows"], told.document["errors"]) == (2, count, count // 5)
    assert [unread["row"] for unread in told.document["unread"]] == [4, 9, 14, 19, 24]
    assert "`Germany` is no value of `recipient.located_in`" in told.document["unread"][0]["say"]
    few = frame.head(10)
    few.write_csv(table) if ending == "csv" else few.write_parquet(table)
    tegata("decide", "--batch", table, "--out", one)
    read = functools.partial(pl.read_csv, infer_schema=False) if ending == "csv" else pl.read_parquet
    assert read(out).head(10).equals(read(one))
    assert read(out)["outcome"].to_list() == read(one)["outcome"].head(5).to_list() * (count // 5)


@pytest.mark.parametrize("header", ["data.persnal", "outcome", "subjects.us_persons.wealth"])
def test_a_table_with_a_wrong_header_leaves_nothing(tegata: Tegata, tmp_path: Path, header: str) -> None:
    table, out = tmp_path / "flows.csv", tmp_path / "decisions.csv"
    table.write_text(f"{header},data.personal\nx,no\n")
    told = tegata("decide", "--batch", table, "--out", out)
    assert told.code == 2
    assert f"`{header.rpartition('.')[2]}`" in told.err or f"`{header}`" in told.err
    assert sorted(path.name for path in tmp_path.iterdir()) == ["flows.csv"]


@pytest.mark.parametrize(
    "more", [("--out", "x.csv"), ("--questions",), ("--save-flow", "x.yaml"), ("--batch", "t.csv", "--out", "x.csv")]
)
def test_options_that_would_do_nothing_are_refused(tegata: Tegata, tmp_path: Path, more: tuple[str, ...]) -> None:
    assert tegata("decide", write_flow(tmp_path, "DE"), *more).code == 2


def test_a_saved_decision_is_made_again(tegata: Tegata, tmp_path: Path) -> None:
    saved = tmp_path / "decision.json"
    saved.write_text(tegata("decide", write_flow(tmp_path, "DE", *HEALTH), "--json").out, "utf-8")
    told = tegata("decide", "--replay", saved)
    assert (told.code, "byte for byte" in told.out) == (0, True)
    assert tegata("decide", "--replay", saved, "--json").document["digest"].startswith("sha256:")
    saved.write_text(saved.read_text("utf-8").replace('"allow_with_conditions"', '"allow"', 1), "utf-8")
    told = tegata("decide", "--replay", saved)
    assert told.code != 0
    assert "does not follow from its own facts" in told.err
    saved.write_text(saved.read_text("utf-8").replace("sha256:", "sha256:0", 1), "utf-8")
    assert "was made by other rule packs" in tegata("decide", "--replay", saved).err
    assert tegata("decide", "--replay", saved, "--ask").code == 2
    assert tegata("decide", "--replay", tmp_path / "none.json").code == 2


def test_what_if_shows_the_grid(tegata: Tegata, tmp_path: Path) -> None:
    flow = write_flow(tmp_path, "DE", *HEALTH)
    told = tegata("what-if", flow, "--vary", "recipient.located_in=DE,US", "--vary", "consent.given=yes,no")
    assert told.code == 0
    assert [told.out.count(word) for word in ("denied", "allowed with conditions")] == [2, 2]
    document = tegata("what-if", flow, "--vary", "consent.given=yes,no", "--json").document
    jsonschema_rs.validator_for(msgspec.json.decode((SCHEMAS / "what-if.json").read_bytes())).validate(document)
    assert [variant["outcome"] for variant in document["variants"]] == ["allow_with_conditions", "deny"]
    assert tegata("what-if", flow, "--vary", "consent.givn=yes").code == 2


def test_the_examples_of_the_guide_run(tegata: Tegata, tmp_path: Path) -> None:
    examples = Path(__file__).parents[2] / "examples"
    assert tegata("decide", examples / "us-study.yaml").code == 10
    out = tmp_path / "decisions.csv"
    told = tegata("decide", "--batch", examples / "transfers.csv", "--out", out, "--json")
    assert (told.code, told.document["rows"], told.document["errors"]) == (2, 4, 1)
