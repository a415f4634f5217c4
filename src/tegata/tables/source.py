"""A source: a file that gives record batches, and the digest of exactly the bytes that it gave them from."""

from __future__ import annotations

import hashlib
import stat
from abc import ABC, abstractmethod
from collections.abc import Iterator
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Final, Self

from tegata.model.base import Progress, Text, t
from tegata.model.errors import InputError, why_of
from tegata.model.profile import SourceFormat
from tegata.tables.packed import BrokenOffError, unpacking

if TYPE_CHECKING:
    import polars as pl

BLOCK: Final = 4 << 20  # bytes per read: large enough for the columnar engine, small enough to bound memory
BATCH_ROWS: Final = 50_000
FRAME_CELLS: Final = 4 << 20  # of a frame: many columns times many short records must not multiply
MAX_COLUMNS: Final = 131_072  # a frame of that many has FRAME_CELLS at most, so memory stays bounded


class Intake:
    """A file while one pass reads it: every byte read goes through the digest and the progress report.

    A packed file is read as what was packed (not so where `raw`); digest and progress are of the file as it lies there.
    """

    def __init__(self, path: Path, progress: Progress | None = None, *, raw: bool = False) -> None:
        self._path = path
        self._progress = progress
        self._hash = hashlib.sha256()
        self._done = 0
        self._size = file_size(path)
        try:
            self._file = path.open("rb")
            self._unpacking = None if raw else unpacking(path, self._file, self._size)
        except OSError as error:
            raise unreadable(path, error) from error

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._file.close()

    def peek(self, size: int = BLOCK) -> bytes:
        """The next bytes for a look that is no pass: neither digest nor progress is told of them, and what breaks off
        just ends."""
        try:
            return self._next(size)
        except BrokenOffError as error:
            return error.before

    def read(self, size: int = BLOCK) -> bytes:
        """The next bytes; fewer at the end of the file, and then none."""
        data = self._next(size)
        if self._unpacking is None:
            self._hash.update(data)
        self._advance(data)
        return data

    def blocks(self, size: int = BLOCK) -> Iterator[tuple[bytes, bool]]:
        """All bytes in blocks, and whether it is the last; where it cannot be unpacked further, what came out before,
        and then the error."""
        last = False
        while not last:
            try:
                data = self.read(size)
            except BrokenOffError as error:
                yield error.before, False
                raise
            last = len(data) < size
            yield data, last

    def _next(self, size: int) -> bytes:
        try:
            return self._unpacking.read(size) if self._unpacking else self._file.read(size)
        except OSError as error:
            raise unreadable(self._path, error) from error

    def _advance(self, data: bytes) -> None:
        self._done = self._unpacking.done if self._unpacking else self._done + len(data)
        if self._progress is not None:
            self._progress(self._done, max(self._size, self._done))

    @property
    def digest(self) -> str:
        return self._unpacking.digest if self._unpacking else "sha256:" + self._hash.hexdigest()


