"""Delimited text against the csv module of the standard library as oracle."""

from __future__ import annotations

import csv
import io
import itertools
from pathlib import Path
from typing import Literal

import polars as pl
import pytest
from hypothesis import event, given, settings
from hypothesis import strategies as st

from tegata.model.errors import InputError
from tegata.tables import Source, open_sink, open_source
from tests.shared_data import shared_data

Rows = list[tuple[str | None, ...]]


def rows_of(source: Source) -> Rows:
    return [row for frame in source.batches() for row in frame.rows()]


def read(path: Path, data: bytes) -> tuple[Source, Rows]:
    path.write_bytes(data)
    source = open_source(path)
    return source, rows_of(source)


def oracle(text: str) -> Rows:
    """Records with at least one filled cell, as tuples of text or None."""
    rows = [tuple(cell or None for cell in row) for row in csv.reader(io.StringIO(text, newline=""))]
    return [row for row in rows if any(row)]


@pytest.fixture
def small_blocks(monkeypatch: pytest.MonkeyPatch) -> None:
    """Blocks so small that records, quotes and characters are cut everywhere."""
    monkeypatch.setattr("tegata.tables.csv.BLOCK", 97)


cells = st.text(alphabet=st.sampled_from("ab1 ,;\"\n\r\t|漢é'=-"), max_size=8)
tables = st.integers(1, 4).flatmap(
    lambda width: st.lists(st.lists(cells, min_size=width, max_size=width), min_size=1, max_size=30)
)


@settings(deadline=None, max_examples=60)
@given(table=tables, block=st.integers(60, 400), quoting=st.sampled_from([csv.QUOTE_ALL, csv.QUOTE_MINIMAL]))
def test_what_the_csv_module_writes_is_read_back(
    table: list[list[str]], block: int, quoting: Literal[0, 1], tmp_path_factory: pytest.TempPathFactory
) -> None:
    if (
        quoting == csv.QUOTE_MINIMAL
    ):  # other delimiters stand between quotation marks only, or they may be the right ones
        table = [[cell.translate(dict.fromkeys(map(ord, ";|\t"))) for cell in row] for row in table]
    names = [f"name {number}" for number in range(len(table[0]))]
    out = io.StringIO(newline="")
    csv.writer(out, quoting=quoting).writerows([names, *table])
    path = tmp_path_factory.mktemp("csv") / "t.csv"
    path.write_bytes(out.getvalue().encode())
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("tegata.tables.csv.BLOCK", block)
        source = open_source(path)
        assert rows_of(source) == oracle(out.getvalue())[1:]
    assert len(source.columns) == len(names)


@settings(deadline=None, max_examples=60)
@given(
    lines=st.lists(st.text(alphabet=st.sampled_from('ab",1 é'), max_size=12), min_size=1, max_size=12),
    block=st.integers(60, 200),
)
def test_stray_quotation_marks_lose_nothing(
    lines: list[str], block: int, tmp_path_factory: pytest.TempPathFactory
) -> None:
    """Marks anywhere: either the csv module and we read the same records, or the mark is never closed and we say so."""
    text = "".join(f"{line}\n" for line in ["first,second,third", "x y,x z,x", *lines, "end,end,end"])
    path = tmp_path_factory.mktemp("csv") / "t.csv"
    path.write_bytes(text.encode())
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("tegata.tables.csv.BLOCK", block)
        try:
            source = open_source(path)
            got = rows_of(source)
        except InputError as error:
            event(str(error.what))
            return
    quoting = {} if source.format.quoting else {"quoting": csv.QUOTE_NONE}
    want = list(csv.reader(io.StringIO(text, newline=""), **quoting))[1:]  # type: ignore[arg-type]
    padded = [tuple((cell or None) for cell in itertools.islice([*row, *[""] * 20], len(got[0]))) for row in want]
    assert got == [row for row in padded if any(row)]


def test_a_cell_longer_than_a_block_is_read_whole(tmp_path: Path, small_blocks: None) -> None:
    text = "\n".join("paragraph, " * 10 for _ in range(30))
    _, rows = read(tmp_path / "t.csv", f'id,note\na,"{text}"\nb,short\n'.encode())
    assert rows == [("a", text), ("b", "short")]


