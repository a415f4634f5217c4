"""Packets of MQTT 3.1.1 (OASIS standard of 2014-10-29), as far as a client needs them that reads a topic or writes one,
and of MQTT 5.0 (2019-03-07), as far as one needs them that comes back to a session. Numbers of clauses are those of
3.1.1; 5.0 has the same.

Whoever sends them is a stranger: lengths are bounded, reserved bits and unknown packets refused.
"""

from __future__ import annotations

import struct
from typing import Final, NamedTuple

from tegata.model.base import Text, t
from tegata.model.errors import PeerError

V3, V5 = 4, 5
"""Versions, as CONNECT says them."""
CONNACK, PUBLISH, PUBACK, SUBACK, PINGRESP, _DISCONNECTED = 2, 3, 4, 9, 13, 14
LONGEST: Final = (1 << 28) - 1
"""Bytes of a packet behind its first and its length (2.2.3)."""
PINGREQ: Final = b"\xc0\0"
DISCONNECT: Final = b"\xe0\0"
_CLEAN, _PASSWORD, _USER = 0x02, 0x40, 0x80
_EXPIRES: Final = 0x11  # property of 5.0: seconds for which the session outlives a connection
_REFUSALS: Final = {
    1: t("it does not speak MQTT 3.1.1", "MQTT 3.1.1 に対応していません"),
    2: t("it does not take this client id", "クライアント ID が受け付けられません"),
    3: t("it is not available now", "現在利用できません"),
    4: t("user name or password are wrong", "ユーザー名かパスワードが違います"),
    5: t("it does not let us in", "接続が許可されていません"),
}  # 3.2.2.3
_REASONS: Final = {0x84: 1, 0x85: 2, 0x88: 3, 0x86: 4, 0x87: 5}
"""The same in 5.0."""


class Packet(NamedTuple):
    """`flags`: the lower four bits of its first byte (2.2.2)."""

    kind: int
    flags: int
    body: bytes


class Message(NamedTuple):
    """What was published. `number`: 0 where it came at quality 0. `again`: it may have been here before."""

    topic: str
    payload: bytes
    retained: bool
    number: int
    again: bool

    @property
    def answer(self) -> bytes:
        """The acknowledgement that is owed for it, if any."""
        return struct.pack(">BBH", 0x40, 2, self.number) if self.number else b""


def connect(
    client: str, user: str = "", password: str = "", keep_alive: int = 60, *, version: int = V3, keeps: int = 0
) -> bytes:
    """3.1: a session that ends with the connection, or is kept for so many seconds; of 3.1.1 for as long as the broker
    likes. One that was kept is gone on with where `keeps` is not 0, else it is gone."""
    flags = (0 if keeps else _CLEAN) | (_USER if user else 0) | (_PASSWORD if user and password else 0)
    head = _text("MQTT") + struct.pack(">BBH", version, flags, keep_alive)
    if version == V5:
        head += struct.pack(">BBI", 5, _EXPIRES, keeps)
    named = [client, *([user] if user else []), *([password] if user and password else [])]
    return _packet(0x10, head + b"".join(map(_text, named)))


def subscribe(topic: str, quality: int, version: int = V3) -> bytes:
    """3.8, as packet 1."""
    properties = b"\0" if version == V5 else b""
    return _packet(0x82, struct.pack(">H", 1) + properties + _text(topic) + bytes([quality]))


def publish_head(topic: str, size: int, number: int) -> bytes:
    """3.3: what stands before `size` bytes that stay with the topic, to be acknowledged as packet `number`."""
    head = _text(topic) + struct.pack(">H", number)
    return bytes([0x33]) + _length(len(head) + size) + head


def read_packet(first: int, body: bytes) -> Packet:
    """One with its length already read off. PeerError: none of those that a broker may send us."""
    packet = Packet(first >> 4, first & 0x0F, body)
    if packet.kind == _DISCONNECTED:
        raise broken(t(f"it ends the connection ({body[:1].hex()})", f"接続を終了しました ({body[:1].hex()})"))
    known = packet.kind in (CONNACK, PUBLISH, PUBACK, SUBACK, 11, PINGRESP)
    if not known or (packet.kind != PUBLISH and packet.flags):
        raise broken(t("it sends what no broker sends", "不正なパケットが届きました"))
    return packet


def read_accepted(packet: Packet, version: int = V3) -> bool:
    """3.2: whether there was such a session. PeerError: the broker does not let us in."""
    if packet.kind != CONNACK or len(packet.body) < 2 or (version == V3 and len(packet.body) > 2):
        raise broken(t("it does not answer as a broker", "ブローカーとして応答しません"))
    if code := packet.body[1]:
        known = _REFUSALS.get(_REASONS.get(code, code))
        raise broken(known or t(f"it refuses with {code}", f"コード {code} で拒否されました"))
    return bool(packet.body[0] & 1)


def refuse_unless_granted(packet: Packet, version: int = V3) -> None:
    """3.9: whether it gives what the topic filter asks for."""
    start = _behind_properties(packet.body, 2) if version == V5 else 2
    if packet.body[:2] != b"\0\1" or packet.body[start:] not in (b"\0", b"\1"):
        raise broken(t("it does not let us read that topic", "そのトピックの購読が許可されていません"))


def read_message(packet: Packet, version: int = V3) -> Message:
    """3.3: what a PUBLISH says."""
    quality, body = packet.flags >> 1 & 3, packet.body
    end = 2 + int.from_bytes(body[:2], "big")
    start = end + (2 if quality else 0)
    if quality > 1 or len(body) < start:
        raise _malformed()
    try:
        topic = body[2:end].decode()
    except UnicodeDecodeError:
        raise broken(t("the name of a topic is no UTF-8", "トピック名が UTF-8 ではありません")) from None
    number = int.from_bytes(body[end:start], "big")
    payload = body[_behind_properties(body, start) if version == V5 else start :]
    if bool(number) != bool(quality):  # 2.3.1
        raise _malformed()
    return Message(topic, payload, bool(packet.flags & 1), number, bool(packet.flags & 8))


def _behind_properties(body: bytes, start: int) -> int:
    """Where properties (5.0, 2.2.2) that begin there end. None of them is needed: we offer no aliases."""
    size = 0
    for place, digit in enumerate(body[start : start + 4]):
        size |= (digit & 0x7F) << 7 * place
        if digit < 0x80 and (end := start + place + 1 + size) <= len(body):
            return end
    raise _malformed()


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


def _malformed() -> PeerError:
    return broken(t("a message is malformed", "メッセージの形式が不正です"))


def broken(why: Text) -> PeerError:
    return PeerError(t("the broker cannot be used", "ブローカーを利用できません"), why=why)
