"""What of a table a scan has not read, or not looked at: nothing is known of it, and that is said."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from tegata.model.base import t
from tegata.model.errors import InputError
from tegata.model.profile import Unread
from tegata.scan.sample import Sample
from tegata.tables import Source
from tegata.tables.tear import Tear

MOST_COLUMNS: Final = 16_384
"""Columns that are looked at, as many as a spreadsheet has: each takes memory of its own for its sample of values."""


def columns_in_reach(source: Source, *, some: bool) -> tuple[str, ...]:
    """Those that are looked at. InputError where that is not all of them, unless `some` will do."""
    if len(source.columns) > MOST_COLUMNS and not some:
        raise _too_wide(source)
    return source.columns[:MOST_COLUMNS]


def not_read(source: Source, sample: Sample | None, looked_at: int, rows: int, tear: Tear) -> Iterator[Unread]:
    """What a scan leaves open of a table that has so many rows, as far as they could be read.

    `sample`: by which some of them were not looked at.
    """
    if sample:
        yield Unread(name=source.path.name, why=sample.say(looked_at, rows))
    if tear.error:
        yield _behind(source, rows, tear.reached, tear.error)
    if len(source.columns) > MOST_COLUMNS:
        yield _beside(source, rows)


def _behind(source: Source, rows: int, reached: int, error: InputError) -> Unread:
    """What stands behind a tear."""
    said = [error.parts(language) for language in ("en", "ja")]
    en, ja = ((why or what).replace(str(source.path), source.path.name) for what, why, _ in said)
    why = t(
        f"it breaks off: {rows:,} rows were read and counted, of the first {reached:,} of {source.size:,} bytes."
        f" Nothing is known of the rest. {en}",
        f"途中で途切れています。先頭の {rows:,} 行だけ（{source.size:,} バイト中 {reached:,} バイトまで）を読んで数え、"
        f"残りの内容は不明です。{ja}",
    )
    return Unread(name=source.path.name, why=why, rows=rows)


def _beside(source: Source, rows: int) -> Unread:
    """Columns that are not looked at."""
    why = t(
        f"it has {len(source.columns):,} columns, of which the first {MOST_COLUMNS:,} were looked at."
        " Nothing is known of the others",
        f"{len(source.columns):,} 列のうち最初の {MOST_COLUMNS:,} 列だけを調べました。残りの列の内容は不明です",
    )
    return Unread(name=source.path.name, why=why, rows=rows)


def _too_wide(source: Source) -> InputError:
    count = len(source.columns)
    return InputError(
        t(f"`{source.path}` has {count} columns", f"`{source.path}` には {count} 列あります"),
        why=t(f"at most {MOST_COLUMNS} can be decided on", f"判定できるのは {MOST_COLUMNS} 列までです"),
        hint=t(
            "split the table, or turn it so that records are rows",
            "表を分割するか、1 レコード 1 行になるよう転置してください",
        ),
    )
