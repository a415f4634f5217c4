"""Messages of the Kafka protocol, as far as a reader of a topic needs them, in versions that brokers 0.11 to 4 speak.

Brokers are strangers: every length is checked before anything is read by it.
https://kafka.apache.org/protocol
"""

from __future__ import annotations

import struct
from collections.abc import Callable
from typing import Final, NamedTuple, TypeVar

from tegata.model.base import Text, t
from tegata.model.errors import PeerError

FETCH, LIST_OFFSETS, METADATA, SASL_HANDSHAKE, SASL_AUTHENTICATE = (1, 4), (2, 2), (3, 4), (17, 1), (36, 0)
"""Key and version of each request."""
EARLIEST, LATEST = -2, -1
NO_ERROR, OUT_OF_RANGE, NO_TOPIC, NO_LEADER, NOT_LEADER, FORBIDDEN = 0, 1, 3, 5, 6, 29
"""Those of the codes of errors that mean something of their own to us."""
_COMMITTED: Final = 1  # isolation level: what transactions have left, and no more
_CLIENT: Final = "tegata"
_T = TypeVar("_T")


class Broker(NamedTuple):
    host: str
    port: int


class Topic(NamedTuple):
    """`leaders`: of each partition the broker that has it; None where there is none now."""

    error: int
    leaders: dict[int, Broker | None]


class Fetched(NamedTuple):
    """Batches of a partition. `aborted`: producers, and the first offset of what they took back."""

    error: int
    aborted: list[tuple[int, int]]
    batches: bytes


class Cursor:
    """Reads an answer from its beginning. PeerError: it ends too early."""

    def __init__(self, data: bytes) -> None:
        self._data = data
        self._at = 0

    def take(self, size: int) -> bytes:
        if not 0 <= size <= len(self._data) - self._at:
            raise broken(t("an answer is malformed", "応答の形式が不正です"))
        self._at += size
        return self._data[self._at - size : self._at]

    def number(self, form: str) -> int:
        """b, h, i, q as of `struct`, the highest byte first."""
        return int(struct.unpack(f">{form}", self.take(struct.calcsize(f">{form}")))[0])

    def text(self) -> str:
        """One that is not there is empty."""
        try:
            return self.take(max(self.number("h"), 0)).decode()
        except UnicodeDecodeError:
            raise broken(t("a name is no UTF-8", "名前が UTF-8 ではありません")) from None

    def data(self) -> bytes:
        return self.take(max(self.number("i"), 0))

    def each(self, read: Callable[[], _T]) -> list[_T]:
        """What is counted before it. One that is not there is empty."""
        return [read() for _ in range(max(self.number("i"), 0))]


def request(kind: tuple[int, int], number: int, body: bytes) -> bytes:
    """With its length before it; `number` comes back with the answer."""
    head = struct.pack(">hhi", *kind, number) + text(_CLIENT)
    return struct.pack(">i", len(head) + len(body)) + head + body


def ask_topic(topic: str) -> bytes:
    """Metadata; a topic that is not there is not made."""
    return struct.pack(">i", 1) + text(topic) + b"\0"


def read_topic(data: bytes) -> Topic:
    at = Cursor(data)
    at.number("i")  # throttle

    def broker() -> tuple[int, Broker]:
        node, found = at.number("i"), Broker(at.text(), at.number("i"))
        at.text()  # rack
        return node, found

    brokers = dict(at.each(broker))
    at.text(), at.number("i")  # cluster, controller
    if at.number("i") != 1:
        raise broken(t("it answers for another topic", "別のトピックの応答です"))
    error = at.number("h")
    at.text(), at.number("b")

    def leader() -> tuple[int, Broker | None]:
        at.number("h")
        partition, node = at.number("i"), at.number("i")
        at.each(lambda: at.number("i")), at.each(lambda: at.number("i"))  # replicas, and those in step
        return partition, brokers.get(node)

    return Topic(error, dict(at.each(leader)))


def ask_offset(topic: str, partition: int, which: int) -> bytes:
    """ListOffsets: the earliest, or the one behind the last that is settled."""
    return struct.pack(">ibi", -1, _COMMITTED, 1) + text(topic) + struct.pack(">iiq", 1, partition, which)


def read_offset(data: bytes) -> tuple[int, int]:
    """Error and offset."""
    at = _of_one_partition(data)
    error, _ = at.number("h"), at.number("q")
    return error, at.number("q")


def ask_batches(topic: str, partition: int, offset: int, most: int) -> bytes:
    """Fetch: batches from the one with this offset on, about so many bytes, one batch at least."""
    head = struct.pack(">iiiibi", -1, 500, 1, most, _COMMITTED, 1)
    return head + text(topic) + struct.pack(">iiqi", 1, partition, offset, most)


def read_batches(data: bytes) -> Fetched:
    at = _of_one_partition(data)
    error = at.number("h")
    at.number("q"), at.number("q")  # high watermark, last stable offset
    aborted = at.each(lambda: (at.number("q"), at.number("q")))
    return Fetched(error, aborted, at.data())


def read_mechanisms(data: bytes) -> tuple[int, list[str]]:
    """SaslHandshake: an error where the one that was asked for is not among them; then a broker breaks off."""
    at = Cursor(data)
    return at.number("h"), at.each(at.text)


def read_token(data: bytes) -> tuple[int, bytes]:
    """SaslAuthenticate: an error, and what the mechanism says."""
    at = Cursor(data)
    error = at.number("h")
    at.text()  # what it says of the error
    return error, at.data()


def _of_one_partition(data: bytes) -> Cursor:
    """Behind the number of the one partition that was asked for."""
    at = Cursor(data)
    at.number("i")  # throttle
    topics = at.number("i")
    at.text()
    if (topics, at.number("i")) != (1, 1):
        raise broken(t("it answers for other partitions", "別のパーティションの応答です"))
    at.number("i")
    return at


def text(said: str) -> bytes:
    data = said.encode()
    return struct.pack(">h", len(data)) + data


def data(said: bytes) -> bytes:
    return struct.pack(">i", len(said)) + said


def broken(why: Text) -> PeerError:
    return PeerError(t("the broker cannot be used", "ブローカーを利用できません"), why=why)
