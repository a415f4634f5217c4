"""Making names and bytes survive a power cut. A file's content and its name in a folder are made durable apart."""

from __future__ import annotations

import contextlib
import os
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO


def sync(path: Path) -> None:
    """Force a file's content, or a folder's names, to the disk (fsync(2)). Raises OSError."""
    handle = os.open(path, os.O_RDONLY | (os.O_DIRECTORY if path.is_dir() else 0))
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def make_folder(path: Path, mode: int = 0o700) -> None:
    """The folder, with those above it that are missing; their names are durable on return. Raises OSError."""
    missing = []
    while not path.is_dir():
        missing.append(path)
        path = path.parent
    for folder in reversed(missing):
        folder.mkdir(mode=mode, exist_ok=True)
        sync(folder.parent)


def replace(path: Path, data: bytes, mode: int = 0o644) -> None:
    """A file with this content: after a power cut the old content or the new, never a half. Durable on
    return; nothing else remains. Raises OSError."""
    with appearing(path, mode) as file:
        file.write(data)


@contextlib.contextmanager
def appearing(path: Path, mode: int = 0o644) -> Iterator[BinaryIO]:
    """The same for what is written bit by bit: the file appears when all of it was, and not where that fails."""
    descriptor, temporary = tempfile.mkstemp(prefix=f".{path.name}.", dir=path.parent)
    try:
        with os.fdopen(descriptor, "wb") as file:
            yield file
            file.flush()
            os.fsync(file.fileno())
        os.chmod(temporary, mode)
        os.replace(temporary, path)
        sync(path.parent)
    except BaseException:
        with contextlib.suppress(OSError):
            os.unlink(temporary)
        raise