class Source(ABC):
    """A table in a file. Columns are text; an empty cell is null; a record without a filled cell is no record.

    `notes` say what was guessed while the format was detected. `batches` may be called again: each call is a new pass.
    """

    path: Path
    format: SourceFormat
    columns: tuple[str, ...]
    size: int
    notes: tuple[Text, ...] = ()
    held: object = None  # what must stay while it is read: a folder with unpacked files
    mark: str = ""  # of a share: a digest of the bytes of the file up to its end, or of more
    _digest: str = ""

    def batches(self, progress: Progress | None = None) -> Iterator[pl.DataFrame]:
        """Frames of `pl.String` columns in file order, at least one, so that a table without records keeps its columns.

        Raises:
            InputError: the file went away, changed since it was opened, or holds bytes or records that cannot be read.
        """
        import polars as pl

        self._digest = ""
        given = False
        for frame in self._read(progress):
            if all(frame.null_count().row(0)):  # no column is filled throughout: some record may be empty
                frame = frame.filter(pl.any_horizontal(pl.all().is_not_null()))
            if frame.height:
                given = True
                yield frame
        if not given:
            yield pl.DataFrame(schema=dict.fromkeys(self.columns, pl.String()))

    def head(self) -> pl.DataFrame:
        """The first rows, for a look that is no pass. Errors as of `batches`."""
        return next(iter(self.batches()))

    def shares(self) -> Iterator[Source] | None:
        """The table in disjoint parts, for a pass that other processes make: sources that can be sent to them, each
        with the columns of this one. None where it cannot be cut, or is too small to be worth it.

        Giving them out reads the file once; `digest` is known when all are out. A share that finds other bytes than
        were read then says so itself.
        """
        return None

    @property
    def digest(self) -> str:
        """`sha256:...` of the bytes that the last complete pass read; known only after `batches` was exhausted, or
        `shares`."""
        if not self._digest:
            raise RuntimeError("the digest of a source is known only after a complete pass over its batches")
        return self._digest

    @abstractmethod
    def _read(self, progress: Progress | None) -> Iterator[pl.DataFrame]:
        """Frames as the format gives them; sets `_digest` when the last one is out."""


def frame_rows(columns: int) -> int:
    """Rows that one frame of so many columns may have."""
    return min(BATCH_ROWS, max(1, FRAME_CELLS // max(1, columns)))


def digest_file(path: Path) -> str:
    """`sha256:...` of a file, read in blocks."""
    with Intake(path, raw=True) as intake:
        while intake.read():
            pass
        return intake.digest


def file_size(path: Path) -> int:
    """Bytes of a regular file; directories, devices and what is missing or shut are refused."""
    try:
        status = path.stat()
    except (OSError, ValueError) as error:
        raise unreadable(path, error) from error
    if stat.S_ISDIR(status.st_mode):
        raise InputError(
            t(f"`{path}` is a directory", f"`{path}` はディレクトリです"),
            hint=t("name one file in it", "その中のファイルを 1 つ指定してください"),
        )
    if not stat.S_ISREG(status.st_mode):
        raise InputError(
            t(f"`{path}` is not a regular file", f"`{path}` は通常のファイルではありません"),
            hint=t("copy the data into a file first", "データをファイルに保存してから指定してください"),
        )
    return status.st_size


def unreadable(path: Path, error: Exception) -> InputError:
    """What the operating system says about a file, in words with a next step."""
    if isinstance(error, FileNotFoundError):
        return InputError(
            t(f"there is no file `{path}`", f"ファイル `{path}` がありません"),
            hint=t("check the path and the working directory", "パスと作業ディレクトリを確認してください"),
        )
    if isinstance(error, PermissionError):
        return InputError(
            t(f"no permission to read `{path}`", f"`{path}` を読む権限がありません"),
            hint=t(
                "change its permissions or run as a user who may read it",
                "権限を変更するか、読めるユーザーで実行してください",
            ),
        )
    return InputError(t(f"cannot read `{path}`", f"`{path}` を読み取れません"), why=why_of(error))


def changed(path: Path) -> InputError:
    """The bytes are no longer those that were opened."""
    return InputError(
        t(f"`{path}` changed while it was read", f"`{path}` は読み取り中に変更されました"),
        why=t("what was looked at first is not what is there now", "最初に確認した内容と現在の内容が一致しません"),
        hint=t("wait until nothing writes to it, then start again", "書き込みが終わってから、もう一度実行してください"),
    )


def too_many_columns(path: Path, count: int) -> InputError:
    return InputError(
        t(f"`{path}` has {count} columns", f"`{path}` には {count} 列あります"),
        why=t(f"at most {MAX_COLUMNS} are read", f"読み取れるのは {MAX_COLUMNS} 列までです"),
        hint=t(
            "split the table, or turn it so that records are rows",
            "表を分割するか、1 レコード 1 行になるよう転置してください",
        ),
    )
