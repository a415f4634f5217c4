"""Which form a file is in, by its content, never by its name alone; and the source of a file that is one table."""

from __future__ import annotations

import zipfile
from pathlib import Path
from typing import Final

from tegata.model.base import t
from tegata.model.errors import InputError, NoTableError
from tegata.tables.encoding import binary
from tegata.tables.packed import packing_of
from tegata.tables.source import Intake, Source

_MAGIC: Final = (
    (b"PAR1", "parquet"),
    (b"SQLite format 3\0", "sqlite"),
    (b"PK\x03\x04", "zip"),
    (b"PK\x05\x06", "zip"),  # an empty one
    (b"##fileformat=VCF", "vcf"),
)
_FOREIGN: Final = (
    (b"\xd0\xcf\x11\xe0", t("it is an old Excel or Office file", "旧形式の Excel または Office ファイルです")),
    (b"%PDF-", t("it is a PDF document", "PDF 文書です")),
    (
        b"\x1f\x8b",
        t("it is compressed (gzip) in a compressed file", "圧縮されたファイルの中が gzip で圧縮されています"),
    ),
    (b"BZh", t("it is compressed (bzip2)", "bzip2 で圧縮されています")),
    (b"\xfd7zXZ", t("it is compressed (xz)", "xz で圧縮されています")),
    (
        b"\x28\xb5\x2f\xfd",
        t("it is compressed (zstd) in a compressed file", "圧縮されたファイルの中が zstd で圧縮されています"),
    ),
)
"""Formats of which the reader could only say that they are binary: what to do instead."""
HEAD: Final = 4096  # bytes that tell the form
_READ_ANYWHERE: Final = ("parquet", "sqlite", "duckdb", "zip")
_BLANK: Final = b"\xef\xbb\xbf \t\r\n"
_TEXTS: Final = {b"{": "json", b"[": "json", b"<?xml": "xml"}


def form_of(path: Path) -> str:
    """parquet, sqlite, duckdb, zip, xlsx, document (a zip archive of another office program), vcf, xml, json or text;
    of a file packed with gzip or zstd, the form of what is packed.

    Raises:
        InputError: missing, unreadable, or nothing but white space.
        NoTableError: packed, and only to be read in any order.
    """
    head = head_of(path)
    form = next((form for magic, form in _MAGIC if head.startswith(magic)), "")
    form = "duckdb" if head[8:12] == b"DUCK" else form  # behind a checksum
    if form in _READ_ANYWHERE and (packing := packing_of(path)):
        raise _foreign(
            path,
            f"it is {form}, compressed with {packing}: unpack it",
            f"{packing} で圧縮された {form} です。展開してください",
        )
    if form == "zip":
        return _form_of_parts(path)
    return form or next((form for begins, form in _TEXTS.items() if head.lstrip(_BLANK).startswith(begins)), "text")


def _form_of_parts(path: Path) -> str:
    try:
        with zipfile.ZipFile(path) as parts:
            names = set(parts.namelist())
    except (zipfile.BadZipFile, OSError, NotImplementedError, ValueError):
        return "zip"  # whose reader says what is wrong with it
    if "xl/workbook.xml" in names or "xl/workbook.bin" in names:
        return "xlsx"
    return "document" if "[Content_Types].xml" in names or "META-INF/manifest.xml" in names else "zip"


def head_of(path: Path) -> bytes:
    """The first bytes of a file. InputError where it holds nothing."""
    with Intake(path) as intake:
        head = intake.peek(HEAD)
        if not head:
            intake.read(1)  # tells why nothing comes out of a packed file
    if not head.strip(_BLANK):
        raise InputError(
            t(f"`{path}` is empty", f"`{path}` は空です"),
            hint=t("check that it was written completely", "ファイルが最後まで書き込まれたか確認してください"),
        )
    return head


def open_table(path: Path) -> Source:
    """A source for a file that is one table: CSV and kin, Parquet, JSON (lines or a list)."""
    head, form = head_of(path), form_of(path)
    for magic, why in _FOREIGN:
        if head.startswith(magic):
            raise _foreign(path, why.en, why.ja)
    if form == "document":
        raise _foreign(path, "it is a document of an office program", "オフィスソフトの文書です")
    return _reader(path, form)


def _reader(path: Path, form: str) -> Source:
    if form == "parquet":
        from tegata.tables.parquet import ParquetSource

        return ParquetSource(path)
    if form == "vcf":
        from tegata.tables.vcf import VcfSource

        return VcfSource(path)
    if form == "xml":
        from tegata.tables.xml import XmlSource

        return XmlSource(path)
    if form == "json":
        from tegata.tables.jsonl import JsonSource

        return JsonSource(path)
    from tegata.tables.csv import CsvSource

    return CsvSource(path)


def _foreign(path: Path, en: str, ja: str) -> NoTableError:
    error = binary(path)
    return NoTableError(error.what, why=t(en, ja), hint=error.hint)
