"""Which answers of a peer leave hope that asking again for its state helps."""

from __future__ import annotations

import datetime as dt

import pytest

from tegata.exchange.courier import Answer
from tegata.exchange.differences import _may_change
from tegata.model.process import Dispute

SINCE = dt.datetime(2026, 4, 1, tzinfo=dt.UTC)


@pytest.mark.parametrize(
    ("status", "unrecognised", "hope"),
    [
        (200, False, True),  # what it shows does not read now
        (0, False, True),
        (503, False, True),
        (404, True, True),  # it refused us so from the beginning: its clock or ours may be wrong
        (404, False, False),  # it knew us when it refused, and knows no such process
        (400, True, False),
    ],
)
def test_asking_again_helps_where_the_answer_may_become_another(status: int, unrecognised: bool, hope: bool) -> None:
    dispute = Dispute(since=SINCE, unrecognised=unrecognised)
    assert _may_change(dispute, Answer(status=status)) is hope
