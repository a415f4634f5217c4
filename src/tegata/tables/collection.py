"""A data set of several tables: its parts, each opened when its turn comes, and what of it is no table."""

from __future__ import annotations

import hashlib
import shutil
import tempfile
import weakref
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path
from typing import Final

import msgspec

from tegata.model.base import Text, t
from tegata.model.errors import InputError, TegataError
from tegata.model.profile import Unread
from tegata.tables.source import Source

MAX_PARTS: Final = 100_000
WEB: Final = ("https://", "http://")
ADBC: Final = "adbc:"
STREAMS: Final = ("mqtts://", "mqtt://", "kafkas://", "kafka://")


@dataclass(frozen=True)
class Part:
    """One table of a data set, or what may be one.

    `open` raises InputError when it is none. `size`: bytes, as far as they are known before.
    """

    name: str
    file: Path
    size: int
    open: Callable[[], Source] = field(repr=False)

    def holding(self, workspace: Workspace) -> Part:
        """The same part, whose sources keep the folder of their file in being."""
        return replace(self, open=partial(_held, self, workspace))


def _held(part: Part, workspace: Workspace) -> Source:
    source = part.open()
    source.held = workspace
    return source


@dataclass(frozen=True)
class Collection:
    """All parts of a data set in the order of their names. `single`: it is one table, with a file of its own.

    `notes` say what was left out on purpose. `window`: which messages of a stream it is.
    """

    path: Path | str  # an address where it is no file
    format: str
    size: int
    parts: tuple[Part, ...]
    unread: tuple[Unread, ...] = ()
    notes: tuple[Text, ...] = ()
    window: str = ""

    @property
    def name(self) -> str:
        """What people call it."""
        return self.path if isinstance(self.path, str) else self.path.name

    @property
    def single(self) -> bool:
        return len(self.parts) == 1 and not self.unread and self.format not in ("folder", "zip", "s3")

    @property
    def part_names(self) -> frozenset[str]:
        """Of all parts, whether they can be read or not."""
        return frozenset([*(part.name for part in self.parts), *(part.name for part in self.unread)])

    def part(self, name: str) -> Part:
        """The table of that name. InputError lists those that there are."""
        for part in self.parts:
            if part.name == name:
                return part
        raise _no_such_table(self.path, name, [part.name for part in self.parts])

    def only(self, name: str) -> Collection:
        """The table of that name alone. Raises as `part` does."""
        part = self.part(name)
        return replace(self, size=part.size, parts=(part,), unread=(), notes=())

    def digest(self, digests: Mapping[str, str]) -> str:
        """`sha256:...` over the digests of the tables that were read, by name, and the names of what was not."""
        read = [(part.name, digests.get(part.name, "")) for part in self.parts]
        known = [*read, *((unread.name, "") for unread in self.unread)]
        return "sha256:" + hashlib.sha256(msgspec.json.encode(sorted(known))).hexdigest()


class Workspace:
    """A folder for what is unpacked, made when it is first needed and removed when nobody holds it any more."""

    def __init__(self) -> None:
        self._folder: Path | None = None
        self._files = 0

    def new_file(self) -> Path:
        if self._folder is None:
            self._folder = Path(tempfile.mkdtemp(prefix="tegata-unpacked-"))
            weakref.finalize(self, shutil.rmtree, self._folder, ignore_errors=True)
        self._files += 1
        return self._folder / f"{self._files:06}"


def within(outer: str, inner: str, by: str = "/") -> str:
    """Name of a part inside another; the outermost is called nothing."""
    return f"{outer}{by}{inner}" if outer else inner


def unread(part: Part, error: TegataError) -> Unread:
    """Why a part was not read, as its error says; of a file of ours the reader knows nothing."""
    said = [error.parts(language) for language in ("en", "ja")]
    en, ja = ((why or what).replace(str(part.file), part.name) for what, why, _ in said)
    return Unread(name=part.name, why=Text(en=en, ja=ja))


def listed(names: Iterable[str], most: int = 8) -> Text:
    """Some names, and how many more there are."""
    known = list(names)
    shown, more = ", ".join(f"`{name}`" for name in known[:most]), len(known) - most
    return t(f"{shown} and {more:,} more", f"{shown} ほか {more:,} 件") if more > 0 else t(shown, shown)


def missing_extra(place: str, extra: str) -> InputError:
    """What reads it is not installed."""
    return InputError(
        t(f"`{place}` cannot be read yet", f"`{place}` はまだ読み取れません"),
        why=t(f"the extra `{extra}` is not installed", f"追加機能 `{extra}` がインストールされていません"),
        hint=f"pip install 'tegata[{extra}]'",
    )


def _no_such_table(path: Path | str, name: str, names: list[str]) -> InputError:
    known = listed(names)
    return InputError(
        t(f"`{path}` has no table `{name}`", f"`{path}` に表 `{name}` がありません"),
        hint=t(f"it has {known.en}", f"ある表: {known.ja}"),
    )
