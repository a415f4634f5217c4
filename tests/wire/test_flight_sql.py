"""Messages of Flight SQL: as protocol buffers write them, and refused when they are none."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tegata.model.errors import ProtocolError
from tegata.wire.flight_sql import MAX_BYTES, command, read_command

QUERY = bytes.fromhex(
    "0a43747970652e676f6f676c65617069732e636f6d2f6172726f772e666c696768742e70726f746f636f6c2e73716c2e"
    "436f6d6d616e6453746174656d656e745175657279120a0a0853454c4543542031"
)
"""`CommandStatementQuery{query: "SELECT 1"}` in an `Any`, as the encoding of protocol buffers has it, byte by byte."""


def test_a_query_is_written_and_read() -> None:
    assert command("CommandStatementQuery", {1: b"SELECT 1"}) == QUERY
    read = read_command(QUERY)
    assert (read.name, read.text(1), read.text(2)) == ("CommandStatementQuery", "SELECT 1", None)


@given(st.dictionaries(st.integers(1, 2**20), st.binary(max_size=300), max_size=5))
def test_what_is_written_is_read(fields: dict[int, bytes]) -> None:
    assert read_command(command("X", fields)).fields == fields


def test_numbers_are_read_and_fields_of_fixed_length_passed_over() -> None:
    value = b"\x28\x01" + b"\x31" + b"x" * 8 + b"\x35" + b"x" * 4
    kind = b"type.googleapis.com/arrow.flight.protocol.sql.CommandGetTables"
    read = read_command(b"\x0a" + bytes([len(kind)]) + kind + b"\x12" + bytes([len(value)]) + value)
    assert read.fields == {5: 1}
    with pytest.raises(ProtocolError):
        read.text(5)


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"\x0a",
        b"\x0a\xff",
        b"\x0a\x01\xff",
        b"\x0f",
        b"\x80" * 20,
        b"\xff" * 11,
        QUERY[:-1],
        b"x" * (MAX_BYTES + 1),
    ],
)
def test_what_is_none_is_refused(data: bytes) -> None:
    with pytest.raises(ProtocolError):
        read_command(data)


@given(st.binary(max_size=60))
def test_any_bytes_are_read_or_refused(data: bytes) -> None:
    for said in (data, command("CommandStatementQuery", {1: data}) + data):
        try:
            read_command(said).text(1)
        except ProtocolError:
            continue
