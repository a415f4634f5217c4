"""A table that breaks off: what stands before that is told, the rest is named as not read, and nothing is concluded."""

from __future__ import annotations

import json
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import polars as pl
import pytest

from tegata.model.errors import InputError
from tegata.model.profile import Profile
from tegata.rules import profile_facts
from tegata.scan import Workers, scan_collection
from tegata.tables import open_collection
from tegata.tables import seal as sealing
from tegata.tables.source import Source
from tests.tables import writing

COLUMNS = ("patient_id", "email", "note")
WHOLE = 3_000


def record(n: int) -> tuple[str, str, str]:
    return f"P-{n:06}", f"a{n}@example.org", "花"


def look(place: Path) -> Profile:
    return scan_collection(open_collection(place), torn=True)


def csv_with(folder: Path, broken: bytes) -> Path:
    lines = [",".join(row).encode() for row in (COLUMNS, *map(record, range(WHOLE)))]
    after = [",".join(record(n)).encode() for n in range(WHOLE, WHOLE + 50)]
    (folder / "t.csv").write_bytes(b"\n".join([*lines, broken, *after, b""]))
    return folder / "t.csv"


def other_encoding(folder: Path) -> Path:
    return csv_with(folder, b"P-1,a@example.org," + "山田太郎".encode("cp932"))


def json_lines(folder: Path) -> Path:
    lines = [json.dumps(dict(zip(COLUMNS, record(n), strict=True))) for n in range(WHOLE)]
    (folder / "t.jsonl").write_text("\n".join([*lines, '{"patient_id": ', *lines]))
    return folder / "t.jsonl"


def half_a_character(folder: Path) -> Path:
    lines = [json.dumps(dict(zip(COLUMNS, record(n), strict=True))) for n in range(WHOLE)]
    (folder / "t.jsonl").write_bytes("\n".join(lines).encode() + b'\n{"note": "\xe5\xb1')
    return folder / "t.jsonl"


def cut_xml(folder: Path) -> Path:
    place = writing.xml(folder / "t.xml", [COLUMNS, *map(record, range(WHOLE + 1))])
    text = place.read_bytes()
    place.write_bytes(text[: text.rindex(record(WHOLE)[1].encode())])
    return place


@pytest.mark.parametrize("broken", [other_encoding, json_lines, half_a_character, cut_xml])
def test_what_stands_before_the_break_is_told(broken: Callable[[Path], Path], tmp_path: Path) -> None:
    place = broken(tmp_path)
    profile = look(place)
    assert (profile.rows, profile.source_digest, profile.torn) == (WHOLE, "", True)
    assert "health" in profile.categories
    (unread,) = profile.unread
    assert (unread.name, unread.rows) == (place.name, WHOLE)
    assert "3,000 rows were read" in unread.why.en
    assert "3,000 行" in unread.why.ja
    facts = profile_facts(profile)
    assert facts["data.personal"].value is True
    assert not {"data.categories", "subjects.persons", "subjects.exact"} & facts.keys()
    with pytest.raises(InputError):
        scan_collection(open_collection(place))


def test_a_long_record_far_below_ends_the_table_there(tmp_path: Path) -> None:
    """Behind the first block, whose widest record is as wide as the table: line and number of cells are told."""
    lines = [",".join((*record(n)[:2], "x" * 800)) for n in range(6_000)]
    place = tmp_path / "t.csv"
    place.write_text("\n".join([",".join(COLUMNS), *lines, "a,b,c,d,e", *lines, ""]))
    profile = look(place)
    assert profile.rows == 6_000
    assert "the record at line 6002 has 5 cells" in profile.unread[0].why.en


def test_a_damaged_row_group_ends_a_parquet_file_there(tmp_path: Path) -> None:
    place = tmp_path / "t.parquet"
    frame = pl.DataFrame([record(n) for n in range(WHOLE)], schema=COLUMNS, orient="row")
    frame.write_parquet(place, row_group_size=500, compression="zstd")
    data = bytearray(place.read_bytes())
    middle = len(data) // 2
    data[middle : middle + 2_000] = b"\xff" * 2_000
    place.write_bytes(data)
    profile = look(place)
    assert 0 < profile.rows < WHOLE
    assert profile.rows % 500 == 0


def test_a_table_that_goes_away_before_it_is_read_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where the first rows mislead, a second pass counts: without it no number is told, and the kinds of the columns
    are those of all rows."""
    rows = [("1", "x" * 200)] * 50_000 + [(record(n)[1], "x") for n in range(60_000)]
    place = writing.csv_file(tmp_path / "t.csv", [("a", "b"), *rows])
    opened, passes = open_collection(place), []
    read = Source.batches

    def batches(self: Source, progress: object = None) -> object:
        passes.append(place)
        if len(passes) > 1:
            place.unlink()
        return read(self, progress)  # type: ignore[arg-type]

    monkeypatch.setattr(Source, "batches", batches)
    profile = scan_collection(opened, torn=True)
    assert len(passes) > 1
    assert profile.rows == 0
    assert profile.torn
    assert "there is no file" in profile.unread[0].why.en
    assert profile.columns[0].recogniser == "contact.email"


def test_shares_before_the_break_are_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sealing, "SHARE", 1 << 20)
    monkeypatch.setattr("tegata.tables.csv.SHARE", 1 << 20)
    lines = [",".join((*record(n)[:2], "x" * 800)) for n in range(12_000)]
    place = tmp_path / "t.csv"
    place.write_text("\n".join([",".join(COLUMNS), *lines, "a,b,c,d,e", *lines, ""]))
    with ThreadPoolExecutor(2) as pool:
        profile = scan_collection(open_collection(place), workers=Workers(pool, 2), torn=True)
    assert 0 < profile.rows <= 12_000
    assert profile.torn


def test_a_torn_table_among_others(tmp_path: Path) -> None:
    """It is told and named; its people are not joined with those of others, of whom more may stand behind the break."""
    folder = tmp_path / "set"
    writing.csv_file(folder / "whole.csv", [COLUMNS, *map(record, range(WHOLE))])
    other_encoding(folder)
    profile = look(folder)
    assert [(table.name, table.rows) for table in profile.tables] == [("t.csv", WHOLE), ("whole.csv", WHOLE)]
    assert [(one.name, one.rows) for one in profile.unread] == [("t.csv", WHOLE)]
    assert profile.links == ()
    strict = scan_collection(open_collection(folder))
    assert [table.name for table in strict.tables] == ["whole.csv"]
    assert strict.source_digest == profile.source_digest


def test_a_table_that_is_too_wide_is_told_for_its_first_columns(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nothing is concluded from them, and nobody who lets data leave gets so far."""
    monkeypatch.setattr("tegata.scan.not_read.MOST_COLUMNS", 2)
    head, rows = ("n", "mail", "ssn"), [(str(n), record(n)[1], "x") for n in range(50)]
    found = open_collection(writing.csv_file(tmp_path / "t.csv", [head, *rows]))
    profile = scan_collection(found, torn=True)
    assert [column.name for column in profile.columns] == ["n", "mail"]
    assert (profile.rows, profile.torn) == (50, True)
    assert "3 columns, of which the first 2" in profile.unread[0].why.en
    facts = profile_facts(profile)
    assert facts["data.personal"].value is True
    assert not {"data.categories", "data.identifiers", "subjects.persons"} & set(facts)
    with pytest.raises(InputError, match="3 columns"):
        scan_collection(found)
