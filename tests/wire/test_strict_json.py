"""The strict reader against the JSON test suite, against a slow oracle, and against bytes made to hurt."""

from __future__ import annotations

import json
import time
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tegata.model.errors import ProtocolError
from tegata.wire.strict_json import loads
from tests.shared_data import shared_data

LIMITS = {"max_bytes": 1 << 20, "max_depth": 64}

# Where the verdict differs from the suite's, and why.
DIFFERING = {
    "y_object_duplicated_key.json": "two members of the same name read differently by different readers",
    "y_object_duplicated_key_and_value.json": "the same, even when both members are equal",
}

# The suite leaves these open. Taken: numbers that a double holds as zero.
OPEN_AND_TAKEN = {
    "i_number_double_huge_neg_exp.json",
    "i_number_real_underflow.json",
}


def accepts(data: bytes) -> bool:
    try:
        loads(data, **LIMITS)
    except ProtocolError as error:
        return error.status != 400 or not error.why  # a refusal without status or reason counts as none
    return True


def test_json_test_suite() -> None:
    files = sorted((shared_data("jsonparsing") / "test_parsing").iterdir())
    assert len(files) == 318
    taken = {file.name for file in files if accepts(file.read_bytes())}
    expected = {file.name for file in files if file.name.startswith("y_")} - DIFFERING.keys() | OPEN_AND_TAKEN
    assert taken == expected


def test_documents_that_readers_transform_are_refused_or_read_exactly() -> None:
    for file in (shared_data("jsonparsing") / "test_transform").iterdir():
        data = file.read_bytes()
        if accepts(data):
            assert loads(data, **LIMITS) == json.loads(data)


def _no_repetition(members: list[tuple[str, Any]]) -> dict[str, Any]:
    if len({name for name, _ in members}) < len(members):
        raise ValueError("repeated")
    return dict(members)


def _written(name: str, escaped: bool) -> str:
    return '"' + "".join(f"\\u{ord(char):04x}" if escaped else char for char in name) + '"'


NAMES = st.builds(_written, st.text("a:", max_size=2), st.booleans())
SCALARS = NAMES | st.sampled_from(["1", "null", "[]", "{}", '"\\\\u003a"', '"\\""'])
DOCUMENTS = st.recursive(
    SCALARS,
    lambda inner: (
        st.lists(inner, max_size=3).map(lambda parts: "[" + ",".join(parts) + "]")
        | st.lists(st.builds("{}:{}".format, NAMES, inner), max_size=3).map(lambda parts: "{" + ",".join(parts) + "}")
    ),
    max_leaves=8,
)


@given(DOCUMENTS)
def test_repeated_names_are_found_wherever_they_stand(text: str) -> None:
    try:
        expected = json.loads(text, object_pairs_hook=_no_repetition)
    except ValueError:
        assert not accepts(text.encode())
    else:
        assert loads(text.encode(), **LIMITS) == expected


JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**63), 2**64 - 1)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=12,
)


@given(JSON, st.booleans())
def test_what_json_writes_is_read_back(value: Any, ascii_only: bool) -> None:
    assert loads(json.dumps(value, ensure_ascii=ascii_only).encode(), **LIMITS) == value


@given(JSON, st.data())
def test_damaged_documents_never_raise_anything_else(value: Any, data: st.DataObject) -> None:
    written = bytearray(json.dumps(value).encode())
    for _ in range(data.draw(st.integers(1, 4))):
        written[data.draw(st.integers(0, len(written) - 1))] = data.draw(st.integers(0, 255))
    accepts(bytes(written))


def _depth(value: Any) -> int:
    inner = value.values() if isinstance(value, dict) else value if isinstance(value, list) else None
    return 0 if inner is None else 1 + max(map(_depth, inner), default=0)


@given(JSON, st.integers(0, 4))
def test_depth_is_counted_exactly(value: Any, limit: int) -> None:
    data = json.dumps(value).encode()
    if _depth(value) <= limit:
        loads(data, max_bytes=1 << 20, max_depth=limit)
    else:
        with pytest.raises(ProtocolError, match="deeper"):
            loads(data, max_bytes=1 << 20, max_depth=limit)


def test_size_is_limited() -> None:
    assert loads(b"[1]", max_bytes=3, max_depth=1) == [1]
    with pytest.raises(ProtocolError, match="4 bytes"):
        loads(b"[1] ", max_bytes=3, max_depth=1)


@pytest.mark.parametrize(
    ("data", "place"),
    [
        (b'{"a":[1,}', "byte 8"),
        (b'{"offer":1,"offer":2}', "`offer`"),
        (b"\xef\xbb\xbf{}", "byte 0"),
        (b'["\xff"]', "position"),
        (b'["\\ud800......"]', "surrogate"),
        (b"[NaN]", "byte 1"),
        (b"[1e999]", "range"),
        (b"[18446744073709551616]", "2\\*\\*64"),
        (b"[-9223372036854775809]", "2\\*\\*63"),
    ],
)
def test_the_place_is_named(data: bytes, place: str) -> None:
    with pytest.raises(ProtocolError, match=place):
        loads(data, **LIMITS)


@pytest.mark.parametrize(
    "unit", [b"[", b'{"a":', b'"', b'\\"', b'"\\', b"1", b"1e1", b"[[],", b'{"\\u003a":1,', b'[""', b"]", b"\\u003a"]
)
def test_hostile_repetition_costs_linear_time(unit: bytes) -> None:
    data = b'["' * 65 + unit * (LIMITS["max_bytes"] // len(unit) - 130)
    began = time.process_time()
    assert not accepts(data)
    assert not accepts(data[130:])
    assert time.process_time() - began < 2  # about 0.2 s; a quadratic reader needs hours
