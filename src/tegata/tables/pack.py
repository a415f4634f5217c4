"""Several files as one: a zip archive (APPNOTE 6.3.10) whose bytes follow from names and contents alone.

Nothing in it is compressed and no date is kept, so that who has the files can make the very archive again, and a digest
of it is a digest of the folder. Any program opens it.
"""

from __future__ import annotations

import hashlib
import struct
import zipfile
import zlib
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Protocol

from tegata.model.base import t
from tegata.model.errors import InputError
from tegata.tables.source import BLOCK, unreadable

MANIFEST: Final = "manifest.json"
"""The last file of an archive that leaves: what is in it."""

_UTF8: Final = 0x0800
_DATE: Final = 0x0021  # 1980-01-01, the first that there is
_MODE: Final = 0o100644 << 16
_ALL: Final = 0xFFFFFFFF  # "see the extra field"
_MANY: Final = 0xFFFF
_PLAIN, _LARGE = 20, 45  # versions that are needed to read an entry
_UNIX: Final = 3 << 8
_LOCAL: Final = "<IHHHHHIIIHH"  # 4.3.7


class Writable(Protocol):
    """Where the archive goes, from its beginning to its end."""

    def write(self, data: bytes, /) -> object: ...


@dataclass(frozen=True)
class _Entry:
    name: bytes
    size: int
    crc: int
    offset: int

    def local(self) -> bytes:
        large = self.size >= _ALL
        extra = struct.pack("<HHQQ", 1, 16, self.size, self.size) if large else b""
        size = _ALL if large else self.size
        needed = _LARGE if large else _PLAIN
        head = struct.pack(
            _LOCAL, 0x04034B50, needed, _UTF8, 0, 0, _DATE, self.crc, size, size, len(self.name), len(extra)
        )
        return head + self.name + extra

    def central(self) -> bytes:
        large, far = self.size >= _ALL, self.offset >= _ALL
        wide = [*([self.size, self.size] if large else []), *([self.offset] if far else [])]
        extra = struct.pack(f"<HH{len(wide)}Q", 1, 8 * len(wide), *wide) if wide else b""
        size = _ALL if large else self.size
        needed = _LARGE if wide else _PLAIN
        head = struct.pack("<IHHHHHH", 0x02014B50, _UNIX | needed, needed, _UTF8, 0, 0, _DATE)
        lengths = struct.pack("<IIIHHH", self.crc, size, size, len(self.name), len(extra), 0)
        place = struct.pack("<HHII", 0, 0, _MODE, _ALL if far else self.offset)
        return head + lengths + place + self.name + extra


class Pack:
    """Writes the archive file by file; `close` ends it."""

    def __init__(self, out: Writable) -> None:
        self._out = out
        self._entries: list[_Entry] = []
        self.size = 0

    def add(self, name: str, path: Path) -> None:
        """A file, under a name that no other has. It is read twice, and must stay as it is meanwhile. OSError."""
        with path.open("rb") as file:
            crc, size = 0, 0
            while block := file.read(BLOCK):
                crc, size = zlib.crc32(block, crc), size + len(block)
            entry = _Entry(name.encode(), size, crc, self.size)
            self._entries.append(entry)
            self._write(entry.local())
            file.seek(0)
            while block := file.read(BLOCK):
                self._write(block)

    def close(self) -> None:
        """The list of files, and the end (4.3.12 to 4.3.16)."""
        start, count = self.size, len(self._entries)
        for entry in self._entries:
            self._write(entry.central())
        length = self.size - start
        if count >= _MANY or start >= _ALL or length >= _ALL:
            end = struct.pack("<IQHHIIQQQQ", 0x06064B50, 44, _UNIX | _LARGE, _LARGE, 0, 0, count, count, length, start)
            self._write(end + struct.pack("<IIQI", 0x07064B50, 0, start + length, 1))
        few, short, near = min(count, _MANY), min(length, _ALL), min(start, _ALL)
        self._write(struct.pack("<IHHHHIIH", 0x06054B50, 0, 0, few, few, short, near, 0))

    def _write(self, data: bytes) -> None:
        self._out.write(data)
        self.size += len(data)


def find_packed(path: Path, name: str) -> tuple[int, int]:
    """Where a file lies in an archive of ours, and how long it is: it stands there as it was.

    Raises:
        InputError: the archive has no such file, or is damaged.
    """
    try:
        with zipfile.ZipFile(path) as archive, path.open("rb") as file:
            entry = archive.getinfo(name)
            file.seek(entry.header_offset)
            *_, names, extra = struct.unpack(_LOCAL, file.read(struct.calcsize(_LOCAL)))
            return entry.header_offset + struct.calcsize(_LOCAL) + names + extra, entry.file_size
    except OSError as error:
        raise unreadable(path, error) from error
    except (KeyError, zipfile.BadZipFile, struct.error, ValueError, NotImplementedError) as error:
        raise InputError(
            t(f"`{name}` cannot be found in its archive", f"アーカイブに `{name}` が見つかりません")
        ) from error


class _Hashing:
    def __init__(self) -> None:
        self.hash = hashlib.sha256()

    def write(self, data: bytes, /) -> None:
        self.hash.update(data)


def digest_packed(files: Iterable[tuple[str, Path]]) -> tuple[str, int]:
    """Digest (`sha256:...`) and size of the archive of files, which is written nowhere. Raises InputError."""
    hashing = _Hashing()
    pack = Pack(hashing)
    for name, path in files:
        try:
            pack.add(name, path)
        except OSError as error:
            raise unreadable(path, error) from error
    pack.close()
    return f"sha256:{hashing.hash.hexdigest()}", pack.size
