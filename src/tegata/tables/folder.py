"""Folders: every file below, in the order of names. Links are never followed out, and nothing is passed over."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from tegata.model.base import t
from tegata.model.errors import InputError, why_of
from tegata.model.profile import Unread
from tegata.tables.source import unreadable

MAX_FILES: Final = 100_000
LITTER: Final = frozenset({".DS_Store", "Thumbs.db", "desktop.ini", "__MACOSX"})
"""What desktops leave in folders: views and thumbnails, no data of anybody's."""


def walk(top: Path) -> Iterator[tuple[str, Path | Unread]]:
    """Name below `top`, and the regular file or why it is none. A link to what is in `top` is passed over: it is read
    where it lies.

    Raises:
        InputError: `top` cannot be read, or holds more than MAX_FILES files.
    """
    inside = top.resolve()
    waiting, found = [top], 0
    while waiting:
        folder = waiting.pop()
        try:
            with os.scandir(folder) as found_there:
                entries = sorted(found_there, key=lambda entry: entry.name)
        except OSError as error:
            if folder == top:
                raise unreadable(top, error) from error
            yield shown(folder, top), _refused(folder, top, error)
            continue
        waiting += [Path(e.path) for e in reversed(entries) if e.is_dir(follow_symlinks=False) and e.name not in LITTER]
        for entry in entries:
            if entry.name in LITTER or entry.is_dir(follow_symlinks=False):
                continue
            if (file := _file(Path(entry.path), top, inside)) is not None:
                found += 1
                yield shown(Path(entry.path), top), file
        if found > MAX_FILES:
            raise _too_many(top)


def shown(path: Path, top: Path) -> str:
    """A name that can be written down: bytes that are no UTF-8 stand as escapes."""
    return os.fsencode(path.relative_to(top)).decode("utf-8", "backslashreplace")


def _file(path: Path, top: Path, inside: Path) -> Path | Unread | None:
    try:
        if path.is_symlink():
            target = path.resolve(strict=True)
            if target.is_relative_to(inside):
                return None
            why = t("a link that leads out of the folder", "フォルダの外を指すリンクです")
            return Unread(name=shown(path, top), why=why)
        mode = path.lstat().st_mode
    except (OSError, RuntimeError) as error:  # a link to nowhere, or to itself
        return _refused(path, top, error)
    if stat.S_ISREG(mode):
        return path
    return Unread(name=shown(path, top), why=t("not a regular file", "通常のファイルではありません"))


def _refused(path: Path, top: Path, error: Exception) -> Unread:
    return Unread(name=shown(path, top), why=why_of(error))


def _too_many(top: Path) -> InputError:
    return InputError(
        t(f"`{top}` holds more than {MAX_FILES:,} files", f"`{top}` には {MAX_FILES:,} を超えるファイルがあります"),
        hint=t("scan its folders one by one", "中のフォルダを 1 つずつ調べてください"),
    )
