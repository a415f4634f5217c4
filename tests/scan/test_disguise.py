"""Values that are written so that nobody recognises them are found all the same; ordinary columns stay ordinary."""

from __future__ import annotations

import base64
import codecs
import gzip
import re
from collections.abc import Callable

import polars as pl
import pytest

from tegata.scan.readings import READINGS
from tests.scan.making import card, email, iban, kinds, look, my_number, ssn, table

Write = Callable[[str], str]


def b64(value: str | bytes) -> str:
    return base64.b64encode(value if isinstance(value, bytes) else value.encode()).decode()


def groups(value: str, by: str = " ") -> str:
    return by.join(value[start : start + 3] for start in range(0, len(value), 3))


WRITINGS: dict[str, Write] = {
    "base64": b64,
    "base64 without padding": lambda value: b64(value).rstrip("="),
    "base64 twice": lambda value: b64(b64(value)),
    "base32": lambda value: base64.b32encode(value.encode()).decode(),
    "hexadecimal": lambda value: value.encode().hex(),
    "hexadecimal of base64": lambda value: b64(value).encode().hex(),
    "gzip": lambda value: b64(gzip.compress(value.encode())),
    "percent": lambda value: "".join(f"%{ord(sign):02X}" for sign in value),
    "entities": lambda value: "".join(f"&#x{ord(sign):x};" for sign in value),
    "zero width": lambda value: "\u200b".join(value),
    "direction": lambda value: f"\u202e{value}\u202c",
    "full width": lambda value: value.translate({n: n + 0xFEE0 for n in range(33, 127)}),
    "Devanagari": lambda value: value.translate({48 + n: 0x966 + n for n in range(10)}),
    "spaced": " ".join,
    "comments": "/**/".join,
    "split over fields": lambda value: f'{{"a": "{value[:7]}", "b": "{value[7:]}"}}',
    "rotated base64": lambda value: codecs.encode(b64(value), "rot13"),
}
NUMBERS_ONLY: dict[str, Write] = {
    "unusual groups": groups,
    "groups by dots": lambda value: groups(value, "."),
    "look-alikes": lambda value: value.translate(str.maketrans("013568", "ΟІƷƼбȢ")),
    "padded": lambda value: f"XXXXXXXXXX{value}XXXXXXXXXX",
    "backwards": lambda value: value[::-1],
}
IDENTIFIERS = {"jp.my_number": my_number, "money.card": card, "money.iban": iban}
CASES = [
    (kind, name, write) for name, write in WRITINGS.items() for kind in ("money.card", "us.ssn", "contact.email")
] + [(kind, name, write) for name, write in NUMBERS_ONLY.items() for kind in IDENTIFIERS]
MAKERS = IDENTIFIERS | {"us.ssn": ssn, "contact.email": email}


@pytest.mark.parametrize(("kind", "name", "write"), CASES, ids=lambda case: case if isinstance(case, str) else "")
def test_disguised(kind: str, name: str, write: Write) -> None:
    column = look(table({"x": [write(MAKERS[kind](n)) for n in range(1, 41)]})).columns[0]
    assert column.recogniser == kind
    assert column.matched == 40


def test_subjects_are_counted_behind_the_disguise() -> None:
    frame = table({"x": [b64(my_number(n % 50)) for n in range(100)]})
    (subject,) = look(frame).counted.subjects
    assert (subject.n, subject.exact) == (50, True)


def test_the_reading_is_told() -> None:
    column = look(table({"x": [b64(card(n)) for n in range(40)]})).columns[0]
    assert [item.say.en for item in column.evidence if item.kind == "reading"] == ["read from a disguise: base64"]


def test_a_disguise_that_comes_late_is_met() -> None:
    late: list[str | None] = [None] * 300 + [b64(card(n)) for n in range(300)]
    column = look(table({"x": late, "y": [str(n) for n in range(600)]}), rows=100).columns[0]
    assert (column.recogniser, column.matched) == ("money.card", 300)


def test_cells_that_do_not_fit_stay_as_they_are() -> None:
    mixed: list[str | None] = [b64(card(n)) if n % 20 else "n/a" for n in range(400)]
    column = look(table({"x": mixed})).columns[0]
    assert (column.recogniser, column.matched) == ("money.card", 380)


def test_a_bomb_is_not_inflated() -> None:
    bomb = b64(gzip.compress(bytes(20_000_000)))
    column = look(table({"x": [bomb] * 20 + [b64(gzip.compress(str(n).encode())) for n in range(20)]})).columns[0]
    assert column.category == "ordinary"


ORDINARY: dict[str, Write] = {
    "digests": lambda value: codecs.encode(value.encode() * 2, "hex").decode()[::-1],
    "random bytes": lambda value: base64.b64encode(
        bytes((hash_of(value) >> k) % 256 for k in range(0, 48, 2))
    ).decode(),
    "counts": lambda value: str(hash_of(value) % 10**12),
    "decimals": lambda value: f"{hash_of(value) % 10**6 / 1000}",
    "times": lambda value: (
        f"2024-{1 + hash_of(value) % 12:02}-{1 + hash_of(value) % 28:02} {hash_of(value) % 24:02}:30:00"
    ),
    "titles": lambda value: f"report of group {hash_of(value) % 977}",
    "encoded titles": lambda value: b64(f"report of group {hash_of(value) % 977}"),
    "products": lambda value: f"ab-{hash_of(value) % 977:03}-{hash_of(value) % 89:02}",
}


def hash_of(value: str) -> int:
    return int(re.sub("[^0-9]", "", value) or "0") * 2_654_435_761 % 2**61


@pytest.mark.parametrize("name", ORDINARY)
def test_ordinary_columns_stay_ordinary(name: str) -> None:
    found = look(table({"x": [ORDINARY[name](card(n)) for n in range(400)]}))
    assert kinds(found) == {"x": ""} or found.columns[0].category == "ordinary"


def test_readings_leave_what_they_cannot_read() -> None:
    """Nothing that somebody may put into a cell stops a reading."""
    cells = pl.Series(
        ["", "=", "a", "/////w==", "0x", "%", "\\x", "H4sI", "eJ==", "\u0301", "{}", "日本語", None, "9" * 500]
    )
    for reading in READINGS:
        assert len(reading.read(cells)) == len(cells), reading.id
