"""Where tables begin."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tegata.tables.header import find_layout, unique_names


def layout(text: str) -> tuple[int, int]:
    found = find_layout([line.split(",") for line in text.splitlines()])
    return found.header_row, found.first_record


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("name,age\nAnn,4\nBob,5", (0, 1)),
        ("name,age", (0, 1)),
        ("List of people\n\nname,age,sex\nAnn,4,f\nBob,5,m", (2, 3)),
        ("List of people,,\nname,age,sex\nAnn,4,f\nBob,5,m", (1, 2)),
        (",value\na,1\nb,2", (0, 1)),
        ("place,2019,2020,2021\nHokkaido,5250,5224,5188", (0, 1)),
        ("date,0,1,2\n2020-01-01,5,6,7", (0, 1)),
        ("#lang,ja,\n#license,x,\n#property,name,tel\n#object_type_xsd,string,string\n1,a,b", (2, 4)),
        ("property,name\nobject_type_xsd,string\nproperty_context,x\n1,a", (0, 3)),
        ("属性,属性,答え,答え\nid,sex,q1,q2\n1,m,5,6\n2,f,5,6", (1, 2)),
        ("place,people\na,5\nb,6\n\nplace,people\nc,7", (0, 1)),
    ],
)
def test_header_is_found(text: str, expected: tuple[int, int]) -> None:
    assert layout(text) == expected


@pytest.mark.parametrize(
    "text",
    [
        "Ann,4.5\nBob,5.5",
        "山田太郎,090-1234-5678\n鈴木花子,080-1234-5678",
        "Ann,ann@example.com\nBob,bob@example.com",
        "Ann,1980-01-02\nBob,1981-03-04",
        "Ann,昭和55年1月2日\nBob,平成元年1月2日",
        "山田,男,東京都\n鈴木,女,大阪府\n佐藤,男,東京都",
        "12345678,Ann",
        "1,Ann\n2,Bob",
    ],
)
def test_a_record_is_never_taken_for_a_header(text: str) -> None:
    """Names of columns are published: the first person of a table must not become one."""
    assert layout(text) == (-1, 0)
    rows = [line.split(",") for line in text.splitlines()]
    assert find_layout(rows).names == tuple(f"column_{number}" for number in range(1, len(rows[0]) + 1))


def test_names() -> None:
    assert unique_names(["*", "^.*$", "_*", "^"]) == ("_*", "_^.*$", "_*_2", "^")
    assert unique_names([" a ", "", "a", "a", "b\n"]) == ("a", "column_2", "a_2", "a_3", "b")
    assert unique_names(["a", "a", "a_2"]) == ("a", "a_3", "a_2")
    assert unique_names(["column_2", ""]) == ("column_2", "column_2_2")


@settings(deadline=None, max_examples=60)
@given(st.lists(st.sampled_from(["a", "a_2", "", "column_1", "column_2", "a_3", " a", "column_1_2"]), max_size=12))
def test_names_are_distinct_and_kept_where_possible(cells: list[str]) -> None:
    names = unique_names(cells)
    assert len(set(names)) == len(names) == len(cells)
    firsts = {cell.strip(): place for place, cell in reversed(list(enumerate(cells))) if cell.strip()}
    assert all(names[place] == name for name, place in firsts.items())
