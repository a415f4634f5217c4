"""docs/how-to/write-a-protection-plan.md would otherwise lie as soon as plans grow."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any, get_args

from tegata.model.plan import Hierarchy
from tegata.model.rows import Predicate, RowFilter
from tegata.model.step import Step
from tegata.protect import read_plan

GUIDE = (Path(__file__).parents[2] / "docs" / "how-to" / "write-a-protection-plan.md").read_text("utf-8")


def tags(union: Any) -> set[str]:
    return {kind.__struct_config__.tag for kind in get_args(union)}


def test_the_plan_of_the_guide_is_one_and_shows_every_step_and_hierarchy() -> None:
    (text,) = re.findall(r"```yaml\n(.*?)```", GUIDE, re.DOTALL)
    plan = read_plan(text.encode())
    assert {type(step).__struct_config__.tag for step in plan.steps} == tags(Step)
    assert tags(RowFilter) == {type(one).__struct_config__.tag for one in plan.rows}
    assert tags(Predicate) == {type(one.where).__struct_config__.tag for one in plan.rows}
    assert plan.anonymity is not None
    shown = {type(quasi.hierarchy).__struct_config__.tag for quasi in plan.anonymity.quasi_identifiers}
    assert shown == tags(Hierarchy)
