"""Zip archives: every member unpacked into a folder of ours, within a budget that counts what comes out.

An archive may lie about its sizes, hold itself, or name members outside of where it is unpacked. So nothing that it
says is believed: members get names of ours, what comes out is counted, and archives in archives are bounded in depth.
"""

from __future__ import annotations

import stat
import struct
import zipfile
import zlib
from collections.abc import Iterator
from pathlib import Path, PurePosixPath
from typing import Final

from tegata.model.base import t
from tegata.model.errors import InputError, Say, StoreError, why_of
from tegata.model.profile import Unread
from tegata.tables.collection import Workspace
from tegata.tables.folder import LITTER
from tegata.tables.packed import MAX_RATIO, room
from tegata.tables.source import BLOCK

MAX_DEPTH: Final = 3  # archives in archives
_DIRECTORY: Final = 32 << 20  # bytes of the list of members, which is held in memory
_END: Final = b"PK\x05\x06"


class Room:
    """How much may still come out of an archive and of all archives in it."""

    def __init__(self, packed: int) -> None:
        self.left = room(packed)
        self.workspace = Workspace()

    def take(self, size: int) -> bool:
        """Whether there is room for so many bytes more."""
        self.left -= size
        return self.left >= 0


def members(path: Path, room: Room) -> Iterator[tuple[str, Path | Unread]]:
    """Name of each member in the order of names, and the file that it was unpacked to or why it was not.

    Raises:
        InputError: the archive is damaged or has more members than can be listed.
        StoreError: the disk is full.
    """
    check_directory(path)
    try:
        with zipfile.ZipFile(path) as archive:
            for member in sorted(archive.infolist(), key=_name):
                name = _name(member)
                if not member.is_dir() and not LITTER.intersection(PurePosixPath(name).parts):
                    yield name, _unpacked(archive, member, name, room)
    except (zipfile.BadZipFile, NotImplementedError, ValueError) as error:
        raise damaged(path, str(error)) from error


def _name(member: zipfile.ZipInfo) -> str:
    """As it was written: without the mark of UTF-8, Japanese systems write CP932 (APPNOTE 4.4.4, bit 11)."""
    if member.flag_bits & 0x800:
        return member.filename
    for codec in ("utf-8", "cp932"):
        try:
            return member.filename.encode("cp437").decode(codec)
        except UnicodeError:
            continue
    return member.filename


def _unpacked(archive: zipfile.ZipFile, member: zipfile.ZipInfo, name: str, room: Room) -> Path | Unread:
    if member.flag_bits & 0x1:
        return Unread(name=name, why=t("encrypted with a password", "パスワードで暗号化されています"))
    if stat.S_ISLNK(member.external_attr >> 16):
        return Unread(name=name, why=t("a symbolic link", "シンボリックリンクです"))
    if room.left <= 0:
        return _no_room(name)
    target = room.workspace.new_file()
    try:
        if _copy(archive, member, target, room):
            return target
        reason: Unread = _no_room(name)
    except (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, RuntimeError, struct.error) as error:
        reason = Unread(name=name, why=t(f"damaged: {error}", f"壊れています: {error}"))
    target.unlink(missing_ok=True)
    return reason


def _copy(archive: zipfile.ZipFile, member: zipfile.ZipInfo, target: Path, room: Room) -> bool:
    """Whether all of it came out; the budget is the judge, not the size that is stated."""
    try:
        with archive.open(member) as packed, target.open("xb") as out:
            while data := packed.read(min(BLOCK, max(1, room.left + 1))):
                if not room.take(len(data)):
                    return False
                out.write(data)
    except OSError as error:
        target.unlink(missing_ok=True)
        raise no_space(target, error) from error
    return True


def check_directory(path: Path) -> None:
    """The list of members is read whole: it must be no larger than what may be held (APPNOTE 4.3.16)."""
    with path.open("rb") as file:
        file.seek(-min(path.stat().st_size, 22 + 0xFFFF), 2)
        tail = file.read()
    at = tail.rfind(_END)
    if at < 0 or len(tail) < at + 22:
        raise damaged(path, t("it has no end", "末尾がありません"))
    count, size = struct.unpack_from("<HI", tail, at + 10)
    if count == 0xFFFF or size > _DIRECTORY:
        raise damaged(path, t("it has too many members", "メンバーが多すぎます"))


def damaged(path: Path, why: Say) -> InputError:
    return InputError(
        t(f"`{path}` cannot be unpacked", f"`{path}` を展開できません"),
        why=why,
        hint=t(
            "unpack it with the program that made it and scan the folder",
            "作成したプログラムで展開し、フォルダを指定してください",
        ),
    )


def too_deep(name: str) -> Unread:
    return Unread(
        name=name,
        why=t(f"an archive in {MAX_DEPTH} archives", f"{MAX_DEPTH} 重の書庫の中の書庫です"),
    )


def _no_room(name: str) -> Unread:
    why = t(
        f"unpacked, the archive is more than {MAX_RATIO} times as large, as bombs are",
        f"展開すると {MAX_RATIO} 倍を超え、zip 爆弾の疑いがあります",
    )
    return Unread(name=name, why=why)


def no_space(target: Path, error: OSError) -> StoreError:
    return StoreError(
        t("what is to be read has no room here", "読み取る内容を置く場所がありません"),
        why=why_of(error),
        hint=t(
            f"free space under `{target.parent.parent}` or point TMPDIR to a larger disk",
            f"`{target.parent.parent}` の空きを増やすか TMPDIR を大きなディスクに向けてください",
        ),
    )
