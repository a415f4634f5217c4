"""What a workbook would take in memory, found out before anything reads it.

The reader of workbooks holds a sheet as one full rectangle: a cell in the far corner or a part that unpacks to
gigabytes would end the process. A zip directory can state false sizes, so every part is unpacked once and counted.
"""

from __future__ import annotations

import re
import zipfile
from pathlib import Path
from typing import Final

from tegata.model.base import t
from tegata.model.errors import InputError, Say
from tegata.tables.source import BLOCK

MAX_UNPACKED: Final = 256 << 20  # bytes of all parts
MAX_CELLS: Final = 16_000_000  # of the rectangle that a sheet spans
_TAG: Final = re.compile(rb"<(?:\w+:)?(row|c)(?=[\s/>])([^>]*)>")
_PLACE: Final = re.compile(rb"\br\s*=\s*[\"']([A-Za-z]*)(\d{1,7})[\"']")


def check_budget(path: Path) -> None:
    """Refuse a workbook that is none, that is damaged, or that is larger than the limits above.

    Raises:
        InputError: with what to do instead.
    """
    try:
        with zipfile.ZipFile(path) as parts:
            names = parts.namelist()
            if "xl/workbook.xml" not in names:
                raise damaged(path, t("it is a zip archive without a workbook", "ブックを含まない zip ファイルです"))
            left = MAX_UNPACKED
            for name in names:
                left -= _measure(path, parts, name, left)
    except (zipfile.BadZipFile, OSError, NotImplementedError, RuntimeError, EOFError, ValueError) as error:
        raise damaged(path, str(error)) from error


def damaged(path: Path, why: Say) -> InputError:
    return InputError(
        t(f"`{path}` cannot be read as Excel", f"`{path}` を Excel として読み取れません"),
        why=why,
        hint=t(
            "open it in a spreadsheet and save it again as .xlsx or CSV",
            "表計算ソフトで開き、.xlsx または CSV で保存し直してください",
        ),
    )


class _Extent:
    """The corner of the rectangle that the cells of one part span. Places may be stated or left to be counted."""

    def __init__(self) -> None:
        self._row = self._column = 0
        self._rows = self._columns = 1

    def see(self, xml: bytes) -> None:
        for tag, attributes in _TAG.findall(xml):
            place = _PLACE.search(attributes)
            if tag == b"row":
                self._row, self._column = int(place[2]) if place else self._row + 1, 0
            elif place:
                self._row, self._column = int(place[2]), _number(place[1])
            else:
                self._column += 1
            self._rows, self._columns = max(self._rows, self._row), max(self._columns, self._column)

    @property
    def cells(self) -> int:
        return self._rows * self._columns


def _measure(path: Path, parts: zipfile.ZipFile, name: str, budget: int) -> int:
    """Unpacked bytes of one part, which may be a sheet whatever its name."""
    size, extent, rest = 0, _Extent(), b""
    with parts.open(name) as part:
        while data := part.read(BLOCK):
            size += len(data)
            whole, _, rest = (rest + data).rpartition(b"<")  # a tag may be cut
            rest = (b"<" + rest)[-BLOCK:]
            extent.see(whole)
            if size > budget or extent.cells > MAX_CELLS:
                raise _too_large(path)
    return size


def _number(letters: bytes) -> int:
    """Number of a column from its letters: A is 1, AA is 27."""
    number = 0
    for letter in letters.upper():
        number = number * 26 + letter - 64
    return number


def _too_large(path: Path) -> InputError:
    return InputError(
        t(f"`{path}` is too large for a workbook", f"`{path}` は Excel ブックとして大きすぎます"),
        why=t(
            "unpacked it would need more than 256 MiB or 16 million cells",
            "展開すると 256 MiB または 1,600 万セルを超えます",
        ),
        hint=t("save the sheet as CSV", "シートを CSV で保存してください"),
    )
