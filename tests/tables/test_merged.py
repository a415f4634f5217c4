"""Merged cells of workbooks that another program writes."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from tempfile import TemporaryDirectory

import openpyxl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tegata.scan import scan
from tegata.tables import Source, open_source

Cells = Sequence[Sequence[object]]


def sheet(path: Path, rows: Cells, merged: Sequence[str], corner: tuple[int, int] = (1, 1)) -> Source:
    book = openpyxl.Workbook()
    page = book.active
    for number, row in enumerate(rows, corner[0]):
        for place, cell in enumerate(row, corner[1]):
            if cell is not None:
                page.cell(number, place, cell)
    for one in merged:
        page.merge_cells(one)
    book.save(path)
    return open_source(path)


def rows_of(source: Source) -> list[tuple[str | None, ...]]:
    return [row for frame in source.batches() for row in frame.rows()]


PEOPLE = [(f"佐藤{n}子", f"03-1234-{n:04}", f"u{n}@example.jp", "東京都港区") for n in range(10)]
NAMES = ("氏名", "連絡先.電話", "連絡先.メール", "住所")
TWO_ROWS: Cells = [("氏名", "連絡先", None, "住所"), (None, "電話", "メール", None)]

HEADERS = {
    "labels that reach down": (TWO_ROWS, ["A1:A2", "B1:C1", "D1:D2"], 1),
    "only the group is merged": (TWO_ROWS, ["B1:C1"], 1),
    "below a title": ([("利用者一覧",), *TWO_ROWS], ["A1:D1", "A2:A3", "B2:C2", "D2:D3"], 2),
    "below a title that is not as wide": ([("利用者一覧",), *TWO_ROWS], ["A1:C1", "A2:A3", "B2:C2", "D2:D3"], 2),
    "below a preamble": (
        [("作成日",), ("2024年3月",), (None,), *TWO_ROWS],
        ["A1:B1", "A2:C2", "A4:A5", "B4:C4", "D4:D5"],
        4,
    ),
    "names in the lower row": ([(None, "連絡先"), ("氏名", "電話", "メール", "住所")], ["B1:C1"], 1),
}


@pytest.mark.parametrize("corner", [(1, 1), (3, 4)])
@pytest.mark.parametrize("case", HEADERS)
def test_names_are_joined_from_the_outside(tmp_path: Path, case: str, corner: tuple[int, int]) -> None:
    head, merged, last = HEADERS[case]
    moved = [_moved(one, corner) for one in merged]
    source = sheet(tmp_path / "t.xlsx", [*head, *PEOPLE], moved, corner)
    assert source.columns == NAMES
    assert source.format.header_row == last + corner[0] - 1
    assert rows_of(source) == PEOPLE


def _moved(place: str, corner: tuple[int, int]) -> str:
    left, top, right, bottom = openpyxl.utils.cell.range_boundaries(place)
    across, down = corner[1] - 1, corner[0] - 1
    letters = [openpyxl.utils.get_column_letter(column + across) for column in (left, right)]
    return f"{letters[0]}{top + down}:{letters[1]}{bottom + down}"


def test_three_rows(tmp_path: Path) -> None:
    head = [("id", "家族", None, None), (None, "父", None, "母"), (None, "氏名", "生年月日", "氏名")]
    merged = ["A1:A3", "B1:D1", "B2:C2"]
    records = [(str(n), f"佐藤{n}", f"1960-01-{n:02}", f"鈴木{n}") for n in range(10, 20)]
    source = sheet(tmp_path / "t.xlsx", [*head, *records], merged)
    assert source.columns == ("id", "家族.父.氏名", "家族.父.生年月日", "家族.母.氏名")
    assert rows_of(source) == records


@pytest.mark.parametrize("merged", [["A1:B1"], ["A1:B1", "C1:D1"]])
def test_the_first_person_never_becomes_a_name(tmp_path: Path, merged: Sequence[str]) -> None:
    """A label above two columns without names of their own: what stands below are records."""
    people = [
        ("山田", "太郎", "東京都", "港区"),
        ("鈴木", "花子", "大阪府", "北区"),
        ("佐藤", "次郎", "京都府", "左京区"),
    ]
    source = sheet(tmp_path / "t.xlsx", [("氏名", None, "住所", None), *people], merged)
    assert not any(cell in name for row in people for cell in row for name in source.columns)
    assert rows_of(source)[-3:] == people


def test_a_preamble_beside_a_name_is_no_part_of_names(tmp_path: Path) -> None:
    names = ("氏名", "電話", "メール", "住所", "所属", "役職", "年齢", "性別")
    head = [("作成者", None, "山田太郎"), names]
    people = [(*person, "内科", "医師", "41", "男") for person in PEOPLE]
    assert sheet(tmp_path / "t.xlsx", [*head, *people], ["A1:B1"]).columns == names
    head = [("氏名", "作成者", "山田太郎"), (None, *names[1:])]  # beside a label that reaches down
    source = sheet(tmp_path / "u.xlsx", [*head, *people], ["A1:A2"])
    assert not any("山田" in name for name in source.columns)


def test_a_value_that_stands_for_several_rows_is_in_each(tmp_path: Path) -> None:
    """A patient of three visits is one person, and each of the visits is his."""
    head = [("患者ID", "診断", "備考")]
    records = [
        ("P001", "E11.9", None),
        (None, "I10", "x"),
        (None, None, None),
        (None, "J45.0", None),
        ("P002", "E11.9", "merged"),
        (None, "I10", None),
    ]
    source = sheet(tmp_path / "t.xlsx", [*head, *records], ["A2:A5", "A6:A7", "B6:C6"])
    assert rows_of(source) == [
        ("P001", "E11.9", None),
        ("P001", "I10", "x"),
        ("P001", "J45.0", None),
        ("P002", "E11.9", None),
        ("P002", "I10", None),
    ]


def test_people_are_counted_and_found_under_joined_names(tmp_path: Path) -> None:
    source = sheet(tmp_path / "t.xlsx", [*TWO_ROWS, *PEOPLE], ["A1:A2", "B1:C1", "D1:D2"])
    profile = scan(source)
    assert [column.recogniser for column in profile.columns][2] == "contact.email"
    assert {count.n for count in profile.subjects} == {10}


@settings(max_examples=60, deadline=None)
@given(
    st.lists(
        st.tuples(st.integers(1, 9), st.integers(1, 6), st.integers(0, 30), st.integers(0, 5)), max_size=6, unique=True
    )
)
def test_no_range_loses_or_moves_a_value(ranges: list[tuple[int, int, int, int]]) -> None:
    """Whatever is merged, overlapping or beyond the sheet: a cell that is written comes out in its place."""
    width = 6
    rows = [tuple(f"c{place}" for place in range(width))]
    rows += [tuple(f"v{number} {place}" for place in range(width)) for number in range(30)]
    with TemporaryDirectory() as folder:
        path = Path(folder, "t.xlsx")
        book = openpyxl.Workbook()
        page = book.active
        for row in rows:
            page.append(row)
        for top, left, down, across in ranges:  # as a hostile program would: the cells below are not cleared
            corner = f"{openpyxl.utils.get_column_letter(left + across)}{top + down}"
            page.merged_cells.add(f"{openpyxl.utils.get_column_letter(left)}{top}:{corner}")
        book.save(path)
        source = open_source(path)
        found = rows_of(source)
    assert len(source.columns) == width
    assert found == rows[len(rows) - len(found) :]
    assert len(found) >= len(rows) - 9
