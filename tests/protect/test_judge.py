"""The judge of `make judge-attacks`, on one small population; and that it would notice a figure that is not true."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.protect.judge import Attack, attacks, table


def test_every_figure_is_reached_and_none_is_passed(tmp_path: Path) -> None:
    found = list(attacks(tmp_path, 200, [7]))
    assert [one for one in found if not one.holds] == []
    assert {one.figure for one in found} >= {
        "prosecutor's risk",
        "marketer's risk",
        "records alone in their group",
        "journalist's risk",
        "linkage: share that is right",
        "linkage: certain",
        "l of a sensitive column",
        "smallest change of a group",
        "records alone in both",
    }
    assert table(found).count("\n") > 10


@pytest.mark.parametrize(
    ("stated", "reached", "bound", "holds"),
    [
        (0.25, 0.26, False, True),
        (0.25, 0.35, False, False),
        (0.25, 0.15, False, False),
        (0.25, 0.15, True, True),
        (0.25, 0.35, True, False),
        (3, 3, False, True),
        (3, 2, False, False),
        (1, 0.9, False, False),
    ],
)
def test_a_figure_that_is_not_true_is_noticed(stated: float, reached: float, bound: bool, holds: bool) -> None:
    assert Attack("", "", stated, reached, 1000, bound).holds is holds
