"""What the table of a transfer is called where tables have names."""

from __future__ import annotations

import re
from typing import Final, NamedTuple

from tegata.model.base import Text
from tegata.transfer.access import AccessKey

DOORS_PATH: Final = "/doors"
"""Below the address of a node."""

BUCKET: Final = "tegata-"
SHARE: Final = "tegata"
_MOST: Final = 48


class TableName(NamedTuple):
    """Share, schema and table: words of small letters, digits and `_`, so that no tool needs to quote them."""

    share: str
    schema: str
    table: str

    def matches(self, *asked: str) -> bool:
        """Whether the first of these are its names, in any case."""
        return all(ours == theirs.lower() for ours, theirs in zip(self, asked, strict=False))


def bucket_of(key: AccessKey) -> str:
    """The bucket of a transfer in the S3 door."""
    return BUCKET + key.transfer.rpartition(":")[2]


def table_name(key: AccessKey, title: Text) -> TableName:
    """One schema for each transfer, so that the tables of several stand side by side."""
    plain = re.sub(r"[^a-z0-9]+", "_", title.en.lower()).strip("_")[:_MOST].rstrip("_")
    return TableName(SHARE, f"t_{key.transfer.rpartition(':')[2][:8]}", plain or "data")