def test_uneven_records_are_filled_up_or_kept_in_extra_columns(tmp_path: Path) -> None:
    source, rows = read(tmp_path / "t.csv", "項目,内容\n所在地,東京都,港区\n摘要\n".encode())
    assert source.columns == ("項目", "内容", "extra_1")
    assert rows == [("所在地", "東京都", "港区"), ("摘要", None, None)]


def test_a_longer_record_after_the_first_block_is_named_by_line(tmp_path: Path, small_blocks: None) -> None:
    data = b"name,place\n" + b"x y,z\n" * 100 + b"x,y,z\n"
    path = tmp_path / "t.csv"
    path.write_bytes(data)
    with pytest.raises(InputError, match="line 102 has 3 cells"):
        rows_of(open_source(path))


def test_an_unclosed_quotation_mark_swallows_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    source, rows = read(tmp_path / "small.csv", b'name,size\nscreen,"24 inch\nprinter,A4\n')
    assert not source.format.quoting
    assert rows == [("screen", '"24 inch'), ("printer", "A4")]
    monkeypatch.setattr("tegata.tables.csv.BLOCK", 97)
    path = tmp_path / "large.csv"
    path.write_bytes(b"name,size\n" + b"printer,A4\n" * 100 + b'screen,"24 inch\n' + b"printer,A4\n" * 100)
    with pytest.raises(InputError, match="line 102 is never closed"):
        rows_of(open_source(path))


