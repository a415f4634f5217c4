"""Shares of a source: together they are the table, and each knows when it reads other bytes than were digested."""

from __future__ import annotations

import pickle
from pathlib import Path
from tempfile import TemporaryDirectory

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tegata.model.errors import InputError
from tegata.tables import Source, csv, open_source, parquet
from tegata.tables.row_groups import read_footer

CELLS = st.lists(st.text('ab"\n,\r é日', max_size=6), min_size=3, max_size=3)


@pytest.fixture(autouse=True)
def _small(monkeypatch: pytest.MonkeyPatch) -> None:
    """Blocks and shares of a few bytes, so that small tables are cut everywhere."""
    monkeypatch.setattr(csv, "BLOCK", 64)
    monkeypatch.setattr(csv, "SHARE", 128)
    monkeypatch.setattr(parquet, "_SHARE_CELLS", 30)


def cut(source: Source) -> list[Source]:
    shares = source.shares()
    assert shares is not None
    return [pickle.loads(pickle.dumps(share)) for share in shares]


def read(sources: list[Source]) -> pl.DataFrame:
    return pl.concat([frame for source in sources for frame in source.batches() if frame.height])


def table(rows: int) -> pl.DataFrame:
    n = pl.int_range(rows)
    return pl.select(id=n.cast(pl.String), said=pl.format('he said "no", {}\nthen left', n), x=pl.format("日{}", n))


@settings(max_examples=60, deadline=None)
@given(st.lists(CELLS, min_size=40, max_size=80), st.booleans())
def test_text_is_cut_at_ends_of_records(rows: list[list[str]], strict: bool) -> None:
    """Also where marks stand in places where they do not belong."""
    written = [",".join('"' + c.replace('"', '""') + '"' if strict else c for c in row) for row in rows]
    with TemporaryDirectory() as folder:
        path = Path(folder, "t.csv")
        path.write_text("one,two,three\n" + "\n".join(["x,y,z"] * 40 + written + ["x,y,z"] * 40), newline="")
        try:
            source = open_source(path)
            whole = read([source])
        except InputError:  # stray marks may leave records of too many cells, or swallow the rest of the file
            return
        digest = source.digest
        assert read(cut(source)).equals(whole)
        assert source.digest == digest


def test_row_groups_are_the_shares_of_parquet(tmp_path: Path) -> None:
    path = tmp_path / "t.parquet"
    table(100).write_parquet(path, row_group_size=7)
    source = open_source(path)
    whole, digest = read([source]), source.digest
    shares = cut(source)
    assert len(shares) > 5
    assert read(shares).equals(whole)
    assert source.digest == digest
    assert sum(share.size for share in shares) < source.size


@pytest.mark.parametrize("format", ["csv", "parquet"])
def test_share_notices_other_bytes(tmp_path: Path, format: str) -> None:
    """Promise 2: what was scanned is what leaves. The tag is what holds it: neither size nor time has changed."""
    path = tmp_path / f"t.{format}"
    if format == "csv":
        table(100).write_csv(path)
    else:
        table(100).write_parquet(path, row_group_size=7, compression="uncompressed", statistics=False)
    shares = cut(open_source(path))
    said, other = (b'no"", 50', b'NO"", 50') if format == "csv" else (b'no", 50', b'NO", 50')
    path.write_bytes(path.read_bytes().replace(said, other))
    assert sum(map(changed, shares)) == 1


def changed(share: Source) -> bool:
    try:
        read([share])
    except InputError as error:
        return "changed" in str(error)
    return False


def test_errors_name_the_line_of_the_file(tmp_path: Path) -> None:
    path = tmp_path / "t.csv"
    path.write_text("a,b\n" + "1,2\n" * 200 + "1,2,3\n" + "1,2\n" * 20)
    source = open_source(path)
    source.columns = ("a", "b")  # as if the long record stood beyond the first block
    with pytest.raises(InputError, match="line 202"):
        read(cut(source))


@pytest.mark.parametrize("encoding", ["cp932", "utf-16", "utf-8-sig"])
def test_what_does_not_tell_its_ends_byte_by_byte_is_not_cut(tmp_path: Path, encoding: str) -> None:
    path = tmp_path / "t.csv"
    path.write_text("名前,住所\n" + "山田太郎,東京都千代田区\n" * 100, encoding=encoding)
    assert open_source(path).shares() is None


@settings(max_examples=200, deadline=None)
@given(st.data())
def test_footer_of_any_bytes_is_no_footer(data: st.DataObject) -> None:
    with TemporaryDirectory() as folder:
        path = Path(folder, "t.parquet")
        table(30).write_parquet(path, row_group_size=10)
        good = path.read_bytes()
        footer = read_footer(path, 30)
        assert footer is not None
        assert [group.rows for group in footer.groups] == [10, 10, 10]
        place = data.draw(st.integers(footer.start, len(good) - 1))
        path.write_bytes(good[:place] + data.draw(st.binary(min_size=1, max_size=3)) + good[place + 1 :])
        found = read_footer(path, 30)
        assert found is None or sum(group.rows for group in found.groups) == 30
