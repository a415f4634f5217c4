"""The pack of the Data Governance Act: its own examples, the Union, duties, questions, mutants."""

from __future__ import annotations

from typing import Any

import pytest

from tegata.model.decision import Outcome
from tegata.rules.pack import Pack
from tests.rules.pack_judge import (
    TODAY,
    asked,
    built_in,
    decided,
    judged,
    verbs_of,
)

PACK = built_in("eu/dga")

ORDER: dict[str, Any] = {
    "provider.located_in": "DE",
    "provider.dga_role": "intermediation_service",
    "recipient.located_in": "US",
    "data.personal": False,
    "transaction.class": "regulatory",
}
"""An authority abroad orders an intermediary in Germany to hand over machine data."""
MEASURES = {("art31-measures", "apply_security_requirements")}
REUSE = {("art5-third-country", "publish_notice"), ("art5-third-country", "insert_clause")}
DUTIES: dict[str, tuple[dict[str, Any], set[tuple[str, str]]]] = {
    "no order": ({**ORDER, "transaction.foreign_order": "none"}, MEASURES),
    "re-use": ({**ORDER, "provider.dga_role": "re_user", "transaction.class": "vendor"}, MEASURES | REUSE),
    "agreement": ({**ORDER, "transaction.foreign_order": "treaty"}, {*MEASURES, ("art31-agreement", "publish_notice")}),
}


@pytest.fixture(scope="module")
def pack() -> Pack:
    return PACK


def test_the_union_has_twenty_seven_members(pack: Pack) -> None:
    union = pack.edition(TODAY).parameters["union"]
    assert len(union) == 27
    assert not {"NO", "IS", "LI", "CH", "GB"} & union


@pytest.mark.parametrize("case", DUTIES)
def test_duties(pack: Pack, case: str) -> None:
    stated, expected = DUTIES[case]
    assert verbs_of(judged(pack, stated)) == expected


def test_an_order_is_asked_for_its_ground(pack: Pack) -> None:
    result = judged(pack, ORDER)
    assert result.outcome is Outcome.NEEDS_INFO
    assert asked(result) == {"transaction.foreign_order", "mechanism.eu_order_reviewable"}


def test_a_denied_order_has_no_path(pack: Pack) -> None:
    decision = decided(
        pack, {**ORDER, "transaction.foreign_order": "no_treaty", "mechanism.eu_order_reviewable": False}
    )
    assert decision.outcome is Outcome.DENY
    assert not decision.path_to_yes
    assert decision.path_note is not None
    assert "Art. 31(3)" in decision.path_note.en
