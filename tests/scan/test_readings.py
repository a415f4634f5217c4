"""A reading is tried on fewer cells than have its shape: on none of the others would it bring out anything."""

from __future__ import annotations

import base64
import random
from collections.abc import Callable, Iterator

import polars as pl
import pytest

from tegata.scan.disguise import read_by
from tegata.scan.readings import READINGS, Reading

TOLD = [reading for reading in READINGS if reading.text]
SIGNS = "0123456789", "0123456789abcdef", "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567", "ABCXYZabcxyz0189+/_- =", "0x\\ :59e4bda"
TEXTS = ["person.1@example.org", "佐藤 花子", "4111 1111 1111 1111", "naïve café", "Ωmega", "😀 smile", "line\nend"]
WRITTEN: dict[str, Callable[[bytes], str]] = {
    "base64": lambda data: base64.b64encode(data).decode(),
    "hexadecimal": lambda data: data.hex(":"),
    "base32": lambda data: base64.b32encode(data).decode(),
    "base32hex": lambda data: base64.b32hexencode(data).decode().lower(),
}


def drawn(reading: Reading) -> Iterator[str]:
    dice = random.Random(reading.id)
    for _ in range(4_000):
        yield "".join(dice.choices(dice.choice(SIGNS), k=dice.randrange(8, 33)))
    for _ in range(4_000):
        text = "".join(dice.choices("".join(TEXTS), k=dice.randrange(6, 20)))
        yield WRITTEN[reading.id](text.encode())


@pytest.mark.parametrize("reading", TOLD, ids=lambda reading: reading.id)
def test_what_it_is_not_tried_on_says_nothing_by_it(reading: Reading) -> None:
    cells = pl.Series(list(drawn(reading)))
    shaped = cells.filter(cells.str.contains(reading.shape))
    said = read_by(shaped, reading)
    tried = shaped.str.contains(reading.text)
    assert said.filter(~tried).drop_nulls().to_list() == []
    assert said.filter(tried).drop_nulls().len() > 100
    long = cells.filter(cells.str.len_chars() >= 10)
    assert long.filter(long.str.contains(reading.text) & ~long.str.contains(reading.shape)).to_list() == []
