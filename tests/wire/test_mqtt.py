"""Packets of MQTT 3.1.1: the standard's own examples, and what strangers may send."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tegata.model.errors import PeerError
from tegata.wire import mqtt


@pytest.mark.parametrize(
    ("size", "length"),
    [(0, b"\0"), (127, b"\x7f"), (128, b"\x80\x01"), (16_383, b"\xff\x7f"), (268_435_455, b"\xff\xff\xff\x7f")],
)
def test_lengths_as_in_table_2_4(size: int, length: bytes) -> None:
    assert mqtt._length(size) == length


def test_connect_and_subscribe_as_the_standard_draws_them() -> None:
    assert mqtt.connect("a", "u", "p", 10) == b"\x10\x13\0\4MQTT\4\xc2\0\x0a\0\1a\0\1u\0\1p"
    assert mqtt.subscribe("a/b", 1) == b"\x82\x08\0\1\0\3a/b\1"
    assert mqtt.publish_head("a/b", 2, 10) == b"\x33\x09\0\3a/b\0\x0a"


@given(topic=st.text(st.characters(exclude_categories=["Cs"]), max_size=20), payload=st.binary(max_size=200))
def test_what_is_published_reads_back(topic: str, payload: bytes) -> None:
    head = mqtt.publish_head(topic, len(payload), 7)
    packet = mqtt.read_packet(head[0], head[2 if head[1] < 128 else 3 :] + payload)
    assert mqtt.read_message(packet) == (topic, payload, True, 7, False)


def test_a_session_that_is_kept() -> None:
    """3.1.1: without the mark for a clean one. 5.0, 3.1.2.11.2: with the seconds of which it is kept."""
    assert mqtt.connect("a", keep_alive=10, keeps=60) == b"\x10\x0d\0\4MQTT\4\0\0\x0a\0\1a"
    assert mqtt.connect("a", keep_alive=10, version=mqtt.V5, keeps=60) == (
        b"\x10\x13\0\4MQTT\5\0\0\x0a\5\x11\0\0\0\x3c\0\1a"
    )
    assert mqtt.connect("a", keep_alive=10, version=mqtt.V5)[9:10] == b"\2"
    assert mqtt.subscribe("a/b", 1, mqtt.V5) == b"\x82\x09\0\1\0\0\3a/b\1"
    assert mqtt.read_accepted(mqtt.Packet(mqtt.CONNACK, 0, b"\1\0\3\x21\0\x14"), mqtt.V5)
    assert not mqtt.read_accepted(mqtt.Packet(mqtt.CONNACK, 0, b"\0\0\0"), mqtt.V5)


def test_a_message_of_version_5_behind_its_properties() -> None:
    packet = mqtt.Packet(mqtt.PUBLISH, 0x0A, b"\0\1t\0\7\2\1\1payload")
    assert mqtt.read_message(packet, mqtt.V5) == ("t", b"payload", False, 7, True)
    for properties in (b"", b"\5\1", b"\xff\xff\xff\xff\x7f", b"\x80"):
        with pytest.raises(PeerError, match="malformed"):
            mqtt.read_message(mqtt.Packet(mqtt.PUBLISH, 2, b"\0\1t\0\7" + properties), mqtt.V5)


@given(first=st.integers(0, 255), body=st.binary(max_size=30), version=st.sampled_from([mqtt.V3, mqtt.V5]))
def test_whatever_comes_is_read_or_refused(first: int, body: bytes, version: int) -> None:
    try:
        packet = mqtt.read_packet(first, body)
        if packet.kind == mqtt.PUBLISH:
            assert mqtt.read_message(packet, version).payload in body
        else:
            mqtt.read_accepted(packet)
            assert packet.body[1:] == b"\0"
    except PeerError:
        pass


@pytest.mark.parametrize(
    ("topic", "right"),
    [
        ("a", True),
        ("a/+/b", True),
        ("a/#", True),
        ("#", True),
        ("/", True),
        ("日本/温度", True),
        ("", False),
        ("a/#/b", False),
        ("a+/b", False),
        ("a#", False),
        ("a\0b", False),
        ("x" * 65_536, False),
    ],
)
def test_filters_as_in_4_7(topic: str, right: bool) -> None:
    assert mqtt.is_filter(topic) is right


@pytest.mark.parametrize(
    ("code", "said"), [(1, "3.1.1"), (4, "password"), (5, "let us in"), (0x86, "password"), (77, "77")]
)
def test_refusals_are_told(code: int, said: str) -> None:
    with pytest.raises(PeerError, match=said):
        mqtt.read_accepted(mqtt.Packet(mqtt.CONNACK, 0, bytes([0, code])))
    with pytest.raises(PeerError, match="read that topic"):
        mqtt.refuse_unless_granted(mqtt.Packet(mqtt.SUBACK, 0, b"\0\1\x80"))
    with pytest.raises(PeerError, match="read that topic"):
        mqtt.refuse_unless_granted(mqtt.Packet(mqtt.SUBACK, 0, b"\0\1\0\x87"), mqtt.V5)
