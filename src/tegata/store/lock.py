"""Keeps two processes from opening one folder."""

from __future__ import annotations

import fcntl
import os
from pathlib import Path

from tegata.model.base import t
from tegata.model.errors import StoreError


class FolderLock:
    """Holds `file` until `release` or until the process is gone, however it goes.

    Raises:
        StoreError: another process holds it, or the file cannot be made.
    """

    def __init__(self, file: Path) -> None:
        self._fd = os.open(file, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            fcntl.flock(self._fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            holder = os.read(self._fd, 32).decode("ascii", "replace").strip()
            os.close(self._fd)
            raise _held(file.parent, holder) from error
        os.ftruncate(self._fd, 0)
        os.write(self._fd, f"{os.getpid()}\n".encode())

    def release(self) -> None:
        os.close(self._fd)


def _held(folder: Path, holder: str) -> StoreError:
    return StoreError(
        t(f"`{folder}` is in use", f"`{folder}` は使用中です"),
        why=t(f"process {holder} has it open", f"プロセス {holder} が開いています"),
        hint=t(
            "stop that node first, or choose another folder", "そのノードを止めるか、別のフォルダーを使ってください"
        ),
    )
