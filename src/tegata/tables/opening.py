"""Which format a file is in (by its content, never by its name alone), and the source or sink that handles it."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Final, Literal

from tegata.model.base import t
from tegata.model.errors import InputError
from tegata.tables.encoding import binary
from tegata.tables.sink import CsvSink, JsonLinesSink, ParquetSink, Sink
from tegata.tables.source import Intake, Source

# Formats of which the reader could only say that they are binary: what to do instead.
_FOREIGN: Final = (
    (b"\xd0\xcf\x11\xe0", t("it is an old Excel or Office file", "旧形式の Excel または Office ファイルです")),
    (b"%PDF-", t("it is a PDF document", "PDF 文書です")),
    (b"\x1f\x8b", t("it is compressed (gzip)", "gzip で圧縮されています")),
    (b"BZh", t("it is compressed (bzip2)", "bzip2 で圧縮されています")),
    (b"\xfd7zXZ", t("it is compressed (xz)", "xz で圧縮されています")),
    (b"\x28\xb5\x2f\xfd", t("it is compressed (zstd)", "zstd で圧縮されています")),
    (b"SQLite format 3", t("it is a database", "データベースです")),
)


def open_source(path: Path) -> Source:
    """A source for the table in `path`: CSV and kin, Parquet, JSON (lines or a list) or Excel.

    Raises:
        InputError: missing, empty, unreadable, binary or damaged, with what to do next.
    """
    with Intake(path) as intake:
        head = intake.read(4096)
    if not head.strip(b"\xef\xbb\xbf \t\r\n"):
        raise InputError(
            t(f"`{path}` is empty", f"`{path}` は空です"),
            hint=t("check that it was written completely", "ファイルが最後まで書き込まれたか確認してください"),
        )
    for magic, why in _FOREIGN:
        if head.startswith(magic):
            raise _foreign(path, why.en, why.ja)
    return _reader(path, head)


def open_sink(path: Path, format: Literal["csv", "parquet", "jsonl"]) -> Sink:
    """A sink that writes `path` when it is closed without an error, and leaves no trace otherwise."""
    kinds: dict[str, Callable[[Path], Sink]] = {"csv": CsvSink, "parquet": ParquetSink, "jsonl": JsonLinesSink}
    return kinds[format](path)


def _reader(path: Path, head: bytes) -> Source:
    if head.startswith(b"PAR1"):
        from tegata.tables.parquet import ParquetSource

        return ParquetSource(path)
    if head.startswith(b"PK\x03\x04"):
        from tegata.tables.excel import ExcelSource

        return ExcelSource(path)
    if head.lstrip(b"\xef\xbb\xbf \t\r\n")[:1] in (b"{", b"["):
        from tegata.tables.jsonl import JsonSource

        return JsonSource(path)
    from tegata.tables.csv import CsvSource

    return CsvSource(path)


def _foreign(path: Path, en: str, ja: str) -> InputError:
    error = binary(path)
    return InputError(error.what, why=t(en, ja), hint=error.hint)
