"""Windows of streams: so many messages of a broker become a table where all of them are JSON, and one opaque file
otherwise."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import BinaryIO, Final, Self
from urllib.parse import parse_qsl, unquote

import msgspec

from tegata.catalog.fetching import no_room
from tegata.model.base import Text, t
from tegata.model.errors import InputError

LONGEST: Final = 16 << 20  # bytes of one message, which is held in memory
_PLACE: Final = re.compile(
    r"(?P<scheme>mqtts?|kafkas?)://(?:(?P<user>[^/?@:]+)@)?(?P<host>[^/?@]+)/(?P<topic>[^?]+)(?:\?(?P<query>.*))?"
)
_OPAQUE: Final = b"\0messages\1"
"""What an opaque window begins with; then for each message the length of its name (four bytes, the highest first), the
name, and the same of its payload."""


@dataclass(frozen=True)
class StreamPlace:
    """Where messages are: `mqtts://user@host:8883/topic?messages=1000`."""

    text: str
    broker: str  # scheme, host, port
    user: str
    topic: str
    options: Mapping[str, int]

    @property
    def scheme(self) -> str:
        return self.broker.partition(":")[0]


def is_stream(place: str) -> bool:
    """Whether messages of a broker are meant."""
    from tegata.tables import STREAMS  # here: an idle node carries no columnar engine

    return place.startswith(STREAMS)


def read_place(place: str, known: Mapping[str, range]) -> StreamPlace:
    """What an address of a stream says. InputError: it does not read, or has an option that is not known."""
    match = _PLACE.fullmatch(place)
    if match is None:
        raise refused(place, t("it is not the address of a stream", "ストリームのアドレスではありません"))
    options: dict[str, int] = {}
    for name, value in parse_qsl(match["query"] or "", keep_blank_values=True):
        if name not in known or name in options:
            raise refused(place, t(f"`{name}` is not known here", f"`{name}` は使えません"))
        if not (value.isascii() and value.isdecimal() and len(value) < 20 and int(value) in known[name]):
            most = known[name][-1]
            raise refused(place, t(f"`{name}` is a number up to {most:,}", f"`{name}` は {most:,} 以下の数です"))
        options[name] = int(value)
    broker = f"{match['scheme']}://{match['host']}"
    return StreamPlace(place, broker, unquote(match["user"] or ""), unquote(match["topic"]), options)


class Messages:
    """Takes messages one by one, and leaves a file with all of them.

    Args:
        most: bytes that may come.
    """

    def __init__(self, place: str, file: Path, most: int) -> None:
        self._place = place
        self._file = file
        self._beside = file.with_name(file.name + ".jsonl")
        self._left = most
        self._frames: BinaryIO | None = None
        self._lines: BinaryIO | None = None  # as long as all were JSON
        self.count = 0

    def __enter__(self) -> Self:
        try:
            self._frames, self._lines = self._file.open("wb"), self._beside.open("wb")
            self._frames.write(_OPAQUE)
        except OSError as error:
            raise no_room(error) from error
        return self

    def add(self, name: str, payload: bytes, own: Mapping[str, str]) -> None:
        """One message. `own`: columns that it has besides those of its payload.

        Raises:
            InputError: it is too long, or too much. StoreError: the disk is full.
        """
        if len(payload) > LONGEST:
            raise too_long(self._place)
        self._left -= len(name.encode()) + len(payload)
        if self._left < 0:
            raise refused(self._place, t("it gives more than this node takes", "このノードの受信上限を超えます"))
        self.count += 1
        line = row(payload, own) if self._lines else None
        try:
            self._write(name.encode(), payload, line)
        except OSError as error:
            raise no_room(error) from error

    def _write(self, name: bytes, payload: bytes, line: bytes | None) -> None:
        if self._frames is None:
            raise RuntimeError("messages are taken between `with` and its end")
        self._frames.write(b"".join(len(part).to_bytes(4, "big") + part for part in (name, payload)))
        if line is not None and self._lines:
            self._lines.write(line + b"\n")
        elif self._lines:
            self._lines.close()
            self._lines = None

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for file in (self._frames, self._lines):
            if file:
                file.close()

    def name(self) -> str:
        """Of the file that was left, once all have come. InputError: there is not one."""
        if self.count == 0:
            raise refused(self._place, t("not one message has come", "メッセージが 1 件も届きませんでした"))
        if self._lines is None:
            self._beside.unlink(missing_ok=True)
            return "messages.bin"
        self._beside.replace(self._file)
        return "messages.jsonl"


def row(payload: bytes, own: Mapping[str, str]) -> bytes | None:
    """A message as a line of JSON, its numbers written as they came; None where it is not JSON. What is no object
    stands in a column `value`."""
    try:
        value = msgspec.json.decode(payload)
        text = msgspec.json.format(payload, indent=-1)
    except (msgspec.DecodeError, RecursionError, UnicodeDecodeError):
        return None
    if not isinstance(value, dict):
        text = b'{"value":' + text + b"}"
    if not own:
        return text
    added = msgspec.json.encode(own)[1:]
    return b"{" + added if len(text) == 2 else text[:-1] + b"," + added


def too_long(place: str) -> InputError:
    return refused(place, t(f"a message has more than {LONGEST:,} bytes", f"{LONGEST:,} バイトを超えるメッセージです"))


def refused(place: str, why: Text) -> InputError:
    return InputError(
        t(f"the messages at `{place}` cannot be read", f"`{place}` のメッセージを読み取れません"),
        why=why,
        hint=t(
            "write mqtts://broker/topic?messages=1000 or kafkas://broker/topic; a topic of MQTT may hold + and #",
            "mqtts://broker/topic?messages=1000 や kafkas://broker/topic と書きます。MQTT では + と # も使えます",
        ),
    )
