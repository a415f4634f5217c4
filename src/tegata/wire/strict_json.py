"""JSON from strangers: RFC 8259 without the parts on which readers disagree.

Refused besides what the grammar refuses: repeated member names, numbers that do not fit 64 bits or a finite double,
lone surrogates, invalid UTF-8, a byte order mark, and documents larger or deeper than the caller allows. Two readers
that both accept a document read the same thing (RFC 8259 sections 4, 6, 8.2 and 9 leave these points open).
"""

from __future__ import annotations

import json
import re
from collections import Counter
from typing import Any, Final

import msgspec

from tegata.model.errors import ProtocolError

_CONTAINER: Final = (dict, list)
_ESCAPED_COLON: Final = re.compile(rb"\\u003[aA]")


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
    try:
        value = msgspec.json.decode(data)
        colons = msgspec.json.encode(value).count(b":")
        msgspec.msgpack.encode(value)  # only for its refusal: MessagePack has no integers beyond 64 bits
    except (msgspec.MsgspecError, UnicodeDecodeError, OverflowError) as error:
        raise _refusal(str(error)) from error
    except RecursionError as error:
        raise _too_deep(max_depth) from error
    if data.count(b"[") + data.count(b"{") > max_depth and _is_deeper(value, max_depth):
        raise _too_deep(max_depth)
    # A reader drops all but one of several members with the same name, and at least one colon with each. Written
    # again, the document thus has fewer colons, unless colons were escaped in the original.
    if data.count(b":") != colons or _ESCAPED_COLON.search(data):
        json.loads(data, object_pairs_hook=_once_each)
    return value


def _is_deeper(value: Any, limit: int) -> bool:
    containers: list[Any] = [[value]]
    for _ in range(limit + 1):
        members = (inner for part in containers for inner in (part.values() if isinstance(part, dict) else part))
        containers = [inner for inner in members if isinstance(inner, _CONTAINER)]
    return bool(containers)


def _once_each(members: list[tuple[str, Any]]) -> None:
    name, times = max(Counter(name for name, _ in members).items(), key=lambda item: item[1], default=("", 1))
    if times > 1:
        raise _refusal(f"member `{name}` stands {times} times in one object")


def _too_deep(limit: int) -> ProtocolError:
    return _refusal(f"arrays and objects are nested deeper than {limit} levels")


def _refusal(why: str) -> ProtocolError:
    return ProtocolError("not acceptable JSON", why=why, hint="send one RFC 8259 document in UTF-8")
