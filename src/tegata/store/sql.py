"""Finds the SQL: named queries in `queries/*.sql`, numbered migrations in `migrations/*.sql`, and none elsewhere.

Both are written once for both databases. What only PostgreSQL is asked stands in `queries/postgres/*.sql`.
"""

from __future__ import annotations

import functools
import hashlib
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Final, NamedTuple

_HERE = Path(__file__).parent
_NAME = re.compile(r"^-- name: (\w+)$", re.MULTILINE)

_POSTGRES: Final = (
    (r"\bINTEGER PRIMARY KEY AUTOINCREMENT\b", "BIGINT PRIMARY KEY GENERATED ALWAYS AS IDENTITY"),
    (r"\bINTEGER\b", "BIGINT"),
    (r"\bBLOB\b", "BYTEA"),
    (r"\bTEXT\b", 'TEXT COLLATE "C"'),  # ids are in the same order in both databases
    (r"\) STRICT(, WITHOUT ROWID)?;", ");"),
)
"""The words of a schema that differ: SQLite's, and what PostgreSQL calls the same."""

_TEXT_INDEX: Final = r"(?m)^CREATE VIRTUAL TABLE (\w+) USING fts5 \((\w+),.*\);"


class Migration(NamedTuple):
    """One step of the schema. `version` is the number in its file name; `digest` guards against a later edit."""

    version: int
    name: str
    text: str

    @property
    def digest(self) -> str:
        return "sha256:" + hashlib.sha256(self.text.encode()).hexdigest()


@functools.cache
def queries(folder: str = "") -> Mapping[str, str]:
    """SQL text by name. Placeholders `$1`, `$2` ... first appear in this order, so that a plain sequence binds them."""
    found: dict[str, str] = {}
    for file in sorted((_HERE / "queries" / folder).glob("*.sql")):
        _, *parts = _NAME.split(file.read_text("utf-8"))
        found.update(zip(parts[::2], parts[1::2], strict=True))
    return found


@functools.cache
def migrations() -> tuple[Migration, ...]:
    """All steps in order, from an empty file to the schema that this code speaks."""
    files = sorted((_HERE / "migrations").glob("*.sql"))
    return tuple(Migration(int(file.stem[:4]), file.stem, file.read_text("utf-8")) for file in files)


def for_postgres(schema: str) -> str:
    """A step of the schema in the words of PostgreSQL."""
    for ours, theirs in _POSTGRES:
        schema = re.sub(ours, theirs, schema)
    return re.sub(_TEXT_INDEX, queries("postgres")["text_index"], schema)
