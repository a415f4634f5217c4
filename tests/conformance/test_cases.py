"""The cases of the conformance kit, tried by a judge of our own against a node in a process of its own."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from typing import Any

import pytest

from tests.conformance.cases import CASES, Case
from tests.conformance.judge import Judge
from tests.conformance.running import node_under_test
from tests.conformance.trial import try_case
from tests.shared_data import shared_data
from tests.wire.dsp.schemas import KINDS, validator

# The document of each kind is judged by the official schema of the same name.
SCHEMAS = {kind.__struct_config__.tag or kind.__name__.removeprefix("Root"): name for name, kind in KINDS.items()}


@pytest.fixture(scope="module")
def judge(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Judge]:
    inspect = _by_schema if _have_schemas() else lambda document: None
    with node_under_test(tmp_path_factory.mktemp("node")) as root, Judge(root, inspect) as judge:
        yield judge


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.id)
def test_case(judge: Judge, case: Case) -> None:
    try_case(judge, case)


def test_the_table_holds_the_enabled_tests_of_the_kit() -> None:
    groups = Counter(case.id.partition(":")[0] for case in CASES)
    assert groups == {"MET": 1, "CAT": 3, "CN": 15, "CN_C": 16, "TP": 15, "TP_C": 15}
    assert len({case.id for case in CASES}) == 65


def _have_schemas() -> bool:
    try:
        return shared_data("dsp").is_dir()
    except pytest.skip.Exception:
        return False


def _by_schema(document: dict[str, Any]) -> None:
    validator(SCHEMAS[document["@type"]]).validate(document)
