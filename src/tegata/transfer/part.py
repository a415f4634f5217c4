"""Data on its way in, as it lies on the disk: the proven chunks from its beginning on, and nothing else.

Where the list of chunks is known a break costs no more than the chunk that was under way: the next attempt goes on with
the file, also after kill -9. It is locked while somebody writes it, so that a replica that takes a transfer over begins
a file of its own as long as the other lives.
"""

from __future__ import annotations

import contextlib
import fcntl
import hashlib
import os
import uuid
from pathlib import Path
from typing import BinaryIO, Final, NamedTuple, Self

from tegata.model.base import t
from tegata.model.errors import VerificationError
from tegata.transfer.chunks import ChunkList

_PIECE: Final = 1 << 20  # bytes, where there is no list of chunks
_SUFFIX: Final = ".part"

MOST_WRONG: Final = 3
"""So often a chunk may come wrong."""


class Expected(NamedTuple):
    """Bytes: `most` are taken; `total` are announced, with this digest, 0 when nobody has said. `chunks` prove them one
    by one."""

    most: int
    total: int
    digest: str = ""
    chunks: ChunkList | None = None


class WrongChunkError(VerificationError):
    """A chunk is not what the release entry says; it was not written."""


class Part:
    """One attempt's file. Its methods wait for the disk and raise OSError."""

    def __init__(self, path: Path, file: BinaryIO, expected: Expected) -> None:
        self.path = path
        self._file = file
        self.expected = expected
        self._hash = hashlib.sha256()
        self._hashed = 0
        self.have = 0

    @classmethod
    def claim(cls, place: Path, expected: Expected) -> Self:
        """Go on with what an earlier attempt left in a folder, or begin."""
        for path in place.glob(f"*{_SUFFIX}") if expected.chunks else ():
            with contextlib.suppress(OSError):
                part = cls(path, path.open("r+b"), expected)
                if part._lock():
                    part._go_on()
                    return part
                part._file.close()
        path = place / f"{uuid.uuid4()}{_SUFFIX}"
        part = cls(path, path.open("x+b"), expected)
        part._lock()  # where files cannot be locked nobody goes on with it
        return part

    @property
    def piece(self) -> int:
        """So many bytes are added at a time."""
        return self.expected.chunks.size if self.expected.chunks else _PIECE

    @property
    def whole(self) -> bool:
        """Whether all that was announced is there."""
        return self.have == self.expected.total

    @property
    def resumable(self) -> bool:
        return self.expected.chunks is not None and self.have > 0

    def add(self, piece: bytes) -> None:
        """The next `piece` bytes, or fewer at the end.

        Raises:
            WrongChunkError: they are not those of the list. VerificationError: they are more than is expected.
        """
        chunks, most = self.expected.chunks, self.expected.most
        if self.have + len(piece) > most:
            raise too_long(most)
        if chunks is not None and not chunks.holds(self.have, piece):
            raise WrongChunkError(t("a chunk is not what was announced", "届いた部分が予告と異なります"))
        self._file.write(piece)
        self._file.flush()  # a process that is killed takes nothing with it
        if self._hashed == self.have:
            self._hash.update(piece)
            self._hashed += len(piece)
        self.have += len(piece)

    def restart(self) -> None:
        """Begin at the beginning."""
        self._cut(0)
        self._hash, self._hashed = hashlib.sha256(), 0

    def digest(self) -> str:
        """Of all that is there. What an earlier attempt wrote is read for it."""
        self._file.seek(self._hashed)
        while block := self._file.read(_PIECE):
            self._hash.update(block)
            self._hashed += len(block)
        return "sha256:" + self._hash.hexdigest()

    def mend(self) -> bool:
        """Drop what does not lie there as it came: everything from the first chunk on that the disk has changed.
        Whether there was such a chunk."""
        chunks, start = self.expected.chunks, 0
        self._file.seek(0)
        while chunks is not None and (chunk := self._file.read(chunks.size)):
            if not chunks.holds(start, chunk):
                self._cut(start)
                self._hash, self._hashed = hashlib.sha256(), 0
                return True
            start += len(chunk)
        return False

    def close(self) -> None:
        """Let go of it. It stays when it can be gone on with."""
        with contextlib.suppress(OSError):  # a full disk may refuse what is still buffered
            self._file.close()
        if not self.resumable:
            remove(self.path)

    def drop(self) -> None:
        """Nobody will go on with it."""
        self.have = 0

    def _lock(self) -> bool:
        """Whether it is ours alone, and nobody has laid it down or removed it since we opened it."""
        with contextlib.suppress(OSError):
            fcntl.flock(self._file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            if os.path.samestat(os.fstat(self._file.fileno()), self.path.stat()):
                return True
        return False

    def _go_on(self) -> None:
        size = min(os.fstat(self._file.fileno()).st_size, self.expected.total)
        self._cut(size if size == self.expected.total else size // self.piece * self.piece)

    def _cut(self, size: int) -> None:
        self._file.truncate(size)
        self._file.seek(size)
        self.have = size


def left_in(place: Path) -> int:
    """Bytes that earlier attempts left in a folder."""
    return sum(path.stat().st_size for path in place.glob(f"*{_SUFFIX}"))


def remove(file: Path) -> None:
    """A file, and its folder unless something else lies in it."""
    with contextlib.suppress(OSError):
        file.unlink(missing_ok=True)
        file.parent.rmdir()


def too_long(limit: int) -> VerificationError:
    return VerificationError(
        t("more data came than was announced", "予告より多くのデータが届きました"),
        why=t(f"it is longer than {limit} bytes", f"{limit} バイトを超えています"),
    )
