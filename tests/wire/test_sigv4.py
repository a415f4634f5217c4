"""Signatures of S3 requests: the examples of the S3 API reference, and what must not pass."""

from __future__ import annotations

import datetime as dt

import pytest

from tegata.model.errors import ProtocolError
from tegata.wire.sigv4 import Asked, Signed, pairs, read_signature

HOST = "examplebucket.s3.amazonaws.com"
KEY, SECRET = "AKIAIOSFODNN7EXAMPLE", "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY"
EMPTY = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
SCOPE = f"{KEY}/20130524/us-east-1/s3/aws4_request"


def in_header(path: str, query: str, signature: str, *more: tuple[str, str], **changes: str) -> Asked:
    fields = [("host", HOST), *more, ("x-amz-content-sha256", EMPTY), ("x-amz-date", "20130524T000000Z")]
    names = ";".join(name for name, _ in sorted(fields))
    said = f"AWS4-HMAC-SHA256 Credential={SCOPE}, SignedHeaders={names}, Signature={signature}"
    return Asked(changes.get("method", "GET"), path, query, [*fields, ("authorization", said)])


OBJECT = in_header(
    "/test.txt", "", "f0e8bdb87c964420e857bd35b5d6ed310bd44f0170aba48dd91039c6036bdb41", ("range", "bytes=0-9")
)
LIFECYCLE = in_header("/", "lifecycle", "fea454ca298b7da1c68078a5d1bdbfbbe0d65c699e0f91ac7a200a0136783543")
LISTING = in_header("/", "max-keys=2&prefix=J", "34b48302e7b5fa45bde8084f4b7868a86f0a534bc59db6670ed5711ef69dc6f7")
PRESIGNED = Asked(
    "GET",
    "/test.txt",
    f"X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Credential={SCOPE.replace('/', '%2F')}&X-Amz-Date=20130524T000000Z"
    "&X-Amz-Expires=86400&X-Amz-SignedHeaders=host"
    "&X-Amz-Signature=aeeed9bbccd4d02ee5c0109b86d86835f995330da4c265957d157751f604d404",
    [("host", HOST)],
)
EXAMPLES = [OBJECT, LIFECYCLE, LISTING, PRESIGNED]


def replaced(asked: Asked, was: str, becomes: str) -> Asked:
    """The same request with one text of it changed, wherever it stands."""
    headers = [(name, value.replace(was, becomes)) for name, value in asked.headers]
    return Asked(asked.method, asked.path.replace(was, becomes), asked.query.replace(was, becomes), headers)


@pytest.mark.parametrize("asked", EXAMPLES)
def test_examples_of_the_reference(asked: Asked) -> None:
    signed = read_signature(asked)
    assert signed.key_id == KEY
    assert signed.made_by(SECRET)
    assert not signed.made_by(SECRET + "x")
    assert SECRET not in repr(signed)


def test_how_long_a_signature_is_good() -> None:
    at = dt.datetime(2013, 5, 24, tzinfo=dt.UTC).timestamp()
    assert (read_signature(OBJECT).since, read_signature(OBJECT).until) == (at - 900, at + 900)
    assert read_signature(PRESIGNED).until == at + 86400


def passes(asked: Asked) -> bool:
    try:
        signed: Signed = read_signature(asked)
    except ProtocolError:
        return False
    return signed.made_by(SECRET)


@pytest.mark.parametrize("asked", EXAMPLES)
def test_no_part_of_a_request_can_be_changed(asked: Asked) -> None:
    assert passes(asked)
    assert not passes(Asked("HEAD", asked.path, asked.query, asked.headers))
    assert not passes(Asked(asked.method, asked.path + "x", asked.query, asked.headers))
    assert not passes(Asked(asked.method, asked.path, asked.query + "&x=1", asked.headers))
    for was, becomes in (
        (HOST, "other.example"),
        ("20130524T000000Z", "20130524T000001Z"),
        ("20130524/", "20130525/"),
        ("us-east-1", "eu-west-1"),
        ("bytes=0-9", "bytes=0-99"),
        ("Expires=86400", "Expires=86401"),
        ("prefix=J", "prefix=K"),
    ):
        changed = replaced(asked, was, becomes)
        assert changed == asked or not passes(changed), was


@pytest.mark.parametrize(
    ("was", "becomes"),
    [
        ("SignedHeaders=host;range;", "SignedHeaders="),
        ("SignedHeaders=host;range;x-amz-content-sha256;x-amz-date", "SignedHeaders=host"),
        ("SignedHeaders=host;", "SignedHeaders=Host;"),
        ("host;range", "range;host"),
        ("s3/aws4_request", "sts/aws4_request"),
        ("Signature=f0", "Signature=F0"),
        ("Signature=", "Signature=0"),
        ("Credential=", "Credential=/"),
        ("20130524T000000Z", "20130524T250000Z"),
        ("20130524T000000Z", "2013"),
        ("Signature=", "S="),
    ],
)
def test_what_does_not_read_is_refused(was: str, becomes: str) -> None:
    with pytest.raises(ProtocolError) as caught:
        read_signature(replaced(OBJECT, was, becomes))
    assert caught.value.status == 400


@pytest.mark.parametrize("seconds", ["0", "604801", "-1", "1e3", "９", ""])
def test_presigned_addresses_are_good_for_a_week_at_most(seconds: str) -> None:
    with pytest.raises(ProtocolError):
        read_signature(replaced(PRESIGNED, "Expires=86400", f"Expires={seconds}"))


def test_a_field_that_s3_knows_must_be_signed() -> None:
    added = Asked(OBJECT.method, OBJECT.path, OBJECT.query, [*OBJECT.headers, ("x-amz-copy-source", "/other")])
    with pytest.raises(ProtocolError, match="not signed"):
        read_signature(added)


def test_an_unsigned_request() -> None:
    with pytest.raises(ProtocolError) as caught:
        read_signature(Asked("GET", "/", "", [("host", HOST)]))
    assert caught.value.status == 401


def test_a_plus_sign_stands_for_itself() -> None:
    assert pairs("a=1+2&b&c=%20&=x&%e6%89%8b=%ff") == [("a", "1+2"), ("b", ""), ("c", " "), ("", "x"), ("手", "\udcff")]
