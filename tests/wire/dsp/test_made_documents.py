"""Decoder and schema give the same verdict on documents that are drawn from the schemas, valid and nearly valid."""

from __future__ import annotations

import pytest
from hypothesis import given, settings

from tests.wire.dsp.made import documents
from tests.wire.dsp.schemas import KINDS, schema_says
from tests.wire.dsp.test_schema_parity import same_verdict

SEVERAL = settings(max_examples=25, deadline=None)


@pytest.mark.parametrize("name", KINDS)
def test_what_a_schema_allows_is_read(name: str) -> None:
    @SEVERAL
    @given(documents(name, slips=False))
    def holds(document: object) -> None:
        assert schema_says(name, document)
        assert same_verdict(name, document)

    holds()


@pytest.mark.parametrize("name", KINDS)
def test_what_only_comes_near_is_judged_alike(name: str) -> None:
    verdicts = set()

    @SEVERAL
    @given(documents(name, slips=True))
    def holds(document: object) -> None:
        verdicts.add(same_verdict(name, document))

    holds()
    assert False in verdicts
