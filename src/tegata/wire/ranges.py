"""Which bytes of a file a request gets: conditional and range requests of HTTP (RFC 9110 sections 8.8.3, 13 and 14).

Pure: request fields in, status and fields of the answer out. An entity tag is strong and says the digest of the bytes,
so it stays the same over restarts and replicas. Of several ranges in one request all are ignored and the whole is
given, as section 14.2 allows: nobody makes a server seek a hundred times for one request.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Final, NamedTuple

_TAG: Final = re.compile(r'(W/)?"([\x21\x23-\x7e\x80-\xff]*)"')
_RANGE: Final = re.compile(r"bytes=[ \t]*([0-9]{0,18})-([0-9]{0,18})[ \t]*", re.IGNORECASE)
_CONTENT_RANGE: Final = re.compile(r"bytes[ \t]+([0-9]{1,18})-([0-9]{1,18})/(?:([0-9]{1,18})|\*)[ \t]*", re.IGNORECASE)


class Slice(NamedTuple):
    """What is answered: a status of 200, 206, 304, 412 or 416, the bytes from `start` up to `stop` (exclusive) as its
    content, and the fields that tell them."""

    status: int
    start: int
    stop: int
    headers: dict[str, str]


class Piece(NamedTuple):
    """What a 206 says that it holds: the bytes from `start` up to `stop` (exclusive) of `size`, None where unknown."""

    start: int
    stop: int
    size: int | None


def entity_tag(digest: str) -> str:
    """The strong tag of bytes with this digest (`sha256:...`)."""
    return f'"{digest.replace(":", "-")}"'


def select(method: str, headers: Mapping[str, str], size: int, tag: str) -> Slice:
    """What of `size` bytes under a strong `tag` a GET or HEAD gets, in the order of RFC 9110 section 13.2.2.

    Args:
        headers: of the request, by lower-case name.
    """
    told = {"ETag": tag, "Accept-Ranges": "bytes"}
    if "if-match" in headers and not _matches(headers["if-match"], tag, weakly=False):
        return Slice(412, 0, 0, told)
    if "if-none-match" in headers and _matches(headers["if-none-match"], tag, weakly=True):
        return Slice(304, 0, 0, told)
    wanted = _range(headers.get("range", ""), size) if method == "GET" else None  # section 14.2: for GET alone
    if wanted is None or headers.get("if-range", tag).strip() != tag:  # section 13.1.5: compared strongly
        return Slice(200, 0, size, told | {"Content-Length": str(size)})
    start, stop = wanted
    if start >= stop:
        return Slice(416, 0, 0, told | {"Content-Range": f"bytes */{size}"})
    said = f"bytes {start}-{stop - 1}/{size}"
    return Slice(206, start, stop, told | {"Content-Range": said, "Content-Length": str(stop - start)})


def write_range(start: int) -> str:
    """The field that asks for everything from a byte on."""
    return f"bytes={start}-"


def read_content_range(value: str) -> Piece | None:
    """The `Content-Range` of a 206. None when it says nothing that can be used (section 14.4)."""
    found = _CONTENT_RANGE.fullmatch(value)
    if found is None:
        return None
    first, last, size = int(found[1]), int(found[2]), int(found[3]) if found[3] else None
    if last < first or (size is not None and last >= size):
        return None
    return Piece(first, last + 1, size)


def _range(value: str, size: int) -> tuple[int, int] | None:
    """Bytes from (inclusive) to (exclusive); none between them when it cannot be satisfied. None: it is ignored, for it
    is absent, invalid, in other units, or asks for several."""
    found = _RANGE.fullmatch(value)
    if found is None or not (found[1] or found[2]):
        return None
    if not found[1]:  # the last so many
        return max(size - int(found[2]), 0), size
    first, last = int(found[1]), int(found[2] or size)
    return None if found[2] and last < first else (first, min(last + 1, size))


def _matches(value: str, tag: str, *, weakly: bool) -> bool:
    """Whether a list of tags, or `*`, holds this one (sections 13.1.1, 13.1.2). One that does not read holds none."""
    if value.strip() == "*":
        return True
    if _TAG.sub("", value).strip(", \t"):
        return False
    return any(f'"{opaque}"' == tag and (weakly or not weak) for weak, opaque in _TAG.findall(value))
