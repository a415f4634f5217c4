"""Parquet: every type as text, in slices."""

from __future__ import annotations

import contextlib
import datetime as dt
from decimal import Decimal
from pathlib import Path

import polars as pl
import pytest

from tegata.model.errors import InputError
from tegata.tables import digest_file, open_source


def test_every_type_becomes_text(tmp_path: Path) -> None:
    frame = pl.DataFrame(
        {
            "text": ["", "x"],
            "int": [1, None],
            "float": [1.5, None],
            "bool": [True, None],
            "date": [dt.date(2020, 1, 2), None],
            "time": [dt.time(1, 2), None],
            "span": [dt.timedelta(hours=1), None],
            "decimal": [Decimal("1.10"), None],
            "bytes": [b"\x00\xff", None],
            "list": [["a", None], None],
            "list of structs": [[{"k": 1}], None],
            "struct": [{"a": "x", "b": {"c": 1}}, None],
            "category": pl.Series(["k", None], dtype=pl.Categorical),
        }
    )
    path = tmp_path / "t.parquet"
    frame.write_parquet(path)
    source = open_source(path)
    (got,) = source.batches()
    assert got.schema == dict.fromkeys(source.columns, pl.String)
    assert got.row(0, named=True) == {
        "text": None,
        "int": "1",
        "float": "1.5",
        "bool": "true",
        "date": "2020-01-02",
        "time": "01:02:00",
        "span": "PT1H",
        "decimal": "1.10",
        "bytes": "00ff",
        "list": '["a",null]',
        "list of structs": '[{"k":1}]',
        "struct.a": "x",
        "struct.b.c": "1",
        "category": "k",
    }
    assert got.row(1, named=True) == {**dict.fromkeys(got.columns), "text": "x"}


def test_batches_keep_the_order_and_the_digest(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tegata.tables.source.BATCH_ROWS", 7)
    path = tmp_path / "t.parquet"
    pl.DataFrame({"n": range(100)}).write_parquet(path, row_group_size=30)
    source = open_source(path)
    frames = list(source.batches())
    assert max(frame.height for frame in frames) == 7
    assert pl.concat(frames)["n"].to_list() == [str(number) for number in range(100)]
    assert source.digest == digest_file(path)


def test_a_change_during_the_pass_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tegata.tables.source.BATCH_ROWS", 7)
    path = tmp_path / "t.parquet"
    pl.DataFrame({"n": range(100)}).write_parquet(path)
    batches = open_source(path).batches()
    next(batches)
    path.write_bytes(path.read_bytes().replace(b"PAR1", b"PAR1", 1) + b"PAR1")
    with pytest.raises(InputError, match=r"changed|cannot be read"):
        list(batches)


def test_no_rows(tmp_path: Path) -> None:
    path = tmp_path / "t.parquet"
    pl.DataFrame(schema={"a": pl.Int64, "b": pl.String}).write_parquet(path)
    (frame,) = open_source(path).batches()
    assert frame.columns == ["a", "b"]
    assert frame.height == 0


def test_a_truncated_file(tmp_path: Path) -> None:
    path = tmp_path / "t.parquet"
    pl.DataFrame({"n": range(10_000)}).write_parquet(path)
    path.write_bytes(path.read_bytes()[:-100])
    with pytest.raises(InputError, match="cannot be read as Parquet"):
        open_source(path)


def test_names_that_look_like_patterns(tmp_path: Path) -> None:
    path = tmp_path / "t.parquet"
    rows = {"*": ["x"], "^a$": ["y"], "s": [{"*": "z", "^.*$": "v"}]}
    pl.DataFrame(rows).write_parquet(path)
    source = open_source(path)
    assert source.columns == ("_*", "_^a$", "s.*", "s.^.*$")
    assert next(iter(source.batches())).rows() == [("x", "y", "z", "v")]


def test_a_footer_that_lies_is_damage_and_never_more(tmp_path: Path) -> None:
    """Bits of the footer turned over, among them those at which the reader panics: told as damage, or read, in no more
    rows than there are."""
    path = tmp_path / "t.parquet"
    pl.DataFrame({"id": list(range(1000)), "v": ["x"] * 1000}).write_parquet(path)
    data = path.read_bytes()
    end = len(data) - 8
    footer = end - int.from_bytes(data[-8:-4], "little")
    for place in range(footer, end, 3):
        for bit in (1, 64):
            turned = data[:place] + bytes([data[place] ^ bit]) + data[place + 1 :]
            path.write_bytes(turned)
            with contextlib.suppress(InputError):
                assert sum(frame.height for frame in open_source(path).batches()) <= 1000


def test_a_footer_that_tells_of_rows_that_are_not_there(tmp_path: Path) -> None:
    path = tmp_path / "t.parquet"
    pl.DataFrame({"id": list(range(1000))}).write_parquet(path)
    data = path.read_bytes()
    footer = len(data) - 8 - int.from_bytes(data[-8:-4], "little")
    for many in (b"\xfe\x7f", b"\xd2\x0f"):  # 8,191 and 1,001, where 1,000 is b"\xd0\x0f"
        path.write_bytes(data[:footer] + data[footer:].replace(b"\xd0\x0f", many))
        with pytest.raises(InputError, match="cannot be read as Parquet"):
            list(open_source(path).batches())


def test_a_cell_that_unpacks_like_a_bomb_is_refused(tmp_path: Path) -> None:
    """128 MiB in one cell of a file of some kilobytes: the engine would hold several times as much."""
    path = tmp_path / "t.parquet"
    pl.DataFrame({"a": ["x", "y" * (128 << 20)]}).write_parquet(path)
    assert path.stat().st_size < 100_000
    with pytest.raises(InputError, match="256 times"):
        open_source(path)
