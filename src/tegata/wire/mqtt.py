"""Packets of MQTT 3.1.1 (OASIS standard of 2014-10-29), as far as a client needs them that reads a topic or writes one.

Whoever sends them is a stranger: lengths are bounded, reserved bits and unknown packets refused.
"""

from __future__ import annotations

import struct
from typing import Final, NamedTuple

from tegata.model.base import Text, t
from tegata.model.errors import PeerError

CONNACK, PUBLISH, PUBACK, SUBACK, PINGRESP = 2, 3, 4, 9, 13
LONGEST: Final = (1 << 28) - 1
"""Bytes of a packet behind its first and its length (2.2.3)."""
PINGREQ: Final = b"\xc0\0"
DISCONNECT: Final = b"\xe0\0"
_CLEAN, _PASSWORD, _USER = 0x02, 0x40, 0x80
_REFUSALS: Final = {
    1: t("it does not speak MQTT 3.1.1", "MQTT 3.1.1 に対応していません"),
    2: t("it does not take this client id", "クライアント ID が受け付けられません"),
    3: t("it is not available now", "現在利用できません"),
    4: t("user name or password are wrong", "ユーザー名かパスワードが違います"),
    5: t("it does not let us in", "接続が許可されていません"),
}  # 3.2.2.3


class Packet(NamedTuple):
    """`flags`: the lower four bits of its first byte (2.2.2)."""

    kind: int
    flags: int
    body: bytes


class Message(NamedTuple):
    """What was published. `answer`: the acknowledgement that is owed for it, if any."""

    topic: str
    payload: bytes
    retained: bool
    answer: bytes


def connect(client: str, user: str = "", password: str = "", keep_alive: int = 60) -> bytes:
    """3.1: a session that ends with the connection."""
    flags = _CLEAN | (_USER if user else 0) | (_PASSWORD if user and password else 0)
    head = _text("MQTT") + struct.pack(">BBH", 4, flags, keep_alive)
    named = [client, *([user] if user else []), *([password] if user and password else [])]
    return _packet(0x10, head + b"".join(map(_text, named)))


def subscribe(topic: str, quality: int) -> bytes:
    """3.8, as packet 1."""
    return _packet(0x82, struct.pack(">H", 1) + _text(topic) + bytes([quality]))


def unsubscribe(topic: str) -> bytes:
    """3.10, as packet 2."""
    return _packet(0xA2, struct.pack(">H", 2) + _text(topic))


def publish_head(topic: str, size: int, number: int) -> bytes:
    """3.3: what stands before `size` bytes that stay with the topic, to be acknowledged as packet `number`."""
    head = _text(topic) + struct.pack(">H", number)
    return bytes([0x33]) + _length(len(head) + size) + head


def read_packet(first: int, body: bytes) -> Packet:
    """One with its length already read off. PeerError: none of those that a broker may send us."""
    packet = Packet(first >> 4, first & 0x0F, body)
    known = packet.kind in (CONNACK, PUBLISH, PUBACK, SUBACK, 11, PINGRESP)
    if not known or (packet.kind != PUBLISH and packet.flags):
        raise broken(t("it sends what no broker sends", "不正なパケットが届きました"))
    return packet


def refuse_unless_accepted(packet: Packet) -> None:
    """3.2: whether the broker lets us in."""
    if packet.kind != CONNACK or len(packet.body) != 2:
        raise broken(t("it does not answer as a broker", "ブローカーとして応答しません"))
    if code := packet.body[1]:
        raise broken(_REFUSALS.get(code, t(f"it refuses with {code}", f"コード {code} で拒否されました")))


def refuse_unless_granted(packet: Packet) -> None:
    """3.9: whether it gives what the topic filter asks for."""
    if packet.body not in (b"\0\1\0", b"\0\1\1"):
        raise broken(t("it does not let us read that topic", "そのトピックの購読が許可されていません"))


def read_message(packet: Packet) -> Message:
    """3.3: what a PUBLISH says."""
    quality, body = packet.flags >> 1 & 3, packet.body
    length = int.from_bytes(body[:2], "big")
    start = 2 + length + (2 if quality else 0)
    if quality > 1 or len(body) < start:
        raise broken(t("a message is malformed", "メッセージの形式が不正です"))
    try:
        topic = body[2 : 2 + length].decode()
    except UnicodeDecodeError:
        raise broken(t("the name of a topic is no UTF-8", "トピック名が UTF-8 ではありません")) from None
    answer = b"\x40\2" + body[start - 2 : start] if quality else b""
    return Message(topic, body[start:], bool(packet.flags & 1), answer)


def is_filter(topic: str) -> bool:
    """Whether a text may stand for topics (4.7): `+` and `#` alone between slashes, the latter at the end."""
    levels = topic.split("/")
    wild = all(level in ("+", "#") or not set(level) & {"+", "#"} for level in levels)
    return 0 < len(topic.encode()) < 1 << 16 and "\0" not in topic and wild and "#" not in levels[:-1]


def is_wild(topic: str) -> bool:
    """Whether a filter stands for more than one topic."""
    return bool(set(topic) & {"+", "#"})


def _packet(first: int, body: bytes) -> bytes:
    return bytes([first]) + _length(len(body)) + body


def _length(count: int) -> bytes:
    """2.2.3: seven bits a byte, the lowest first."""
    out = bytearray()
    while True:
        count, digit = count >> 7, count & 0x7F
        out.append(digit | (0x80 if count else 0))
        if not count:
            return bytes(out)


def _text(text: str) -> bytes:
    data = text.encode()
    return struct.pack(">H", len(data)) + data


def broken(why: Text) -> PeerError:
    return PeerError(t("the broker cannot be used", "ブローカーを利用できません"), why=why)
