"""Arrow Flight SQL: the commands that a reader of tables sends, in protocol buffers (FlightSql.proto of Apache Arrow).

Pure, and no more of protocol buffers than these few messages need: varints and fields with a length.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final, NamedTuple, NoReturn

from tegata.model.errors import ProtocolError

MAX_BYTES: Final = 64 << 10
_TYPES: Final = "type.googleapis.com/arrow.flight.protocol.sql."
_VARINT, _FIXED64, _LENGTH, _FIXED32 = 0, 1, 2, 5
_FIXED: Final = {_FIXED64: 8, _FIXED32: 4}


class Command(NamedTuple):
    """One message of `arrow.flight.protocol.sql`: its name, and its fields by number, the last of each."""

    name: str
    fields: dict[int, int | bytes]

    def text(self, number: int) -> str | None:
        """A field that is a text; None when it is not there. ProtocolError when it is none."""
        value = self.fields.get(number)
        if value is None:
            return None
        try:
            return value.decode() if isinstance(value, bytes) else _refuse()
        except UnicodeDecodeError:
            return _refuse()


def read_command(data: bytes) -> Command:
    """A command or ticket as it came. ProtocolError when it is none of Flight SQL."""
    if len(data) > MAX_BYTES:
        raise ProtocolError(f"the command is longer than {MAX_BYTES} bytes")
    packed = Command("Any", dict(_fields(data)))
    kind, value = packed.text(1) or "", packed.fields.get(2, b"")
    if not kind.startswith(_TYPES) or not isinstance(value, bytes):
        raise ProtocolError("this is no command of Flight SQL")
    return Command(kind.removeprefix(_TYPES), dict(_fields(value)))


def command(name: str, fields: dict[int, bytes]) -> bytes:
    """The same the other way round: fields with a length only."""
    value = b"".join(_field(number, part) for number, part in fields.items())
    return _field(1, (_TYPES + name).encode()) + _field(2, value)


def _field(number: int, value: bytes) -> bytes:
    return _varint(number << 3 | _LENGTH) + _varint(len(value)) + value


def _varint(number: int) -> bytes:
    out = bytearray()
    while number > 0x7F:
        out.append(number & 0x7F | 0x80)
        number >>= 7
    return bytes([*out, number])


def _fields(data: bytes) -> Iterator[tuple[int, int | bytes]]:
    """Number and value of each field; those of fixed length are passed over."""
    at = 0
    while at < len(data):
        key, at = _number(data, at)
        kind = key & 7
        if kind == _VARINT:
            value, at = _number(data, at)
            yield key >> 3, value
        elif kind == _LENGTH:
            size, at = _number(data, at)
            if size > len(data) - at:
                _refuse()
            yield key >> 3, data[at : at + size]
            at += size
        elif kind in _FIXED:
            at += _FIXED[kind]
        else:
            _refuse()


def _number(data: bytes, at: int) -> tuple[int, int]:
    """A varint of at most 64 bits, and where what follows begins."""
    number = 0
    for shift in range(0, 64, 7):
        if at >= len(data):
            break
        byte, at = data[at], at + 1
        number |= (byte & 0x7F) << shift
        if byte < 0x80:
            return number, at
    return _refuse()


def _refuse() -> NoReturn:
    raise ProtocolError("the message does not read")
