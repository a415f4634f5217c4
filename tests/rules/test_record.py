"""What the packs ask for stands twice: in the packs and in the record."""

from __future__ import annotations

import pytest

from tegata.rules.examples import run_examples, untried
from tegata.rules.pack import BUILTIN, Pack, load_pack
from tests.rules.pack_judge import check_form
from tests.rules.record import HERE, read_off, recorded

PACKS = [load_pack(path.parent) for path in sorted(BUILTIN.glob("*/*/pack.yaml"))]
OPEN = (None, "needs_info")  # an example that comes to no outcome tries no rule
RECORDED = [pack for pack in PACKS if recorded(pack.id)]


def check_examples(pack: Pack) -> None:
    runs = run_examples(pack)
    assert [run.id for run in runs if not run.passed] == []
    settled = [run for run, one in zip(runs, pack.examples, strict=True) if one.expect.get("outcome") not in OPEN]
    assert untried(pack, settled) == () or pack.files.head.status == "proposal"  # whose rules hold in a copy only


def check_record(pack: Pack) -> None:
    found, stated = read_off(pack), recorded(pack.id)
    assert found.pop("rules") == stated.pop("rules")
    assert found == stated


@pytest.mark.parametrize("pack", RECORDED, ids=lambda pack: pack.id)
def test_outcomes_dates_and_duties_are_those_of_the_record(pack: Pack) -> None:
    check_record(pack)
    check_form(pack)


@pytest.mark.parametrize("pack", PACKS, ids=lambda pack: pack.id)
def test_the_worked_examples_try_every_rule(pack: Pack) -> None:
    check_examples(pack)


def test_nothing_is_recorded_of_packs_that_are_not_there() -> None:
    assert {path.stem for path in HERE.glob("*.yaml")} == {pack.id for pack in RECORDED}
    assert len(RECORDED) > 10
