"""A sink: record batches into a file that appears whole or not at all."""

from __future__ import annotations

import errno
import hashlib
import io
import os
import re
import shutil
import tempfile
from abc import ABC, abstractmethod
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Final, Self

from tegata.durable import sync
from tegata.model.base import t
from tegata.model.errors import InputError, StoreError, TegataError, is_full, why_of
from tegata.tables.source import digest_file

if TYPE_CHECKING:
    import polars as pl

_ROW_GROUP: Final = 100_000  # rows
# Spreadsheets take such cells for formulas when they open a CSV file (CWE-1236); a lone sign is a placeholder.
_FORMULA: Final = r"(?s)^[=+\-@\t\r\n]."
_NUMBER: Final = r"^[+-]?(?:\d+|\d{1,3}(?:,\d{3})+)?(?:\.\d*)?(?:[eE][+-]?\d+)?%?$"


class Sink(ABC):
    """A context manager. `write` takes frames of the same columns; a clean exit makes the file durable under its name.

    After the exit `digest` (`sha256:...`), `size` (bytes) and `rows` describe the file; `escaped` counts the cells that
    were changed so that no spreadsheet runs them (CSV only).

    Raises:
        InputError: the folder does not exist or cannot be written.
        StoreError: the disk is full or broken; nothing is left behind.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self.digest = ""
        self.size = 0
        self.rows = 0
        self.escaped = 0

    def __enter__(self) -> Self:
        if self.path.is_dir():
            raise _failed(self.path, OSError(errno.EISDIR, ""))
        with self._guarded():
            self._work = Path(tempfile.mkdtemp(prefix=f".{self.path.name[:40]}.", suffix=".part", dir=self.path.parent))
            try:
                self._open()
            except OSError:
                shutil.rmtree(self._work, ignore_errors=True)
                raise
        return self

    def write(self, frame: pl.DataFrame) -> None:
        with self._guarded():
            self._write(frame)
        self.rows += frame.height

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        try:
            if kind is None:
                with self._guarded():
                    self._finish()
                    self._publish()
        finally:
            self._close()
            shutil.rmtree(self._work, ignore_errors=True)

    @property
    def _file(self) -> Path:
        """The file while it is made: on the same file system, so that it can be renamed into its place."""
        return self._work / "whole"

    def _publish(self) -> None:
        self.size = self._file.stat().st_size
        sync(self._file)
        os.replace(self._file, self.path)
        sync(self.path.parent)

    @contextmanager
    def _guarded(self) -> Iterator[None]:
        try:
            yield
        except OSError as error:
            raise _failed(self.path, error) from error

    @abstractmethod
    def _open(self) -> None:
        """Begin in `_work`, an empty folder beside the file to be."""

    @abstractmethod
    def _write(self, frame: pl.DataFrame) -> None: ...

    @abstractmethod
    def _finish(self) -> None:
        """Make `_file` whole and set `digest`."""

    @abstractmethod
    def _close(self) -> None:
        """Let go of what is open, whatever happened."""


class _StreamSink(Sink):
    """Formats that grow at their end: hashed while they are written."""

    def _open(self) -> None:
        self._hash = hashlib.sha256()
        self._stream = self._file.open("wb")

    def _write(self, frame: pl.DataFrame) -> None:
        buffer = io.BytesIO()
        self._encode(frame, buffer)
        self._hash.update(buffer.getbuffer())
        self._stream.write(buffer.getbuffer())

    def _finish(self) -> None:
        self._stream.close()
        self.digest = "sha256:" + self._hash.hexdigest()

    def _close(self) -> None:
        # What is still buffered belongs to a file that is being thrown away; a full disk may refuse it again.
        with suppress(OSError):
            self._stream.close()

    @abstractmethod
    def _encode(self, frame: pl.DataFrame, buffer: io.BytesIO) -> None: ...


class CsvSink(_StreamSink):
    """RFC 4180 in UTF-8: comma, CR LF, quoted where needed, one header row. Null and empty text are both empty cells.

    A cell that a spreadsheet would run as a formula gets a leading apostrophe and is counted in `escaped`.
    """

    _headed = False

    def _encode(self, frame: pl.DataFrame, buffer: io.BytesIO) -> None:

        safe = frame.with_columns(self._escaped(frame[name]) for name in _suspects(frame))
        if not self._headed:
            buffer.write(self._header(frame.columns).encode())
            self._headed = True
        if safe.width == 1:
            safe = safe.fill_null("")  # written as "": a line without a character would be no record
        safe.write_csv(buffer, include_header=False, line_terminator="\r\n")

    def _escaped(self, cells: pl.Series) -> pl.Series:
        places = _begins_like_a_formula(cells).arg_true()
        some = cells.gather(places)
        risky = some.str.contains(_FORMULA) & ~some.str.contains(_NUMBER)
        self.escaped += int(risky.sum())
        return cells.scatter(places.filter(risky), "'" + some.filter(risky)) if risky.any() else cells

    def _header(self, names: list[str]) -> str:
        safe = ["'" + name if re.match(_FORMULA, name) else name for name in names]
        self.escaped += sum(name.startswith("'") for name in safe) - sum(name.startswith("'") for name in names)
        return ",".join('"' + n.replace('"', '""') + '"' if re.search(r'[",\r\n]', n) else n for n in safe) + "\r\n"


def _suspects(frame: pl.DataFrame) -> list[str]:
    """Columns in which some cell may be a formula, by its first character: to compare texts is cheaper than to search.

    Control characters, `+` and `-` sort before the digits, `=` and `@` between these and the letters.
    """
    import polars as pl

    early = (pl.all() < "0") | ((pl.all() >= "=") & (pl.all() < "A"))
    some = frame.select(early.any()).row(0, named=True) if frame.height else {}
    return [name for name, holds in some.items() if holds]


def _begins_like_a_formula(cells: pl.Series) -> pl.Series:
    return (
        (cells < " ")
        | ((cells >= "+") & (cells < ","))
        | ((cells >= "-") & (cells < "."))
        | ((cells >= "=") & (cells < ">"))
        | ((cells >= "@") & (cells < "A"))
    )


class JsonLinesSink(_StreamSink):
    """One JSON object per record, in UTF-8, ended by LF."""

    def _encode(self, frame: pl.DataFrame, buffer: io.BytesIO) -> None:
        frame.write_ndjson(buffer)


class ParquetSink(Sink):
    """Parquet with zstd: batches are kept as parts and joined at the end, in the memory of a few batches."""

    def _open(self) -> None:
        self._parts: list[Path] = []

    def _write(self, frame: pl.DataFrame) -> None:
        if frame.height or not self._parts:
            buffer = io.BytesIO()
            frame.write_parquet(buffer, compression="lz4")
            part = self._work / f"{len(self._parts):08d}"
            part.write_bytes(buffer.getbuffer())
            self._parts.append(part)

    def _finish(self) -> None:
        import polars as pl

        try:
            pl.scan_parquet(self._parts, glob=False, low_memory=True).sink_parquet(
                self._file, compression="zstd", row_group_size=_ROW_GROUP
            )
        except pl.exceptions.PolarsError as error:
            number = re.search(r"os error (\d+)", str(error))
            raise OSError(int(number[1]) if number else errno.EIO, str(error)) from error
        self.digest = digest_file(self._file)

    def _close(self) -> None:
        """Nothing stays open between batches."""


def _failed(path: Path, error: OSError) -> TegataError:
    if is_full(error):
        return StoreError(
            t(
                f"the disk is full: `{path}` was not written",
                f"ディスクの空き容量がないため `{path}` を書き込めませんでした",
            ),
            why=t("nothing was left half done", "途中のファイルは残っていません"),
            hint=t(
                "free some space or write elsewhere, then start again",
                "空き容量を確保するか別の場所を指定して、もう一度実行してください",
            ),
        )
    if error.errno in (
        errno.ENOENT,
        errno.ENOTDIR,
        errno.EISDIR,
        errno.EACCES,
        errno.EPERM,
        errno.EROFS,
        errno.ENAMETOOLONG,
    ):
        return InputError(
            t(f"`{path}` cannot be written", f"`{path}` に書き込めません"),
            why=why_of(error),
            hint=t(
                "name a file in a folder that exists and may be written",
                "書き込み可能な既存のフォルダー内のファイル名を指定してください",
            ),
        )
    return StoreError(
        t(f"`{path}` could not be written", f"`{path}` を書き込めませんでした"),
        why=why_of(error),
        hint=t(
            "nothing was left half done; check the disk", "途中のファイルは残っていません。ディスクを確認してください"
        ),
    )
