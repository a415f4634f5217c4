"""A quorum of witnesses as people write it, and as it is read back to them."""

from __future__ import annotations

import pytest

from tegata.cli.quorum import quorum
from tegata.log import ED25519_COSIGNATURE, write_vkey
from tegata.model.catalog import Quorum
from tegata.model.errors import UsageError
from tegata.trust.quorum import said
from tests.trust.samples import OTHER


@pytest.mark.parametrize(
    ("text", "count", "names"),
    [
        ("2 of: counterparty, witness-a,w.example/b", 2, ["counterparty", "witness-a", "w.example/b"]),
        (" 1 of:counterparty", 1, ["counterparty"]),
        ("all of : a, b", 2, ["a", "b"]),
    ],
)
def test_what_people_write(text: str, count: int, names: list[str]) -> None:
    assert quorum(text) == {"at_least": count, "of": names}


@pytest.mark.parametrize(
    "text", ["", "2", "two of: a", "2 of", "2 of:", "2 of: a,,b", "2: a, b", "-1 of: a", "999 of: a"]
)
def test_what_does_not_read_is_refused_with_an_example(text: str) -> None:
    with pytest.raises(UsageError) as caught:
        quorum(text)
    assert "2 of: counterparty" in caught.value.parts("ja")[2]


def test_it_is_read_back_in_words() -> None:
    vkey = write_vkey("w.example/b", ED25519_COSIGNATURE, OTHER.raw)
    told = said(Quorum(at_least=2, of=("counterparty", vkey), within_minutes=5))
    assert "2 of these" in told.en
    assert "the counterparty, `w.example/b`. " in told.en
    assert "相手方、`w.example/b`" in told.ja
