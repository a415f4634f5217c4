"""A database as a destination: each table of what was received is a table there, by the database's ADBC driver.

Passports and manifests stand in a table of their own. Names become words that need no thought in any dialect of SQL.
"""

from __future__ import annotations

import hashlib
import re
from pathlib import Path
from typing import Final

from tegata.cli.destination import Destination, not_laid
from tegata.cli.placing import PASSPORT
from tegata.model.base import t
from tegata.model.errors import InputError
from tegata.tables import open_source
from tegata.tables.ingest import Tables
from tegata.tables.pack import MANIFEST

_LONGEST: Final = 63  # bytes; PostgreSQL cuts longer names, and two could become one
_ENDING: Final = re.compile(r"(?i)\.(csv|tsv|txt|parquet|jsonl|ndjson|json)(\.gz|\.zst)?$")
_NO_TABLE: Final = t("only tables can be laid in a database", "データベースに置けるのは表だけです")
_HINT: Final = t("choose a folder, s3://... or https://...", "フォルダ、s3://...、https://... を指定してください")


class Database(Destination):
    """The tables of a database."""

    def __init__(self, address: str) -> None:
        """Raises InputError: there is no such driver. StoreError: the database cannot be reached."""
        self._tables = Tables(address)

    def shown(self, name: str) -> str:
        return f"{self._tables.shown}#{word(name)}"

    def is_taken(self, name: str) -> bool:
        return self._tables.is_taken(word(name))

    def put(self, name: str, file: Path) -> None:
        if name.endswith((PASSPORT, MANIFEST)):
            self._tables.keep(word(name), file.read_text("utf-8"))
            return
        try:
            source = open_source(file)
            self._tables.lay(word(name), source.columns, source.batches())
        except InputError as error:
            raise not_laid(self.shown(name), error.why or error.what, _HINT) from error


def word(name: str) -> str:
    """The name of a file as the name of a table: letters, digits and `_`, what was longer told apart by its digest."""
    plain = re.sub(r"\W+", "_", _ENDING.sub("", name)).strip("_") or "table"
    if len(plain.encode()) <= _LONGEST:
        return plain
    digest = hashlib.sha256(name.encode()).hexdigest()[:8]
    return f"{plain.encode()[: _LONGEST - 9].decode(errors='ignore')}_{digest}"
