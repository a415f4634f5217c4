"""What the tables of a transfer are called where tables have names."""

from __future__ import annotations

import uuid
from typing import Final, NamedTuple

from tegata.transfer.access import AccessKey
from tegata.transfer.contents import Content

DOORS_PATH: Final = "/doors"
"""Below the address of a node."""

BUCKET: Final = "tegata-"
SHARE: Final = "tegata"


class TableName(NamedTuple):
    """Share, schema and table: words of small letters, digits and `_`, so that no tool needs to quote them."""

    share: str
    schema: str
    table: str

    def matches(self, *asked: str) -> bool:
        """Whether the first of these are its names, in any case."""
        return all(ours == theirs.lower() for ours, theirs in zip(self, asked, strict=False))


def bucket_of(transfer: str) -> str:
    """The bucket of a transfer in the S3 door."""
    return BUCKET + transfer.rpartition(":")[2]


def schema_of(key: AccessKey) -> str:
    """One schema for each transfer, so that the tables of several stand side by side."""
    return f"t_{key.transfer.rpartition(':')[2][:8]}"


def table_name(key: AccessKey, word: str) -> TableName:
    """A table among those of a transfer."""
    return TableName(SHARE, schema_of(key), word)


def table_id(key: AccessKey, table: Content) -> uuid.UUID:
    """That of the transfer where it has but this table."""
    transfer = uuid.UUID(key.transfer)
    return uuid.uuid5(transfer, table.packed) if table.packed else transfer
