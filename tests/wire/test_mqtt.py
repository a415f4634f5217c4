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
    assert mqtt.read_message(packet) == (topic, payload, True, b"\x40\2\0\7")


@given(first=st.integers(0, 255), body=st.binary(max_size=30))
def test_whatever_comes_is_read_or_refused(first: int, body: bytes) -> None:
    try:
        packet = mqtt.read_packet(first, body)
        if packet.kind == mqtt.PUBLISH:
            assert mqtt.read_message(packet).payload in body
        else:
            mqtt.refuse_unless_accepted(packet)
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


@pytest.mark.parametrize(("code", "said"), [(1, "3.1.1"), (4, "password"), (5, "let us in"), (77, "77")])
def test_refusals_are_told(code: int, said: str) -> None:
    with pytest.raises(PeerError, match=said):
        mqtt.refuse_unless_accepted(mqtt.Packet(mqtt.CONNACK, 0, bytes([0, code])))
    with pytest.raises(PeerError, match="read that topic"):
        mqtt.refuse_unless_granted(mqtt.Packet(mqtt.SUBACK, 0, b"\0\1\x80"))
