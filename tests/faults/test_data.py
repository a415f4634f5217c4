"""A share of `make soak-data`: a table of many chunks, and both sides killed while it is on its way."""

from __future__ import annotations

from pathlib import Path

from tests.faults.data import cross, rounds


def test_a_large_table_crosses_while_either_side_is_killed(tmp_path: Path) -> None:
    done = cross(tmp_path, 24 << 20, kills=2)
    assert done.wrong == []
    assert done.kills >= 1
    assert done.memory[1] < 160 << 20, "who receives holds a chunk, not a table"


def test_rounds_share_bytes_and_kills_out() -> None:
    assert list(rounds(10, 4, 5)) == [(4, 1), (4, 2), (2, 2)]
    assert list(rounds(4, 4, 7)) == [(4, 7)]
    assert sum(kills for _, kills in rounds(100 << 30, 2 << 30, 200)) == 200
