"""An everyday share of the mutants of the packs; all of them with `make judge-mutants`."""

from __future__ import annotations

import msgspec
import pytest

from tegata.rules.pack import Pack
from tests.rules.mutation import run
from tests.rules.mutation.expressions import changed
from tests.rules.mutation.trials import trials
from tests.rules.pack_judge import rebuilt

PACKS = run.packs()
SHARE = 60
"""One of so many mutants is tried every day."""


@pytest.mark.parametrize("pack", PACKS.values(), ids=PACKS)
def test_small_changes_of_the_law_are_noticed(pack: Pack) -> None:
    found = run.tally(pack, 0, SHARE)
    assert found.killed >= run.GOAL or len(found.survivors) < 2, "\n".join(found.survivors)


def test_every_part_of_an_expression_is_changed() -> None:
    assert set(changed('not a and b >= 3 or c in ["x", "y"] and as_of == 2026-01-01')) == {
        'not (not a and b >= 3 or c in ["x", "y"] and as_of == 2026-01-01)',
        ' a and b >= 3 or c in ["x", "y"] and as_of == 2026-01-01',
        'not a or b >= 3 or c in ["x", "y"] and as_of == 2026-01-01',
        'not a and b > 3 or c in ["x", "y"] and as_of == 2026-01-01',
        'not a and b >= 2 or c in ["x", "y"] and as_of == 2026-01-01',
        'not a and b >= 4 or c in ["x", "y"] and as_of == 2026-01-01',
        'not a and b >= 3 and c in ["x", "y"] and as_of == 2026-01-01',
        'not a and b >= 3 or c in ["x", "y"] or as_of == 2026-01-01',
        'not a and b >= 3 or c in ["x", "y"] and as_of != 2026-01-01',
        'not a and b >= 3 or c in ["x", "y"] and as_of == 2025-12-31',
        'not a and b >= 3 or c in ["x", "y"] and as_of == 2026-01-02',
        'not a and b >= 3 or c in ["y"] and as_of == 2026-01-01',
        'not a and b >= 3 or c in ["x"] and as_of == 2026-01-01',
    }


def test_a_pack_whose_own_tests_fail_proves_nothing() -> None:
    pack = PACKS["eu.data-act"]
    untried = msgspec.structs.replace(pack.files.rules[0], id="untried", when='provider.located_in == "ZW"')
    with pytest.raises(AssertionError, match="as it is"):
        trials(rebuilt(pack, rules=(*pack.files.rules, untried)))


def test_without_tests_every_mutant_survives(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(run, "trials", lambda pack: [])
    found = run.tally(PACKS["vn.pdpl"], 0, 10)
    assert found.total == len(found.survivors) > 5
    assert found.killed == 0
