"""A folder of lists: the list of lists, its pivots, and the newest list of each territory that was ever verified.

root.xml             the list of lists
PIVOT.xml            pivots, by the names that it gives them
BE-81.xml            the list of a territory, by its number
fetched.yaml         where each came from, and by what its server knows it

Whoever reads the folder while it is brought up to date finds the old state or the new: lists of new numbers stand
beside the old ones until the list of lists is replaced, and of several the newest that holds is used.
"""

from __future__ import annotations

import errno
import re
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Final

import msgspec

from tegata import durable
from tegata.model.base import Noun, t
from tegata.model.errors import InputError, StoreError

ROOT: Final = "root.xml"
_FETCHED: Final = "fetched.yaml"
_MEMBER = re.compile(r"(?P<territory>[A-Z]{2,3})-\d{1,12}\.xml")
_PIVOT = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,99}\.xml")


class Tag(Noun, frozen=True, kw_only=True):
    """By what a server knows the version that it gave (RFC 9110 section 8.8), and in which file it lies."""

    file: str
    etag: str = ""
    modified: str = ""


class Fetched(Noun, frozen=True, kw_only=True):
    """`url` of the list of lists; `tags` by address."""

    url: str = ""
    tags: dict[str, Tag] = {}


def member_name(territory: str, sequence: int) -> str:
    """The file of a list; empty where the territory is not one of two or three letters, as of ISO 3166-1 and "EU"."""
    name = f"{territory}-{sequence}.xml"
    return name if _MEMBER.fullmatch(name) else ""


def pivot_name(address: str) -> str:
    """The file of a pivot; empty where its address ends in no name that could be one of ours."""
    name = address.rpartition("/")[2]
    return name if _PIVOT.fullmatch(name) and name != ROOT and not _MEMBER.fullmatch(name) else ""


class ListFolder:
    """Reads and writes files in one folder, which need not be there yet."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def fetched(self) -> Fetched:
        """InputError where the file is not one of ours."""
        data = self.read(_FETCHED)
        try:
            return msgspec.yaml.decode(data, type=Fetched) if data else Fetched()
        except (msgspec.MsgspecError, ValueError) as error:
            raise InputError(
                t(f"cannot read `{self.folder / _FETCHED}`", f"`{self.folder / _FETCHED}` を読めません"),
                why=str(error)[:160],
                hint=t("remove it; everything is fetched again", "削除すれば、すべて取得し直します"),
            ) from None

    def read(self, name: str) -> bytes:
        """Empty where there is no such file."""
        try:
            return (self.folder / name).read_bytes()
        except FileNotFoundError:
            return b""
        except OSError as error:
            raise InputError(
                t(f"cannot read `{self.folder / name}`", f"`{self.folder / name}` を読めません"),
                why=error.strerror or "",
            ) from None

    def pivots(self) -> dict[str, bytes]:
        """By name, whatever else lies there that could be one."""
        return {name: self.read(name) for name in self._names() if pivot_name(name)}

    def members(self, territory: str) -> list[str]:
        """Files of the lists of a territory, the newest first."""
        found = [name for name in self._names() if (match := _MEMBER.fullmatch(name)) and match[1] == territory]
        return sorted(found, key=lambda name: int(name.partition("-")[2].partition(".")[0]), reverse=True)

    def snapshot(self, territories: Iterable[str]) -> dict[str, bytes]:
        """The list of lists with its pivots, and the newest list of each of these territories; none without the first.

        InputError where one cannot be read.
        """
        root = self.read(ROOT)
        newest = [name for territory in sorted(territories) for name in self.members(territory)[:1]]
        return {ROOT: root, **self.pivots(), **{name: self.read(name) for name in newest}} if root else {}

    def put(self, files: Mapping[str, bytes], root: bytes, fetched: Fetched) -> None:
        """Lays down lists and pivots, then the list of lists, which makes them count. StoreError."""
        try:
            durable.make_folder(self.folder, mode=0o755)
            for name, data in {**files, ROOT: root, _FETCHED: msgspec.yaml.encode(fetched)}.items():
                durable.replace(self.folder / name, data)
        except OSError as error:
            why = t("the disk is full", "ディスクの空きがありません") if error.errno == errno.ENOSPC else error.strerror
            raise StoreError(
                t(f"cannot write to `{self.folder}`", f"`{self.folder}` に書き込めません"), why=why or ""
            ) from None

    def drop(self, names: Iterable[str]) -> None:
        """Removes lists that newer ones have replaced."""
        for name in names:
            (self.folder / name).unlink(missing_ok=True)

    def _names(self) -> list[str]:
        return sorted(path.name for path in self.folder.iterdir()) if self.folder.is_dir() else []
