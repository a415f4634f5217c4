"""Small documents on disk, read whole within limits."""

from __future__ import annotations

from pathlib import Path
from typing import BinaryIO, Final

from tegata.model.base import t
from tegata.model.errors import InputError
from tegata.tables.source import unreadable

MOST_BYTES: Final = 16 << 20
"""No flow, plan, decision or passport is larger; a data file named by mistake is refused early."""


def read_document(path: Path, file: BinaryIO | None = None) -> bytes:
    """The bytes of a small document, from an open `file` where one is given. InputError when it cannot be read, is
    empty or too large."""
    try:
        data = file.read(MOST_BYTES + 1) if file else _head(path)
    except (OSError, ValueError) as error:
        raise unreadable(path, error) from None
    if not data.strip():
        raise InputError(t(f"`{path}` is empty", f"`{path}` は空です"))
    if len(data) > MOST_BYTES:
        raise InputError(
            t(f"`{path}` is not such a document", f"`{path}` は該当する文書ではありません"),
            why=t(f"it is larger than {MOST_BYTES >> 20} MiB", f"{MOST_BYTES >> 20} MiB を超えています"),
        )
    return data


def _head(path: Path) -> bytes:
    with path.open("rb") as file:
        return file.read(MOST_BYTES + 1)
