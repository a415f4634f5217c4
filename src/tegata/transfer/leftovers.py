"""What attempts leave behind on the disk, by a crash or because it failed, goes when the transfer has ended."""

from __future__ import annotations

import contextlib
import shutil
from collections.abc import Collection
from pathlib import Path

from tegata.model.base import t
from tegata.model.errors import StoreError, why_of


def remove_attempt(place: Path) -> None:
    """What one attempt at a release has made goes, whatever there is of it."""
    shutil.rmtree(place, ignore_errors=True)
    with contextlib.suppress(OSError):  # other attempts lie beside it
        place.parent.rmdir()


def clear(folder: Path, keep: Collection[str] = ()) -> None:
    """Remove all that lies in the folder of a transfer but what is named, and the folder once nothing is in it.

    StoreError when something stays that should not: whoever owes this tries again.
    """
    try:
        for path in folder.iterdir() if folder.is_dir() else ():
            if path.is_dir():
                shutil.rmtree(path)
            elif path.name not in keep:
                path.unlink(missing_ok=True)
        if not keep and folder.is_dir():
            folder.rmdir()
    except OSError as error:
        raise StoreError(
            t(f"`{folder}` cannot be cleared", f"`{folder}` を片付けられません"),
            why=why_of(error),
            hint=t("it is tried again; check the disk", "自動的に再試行します。ディスクを確認してください"),
        ) from error
