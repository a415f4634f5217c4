"""docs/protection.md says of every operation what it guarantees, and which test tries it."""

from __future__ import annotations

from typing import get_args

import pytest
from tools import make_protect_docs as docs

from tegata.model.rows import RowFilter
from tegata.model.step import Step


def test_the_page_is_the_generated_one() -> None:
    assert docs.PAGE.read_text("utf-8") == docs.page(), "run `make documents`"


def test_every_operation_is_on_it() -> None:
    operations = {str(kind.__struct_config__.tag) for kind in (*get_args(Step), *get_args(RowFilter))}
    assert {op for op, _ in docs.told()} == operations
    assert docs.TESTS.keys() == operations | {"k_anonymity", "statistics"}


@pytest.mark.parametrize("op", docs.TESTS)
def test_its_test_exists(op: str) -> None:
    file, _, name = docs.TESTS[op].partition("::")
    assert f"\ndef {name}(" in (docs.ROOT / file).read_text("utf-8")