def test_a_record_without_end_is_bounded(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tegata.tables.csv.BLOCK", 97)
    monkeypatch.setattr("tegata.tables.csv.MAX_RECORD", 1000)
    path = tmp_path / "t.csv"
    path.write_bytes(b'name,size\na,b\n"' + b"x" * 100_000 + b'",b\n')
    with pytest.raises(InputError, match="line 3"):
        rows_of(open_source(path))


@pytest.mark.parametrize("delimiter", [",", "\t", ";", "|"])
def test_delimiters(tmp_path: Path, delimiter: str) -> None:
    text = '名前,数\nやまだ,1.5\n"a,;|\tb",2\n'.replace(",", "\0").replace("\0;", ",;").replace("\0", delimiter)
    source, rows = read(tmp_path / "t.csv", text.encode())
    assert source.format.delimiter == delimiter
    assert rows[0] == ("やまだ", "1.5")
    assert len(source.columns) == 2


def test_decimal_commas_do_not_win_over_semicolons(tmp_path: Path) -> None:
    source, rows = read(tmp_path / "t.csv", b"lat;lon\n35,1;139,2\n36,1;140,2\n")
    assert source.columns == ("lat", "lon")
    assert rows == [("35,1", "139,2"), ("36,1", "140,2")]


def test_line_ends_of_all_ages(tmp_path: Path) -> None:
    want = [("a", "b"), ("c", "d")]
    for number, end in enumerate(("\n", "\r\n", "\r")):
        for tail in ("", end, end * 3):
            data = end.join(["name,place", "a,b", "c,d"]) + tail
            assert read(tmp_path / f"{number}.csv", data.encode())[1] == want


def test_header_only_is_a_table_without_records(tmp_path: Path) -> None:
    for data in (b"name,place", b"name,place\n", b"\xef\xbb\xbfname,place\r\n"):
        path = tmp_path / "t.csv"
        path.write_bytes(data)
        frames = list(open_source(path).batches())
        assert [frame.columns for frame in frames] == [["name", "place"]]
        assert sum(frame.height for frame in frames) == 0


def test_five_thousand_columns(tmp_path: Path) -> None:
    names = [f"name{number}" for number in range(5000)]
    data = ",".join(names) + "\n" + (",".join(["x y"] * 5000) + "\n") * 20
    source, rows = read(tmp_path / "t.csv", data.encode())
    assert list(source.columns) == names
    assert len(rows) == 20


def test_too_many_columns(tmp_path: Path) -> None:
    path = tmp_path / "t.csv"
    path.write_bytes(b"a," * 140_000 + b"a\n")
    with pytest.raises(InputError, match="140001 columns"):
        open_source(path)


def test_digest_is_that_of_the_bytes_read(tmp_path: Path, small_blocks: None) -> None:
    from tegata.tables import digest_file

    source, _ = read(tmp_path / "t.csv", b"name,place\n" + b"x y,z\n" * 100)
    assert source.digest == digest_file(tmp_path / "t.csv")
    (tmp_path / "t.csv").write_bytes(b"name,place\n" + b"x y,other\n" * 100)
    rows_of(source)
    assert source.digest == digest_file(tmp_path / "t.csv")


def test_digest_is_unknown_before_the_pass_is_complete(tmp_path: Path, small_blocks: None) -> None:
    path = tmp_path / "t.csv"
    path.write_bytes(b"name,place\n" + b"x y,z\n" * 100)
    source = open_source(path)
    next(iter(source.batches()))
    with pytest.raises(RuntimeError):
        _ = source.digest


def test_another_table_in_the_same_place_is_noticed(tmp_path: Path) -> None:
    path = tmp_path / "t.csv"
    path.write_bytes(b"name,place\nx y,z\n")
    source = open_source(path)
    path.write_bytes(b"place,name\nx y,z\n")
    with pytest.raises(InputError, match="changed"):
        rows_of(source)


def test_progress_ends_at_the_size_of_the_file(tmp_path: Path, small_blocks: None) -> None:
    path = tmp_path / "t.csv"
    path.write_bytes(b"name,place\n" + b"x y,z\n" * 100)
    told: list[tuple[int, int]] = []
    list(open_source(path).batches(lambda done, total: told.append((done, total))))
    assert told[-1] == (path.stat().st_size, path.stat().st_size)
    assert told == sorted(told)


@pytest.mark.parametrize("number", range(1, 5))
def test_written_csv_is_read_by_the_csv_module(tmp_path: Path, number: int) -> None:
    frame = pl.DataFrame({f"a,{n}": ["x", 'q"q', "l\nm", None, "c\rd", " s "] for n in range(number)})
    with open_sink(tmp_path / "t.csv", "csv") as sink:
        sink.write(frame)
    with (tmp_path / "t.csv").open(newline="") as file:
        assert [tuple(row) for row in csv.reader(file)][1:] == frame.fill_null("").rows()


def japanese_csvs() -> list[Path]:
    folders = (shared_data("opendata-messy"), shared_data("japan-registry"))
    return [path for folder in folders for path in sorted(folder.rglob("*.csv"))]


def test_real_tables_give_every_record() -> None:
    for path in japanese_csvs():
        source = open_source(path)
        text = path.read_bytes().decode(source.format.encoding)
        every = list(csv.reader(io.StringIO(text, newline="")))
        header = every[source.format.header_row]
        assert source.columns[: len(header)] == tuple(
            name.strip() or f"column_{number}" for number, name in enumerate(header, 1)
        )
        below = [row for row in every[source.format.header_row + 1 :] if any(row)]
        records = [row for row in below if row[0] not in ("#object_type_xsd", "#property_context")]
        got = [[cell or "" for cell in row] for row in rows_of(source)]
        assert [row[: len(want)] for row, want in zip(got, records, strict=True)] == records, path
        assert not any(any(row[len(want) :]) for row, want in zip(got, records, strict=True))


def test_the_same_text_in_two_encodings_gives_the_same_batches() -> None:
    folder = shared_data("japan-registry") / "localgovjp"
    sjis, utf8 = open_source(folder / "localgovjp-2019-sjis.csv"), open_source(folder / "localgovjp-2019-utf8.csv")
    assert (sjis.format.encoding, utf8.format.encoding) == ("cp932", "utf-8")
    assert sjis.columns == utf8.columns
    assert rows_of(sjis) == rows_of(utf8)


def test_a_first_record_longer_than_a_block_is_refused_in_words(tmp_path: Path, small_blocks: None) -> None:
    path = tmp_path / "t.csv"
    path.write_bytes(b"x" * 10_000 + b"\n" + b"y\n" * 100)
    with pytest.raises(InputError, match="no header that could be read"):
        open_source(path)
