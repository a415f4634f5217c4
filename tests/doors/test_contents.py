"""Words for tables and files, and what a provider may tell of them."""

from __future__ import annotations

import json

import pytest

from tegata.model.base import Text, t
from tegata.model.errors import ProtocolError
from tegata.transfer.contents import Told, _words, read_told, word_of, write_told

NAME = t("data", "データ")


def test_words_are_such_as_no_tool_quotes_and_none_stands_twice() -> None:
    files = [
        "a/x.csv",
        "b/x.csv",
        "X.csv",
        "class.csv",
        "1.csv",
        "表.csv",
        "紙.csv",
        "a_x.csv",
        "../x.csv",
        "part_6.csv",
    ]
    words = _words(files)
    assert words == ["a_x", "b_x", "x", "t_class", "t_1", "part_6", "part_7", "a_x_2", "x_2", "part_6_2"]
    assert word_of(Text(en="2024 register", ja="")) == "t_2024_register"


@pytest.mark.parametrize(
    "told",
    [
        "[]", "{}", "null", "[" * 100_000, '[{"name": "a b"}]', '[{"name": "A"}]', '[{"name": "a\\n"}]',
        '[{"name": "a"}, {"name": "a"}]', '[{"name": "x\\"); import os"}]', '[{"name": "a", "file": "p/g"}]',
        '[{"name": "a", "more": 1}]', json.dumps([{"name": f"t{n}"} for n in range(101)]),
    ],
)  # fmt: skip
def test_what_a_provider_may_not_tell(told: str) -> None:
    with pytest.raises(ProtocolError, match="tables"):
        read_told(told, NAME)


def test_what_is_told_is_read_again() -> None:
    assert read_told("", NAME) == (Told(name="data"),)
    assert write_told([]) == ""
