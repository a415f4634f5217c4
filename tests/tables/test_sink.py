"""Sinks: whole or not at all, durable, and no formulas."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Literal

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tegata.model.errors import InputError
from tegata.tables import digest_file, open_sink, open_source

Format = Literal["csv", "parquet", "jsonl"]
FORMATS: tuple[Format, ...] = ("csv", "parquet", "jsonl")
FRAMES = [pl.DataFrame({"name": ["花子", None], "n": ["1", '"q",\n']}), pl.DataFrame({"name": ["x"], "n": ["2"]})]


@pytest.mark.parametrize("format", FORMATS)
def test_what_is_written_is_read_back(tmp_path: Path, format: Format) -> None:
    path = tmp_path / f"t.{format}"
    with open_sink(path, format) as sink:
        for frame in FRAMES:
            sink.write(frame)
        assert not path.exists()
    source = open_source(path)
    assert pl.concat(source.batches()).rows() == pl.concat(FRAMES).rows()
    assert (sink.rows, sink.size, sink.digest) == (3, path.stat().st_size, digest_file(path))
    assert sink.digest == source.digest
    assert [entry.name for entry in tmp_path.iterdir()] == [path.name]


@pytest.mark.parametrize("format", FORMATS)
def test_nothing_is_left_after_an_error(tmp_path: Path, format: Format) -> None:
    path = tmp_path / f"t.{format}"
    path.write_text("what was there before")
    with pytest.raises(pl.exceptions.ColumnNotFoundError), open_sink(path, format) as sink:
        sink.write(FRAMES[0].select("name", "no such column"))
    assert path.read_text() == "what was there before"
    assert [entry.name for entry in tmp_path.iterdir()] == [path.name]


@pytest.mark.parametrize("format", FORMATS)
def test_a_full_disk_is_said_and_leaves_nothing(tmp_path: Path, format: Format) -> None:
    """A limit on the size of files stands for the full disk: the kernel refuses the write in the same way."""
    code = """
import resource, signal, sys
from pathlib import Path
import polars as pl
from tegata.model.errors import StoreError
from tegata.tables import open_sink
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
resource.setrlimit(resource.RLIMIT_FSIZE, (200_000, 200_000))
try:
    with open_sink(Path(sys.argv[1]), sys.argv[2]) as sink:
        for seed in range(int(sys.argv[3])):
            sink.write(pl.DataFrame({"n": pl.int_range(0, 8_000, eager=True).hash(seed).cast(pl.String)}))
except StoreError as error:
    print(error)
    sys.exit(7)
"""
    for batches in ("40", "4"):
        run = subprocess.run(
            [sys.executable, "-c", code, str(tmp_path / "t"), format, batches],
            capture_output=True,
            text=True,
            check=False,
        )
        assert run.returncode == 7, run.stderr
        assert "the disk is full" in run.stdout
        assert list(tmp_path.iterdir()) == []


def test_places_that_cannot_be_written(tmp_path: Path) -> None:
    (tmp_path / "folder").mkdir()
    (tmp_path / "file").write_text("x")
    for path in (tmp_path / "none" / "t.csv", tmp_path / "folder", tmp_path / "file" / "t.csv"):
        with pytest.raises(InputError, match="cannot be written"), open_sink(path, "csv"):
            pass


@pytest.mark.parametrize(
    "cell", ["=1+1", "+SUM(A1)", "-2+3", "@x", "=cmd|' /C calc'!A0", "\t=1", "\r=1", "+81-90-1234", "-1-", "=1\n2"]
)
def test_formulas_are_escaped_and_counted(tmp_path: Path, cell: str) -> None:
    path = tmp_path / "t.csv"
    with open_sink(path, "csv") as sink:
        sink.write(pl.DataFrame({"=head": [cell, "x"], "b": ["y", cell]}))
    source = open_source(path)
    assert source.columns == ("'=head", "b")
    assert next(iter(source.batches())).rows() == [("'" + cell, "y"), ("x", "'" + cell)]
    assert sink.escaped == 3


@pytest.mark.parametrize("cell", ["-1", "+1.5", "-1,234.5", "1+1", "-", "+", "-5%", "-1e-5", "a=b", "'x", ".5", "-.5"])
def test_numbers_and_placeholders_are_left_alone(tmp_path: Path, cell: str) -> None:
    with open_sink(tmp_path / "t.csv", "csv") as sink:
        sink.write(pl.DataFrame({"a": [cell]}))
    assert sink.escaped == 0
    assert next(iter(open_source(tmp_path / "t.csv").batches())).rows() == [(cell,)]


@settings(deadline=None, max_examples=60)
@given(cell=st.text(alphabet="=+-@1a., \t\r\n\"'", min_size=1, max_size=6))
def test_no_cell_begins_a_formula(cell: str, tmp_path_factory: pytest.TempPathFactory) -> None:
    import csv
    import re

    path = tmp_path_factory.mktemp("sink") / "t.csv"
    with open_sink(path, "csv") as sink:
        sink.write(pl.DataFrame({"a": [cell], "b": ["x"]}))
    with path.open(newline="") as file:
        written = list(csv.reader(file))[1][0]
    assert written in (cell, "'" + cell)
    assert not re.match(r"[=@]|[+-].*[^\d.,eE%+-]", written, re.DOTALL) or len(written) == 1
    assert sink.escaped == (written != cell)


def test_json_lines_are_json(tmp_path: Path) -> None:
    path = tmp_path / "t.jsonl"
    with open_sink(path, "jsonl") as sink:
        sink.write(FRAMES[0])
    assert [json.loads(line) for line in path.read_text().splitlines()] == FRAMES[0].to_dicts()


@pytest.mark.parametrize("format", ["csv", "parquet"])
def test_a_table_without_records_keeps_its_columns(tmp_path: Path, format: Format) -> None:
    path = tmp_path / "t"
    with open_sink(path, format) as sink:
        sink.write(pl.DataFrame(schema={"name": pl.String, "n": pl.String}))
    assert open_source(path).columns == ("name", "n")
    assert sink.rows == 0
