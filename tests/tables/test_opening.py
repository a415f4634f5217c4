"""Bad input: one clear error in two languages, or a proper result."""

from __future__ import annotations

import json
import os
import random
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from tegata.model.errors import InputError
from tegata.tables import open_source

CASES: dict[str, tuple[bytes, str]] = {
    "empty": (b"", "is empty"),
    "blank": (b"\xef\xbb\xbf \r\n\n", "is empty"),
    "random": (random.Random(1).randbytes(5000), "not a table"),
    "random-small": (b"\x01\x02\x03\x04\x05", "not a table"),
    "nul": (b"name,place\na\0b,c\n", "not a table"),
    "gzip": (b"\x1f\x8b\x08\0\0\0\0\0", "cut off"),
    "pdf": (b"%PDF-1.7\n1 0 obj", "PDF"),
    "old-excel": (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600), "old Excel"),
    "database": (b"SQLite format 3\0" + bytes(100), "database"),
    "parquet": (b"PAR1" + bytes(100), "cannot be read as Parquet"),
    "zip": (b"PK\x03\x04" + bytes(100), "cannot be unpacked"),
    "json-damaged": (b'{"a": 1}\n{"a": \n', "line 2"),
}


@pytest.mark.parametrize("name", CASES)
@pytest.mark.parametrize("suffix", [".csv", ".xlsx"])
def test_what_is_no_table_is_refused_by_its_content(tmp_path: Path, name: str, suffix: str) -> None:
    data, expected = CASES[name]
    path = tmp_path / (name + suffix)
    path.write_bytes(data)
    with pytest.raises(InputError, match=expected) as caught:
        list(open_source(path).batches())
    assert str(path) in caught.value.parts("ja")[0]
    assert caught.value.parts("ja") != caught.value.parts("en")


def test_a_zero_byte_far_into_the_file(tmp_path: Path) -> None:
    path = tmp_path / "t.csv"
    path.write_bytes(b"name,place\n" + b"x y,z\n" * 200_000 + b"a\0,b\n")
    with pytest.raises(InputError, match="binary"):
        list(open_source(path).batches())


def test_missing_directory_and_device(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="there is no file"):
        open_source(tmp_path / "missing.csv")
    with pytest.raises(InputError, match="is a directory"):
        open_source(tmp_path)
    with pytest.raises(InputError, match="not a regular file"):
        open_source(Path("/dev/zero"))
    with socket.socket(socket.AF_UNIX) as door:
        door.bind(str(tmp_path / "s"))
        with pytest.raises(InputError, match="not a regular file"):
            open_source(tmp_path / "s")
    with pytest.raises(InputError, match="cannot read"):
        open_source(tmp_path / "a\0b")


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read everything")
def test_unreadable(tmp_path: Path) -> None:
    path = tmp_path / "t.csv"
    path.write_bytes(b"a,b\n")
    path.chmod(0)
    with pytest.raises(InputError, match="no permission"):
        open_source(path)


def test_a_file_that_goes_away_before_it_is_read(tmp_path: Path) -> None:
    path = tmp_path / "t.csv"
    path.write_bytes(b"name,place\nx y,z\n")
    source = open_source(path)
    path.unlink()
    with pytest.raises(InputError, match="there is no file"):
        list(source.batches())


def test_names_of_files_are_not_patterns(tmp_path: Path) -> None:
    import polars as pl

    path = tmp_path / "data[1]*(2).parquet"
    pl.DataFrame({"a": ["x"]}).write_parquet(path)
    assert next(iter(open_source(path).batches())).rows() == [("x",)]


def test_importing_the_package_does_not_load_the_engine() -> None:
    code = "import sys, tegata.tables; sys.exit('polars' in sys.modules or 'python_calamine' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


@pytest.mark.parametrize("suffix", ["csv", "jsonl", "parquet", "xlsx"])
def test_many_columns_and_many_short_records_do_not_multiply(
    tmp_path: Path, suffix: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    import polars as pl
    import xlsxwriter

    monkeypatch.setattr("tegata.tables.source.FRAME_CELLS", 1000)
    monkeypatch.setattr("tegata.tables.csv.FRAME_CELLS", 1000)
    path, names, count = tmp_path / f"t.{suffix}", [f"c{number}" for number in range(200)], 100
    if suffix == "csv":
        path.write_text(",".join(names) + "\n" + 'x y\n"q"\n' * (count // 2))
    elif suffix == "jsonl":
        path.write_text(json.dumps(dict.fromkeys(names, "x")) + "\n" + '{"c0": "x"}\n' * (count - 1))
    elif suffix == "parquet":
        pl.DataFrame({name: ["x"] * count for name in names}).write_parquet(path)
    else:
        with xlsxwriter.Workbook(str(path)) as book:
            sheet = book.add_worksheet()
            sheet.write_row(0, 0, names)
            sheet.write_column(1, 0, ["x y"] * count)
    frames = list(open_source(path).batches())
    assert sum(frame.height for frame in frames) == count
    assert max(frame.height * frame.width for frame in frames) <= 1000
