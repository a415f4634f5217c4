"""The cases of the conformance kit, tried by a judge of our own against a node in a process of its own."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

import pytest

from tests.conformance.cases import CASES, Case
from tests.conformance.judge import Document, Judge
from tests.conformance.running import node_under_test
from tests.conformance.trial import Conversation, try_case
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


class OtherTerms(Conversation):
    """A provider that names the offer which was asked for and puts more into it."""

    def _policy(self, kind: str, id: str) -> Document:
        return super()._policy(kind, id) | {"prohibition": [{"action": "archive"}]}


def test_terms_that_the_node_did_not_ask_for_bind_it_to_nothing(judge: Judge) -> None:
    """Not in the kit: what a node takes by itself must be what it asked for, rule by rule, and not only by its name."""
    OtherTerms(judge, Case("CN_C:02-01", "", "<request !offer =REQUESTED !agree =REQUESTED")).run()


def test_the_table_holds_the_enabled_tests_of_the_kit() -> None:
    groups = Counter(case.id.partition(":")[0] for case in CASES)
    assert groups == {"MET": 1, "CAT": 3, "CN": 15, "CN_C": 16, "TP": 15, "TP_C": 15}
    assert len({case.id for case in CASES}) == 65


def _have_schemas() -> bool:
    try:
        return shared_data("dsp").is_dir()
    except pytest.skip.Exception:
        return False


def _by_schema(document: Document) -> None:
    validator(SCHEMAS[document["@type"]]).validate(document)
