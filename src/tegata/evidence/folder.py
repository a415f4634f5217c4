"""The published log in a folder."""

from __future__ import annotations

import shutil
from collections.abc import Mapping
from pathlib import Path

from tegata import durable
from tegata.evidence.published import CHECKPOINT, PublishedLog
from tegata.model.base import t
from tegata.model.errors import StoreError, is_full, why_of


class TileFolder(PublishedLog):
    """Files below one folder, of which one process is the writer."""

    def __init__(self, folder: Path) -> None:
        super().__init__(str(folder))
        self._folder = folder

    def checkpoint(self) -> str | None:
        try:
            return (self._folder / CHECKPOINT).read_bytes().decode("utf-8", "replace")  # then its signature fails
        except FileNotFoundError:
            return None
        except OSError as error:
            raise _unusable(self._folder, error) from error

    def fetch(self, path: str) -> bytes:
        try:
            return (self._folder / path).read_bytes()
        except OSError:  # of a disk too: what cannot be read is damaged, and the rest is looked at
            return b""

    def put(self, files: Mapping[str, bytes]) -> None:
        try:
            for path, data in files.items():
                file = self._folder / path
                durable.make_folder(file.parent)
                durable.replace(file, data)
        except OSError as error:
            raise _unusable(self._folder, error) from error

    def put_checkpoint(self, note: str) -> bool:
        self.put({CHECKPOINT: note.encode()})
        return True

    def remove_checkpoint(self) -> None:
        try:
            (self._folder / CHECKPOINT).unlink(missing_ok=True)
        except OSError as error:
            raise _unusable(self._folder, error) from error

    def drop_partial(self, path: str) -> None:
        shutil.rmtree(self._folder / f"{path}.p", ignore_errors=True)


def _unusable(folder: Path, error: OSError) -> StoreError:
    if is_full(error):
        return StoreError(
            t(f"the disk is full: `{folder}`", f"ディスクに空きがありません: `{folder}`"),
            hint=t("free space; the log goes on by itself", "空きを作ると、ログの公開は自動で再開します"),
        )
    return StoreError(
        t(f"the copy of the log in `{folder}` cannot be used", f"`{folder}` のログの写しを利用できません"),
        why=why_of(error),
    )
