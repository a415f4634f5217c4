"""A share of `make soak-data`: a table of many chunks, and both sides killed while it is on its way."""

from __future__ import annotations

from pathlib import Path

from tests.faults.data import cross


def test_a_large_table_crosses_while_either_side_is_killed(tmp_path: Path) -> None:
    done = cross(tmp_path, 24 << 20, kills=2)
    assert done.wrong == []
    assert done.kills >= 1
    assert done.memory[1] < 160 << 20, "who receives holds a chunk, not a table"
