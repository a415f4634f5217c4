"""The grammar of delimited text: where records end, what stands in a cell, and which delimiter is used.

Reference: RFC 4180. A quotation mark opens a quoted cell only as the first character of the cell; elsewhere it is text.
The columnar reader needs more than that: every mark in its legal place. Records with stray marks are rewritten for it.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from itertools import islice
from typing import Final

DELIMITERS: Final = ",\t;|"


class Grammar:
    """Delimited text with one delimiter, over UTF-8 bytes; records end with LF or CR LF."""

    def __init__(self, delimiter: str, *, quoting: bool = True) -> None:
        self.delimiter = delimiter
        self.quoting = quoting
        # Nothing may be tried twice, or a stray mark would cost quadratic time. Groups are atomic, not possessive:
        # Python before 3.11.5 repeats groups with alternatives wrongly when they are possessive (CPython gh-106052).
        d = re.escape(delimiter).encode()
        quoted = rb'"[^"]*+(?>(?:""[^"]*+)*)"'
        # A cell in marks from end to end, and whatever stands before it.
        placed = rb'[^"]*+"(?<![^' + d + rb'\n]")[^"]*+(?>(?:""[^"]*+)*)"(?=[' + d + rb"\n]|\r\n)"
        text = rb"[^" + d + rb"\n]*+"
        loose = rb"(?>" + quoted + text + rb'|(?!")' + text + rb")" if quoting else text
        self._placed = re.compile(rb"(?>(?:" + placed + rb")*)")
        self._record = re.compile(rb"(?>(?:" + loose + d + rb")*)" + loose + rb"\n")
        cell = rb'"([^"]*+(?>(?:""[^"]*+)*))"([^' + d + rb"]*+)|([^" + d + rb"]*+)"
        self._cell = re.compile(cell if quoting else rb"(?!)()()|([^" + d + rb"]*+)")

    def split(self, data: bytes) -> tuple[bytes, bytes]:
        """Whole records, each in strict form, and the unfinished rest."""
        if not self.quoting or b'"' not in data:
            end = data.rfind(b"\n") + 1
            return data[:end], data[end:]
        parts: list[bytes] = []
        finished = 0
        for start, end, finished in self._runs(data):
            parts.append(data[start:end])
            if finished > end:
                parts.append(self._mended(data[end:finished]))
        return b"".join(parts), data[finished:]

    def finished(self, data: bytes) -> tuple[int, bool]:
        """Bytes of the whole records, as they stand, and whether all of them are in strict form."""
        if not self.quoting or b'"' not in data:
            return data.rfind(b"\n") + 1, True
        runs = list(self._runs(data))
        return runs[-1][2], all(end == finished for _, end, finished in runs)

    def _runs(self, data: bytes) -> Iterator[tuple[int, int, int]]:
        """Where records in strict form begin and end, and where the record after them ends that is not; all records."""
        finished = 0
        while True:
            start, end = finished, self._end_of_strict(data, finished)
            stray = self._record.match(data, end)
            finished = stray.end() if stray else end
            yield start, end, finished
            if stray is None:
                return

    def records(self, data: bytes) -> Iterator[bytes]:
        """Whole records of `data`, with their line ends, as far as they are finished."""
        start = 0
        while record := self._record.match(data, start):
            yield record[0]
            start = record.end()

    def cells(self, record: bytes) -> list[bytes]:
        """Cells of one record, unquoted."""
        record = record.removesuffix(b"\n").removesuffix(b"\r")
        cells: list[bytes] = []
        position = 0
        while (cell := self._cell.match(record, position)) is not None:
            plain = cell[3]
            cells.append(cell[1].replace(b'""', b'"') + cell[2] if plain is None else plain)
            if cell.end() >= len(record):
                break
            position = cell.end() + 1
        return cells

    def _end_of_strict(self, data: bytes, start: int) -> int:
        """End of the last record before the first mark out of its place (or before the record that is not finished)."""
        place = self._placed.match(data, start)
        quoted = start if place is None else place.end()
        stray = data.find(b'"', quoted)
        line = data.rfind(b"\n", quoted, len(data) if stray < 0 else stray)
        while line < 0 and quoted > start:
            opening = _opening(data, quoted - 1)
            quoted = max(start, data.rfind(b'"', start, opening) + 1)
            line = data.rfind(b"\n", quoted, opening)
        return start if line < 0 else line + 1

    def _mended(self, record: bytes) -> bytes:
        quoted = (b'"' + cell.replace(b'"', b'""') + b'"' for cell in self.cells(record))
        return self.delimiter.encode().join(quoted) + b"\n"


def _opening(data: bytes, closing: int) -> int:
    """The mark that opens the quoted cell which a mark closes; in the cell there are only doubled ones."""
    mark = data.rfind(b'"', 0, closing)
    while data[mark - 1 : mark] == b'"':
        mark = data.rfind(b'"', 0, mark - 1)
    return mark


def detect_grammar(text: bytes, *, whole: bool) -> Grammar:
    """Grammar of the text that begins with `text` (UTF-8; `whole`: it ends there too).

    The delimiter is the one that gives most records the same number of cells, more than one; ties go to more cells.
    When the whole text does not close a quotation mark, marks are taken as text: a stray one may swallow nothing.
    """
    best, best_score = Grammar(","), (0.0, 0)
    for delimiter in DELIMITERS:
        grammar = Grammar(delimiter)
        score = _regularity(grammar, text)
        if score > best_score:
            best, best_score = grammar, score
    if whole and best.split(text)[1]:
        return Grammar(best.delimiter, quoting=False)
    return best


def _regularity(grammar: Grammar, text: bytes) -> tuple[float, int]:
    """Share of the first records that have the most usual number of cells, and that number; (0, 0) when it is one."""
    records = islice(grammar.records(text), 200)
    widths = [len(grammar.cells(record)) for record in records if record.strip()]
    if not widths:
        return 0.0, 0
    usual, count = Counter(width for width in widths if width > 1).most_common(1)[0] if max(widths) > 1 else (1, 0)
    return (count / len(widths), usual) if usual > 1 else (0.0, 0)
