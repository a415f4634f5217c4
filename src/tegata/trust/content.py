"""A content that is digested wherever it lies, by any hash, alone or between other bytes, in constant memory."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Final

from tegata.model.base import t
from tegata.model.errors import InputError, why_of

DigestOf = Callable[[str], bytes]
"""Gives the digest of a content for the name of a hash (as hashlib has it)."""


_BLOCK: Final = 1 << 20


class Content:
    """Bytes in blocks, which may be asked for again. Called with the name of a hash it gives their digest."""

    def __init__(self, blocks: Callable[[], Iterable[bytes]]) -> None:
        self._blocks = blocks

    def __call__(self, name: str) -> bytes:
        """The digest, by the name that hashlib has for the hash."""
        digest = hashlib.new(name)
        for block in self._blocks():
            digest.update(block)
        return digest.digest()

    def __iter__(self) -> Iterator[bytes]:
        yield from self._blocks()


def digest_of(content: bytes) -> Content:
    """A content at hand."""
    return Content(lambda: (content,))


def file_digests(path: Path) -> Content:
    """A file as a content that is digested block by block; InputError when it cannot be read."""

    def blocks() -> Iterator[bytes]:
        try:
            with path.open("rb") as file:
                while block := file.read(_BLOCK):
                    yield block
        except OSError as error:
            raise InputError(t(f"cannot read `{path}`", f"`{path}` を読めません"), why=why_of(error)) from None

    return Content(blocks)
