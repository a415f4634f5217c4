"""Conditional and range requests: the examples of RFC 9110, what lies at the edges, and another implementation."""

from __future__ import annotations

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tegata.wire.ranges import Piece, entity_tag, read_content_range, select, write_range

NINES = "bytes=0-" + "9" * 60_000
TAG = entity_tag("sha256:" + "ab" * 32)


def get(size: int = 10_000, **headers: str) -> tuple[int, int, int]:
    said = {name.replace("_", "-"): value for name, value in headers.items()}
    return select("GET", said, size, TAG)[:3]


@pytest.mark.parametrize(
    ("value", "start", "stop"),
    [
        ("bytes=0-499", 0, 500),  # RFC 9110 section 14.1.2
        ("bytes=500-999", 500, 1000),
        ("bytes=-500", 9500, 10_000),
        ("bytes=9500-", 9500, 10_000),
        ("bytes=0-0", 0, 1),
        ("bytes=-20000", 0, 10_000),
        ("bytes=9999-20000", 9999, 10_000),
        ("BYTES= 5-6 ", 5, 7),
    ],
)
def test_one_range_is_given(value: str, start: int, stop: int) -> None:
    found = select("GET", {"range": value}, 10_000, TAG)
    assert found[:3] == (206, start, stop)
    assert found.headers["Content-Range"] == f"bytes {start}-{stop - 1}/10000"
    assert found.headers["Content-Length"] == str(stop - start)
    assert read_content_range(found.headers["Content-Range"]) == Piece(start, stop, 10_000)


@pytest.mark.parametrize(
    "value",
    [
        "bytes=5-4",
        "bytes=-",
        "bytes=",
        "bytes",
        "lines=0-4",
        "bytes=0-1,5-6",
        "bytes=a-b",
        "bytes=１-2",
        "bytes=+1-2",
        NINES,
    ],
)
def test_what_is_invalid_or_asks_for_several_is_ignored(value: str) -> None:
    assert get(range=value) == (200, 0, 10_000)


@pytest.mark.parametrize(("size", "value"), [(10, "bytes=10-"), (10, "bytes=-0"), (0, "bytes=0-"), (0, "bytes=-1")])
def test_what_lies_outside_is_refused_with_the_size(size: int, value: str) -> None:
    found = select("GET", {"range": value}, size, TAG)
    assert (found.status, found.headers["Content-Range"]) == (416, f"bytes */{size}")
    assert "Content-Length" not in found.headers


def test_only_a_get_has_ranges() -> None:
    assert select("HEAD", {"range": "bytes=0-1"}, 10, TAG)[:3] == (200, 0, 10)


def test_a_range_holds_for_the_same_bytes_only() -> None:
    assert get(range="bytes=5-", if_range=TAG) == (206, 5, 10_000)
    for other in (f"W/{TAG}", entity_tag("sha256:" + "cd" * 32), "Wed, 25 Nov 2026 00:00:00 GMT"):
        assert get(range="bytes=5-", if_range=other) == (200, 0, 10_000)


def test_conditions_come_before_ranges() -> None:
    assert get(if_match='"other", ' + TAG) == (200, 0, 10_000)
    assert get(if_match="*", range="bytes=5-")[0] == 206
    assert get(if_match=f"W/{TAG}")[0] == 412  # compared strongly
    assert get(if_match="no tag", range="bytes=5-")[0] == 412
    assert get(if_none_match=f'"x" , W/{TAG}')[0] == 304  # compared weakly
    assert get(if_none_match="*", range="bytes=99999-")[0] == 304
    assert get(if_none_match="no tag")[0] == 200
    assert get(if_match='"other"', if_none_match=TAG)[0] == 412


@pytest.mark.parametrize("value", ["", "bytes 5-4/10", "bytes 0-10/10", "bytes */10", "bytes 0-1", "0-1/2"])
def test_a_content_range_that_says_nothing(value: str) -> None:
    assert read_content_range(value) is None


def test_a_content_range_may_leave_the_size_open() -> None:
    assert read_content_range("bytes 0-9/*") == Piece(0, 10, None)


@given(st.integers(0, 60), st.integers(0, 60))
def test_what_is_asked_from_a_byte_on_is_what_lies_there(size: int, start: int) -> None:
    found = select("GET", {"range": write_range(start)}, size, TAG)
    assert found[:3] == ((206, start, size) if start < size else (416, 0, 0))


@given(st.text(alphabet='bytes=-,0123456789 "W/*\t', max_size=30), st.integers(0, 30))
def test_no_field_brings_it_out_of_step(value: str, size: int) -> None:
    for method in ("GET", "HEAD"):
        headers = {"range": "bytes=" + value, "if-range": value, "if-match": value, "if-none-match": value}
        for names in (("range",), ("range", "if-range"), ("if-match",), ("if-none-match",)):
            found = select(method, {name: headers[name] for name in names}, size, TAG)
            assert 0 <= found.start <= found.stop <= size
            assert found.headers.get("Content-Length", str(found.stop - found.start)) == str(found.stop - found.start)


@pytest.mark.parametrize("value", [",", " ", '"a",', " ,", '"a" ', '"', "W/", '"a"' + " " * 9])
def test_long_fields_take_no_time(value: str) -> None:
    long, before = value * (60_000 // len(value)) + "x", time.perf_counter()
    headers = {"if-match": long, "if-none-match": long, "range": long, "if-range": long}
    for name in headers:
        select("GET", {name: headers[name]}, 10, TAG)
    read_content_range(long)
    assert time.perf_counter() - before < 1
