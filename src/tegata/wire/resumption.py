"""Uploads that go on after a break, in the words of draft-ietf-httpbis-resumable-upload: HEAD asks for the offset,
PATCH appends from there.

https://datatracker.ietf.org/doc/draft-ietf-httpbis-resumable-upload/ (sections 4.3 and 4.4)
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Final, NamedTuple

PARTIAL: Final = "application/partial-upload"
"""Content type of what a PATCH appends."""

_OFFSET, _COMPLETE = "Upload-Offset", "Upload-Complete"
_NUMBER: Final = re.compile(r"[0-9]{1,15}")  # an integer of structured fields (RFC 9651 section 3.3.1)


class Offset(NamedTuple):
    """How many bytes of an upload are there, and whether these are all."""

    bytes: int
    complete: bool


def write_offset(offset: Offset) -> dict[str, str]:
    """The fields that tell it, in either direction."""
    return {_OFFSET: str(offset.bytes), _COMPLETE: "?1" if offset.complete else "?0"}


def read_offset(headers: Mapping[str, str]) -> Offset | None:
    """What the fields tell, by lower-case name; None when they tell nothing."""
    said = headers.get(_OFFSET.lower(), "").strip()
    if not _NUMBER.fullmatch(said):
        return None
    return Offset(int(said), headers.get(_COMPLETE.lower(), "").strip() == "?1")
