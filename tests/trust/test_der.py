"""DER: one reading for each element, against the library's own writer, and nothing that is merely BER."""

from __future__ import annotations

import contextlib
import datetime as dt

import pytest
from cryptography import x509
from hypothesis import example, given
from hypothesis import strategies as st

from tegata.model.errors import VerificationError
from tegata.trust import der


@given(st.integers(-(2**300), 2**300))
@example(-128)
def test_integers(value: int) -> None:
    assert der.integer_of(der.read(der.integer(value))) == value


@given(st.lists(st.integers(0, 2**70), min_size=0, max_size=6), st.integers(0, 2), st.integers(0, 39))
def test_object_identifiers(arcs: list[int], first: int, second: int) -> None:
    dots = ".".join(map(str, [first, second, *arcs]))
    assert der.oid_of(der.read(der.oid(dots))) == dots
    if len(arcs) > 0 and max(arcs) < 2**32:
        assert x509.ObjectIdentifier(dots).dotted_string == dots


@given(st.integers(-599_000_000, 7_200_000_000), st.integers(0, 999_999))
def test_times(seconds: int, micro: int) -> None:
    at = dt.datetime(1970, 1, 1, tzinfo=dt.UTC) + dt.timedelta(seconds=seconds, microseconds=micro)
    assert der.time_of(der.read(der.generalized_time(at))) == at
    assert der.time_of(der.read(der.time(at))) == at.replace(microsecond=0)


@given(st.binary(max_size=400))
def test_whatever_is_read_is_written_the_same(data: bytes) -> None:
    try:
        element = der.read(data)
    except VerificationError:
        return
    assert der.tlv(element.tag, element.content) == data == element.raw


@given(st.binary(max_size=200))
def test_bytes_of_a_stranger_raise_nothing_else(data: bytes) -> None:
    for reader in (der.definite, lambda it: der.parts(der.read(it)), lambda it: der.time_of(der.read(it))):
        with contextlib.suppress(VerificationError):
            reader(data)


@pytest.mark.parametrize(
    ("what", "data"),
    [
        ("leading zeros", b"\x02\x02\x00\x01"),
        ("leading ones", b"\x02\x02\xff\xff"),
        ("empty integer", b"\x02\x00"),
        ("long form of a short length", b"\x02\x81\x01\x01"),
        ("zeros before a length", b"\x02\x82\x00\x81" + b"\x01" * 129),
        ("indefinite length", b"\x24\x80\x00\x00"),
        ("bytes left over", b"\x02\x01\x01\x00"),
        ("cut off", b"\x02\x02\x01"),
        ("a tag of many bytes", b"\x1f\x81\x01\x01"),
        ("a length beyond memory", b"\x04\x85\x01\x00\x00\x00\x00"),
    ],
)
def test_what_der_does_not_allow(what: str, data: bytes) -> None:
    with pytest.raises(VerificationError):
        der.integer_of(der.read(data))


@pytest.mark.parametrize("text", [b"20260230000000Z", b"20261125010203.10Z", b"20261125010203.Z", b"202611250102Z"])
def test_times_that_do_not_exist_or_have_two_spellings(text: bytes) -> None:
    with pytest.raises(VerificationError):
        der.time_of(der.read(der.tlv(der.GENERALIZED_TIME, text)))


@pytest.mark.parametrize("content", [b"", b"\x2a\x80\x01", b"\x2a\x86", b"\x80\x01", b"\x2a" + b"\x01" * 64])
def test_malformed_object_identifiers(content: bytes) -> None:
    with pytest.raises(VerificationError):
        der.oid_of(der.read(der.tlv(der.OID, content)))
    with pytest.raises(VerificationError):
        der.boolean_of(der.read(b"\x01\x01\x01"))
