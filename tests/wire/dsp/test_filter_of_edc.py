"""The filter of a catalogue request: what Eclipse EDC always sends is taken, what narrows the answer is refused."""

from __future__ import annotations

from typing import Any

import pytest

from tegata.model.errors import ProtocolError
from tegata.wire.dsp.filter import Filter, filter_terms, read_filter

EDC: dict[str, Any] = {"@type": "QuerySpec", "limit": 50, "offset": 0, "sortOrder": "ASC", "filterExpression": []}


def test_a_query_for_everything_says_how_much_at_a_time() -> None:
    assert read_filter([EDC]) == Filter(limit=50)
    assert read_filter([EDC | {"limit": 1}, *filter_terms(Filter(text="Tokyo"))]) == Filter(text="Tokyo", limit=1)


@pytest.mark.parametrize(
    "narrower",
    [
        EDC | {"filterExpression": [{"operandLeft": "id", "operator": "=", "operandRight": "1"}]},
        EDC | {"offset": 50},
        EDC | {"limit": 0},
        EDC | {"limit": -1},
        EDC | {"limit": 2**31},
        EDC | {"limit": "50"},
        EDC | {"sortField": "id"},
        EDC | {"@type": "Other"},
        {"@type": "QuerySpec"},
        "everything",
        [EDC],
        None,
    ],
)
def test_whatever_would_be_answered_with_too_much_is_refused(narrower: Any) -> None:
    with pytest.raises(ProtocolError, match="not supported") as refused:
        read_filter([narrower])
    assert refused.value.status == 400
