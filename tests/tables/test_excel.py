"""Excel workbooks."""

from __future__ import annotations

import datetime as dt
import zipfile
from pathlib import Path

import pytest
import python_calamine as calamine
import xlsxwriter

from tegata.model.errors import InputError
from tegata.tables import digest_file, open_collection, open_source
from tests.shared_data import shared_data


def write(path: Path, sheets: dict[str, list[list[object]]], at: tuple[int, int] = (0, 0)) -> Path:
    with xlsxwriter.Workbook(str(path), {"default_date_format": "yyyy-mm-dd hh:mm:ss"}) as book:
        for name, rows in sheets.items():
            sheet = book.add_worksheet(name)
            for number, row in enumerate(rows):
                sheet.write_row(at[0] + number, at[1], row)
    return path


def test_cells_become_text(tmp_path: Path) -> None:
    moment = dt.datetime(2020, 1, 2, 3, 4, 5)  # noqa: DTZ001 a workbook knows no time zones
    rows = [
        ["name", "n", "x", "when", "day", "yes"],
        ["花子", 12.0, 1.5, moment, moment.replace(3, 1, 2, 0, 0, 0), True],
    ]
    rows[1][4] = dt.date(2020, 1, 2)
    source = open_source(write(tmp_path / "t.xlsx", {"empty": [], "人": rows}))
    assert (source.format.format, source.format.sheet) == ("xlsx", "人")
    assert source.columns == ("name", "n", "x", "when", "day", "yes")
    assert [frame.rows() for frame in source.batches()] == [
        [("花子", "12", "1.5", "2020-01-02 03:04:05", "2020-01-02", "true")]
    ]
    assert source.digest == digest_file(source.path)


def test_a_table_that_begins_somewhere_inside(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tegata.tables.source.FRAME_CELLS", 2)
    rows = [["name", "n"], ["x y", 1], [], ["z", 2]]
    source = open_source(write(tmp_path / "t.xlsx", {"s": rows}, at=(3, 2)))
    assert source.format.header_row == 3
    assert [row for frame in source.batches() for row in frame.rows()] == [("x y", "1"), ("z", "2")]


def test_header_only_and_empty(tmp_path: Path) -> None:
    (frame,) = open_source(write(tmp_path / "t.xlsx", {"s": [["name", "n"]]})).batches()
    assert (frame.columns, frame.height) == (["name", "n"], 0)
    with pytest.raises(InputError, match="all its sheets are empty"):
        open_source(write(tmp_path / "e.xlsx", {"s": []}))


def test_a_far_corner_is_refused_before_it_takes_memory(tmp_path: Path) -> None:
    path = tmp_path / "t.xlsx"
    with xlsxwriter.Workbook(str(path)) as book:
        sheet = book.add_worksheet()
        sheet.write(0, 0, "a")
        sheet.write(1_048_575, 16_383, "b")
    with pytest.raises(InputError, match="too large"):
        open_source(path)


@pytest.mark.parametrize(
    "rows",
    [
        b'<row r="1"><c r="A1"/></row><row r="1048576"><c r="XFD1048576"/></row>',
        b"<x:row><x:c r = 'XFD1048576'/></x:row>",
        b"<row>" + b"<c/>" * 16_000 + b"</row>" + b"<row><c/></row>" * 1_100,
        b'<row r="1048576">' + b"<c/>" * 20 + b"</row>",
    ],
)
def test_far_corners_in_any_writing(tmp_path: Path, rows: bytes) -> None:
    path = tmp_path / "t.xlsx"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as parts:
        parts.writestr("xl/workbook.xml", b"<workbook/>")
        parts.writestr("xl/anywhere.xml", b"<worksheet><sheetData>" + rows + b"</sheetData></worksheet>")
    with pytest.raises(InputError, match="too large"):
        open_source(path)


def test_a_zip_bomb_is_refused_whatever_its_directory_says(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tegata.tables.workbook.MAX_UNPACKED", 1 << 20)
    path = write(tmp_path / "t.xlsx", {"s": [["name"], ["x"]]})
    with zipfile.ZipFile(path, "a", zipfile.ZIP_DEFLATED) as parts:
        parts.writestr("xl/media/big.bin", bytes(8 << 20))
    with pytest.raises(InputError, match="too large"):
        open_source(path)
    data = path.read_bytes()
    size = (8 << 20).to_bytes(4, "little")
    assert data.count(size) >= 1
    path.write_bytes(data.replace(size, (100).to_bytes(4, "little")))
    with pytest.raises(InputError, match=r"too large|cannot be read"):
        open_source(path)


def test_archives_that_are_no_workbooks(tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "t.docx", "w") as parts:
        parts.writestr("[Content_Types].xml", "<Types/>")
    with pytest.raises(InputError, match="document of an office program"):
        open_source(tmp_path / "t.docx")
    path = write(tmp_path / "t.xlsx", {"s": [["name"], ["x"]]})
    path.write_bytes(path.read_bytes()[:-50])
    with pytest.raises(InputError, match="cannot be unpacked"):
        open_source(path)


def test_one_of_several_sheets_is_named_and_none_is_passed_over(tmp_path: Path) -> None:
    path = write(tmp_path / "t.xlsx", {"first": [["name"], ["x"]], "empty": [], "second": [["n"], ["1"]]})
    with pytest.raises(InputError, match=r"holds 2 tables.*`first`, `second`"):
        open_source(path)
    source = open_source(tmp_path / "t.xlsx#second")
    assert (source.columns, source.format.sheet) == (("n",), "second")


def test_a_hidden_sheet_is_read_like_any_other(tmp_path: Path) -> None:
    path = tmp_path / "t.xlsx"
    with xlsxwriter.Workbook(str(path)) as book:
        book.add_worksheet("shown").write_row(0, 0, ["name"])
        for name, hide in (("hidden", "hide"), ("very", "very_hidden")):
            sheet = book.add_worksheet(name)
            sheet.write_row(0, 0, ["name"])
            getattr(sheet, hide)()
        book.add_chartsheet("chart").set_chart(_chart(book))
    assert [part.name for part in open_collection(path).parts] == ["shown", "hidden", "very"]


def _chart(book: xlsxwriter.Workbook) -> object:
    chart = book.add_chart({"type": "line"})
    chart.add_series({"values": "=shown!$A$1:$A$2"})
    return chart


def test_real_workbooks_give_every_filled_row() -> None:
    opened = 0
    for path in sorted(shared_data("opendata-messy").rglob("*.xlsx")):
        if path.stat().st_size == 0:
            with pytest.raises(InputError, match="is empty"):
                open_source(path)
            continue
        for part in open_collection(path).parts:
            source = part.open()
            sheet = calamine.CalamineWorkbook.from_path(str(path)).get_sheet_by_name(source.format.sheet)
            rows = list(sheet.iter_rows())[source.format.header_row + 1 :]
            records = [row for row in rows if any(cell != "" for cell in row) and not str(row[0]).startswith("#")]
            frames = list(source.batches())
            assert sum(frame.height for frame in frames) == len(records), path
            assert sum(cell is not None for frame in frames for row in frame.rows() for cell in row) == sum(
                cell != "" for row in records for cell in row
            ), path
        opened += 1
    assert opened == 24
