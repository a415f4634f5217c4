"""The digests of a file's chunks: known before it leaves, so that each chunk is proven when it arrives.

A list is the SHA-256 digests one after another, 32 bytes each, for chunks of equal size (the last may be shorter). Its
own digest stands in the release entry, and so in the signed passport: `chunk_bytes` and `chunks_digest`.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, Self

from tegata.model.evidence import Passport

CHUNK: Final = 4 << 20  # bytes
_LEAST, _MOST = 64 << 10, 64 << 20  # bytes that a chunk of somebody else may have: one is held in memory
MAX_CHUNKS: Final = 16 << 20  # bytes of a list
_LONG: Final = 32  # bytes of a digest


@dataclass(frozen=True)
class Chunking:
    """What a passport says of the chunks of its data."""

    size: int  # bytes of each chunk but the last
    digest: str  # of the list
    total: int  # bytes of the data

    @classmethod
    def of(cls, passport: Passport) -> Self | None:
        """None where it says nothing that can be used: then the data is proven as a whole only."""
        size, digest = passport.entry.body.get("chunk_bytes"), passport.entry.body.get("chunks_digest")
        if type(size) is not int or not _LEAST <= size <= _MOST or not isinstance(digest, str):
            return None
        return cls(size, digest, passport.data_size)

    @property
    def list_size(self) -> int:
        """Bytes of the list."""
        return -(-self.total // self.size) * _LONG

    def read(self, data: bytes) -> ChunkList | None:
        """The list itself, None when these bytes are not it."""
        found = ChunkList(self.size, data)
        return found if len(data) == self.list_size and found.digest == self.digest else None


@dataclass(frozen=True)
class ChunkList:
    """The digests of all chunks of a file."""

    size: int
    digests: bytes

    @classmethod
    def of(cls, path: Path, size: int) -> Self:
        """Those of a file as it lies there. Raises OSError."""
        digests = bytearray()
        with path.open("rb") as file:
            while chunk := file.read(size):
                digests += hashlib.sha256(chunk).digest()
        return cls(size, bytes(digests))

    @property
    def digest(self) -> str:
        return "sha256:" + hashlib.sha256(self.digests).hexdigest()

    def entry(self) -> dict[str, Any]:
        """What the release entry says of it."""
        return {"chunk_bytes": self.size, "chunks_digest": self.digest}

    def holds(self, start: int, chunk: bytes) -> bool:
        """Whether these bytes are the chunk that begins at `start`."""
        place = start // self.size * _LONG
        return self.digests[place : place + _LONG] == hashlib.sha256(chunk).digest()


def beside(file: Path) -> Path:
    """Where the list of a file lies."""
    return file.with_name(file.name + ".chunks")
