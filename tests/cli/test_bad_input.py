"""Bad input: one clear message (what, why, what next) in either language, exit code 2, nothing half done."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from tests.cli.conftest import Tegata, write_flow

PLAN = "steps: []\notherwise: keep\n"


def missing(path: Path) -> None:
    pass


def empty(path: Path) -> None:
    path.touch()


def folder(path: Path) -> None:
    path.mkdir()


def unreadable(path: Path) -> None:
    path.write_text("a,b\n1,2\n")
    path.chmod(0)
    if os.access(path, os.R_OK):
        pytest.skip("this user may read everything")


def binary(path: Path) -> None:
    path.write_bytes(bytes(range(256)) * 40)


def ragged(path: Path) -> None:
    """Uneven behind the first block, where columns can no longer be added for it."""
    path.write_text("a,b\n" + f"1,{'x' * 2_000}\n" * 2_200 + "1,2,3,4\n")


def wrongly_encoded(path: Path) -> None:
    path.write_bytes("氏名,住所\n".encode() + "佐藤,東京都\n".encode() * 20 + b"\xff\xfe\xfd,\x81\n")


def broken_parquet(path: Path) -> None:
    path.write_bytes(b"PAR1" + b"\0" * 64 + b"PAR1")


BROKEN = [missing, empty, folder, unreadable, binary, broken_parquet]


def assert_one_message(told: object, path: Path, language: str) -> None:
    code, out, err = told.code, told.out, told.err  # type: ignore[attr-defined]
    assert (code, out) == (2, "")
    assert "Traceback" not in err
    assert err.count("tegata: ") == 1
    assert path.name in err
    assert ("  next: " if language == "en" else "  次に: ") in err


@pytest.mark.parametrize("language", ["en", "ja"])
@pytest.mark.parametrize("make", BROKEN)
def test_file_that_cannot_be_read(tegata: Tegata, tmp_path: Path, make: object, language: str) -> None:
    path = tmp_path / ("table.parquet" if make is broken_parquet else "table.csv")
    make(path)  # type: ignore[operator]
    (tmp_path / "plan.yaml").write_text(PLAN)
    flow = write_flow(tmp_path, "DE")
    before = sorted(tmp_path.iterdir())
    for arguments in (
        ("scan", path),
        ("check", path, "--flow", flow, "--save", tmp_path / "decision.json"),
        ("protect", path, "--plan", tmp_path / "plan.yaml", "--out", tmp_path / "out.csv"),
    ):
        assert_one_message(tegata(*arguments, "--lang", language), path, language)
    assert sorted(tmp_path.iterdir()) == before


@pytest.mark.parametrize(("make", "rows"), [(ragged, 2_200), (wrongly_encoded, 20)])
def test_file_that_breaks_off(tegata: Tegata, tmp_path: Path, make: object, rows: int) -> None:
    """Scan tells what stands before the break, check asks for what may stand behind it, nothing is protected."""
    path, flow = tmp_path / "table.csv", write_flow(tmp_path, "DE")
    make(path)  # type: ignore[operator]
    told = tegata("scan", path, "--json")
    assert (told.code, told.document["rows"], told.document["unread"][0]["rows"]) == (2, rows, rows)
    assert f"先頭の {rows:,} 行だけ" in "".join(tegata("scan", path, "--lang", "ja").out.split("\n")).replace("  ", "")
    missing_facts = {one["name"] for one in tegata("check", path, "--flow", flow, "--json").document["missing"]}
    assert missing_facts & {"data.personal", "data.categories"}
    (tmp_path / "plan.yaml").write_text(PLAN)
    for language in ("en", "ja"):
        arguments = ("protect", path, "--plan", tmp_path / "plan.yaml", "--out", tmp_path / "out.csv")
        assert_one_message(tegata(*arguments, "--lang", language), path, language)
    assert not (tmp_path / "out.csv").exists()


def test_zero_rows_are_a_table_without_people_in_it(tegata: Tegata, tmp_path: Path) -> None:
    path = tmp_path / "header-only.csv"
    path.write_text("patient_id,氏名,my_number\n")
    told = tegata("scan", path, "--json")
    assert told.code == 0
    assert told.document["rows"] == 0


def test_five_thousand_columns(tegata: Tegata, tmp_path: Path) -> None:
    path = tmp_path / "wide.csv"
    names = ",".join(f"c{n}" for n in range(5_000))
    path.write_text(names + "\n" + (",".join("1" for _ in range(5_000)) + "\n") * 3)
    told = tegata("scan", path)
    assert told.code == 0
    assert "5,000 columns" in told.out
    assert len(told.out.splitlines()) < 20


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ("recipient.located_in: XX", "`XX` is no value of `recipient.located_in`"),
        ("data.categories: [helth]", "`helth` is no value of `data.categories`"),
        ("recipient.locatd_in: JP", "there is no fact called `recipient.locatd_in`"),
        ("consent.given: perhaps", "`consent.given` cannot be `perhaps`"),
        ("as_of: yesterday", "`as_of` cannot be `yesterday`"),
        ("a: &x [1]\nb: *x", "the flow cannot be read"),
        ("- list", "the flow cannot be read"),
        ("\0\1\2", "the flow cannot be read"),
    ],
)
def test_flow_that_cannot_be_read(tegata: Tegata, tmp_path: Path, line: str, message: str) -> None:
    path = tmp_path / "flow.yaml"
    path.write_text(line + "\n")
    for arguments in (("decide", path), ("check", path, "--flow", path)):
        told = tegata(*arguments)
        assert (told.code, told.out) == (2, "")
        assert message in " ".join(told.err.split())
        assert "Traceback" not in told.err
    japanese = tegata("decide", path, "--lang", "ja").err
    assert message not in japanese


@pytest.mark.parametrize("wrong", ["located_in", "locatd_in", "categories"])
def test_slip_in_a_name_is_told_with_the_nearest(tegata: Tegata, tmp_path: Path, wrong: str) -> None:
    path = tmp_path / "flow.yaml"
    path.write_text(f"recipient.{wrong}x: JP\n")
    told = tegata("decide", path)
    assert told.code == 2
    assert wrong == "categories" or "did you mean `recipient.located_in`" in told.err


def test_date_before_any_pack_begins(tegata: Tegata, tmp_path: Path) -> None:
    path = write_flow(tmp_path, "CN", "data.personal: true", "as_of: 1990-01-01")
    told = tegata("decide", path)
    assert (told.code, told.out) == (2, "")
    assert "no rule pack knows the law of `1990-01-01`" in told.err
    assert "give a later `as_of`" in told.err


def test_date_before_one_pack_begins(tegata: Tegata, tmp_path: Path) -> None:
    path = write_flow(tmp_path, "CN", "data.personal: true", "as_of: 2024-01-01")  # 28 CFR 202 began on 2025-04-08
    told = tegata("decide", path, "--json")
    american = next(pack for pack in told.document["per_pack"] if pack["pack"] == "us.28cfr202")
    assert american["outcome"] == "allow"
    assert american["notes"]


@pytest.mark.parametrize("content", ["", "{}", "not json", '{"outcome": "allow"}', "\udcff"])
def test_decision_that_is_none(tegata: Tegata, register: Path, tmp_path: Path, content: str) -> None:
    saved = tmp_path / "decision.json"
    saved.write_bytes(content.encode(errors="surrogateescape"))
    told = tegata("protect", register, "--decision", saved, "--out", tmp_path / "out.csv")
    assert (told.code, told.out) == (2, "")
    assert "decision.json" in told.err
    assert not (tmp_path / "out.csv").exists()


def test_json_stays_one_document_when_it_fails(tegata: Tegata, tmp_path: Path) -> None:
    told = tegata("scan", tmp_path / "absent.csv", "--json", "--lang", "ja")
    assert told.code == 2
    assert told.document["code"] == "input"
    assert "ありません" in told.document["title"]


def test_a_folder_of_bad_files_gives_what_can_be_read_and_names_the_rest(
    tegata: Tegata, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tegata.scan.not_read.MOST_COLUMNS", 100)  # each of 16,384 takes its time
    place = tmp_path / "in"
    place.mkdir()
    (place / "good.csv").write_text("email,n\n" + "".join(f"u{n}@example.jp,{n}\n" for n in range(50)))
    (place / "odd.csv").write_text("patient_id,value,day\n1,NaN,9999-12-31\n2,-Infinity,0000-00-00\n3,1e999,\n")
    names, cells = (",".join(f"{kind}{n}" for n in range(100_000)) for kind in ("c", ""))
    (place / "wide.csv").write_text(f"email,{names}\n" + f"u@example.jp,{cells}\n" * 3)
    utf8, cp932 = "佐藤,東京都\n".encode(), "鈴木,大阪府\n".encode("cp932")
    (place / "mixed.csv").write_bytes("氏名,住所\n".encode() + utf8 * 2_000 + cp932 * 3 + utf8 * 50)
    (place / "deep.json").write_text("[" * 100_000)
    (place / "deep.xml").write_text('<?xml version="1.0"?>' + "<a>" * 100_000)
    (place / "torn.parquet").write_bytes(b"PAR1" + bytes(64) + b"PAR1")
    told = tegata("scan", place, "--json")
    assert (told.code, told.err) == (2, "")
    assert [table["name"] for table in told.document["tables"]] == ["good.csv", "mixed.csv", "odd.csv", "wide.csv"]
    wide = told.document["tables"][-1]
    assert (wide["rows"], len(wide["columns"]), wide["columns"][0]["recogniser"]) == (3, 100, "contact.email")
    reasons = {one["name"]: one["why"] for one in told.document["unread"]}
    assert sorted(reasons) == ["deep.json", "deep.xml", "mixed.csv", "torn.parquet", "wide.csv"]
    assert "line 2002" in reasons["mixed.csv"]["en"]
    assert "100,001 columns, of which the first 100" in reasons["wide.csv"]["en"]
    assert all(why["en"] and str(place) not in why["en"] for why in reasons.values())
