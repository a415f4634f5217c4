"""Each test that the table of attacks names is there, once."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from tests.trust.judge.attacks import ATTACKS, Attack

TESTS = Path(__file__).parents[2]


@pytest.mark.parametrize("attack", ATTACKS, ids=lambda attack: attack.what)
def test_what_is_named_is_there(attack: Attack) -> None:
    for file, names in attack.tests.items():
        there = re.findall(r"def test_(\w+)", (TESTS / file).read_text("utf-8"))
        assert [name for name in names if not any(one.startswith(name) for one in there)] == []
