"""What was received, laid where its user wants it: data and passport side by side, of several parts a folder."""

from __future__ import annotations

import contextlib
import os
import shutil
from pathlib import Path
from typing import Final

import msgspec

from tegata.cli.files import refuse_existing, unwritable
from tegata.cli.terminal import Terminal
from tegata.model.base import t
from tegata.model.errors import InputError, UsageError
from tegata.model.process import Acquisition

PASSPORT: Final = ".passport.jws"


def placed(ended: Acquisition, passport: Path, terminal: Terminal, *, force: bool) -> Acquisition:
    """The same acquisition with its passport there, if it has one, and its data beside it.

    Raises:
        UsageError: something lies there. StoreError: the disk is full.
    """
    data = _data(Path(ended.data), passport.with_name(passport.name.removesuffix(PASSPORT)), terminal, force=force)
    if ended.passport:
        _copy(Path(ended.passport), passport)
    return msgspec.structs.replace(ended, data=str(data), passport=str(passport) if ended.passport else "")


def _data(received: Path, target: Path, terminal: Terminal, *, force: bool) -> Path:
    from tegata.tables.unpack import is_packed

    if received.suffix == ".zip" and is_packed(received):
        try:
            return _unpacked(received, target, force=force)
        except InputError as error:
            en, ja = ("; ".join(filter(None, error.parts(language)[:2])) for language in ("en", "ja"))
            terminal.note(t(f"left as the archive that came: {en}", f"届いた書庫のまま置きます: {ja}"))
    file = target.with_name(target.name + received.suffix)
    refuse_existing(file, force=force)
    _copy(received, file)
    return file


def _unpacked(archive: Path, folder: Path, *, force: bool) -> Path:
    from tegata.tables.unpack import unpack

    _refuse_folder(folder, force=force)
    fresh = folder.with_name(f".{folder.name}.new")
    try:
        shutil.rmtree(fresh, ignore_errors=True)
        unpack(archive, fresh)
        if folder.is_dir():
            shutil.rmtree(folder)
        fresh.rename(folder)
    except OSError as error:
        raise unwritable(folder, error) from None
    finally:
        shutil.rmtree(fresh, ignore_errors=True)
    return folder


def _refuse_folder(folder: Path, *, force: bool) -> None:
    """What came from here may be overwritten; a folder with anything else in it never is."""
    from tegata.tables.pack import MANIFEST

    if not folder.is_dir():
        refuse_existing(folder, force=False)
    elif not force or not (folder / MANIFEST).is_file():
        raise UsageError(
            t(f"`{folder}` is a folder already", f"フォルダ `{folder}` は既にあります"),
            hint=t(
                "name another folder with `--out`; `--force` overwrites what was received before",
                "`--out` で別のフォルダを指定してください。`--force` で上書きできるのは以前に受信したものだけです",
            ),
        )


def _copy(source: Path, target: Path) -> None:
    """Whole or not at all."""
    staged = target.with_name(f".{target.name}.part")
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(source, staged)
        os.replace(staged, target)
    except OSError as error:
        raise unwritable(target, error) from None
    finally:
        with contextlib.suppress(OSError):
            staged.unlink(missing_ok=True)
