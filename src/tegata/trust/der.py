"""DER (ITU-T X.690 clause 10), read strictly and written: the few types that CMS, time-stamps and records are made of.

Reading is one walk without look-ahead: `read` gives the one element that the bytes are, `parts` what a constructed
element holds, `Fields` the components of a SEQUENCE in their order. Every reader raises VerificationError for what DER
does not allow: indefinite or roundabout lengths, bytes that are left over, numbers and times with two spellings.
`definite` turns BER with indefinite lengths, which some writers of CMS still use, into such elements first.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterable
from functools import lru_cache
from typing import Final, NamedTuple, NoReturn

from tegata.model.base import t
from tegata.model.errors import VerificationError

BOOLEAN: Final = 0x01
INTEGER: Final = 0x02
BIT_STRING: Final = 0x03
OCTET_STRING: Final = 0x04
OID: Final = 0x06
UTF8_STRING: Final = 0x0C
UTC_TIME: Final = 0x17
GENERALIZED_TIME: Final = 0x18
SEQUENCE: Final = 0x30
SET: Final = 0x31

NULL: Final = b"\x05\x00"
MAX_SIZE: Final = 64 << 20
_MAX_DEPTH: Final = 48  # an evidence record among the attributes of a signature reaches 32
_MAX_INTEGER: Final = 1024  # bytes
_MAX_OID: Final = 64  # bytes
_CONSTRUCTED: Final = 0x20
_UTC = re.compile(rb"\d{12}Z")
_GENERALIZED = re.compile(rb"\d{14}(\.\d{0,8}[1-9])?Z")


class Element(NamedTuple):
    """One element: its identifier octet, its content, and both with the length between them."""

    tag: int
    content: bytes
    raw: bytes


class Fields:
    """The components of a constructed element, taken one after the other."""

    def __init__(self, element: Element, tag: int = SEQUENCE) -> None:
        if element.tag != tag:
            refuse("an element is not of the type that stands there", "要素の型が異なります")
        self._parts = parts(element)
        self._next = 0

    def take(self, tag: int | None = None) -> Element:
        """The next component, which must be there (and have this tag)."""
        if self._next == len(self._parts) or (tag is not None and self._parts[self._next].tag != tag):
            refuse("a component is missing or of another type", "要素が欠けているか、型が異なります")
        self._next += 1
        return self._parts[self._next - 1]

    def optional(self, tag: int) -> Element | None:
        """The next component when it has this tag, else None."""
        if self._next < len(self._parts) and self._parts[self._next].tag == tag:
            return self.take()
        return None

    def rest(self) -> list[Element]:
        """All that is left."""
        left, self._next = self._parts[self._next :], len(self._parts)
        return left

    def end(self) -> None:
        """Nothing may be left."""
        if self._next != len(self._parts):
            refuse("there are more components than it has", "余分な要素があります")


def read(data: bytes) -> Element:
    """The one element that these bytes are."""
    if len(data) > MAX_SIZE:
        refuse("it is too large", "大きすぎます")
    element = _at(data, 0)
    if len(element.raw) != len(data):
        refuse("bytes are left over", "余分なバイトがあります")
    return element


def parts(element: Element) -> list[Element]:
    """The elements inside a constructed one."""
    if not element.tag & _CONSTRUCTED:
        refuse("an element is not constructed", "構造型の要素ではありません")
    found, at, content = [], 0, element.content
    while at < len(content):
        found.append(_at(content, at))
        at += len(found[-1].raw)
    return found


def inside(element: Element | None, tag: int | None = None) -> Element:
    """The one element inside an EXPLICIT tag. `element` None (an OPTIONAL that is absent) is refused too."""
    held = parts(element) if element is not None else []
    if len(held) != 1 or (tag is not None and held[0].tag != tag):
        refuse("an explicit tag does not hold the one element", "明示タグの内容が一つではありません")
    return held[0]


def as_tag(element: Element, tag: int) -> Element:
    """The same content under another tag: what an IMPLICIT tag stands for."""
    return Element(tag, element.content, bytes([tag]) + element.raw[1:])


def integer_of(element: Element) -> int:
    content = element.content
    if element.tag != INTEGER or not 0 < len(content) <= _MAX_INTEGER:
        refuse("an integer is malformed", "整数の形式が誤っています")
    if len(content) > 1 and (content[0], content[1] >> 7) in ((0, 0), (0xFF, 1)):
        refuse("an integer has leading zeros", "整数に余分な桁があります")
    return int.from_bytes(content, "big", signed=True)


def boolean_of(element: Element) -> bool:
    if element.tag != BOOLEAN or element.content not in (b"\x00", b"\xff"):
        refuse("a truth value is malformed", "真偽値の形式が誤っています")
    return element.content == b"\xff"


def oid_of(element: Element) -> str:
    """An object identifier in dots."""
    if element.tag != OID:
        refuse("it is no object identifier", "オブジェクト識別子ではありません")
    return _dots(element.content)


def time_of(element: Element) -> dt.datetime:
    """A GeneralizedTime or a UTCTime, in UTC. Digits beyond microseconds are cut off."""
    if element.tag == UTC_TIME and _UTC.fullmatch(element.content):
        century = "19" if element.content >= b"50" else "20"  # RFC 5280 section 4.1.2.5.1
        text, fraction = century + element.content[:12].decode(), ""
    elif element.tag == GENERALIZED_TIME and _GENERALIZED.fullmatch(element.content):
        text, _, fraction = element.content[:-1].decode().partition(".")
    else:
        refuse("a time is malformed", "時刻の形式が誤っています")
    try:
        whole = dt.datetime.strptime(f"{text}+0000", "%Y%m%d%H%M%S%z")
    except ValueError:
        refuse("a time does not exist", "存在しない時刻です")
    return whole.replace(microsecond=int(fraction[:6].ljust(6, "0")))


def tlv(tag: int, content: bytes) -> bytes:
    """An element."""
    return header(tag, len(content)) + content


def header(tag: int, size: int) -> bytes:
    """What stands before a content of so many bytes."""
    if size < 0x80:
        return bytes((tag, size))
    length = size.to_bytes((size.bit_length() + 7) // 8, "big")
    return bytes((tag, 0x80 | len(length))) + length


def sequence(*components: bytes) -> bytes:
    return tlv(SEQUENCE, b"".join(components))


def set_of(elements: Iterable[bytes], tag: int = SET) -> bytes:
    """A SET OF in the one order that DER knows (X.690 clause 11.6)."""
    return tlv(tag, b"".join(sorted(elements)))


def integer(value: int) -> bytes:
    bits = (value if value >= 0 else ~value).bit_length()  # of two's complement, without its sign
    return tlv(INTEGER, value.to_bytes(bits // 8 + 1, "big", signed=True))


def octets(data: bytes) -> bytes:
    return tlv(OCTET_STRING, data)


def boolean(value: bool) -> bytes:
    return tlv(BOOLEAN, b"\xff" if value else b"\x00")


def generalized_time(at: dt.datetime) -> bytes:
    """A time of day in UTC with up to six digits of fraction and no trailing zero (X.690 clause 11.7)."""
    utc = at.astimezone(dt.UTC)
    fraction = f".{utc.microsecond:06}".rstrip("0") if utc.microsecond else ""
    return tlv(GENERALIZED_TIME, f"{utc:%Y%m%d%H%M%S}{fraction}Z".encode())


def time(at: dt.datetime) -> bytes:
    """The choice that CMS and X.509 prescribe: UTCTime until 2049, whole seconds (RFC 5652 section 11.3)."""
    utc = at.astimezone(dt.UTC).replace(microsecond=0)
    return tlv(UTC_TIME, f"{utc:%y%m%d%H%M%SZ}".encode()) if 1950 <= utc.year < 2050 else generalized_time(utc)


@lru_cache(maxsize=256)
def oid(dots: str) -> bytes:
    """The element of an object identifier in dots."""
    first, second, *more = (int(arc) for arc in dots.split("."))
    return tlv(OID, b"".join(_base128(arc) for arc in (first * 40 + second, *more)))


def definite(data: bytes) -> bytes:
    """BER with indefinite lengths and octet strings in pieces, written anew with definite ones; all else as it is."""
    if len(data) > MAX_SIZE:
        refuse("it is too large", "大きすぎます")
    rebuilt, end = _rebuilt(data, 0, _MAX_DEPTH)
    if end != len(data):
        refuse("bytes are left over", "余分なバイトがあります")
    return rebuilt


def unpadded(data: bytes) -> bytes:
    """The first element, written with definite lengths, when nothing but zero bytes stands behind it."""
    if len(data) > MAX_SIZE:
        refuse("it is too large", "大きすぎます")
    if data[1:2] == b"\x80":
        first, end = _rebuilt(data, 0, _MAX_DEPTH)
    else:
        _, _, end = _header(data, 0)
        first = data[:end]
    if data[end:].strip(b"\0"):
        refuse("bytes are left over", "余分なバイトがあります")
    return first


def refuse(en: str, ja: str) -> NoReturn:
    raise VerificationError(t("the encoding is not DER", "DER の符号化ではありません"), why=t(en, ja))


def _at(data: bytes, start: int) -> Element:
    tag, content, end = _header(data, start)
    return Element(tag, data[content:end], data[start:end])


def _header(data: bytes, start: int) -> tuple[int, int, int]:
    """Tag, and where the content begins and ends. Tags of more than one byte occur in nothing that is read here."""
    head = data[start : start + 2]
    if len(head) < 2 or head[0] & 0x1F == 0x1F:
        refuse("an element is cut off or has an unknown tag", "要素が途切れているか、未知のタグです")
    size, content = head[1], start + 2
    if size >= 0x80:
        length = data[content : content + (size & 0x7F)]
        content += len(length)
        size = int.from_bytes(length, "big")
        if not 0 < len(length) <= 4 or len(length) != head[1] & 0x7F or length[0] == 0 or size < 0x80:
            refuse("a length is not in its shortest form", "長さが最短の形ではありません")
    if content + size > len(data):
        refuse("an element is cut off", "要素が途切れています")
    return head[0], content, content + size


def _rebuilt(data: bytes, start: int, depth: int) -> tuple[bytes, int]:
    if not depth:
        refuse("it is nested too deeply", "入れ子が深すぎます")
    tag, open_ended = data[start : start + 1], data[start + 1 : start + 2] == b"\x80"
    if not tag or (open_ended and not tag[0] & _CONSTRUCTED):
        refuse("an element is cut off", "要素が途切れています")
    if not tag[0] & _CONSTRUCTED:
        _, _, end = _header(data, start)
        return data[start:end], end
    at, end = (start + 2, -1) if open_ended else _header(data, start)[1:]
    held = []
    while data[at : at + 2] != b"\x00\x00" if open_ended else at < end:
        piece, at = _rebuilt(data, at, depth - 1)
        held.append(piece)
    if not open_ended and at != end:
        refuse("an element reaches beyond that which holds it", "要素が外側の要素をはみ出しています")
    return _joined(tag[0], held), at + 2 if open_ended else at


def _joined(tag: int, held: list[bytes]) -> bytes:
    if tag == OCTET_STRING | _CONSTRUCTED:
        return octets(b"".join(_at(piece, 0).content for piece in held))
    return tlv(tag, b"".join(held))


@lru_cache(maxsize=256)
def _dots(content: bytes) -> str:
    if not 0 < len(content) <= _MAX_OID or content[-1] & 0x80:
        refuse("an object identifier is malformed", "オブジェクト識別子の形式が誤っています")
    arcs, value, fresh = [], 0, True
    for byte in content:
        if fresh and byte == 0x80:
            refuse("an object identifier has leading zeros", "オブジェクト識別子に余分な桁があります")
        value, fresh = value << 7 | byte & 0x7F, byte < 0x80
        if fresh:
            arcs.append(value)
            value = 0
    first = min(arcs[0] // 40, 2)
    return ".".join(map(str, (first, arcs[0] - 40 * first, *arcs[1:])))


def _base128(value: int) -> bytes:
    digits = [value & 0x7F]
    while value := value >> 7:
        digits.append(value & 0x7F | 0x80)
    return bytes(reversed(digits))
