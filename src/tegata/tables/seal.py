"""Parts of a file that other processes read: sealed, so that what they read is what the digest of the file speaks of.

A file's digest is made in one pass. Who reads a part of it later, perhaps on another machine, cannot make that digest
again; so the pass also gives every part a tag under a key of its own (AES-GMAC, NIST SP 800-38D, 5.2), which costs a
tenth of the digest, and the reader of a part makes the tag again.
"""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from cryptography.hazmat.primitives.ciphers import AEADEncryptionContext, Cipher, algorithms, modes

from tegata.model.base import Progress
from tegata.tables.source import BLOCK, Intake, changed

SHARE: Final = 16 << 20
"""Bytes of text in one share: many enough that cores end together, long enough that nobody notices where they begin."""


@dataclass(frozen=True)
class Seal:
    """Bytes from `start` to `stop` of a file, and their tag."""

    start: int
    stop: int
    key: bytes
    tag: bytes

    def intake(self, path: Path, progress: Progress | None = None) -> SealedIntake:
        return SealedIntake(path, self, progress)

    def check(self, path: Path) -> None:
        """Read them once more.

        Raises:
            InputError: they are not what was sealed.
        """
        with self.intake(path) as intake:
            while intake.read():
                pass
            intake.digest  # noqa: B018  (raises)


class Sealing:
    """Seals a file part by part, from its beginning. A part's place is its nonce: a key is of one pass only."""

    stop: int  # end of what was sealed or lies open

    def __init__(self) -> None:
        self._key = os.urandom(16)
        self._start = self.stop = 0
        self._tagged = _tagged(self._key, 0)

    @property
    def length(self) -> int:
        """Bytes of the part that is open."""
        return self.stop - self._start

    def extend(self, data: bytes | memoryview) -> None:
        """The next bytes of the file belong to the part."""
        self._tagged.authenticate_additional_data(data)
        self.stop += len(data)

    def close(self) -> Seal:
        """The part ends here, and the next one begins."""
        self._tagged.finalize()
        sealed = Seal(self._start, self.stop, self._key, self._tagged.tag)
        self._start = self.stop
        self._tagged = _tagged(self._key, self._start)
        return sealed


class SealedIntake(Intake):
    """A file while one pass reads a sealed part of it."""

    def __init__(self, path: Path, seal: Seal, progress: Progress | None = None) -> None:
        super().__init__(path, progress)
        self._seal = seal
        self._size = seal.stop - seal.start
        self._tagged = _tagged(seal.key, seal.start)
        self._file.seek(seal.start)

    def read(self, size: int = BLOCK) -> bytes:
        data = self._next(min(size, self._size - self._done))
        self._tagged.authenticate_additional_data(data)
        self._advance(data)
        return data

    @property
    def digest(self) -> str:
        """The tag, once all was read.

        Raises:
            InputError: other bytes than those that were sealed.
        """
        self._tagged.finalize()
        if self._tagged.tag != self._seal.tag:
            raise changed(self._path)
        return "aes-gmac:" + self._seal.tag.hex()


def _tagged(key: bytes, start: int) -> AEADEncryptionContext:
    return Cipher(algorithms.AES(key), modes.GCM(start.to_bytes(12))).encryptor()
