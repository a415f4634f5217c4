"""Tables of 10,000 columns, and columns of which no two cells are of one type."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from tegata.tables import open_source
from tests.tables.contract import rows_of

WIDE = 10_000


def csv(rows: int) -> str:
    line = ",".join(str(n) for n in range(WIDE))
    return "\n".join([",".join(f"c{n}" for n in range(WIDE)), *[line] * rows])


def json_lines(rows: int) -> str:
    return "\n".join([json.dumps({f"c{n}": n for n in range(WIDE)})] * rows)


def other_names_in_every_line(rows: int) -> str:
    each = WIDE // rows
    return "\n".join(json.dumps({f"c{n}": n for n in range(row * each, (row + 1) * each)}) for row in range(rows))


@pytest.mark.parametrize("write", [csv, json_lines, other_names_in_every_line])
def test_every_column_is_read(tmp_path: Path, write: Callable[[int], str]) -> None:
    (tmp_path / "wide").write_text(write(4))
    source = open_source(tmp_path / "wide")
    rows = rows_of(source)
    assert source.columns == tuple(f"c{n}" for n in range(WIDE))
    assert [row.index(str(WIDE - 1)) for row in rows if str(WIDE - 1) in row] == [WIDE - 1] * (
        1 if write is other_names_in_every_line else 4
    )


def test_a_column_of_every_type_is_text(tmp_path: Path) -> None:
    cells = ["1", '"x"', '{"b": [1, {"c": null}]}', "[1, 2]", "null", "true", "1.50", "123456789012345678901234567890"]
    (tmp_path / "mixed.jsonl").write_text("\n".join(f'{{"a": {cell}, "n": {n}}}' for n, cell in enumerate(cells)))
    source = open_source(tmp_path / "mixed.jsonl")
    rows = [dict(zip(source.columns, row, strict=True)) for row in rows_of(source)]
    assert [row["a"] for row in rows] == [
        *("1", "x", None, "[1,2]", None, "true"),
        *("1.50", "123456789012345678901234567890"),
    ]
    assert rows[2]["a.b"] == '[1,{"c":null}]'
