"""Files packed with gzip (RFC 1952) or zstd (RFC 8878), unpacked while they are read: nothing of them lies on disk.

What such a file says of its size is not believed. What comes out is counted, and stops where bombs begin.
"""

from __future__ import annotations

import gzip
import hashlib
import zlib
from io import BufferedReader
from pathlib import Path
from typing import BinaryIO, Final, cast

from tegata import zstd
from tegata.model.base import Text, t
from tegata.model.errors import InputError

_MAGIC: Final = {b"\x1f\x8b\x08": "gzip", b"\x28\xb5\x2f\xfd": "zstd"}
_HEAD: Final = 4  # bytes
MAX_RATIO: Final = 256  # bytes out per byte in: tables of text reach some 100, bombs 1,000 and more
LEAST_ROOM: Final = 64 << 20  # bytes that a small file may unpack to all the same
MAX_UNPACKED: Final = 64 << 30


def room(packed: int) -> int:
    """How many bytes may come out of so many."""
    return min(MAX_UNPACKED, LEAST_ROOM + MAX_RATIO * packed)


def packing_of(path: Path) -> str:
    """gzip or zstd, as far as the first bytes of a file tell; "" where it is in neither, or cannot be read."""
    try:
        with path.open("rb") as file:
            return _packing(file.read(_HEAD))
    except (OSError, ValueError):
        return ""


def _packing(head: bytes) -> str:
    return next((name for magic, name in _MAGIC.items() if head.startswith(magic)), "")


class BrokenOffError(InputError):
    """A file that cannot be unpacked further. `before`: what came out in this reading up to there."""

    before: bytes = b""


def unpacking(path: Path, file: BufferedReader, size: int) -> Unpacking | None:
    """A file of so many bytes as what was packed into it; None where nothing was. OSError."""
    packing = _packing(file.peek(_HEAD))
    return Unpacking(path, file, size, packing) if packing else None


class Unpacking:
    """A packed file as the bytes that were packed."""

    def __init__(self, path: Path, file: BinaryIO, size: int, packing: str) -> None:
        self._path, self._packed = path, _Packed(file)
        self._left = room(size)
        source = cast(BinaryIO, self._packed)
        self._out = zstd.unpacking(source) if packing == "zstd" else gzip.GzipFile(fileobj=source, mode="rb")
        self._why: Text | None = None  # it cannot be read any further

    def read(self, size: int) -> bytes:
        """So many bytes, fewer only at the end.

        Raises:
            BrokenOffError: it is cut off, damaged, or a bomb.
        """
        parts: list[bytes] = []
        while size and self._why is None and (data := self._some(size)):
            parts.append(data)
            size -= len(data)
        if self._why is not None:
            raise _broken_off(self._path, b"".join(parts), self._why)
        return b"".join(parts)

    def _some(self, size: int) -> bytes:
        """The next bytes; none at the end, and where `_why` says that there are no more."""
        if self._left < 0:
            self._why = BOMB
            return b""
        try:
            data: bytes = self._out.read1(min(size, self._left + 1))
        except EOFError:
            self._why = _CUT_OFF
            return b""
        except (zlib.error, gzip.BadGzipFile, zstd.DamageError) as error:
            self._why = t(f"its packing is damaged: {error}", f"圧縮データが壊れています: {error}")
            return b""
        self._left -= len(data)
        return data

    @property
    def done(self) -> int:
        """Bytes of the packed file that were read."""
        return self._packed.done

    @property
    def digest(self) -> str:
        """`sha256:...` of the packed file, once all was read."""
        return "sha256:" + self._packed.hash.hexdigest()


class _Packed:
    """The packed bytes on their way to the unpacker."""

    def __init__(self, file: BinaryIO) -> None:
        self._file = file
        self.hash = hashlib.sha256()
        self.done = 0

    def read(self, size: int = -1) -> bytes:
        data = self._file.read(size)
        self.hash.update(data)
        self.done += len(data)
        return data


_CUT_OFF: Final = t("it is cut off", "途中で切れています")
BOMB: Final = t(
    f"unpacked, it is more than {MAX_RATIO} times as large, as bombs are",
    f"展開すると {MAX_RATIO} 倍を超え、爆弾の疑いがあります",
)


def _broken_off(path: Path, before: bytes, why: Text) -> BrokenOffError:
    error = BrokenOffError(
        t(f"`{path}` cannot be unpacked", f"`{path}` を展開できません"),
        why=why,
        hint=t("copy it again, or unpack it yourself", "もう一度コピーするか、自分で展開してください"),
    )
    error.before = before
    return error
