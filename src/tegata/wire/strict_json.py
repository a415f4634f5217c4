"""JSON from strangers: RFC 8259 without the parts on which readers disagree.

Refused besides what the grammar refuses: repeated member names, numbers that do not fit 64 bits or a finite double,
lone surrogates, invalid UTF-8, a byte order mark, and documents larger or deeper than the caller allows. Two readers
that both accept a document read the same thing (RFC 8259 sections 4, 6, 8.2 and 9 leave these points open).
"""

from __future__ import annotations

import json
import re
from collections import Counter
from itertools import accumulate
from typing import Any, Final

import msgspec

from tegata.model.errors import ProtocolError

# The possessive form never goes back, and an unclosed string runs to the end: time stays linear for hostile bytes.
_STRING: Final = re.compile(rb'"(?:[^"\\]++|\\.)*+"?', re.DOTALL)
_ESCAPED_COLON: Final = re.compile(rb"\\u003[aA]")
_ONE_KIND: Final = bytes.maketrans(b"{}", b"[]")
_NOT_BRACKETS: Final = bytes(set(range(256)) - set(b"[]{}"))
_BETWEEN_BRACKETS: Final = (ord("[") + ord("]")) // 2


def loads(data: bytes, *, max_bytes: int, max_depth: int) -> Any:
    """Read one JSON document.

    Args:
        data: the whole document, UTF-8.
        max_bytes: largest accepted length in bytes.
        max_depth: deepest accepted nesting of arrays and objects; a bare scalar has depth 0.

    Raises:
        ProtocolError: status 400; `why` names the place (byte offset or member name).
    """
    if len(data) > max_bytes:
        raise _refusal(f"{len(data)} bytes are more than the {max_bytes} that are read")
    if _depth_over(data, max_depth):
        raise _refusal(f"arrays and objects are nested deeper than {max_depth} levels")
    try:
        value = msgspec.json.decode(data)
        colons = msgspec.json.encode(value).count(b":")
    except (msgspec.MsgspecError, UnicodeDecodeError, OverflowError) as error:
        raise _refusal(str(error)) from error
    # A reader drops all but one of several members with the same name, and at least one colon with each. Written
    # again, the document thus has fewer colons, unless colons were escaped in the original.
    if data.count(b":") != colons or _ESCAPED_COLON.search(data):
        json.loads(data, object_pairs_hook=_once_each)
    return value


def _depth_over(data: bytes, limit: int) -> bool:
    if data.count(b"[") + data.count(b"{") <= limit:
        return False
    brackets = _STRING.sub(b"", data).translate(_ONE_KIND, _NOT_BRACKETS)
    return max(accumulate(_BETWEEN_BRACKETS - byte for byte in brackets), default=0) > limit


def _once_each(members: list[tuple[str, Any]]) -> None:
    name, times = max(Counter(name for name, _ in members).items(), key=lambda item: item[1], default=("", 1))
    if times > 1:
        raise _refusal(f"member `{name}` stands {times} times in one object")


def _refusal(why: str) -> ProtocolError:
    return ProtocolError("not acceptable JSON", why=why, hint="send one RFC 8259 document in UTF-8")
