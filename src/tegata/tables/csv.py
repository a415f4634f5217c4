"""Delimited text: CSV, TSV and their kin, read in record-aligned blocks."""

from __future__ import annotations

from collections.abc import Iterator
from copy import copy
from itertools import islice
from pathlib import Path
from typing import Final

import numpy as np
import polars as pl

from tegata.model.base import Progress, t
from tegata.model.errors import InputError
from tegata.model.profile import SourceFormat
from tegata.tables.dialect import Grammar, detect_grammar
from tegata.tables.encoding import BrokenTextError, Transcoder, detect_encoding, lines_before
from tegata.tables.header import Layout, find_layout, unique_names
from tegata.tables.packed import packing_of
from tegata.tables.seal import SHARE, Seal, Sealing
from tegata.tables.source import BLOCK, FRAME_CELLS, MAX_COLUMNS, Intake, Source, changed, file_size, too_many_columns

MAX_RECORD: Final = 16 << 20  # bytes; a longer record is a quotation mark that was never closed
_LOOKED_AT: Final = 200  # records


class CsvSource(Source):
    """A delimited text file.

    Nothing is lost from uneven records: a short one is filled up with nulls; cells beyond the header go to columns
    `extra_1`, `extra_2` ..., as many as the first block (4 MiB) needs. A record that is longer still stops the pass
    with its line number. Lines without any character are not records.
    """

    _seal: Seal | None = None  # of a share: where it stands in the file
    _strict = False  # of a share: it is known that all its records are in strict form

    def __init__(self, path: Path) -> None:
        self.path = path
        self.size = file_size(path)
        encoding, self.notes = detect_encoding(path)
        text, whole = self._first_block(encoding)
        self._grammar = self._detect(text, whole=whole)
        layout, self._preamble = self._look(text)
        self.format = SourceFormat(
            format="csv",
            encoding=encoding,
            delimiter=self._grammar.delimiter,
            quoting=self._grammar.quoting,
            header_row=layout.header_row,
        )
        self.columns = layout.names
        self.columns = unique_names([*layout.names, *self._extras(text[len(self._preamble) :])])
        if not self.columns:
            raise InputError(
                t(f"`{path}` has no header that could be read", f"`{path}` の見出しを読めません"),
                why=t(
                    f"its first record is longer than {BLOCK >> 20} MiB",
                    f"最初のレコードが {BLOCK >> 20} MiB を超えています",
                ),
                hint=t(
                    "check the delimiter, the line ends and the quotation marks",
                    "区切り文字・改行・引用符を確認してください",
                ),
            )
        if len(self.columns) > MAX_COLUMNS:
            raise too_many_columns(path, len(self.columns))

    def _detect(self, text: bytes, *, whole: bool) -> Grammar:
        return detect_grammar(text, whole=whole)

    def _first_block(self, encoding: str) -> tuple[bytes, bool]:
        """UTF-8 text of the first block, and whether it is the whole file."""
        with Intake(self.path) as intake:
            data, whole = next(intake.blocks(BLOCK))
        try:
            text = Transcoder(self.path, encoding).feed(data, final=whole)
        except BrokenTextError as error:  # whoever reads that far is told
            text, whole = error.before, False
            if b"\n" not in text:
                raise
        self._cr_only = b"\r" in text and b"\n" not in text  # line ends of old Macintosh files
        return _closed(self._line_ends(text), whole), whole

    def _look(self, text: bytes) -> tuple[Layout, bytes]:
        """Layout of the table, and the bytes above its first record."""
        records = list(islice(self._grammar.records(text), _LOOKED_AT))
        rows = [[cell.decode() for cell in self._grammar.cells(record)] for record in records]
        layout = find_layout(rows)
        return layout, b"".join(records[: layout.first_record])

    def _extras(self, text: bytes) -> list[str]:
        """Names for cells beyond the header in the first block."""
        records, _ = self._grammar.split(text)
        try:
            self._frame(records)
        except pl.exceptions.PolarsError:
            widest = max((len(self._grammar.cells(record)) for record in self._grammar.records(records)), default=0)
            return [f"extra_{number}" for number in range(1, widest - len(self.columns) + 1)]
        return []

    def shares(self) -> Iterator[Source] | None:
        """Cut at ends of records, of which UTF-8 alone tells byte by byte where they are."""
        cuttable = self.format.encoding == "utf-8" and not self._cr_only and not packing_of(self.path)
        return self._cut() if cuttable and self.size >= 2 * SHARE else None

    def _cut(self) -> Iterator[Source]:
        sealing, rest, strict = Sealing(), b"", True
        with Intake(self.path) as intake:
            while data := intake.read(BLOCK // 4):  # small enough to stay in the cache of the processor
                text = rest + data
                finished, in_form = self._grammar.finished(text)
                strict = strict and in_form
                sealing.extend(memoryview(text)[:finished])
                rest = text[finished:]
                if len(rest) > MAX_RECORD:
                    raise self._unclosed(1 + lines_before(self.path, sealing.stop))
                if sealing.length >= SHARE:
                    yield self._share(sealing.close(), strict, intake.digest)
                    strict = True
            sealing.extend(rest)
            if sealing.length:
                yield self._share(sealing.close(), strict and not rest, intake.digest)
            self._digest = intake.digest

    def _share(self, seal: Seal, strict: bool, mark: str) -> Source:
        share = copy(self)
        share.held, share.mark = None, mark
        share._seal, share._strict, share.size = seal, strict, seal.stop - seal.start
        if seal.start:
            share._preamble = b""
        return share

    def _read(self, progress: Progress | None) -> Iterator[pl.DataFrame]:
        with self._seal.intake(self.path, progress) if self._seal else Intake(self.path, progress) as intake:
            block = self.size + 1 if self._strict else BLOCK
            for records, line, count in self._records(self._texts(intake, block)):
                yield from self._frames(records, line, count)
            self._digest = intake.digest

    @property
    def _start(self) -> int:
        return self._seal.start if self._seal else 0

    def _texts(self, intake: Intake, block: int) -> Iterator[bytes]:
        """UTF-8 text below the preamble, block by block."""
        transcoder = Transcoder(self.path, self.format.encoding, self._start)
        above = self._preamble
        for data, last in intake.blocks(block):
            for decoded in transcoder.texts(data, final=last):
                text = self._line_ends(decoded)
                # The preamble lies within the first block; other bytes there mean another table than the one opened.
                if not _closed(text, last).startswith(above):
                    raise changed(self.path)
                yield text[len(above) :]
                above = b""

    def _records(self, texts: Iterator[bytes]) -> Iterator[tuple[bytes, int, int]]:
        """Whole records, bounded in size; the line at which they begin, and how many lines they have."""
        line, rest = 1 + self._preamble.count(b"\n"), b""
        for text in texts:
            records, rest = (text, b"") if self._strict else self._grammar.split(rest + text)
            if records:
                count = _lines(records)
                yield records, line, count
                line += count
            if len(rest) > MAX_RECORD:
                raise self._unclosed(line)
        records, rest = self._grammar.split(_closed(rest, True))
        if records:
            yield records, line, _lines(records)
        if rest:
            raise self._unclosed(line + records.count(b"\n"))

    def _frames(self, records: bytes, line: int, count: int) -> Iterator[pl.DataFrame]:
        """One frame, as long as its records are not so short that it would have more cells than the block has bytes."""
        rows = max(1, FRAME_CELLS // len(self.columns))
        if count <= rows:
            yield from self._parsed(records, line)
            return
        each = self._grammar.records(records)
        while part := b"".join(islice(each, rows)):
            yield from self._parsed(part, line)
            line += part.count(b"\n")

    def _parsed(self, records: bytes, line: int) -> Iterator[pl.DataFrame]:
        """A frame; where a record is too long, of those before it, and then the error."""
        try:
            frame = self._frame(records)
        except pl.exceptions.PolarsError as error:
            good, cells = self._up_to_too_long(records)
            if not cells:
                raise self._unparsed(line, error) from error
            if good:
                yield from self._parsed(good, line)
            raise self._ragged(line + good.count(b"\n"), cells) from error
        yield frame

    def _frame(self, records: bytes) -> pl.DataFrame:
        # The engine takes the number of columns from the first line, so it gets one of ours.
        heading = self._grammar.delimiter.join(f"c{number}" for number in range(len(self.columns)))
        frame = pl.read_csv(
            heading.encode() + b"\n" + records,
            separator=self._grammar.delimiter,
            quote_char='"' if self._grammar.quoting else None,
            null_values=[""],
            infer_schema=False,
        )
        frame.columns = list(self.columns)
        return frame

    def _line_ends(self, text: bytes) -> bytes:
        return text.replace(b"\r", b"\n") if self._cr_only else text

    def _up_to_too_long(self, records: bytes) -> tuple[bytes, int]:
        """The records before the first that is too long, and how many cells that one has; 0 where there is none."""
        end = 0
        for record in self._grammar.records(records):
            cells = len(self._grammar.cells(record))
            if cells > len(self.columns):
                return records[:end], cells
            end += len(record)
        return b"", 0

    def _ragged(self, line: int, cells: int) -> InputError:
        line += lines_before(self.path, self._start)
        columns = len(self.columns)
        return InputError(
            t(f"`{self.path}` has a record that is too long", f"`{self.path}` に長すぎるレコードがあります"),
            why=t(
                f"the record at line {line} has {cells} cells, the table {columns} columns",
                f"{line} 行目のレコードには {cells} 個のセルがありますが、表は {columns} 列です",
            ),
            hint=t(
                'put cells that hold the delimiter into double quotes ("")',
                '区切り文字を含むセルを二重引用符（""）で囲んでください',
            ),
        )

    def _unclosed(self, line: int) -> InputError:
        line += lines_before(self.path, self._start)
        return InputError(
            t(f"`{self.path}` has a record without an end", f"`{self.path}` に終わりのないレコードがあります"),
            why=t(
                f"a quotation mark in the record at line {line} is never closed, or the record is longer than 16 MiB",
                f"{line} 行目のレコードの引用符が閉じられていないか、レコードが 16 MiB を超えています",
            ),
            hint=t("close or double the quotation mark", "引用符を閉じるか、二重にしてください"),
        )

    def _unparsed(self, line: int, error: Exception) -> InputError:
        line += lines_before(self.path, self._start)
        return InputError(
            t(f"`{self.path}` cannot be read as a table", f"`{self.path}` を表として読み取れません"),
            why=t(f"at or below line {line}: {error}", f"{line} 行目以降: {error}"),
        )


def _lines(text: bytes) -> int:
    """A fifth of the time of `bytes.count`, which goes from one line end to the next."""
    return int(np.count_nonzero(np.frombuffer(text, np.uint8) == ord("\n")))


def _closed(text: bytes, whole: bool) -> bytes:
    """The last record of a file may lack its line end."""
    return text + b"\n" if whole and text and not text.endswith(b"\n") else text
