"""Releases in other forms: made once, recorded before they leave, gone with their transfer."""

from __future__ import annotations

import asyncio
import contextlib
import os
import secrets
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from tegata.api.slices import Whole
from tegata.doors.changes import write_changes
from tegata.doors.columns import columns_of
from tegata.doors.excel import Sheet, write_excel
from tegata.doors.forms import ARCHIVE, FORMS, Form, Write, form_of, form_of_all
from tegata.doors.guard import Opened
from tegata.durable import sync
from tegata.exchange import Home
from tegata.model.base import t
from tegata.model.errors import StoreError, TegataError
from tegata.store import Transaction, renditions
from tegata.store.renditions import Column, Rendition
from tegata.tables import digest_file
from tegata.tables.pack import find_packed
from tegata.transfer.contents import Content
from tegata.transfer.handover import recorded_release

CHANGES: Final = "changes-"
"""Before the number of the version since which a file tells the changes."""

_AT_ONCE: Final = 2
"""So many are made at a time: each takes a processor."""

_BLOCK: Final = 4 << 20  # bytes
_Made = tuple[tuple[Column, ...], int]
"""What is made of a release in a file: the columns where it is one table, and its records."""


@dataclass(frozen=True)
class Item:
    """A file that may be handed out. `name` is what its uses are counted by."""

    name: str
    whole: Whole
    media: str
    columns: tuple[Column, ...] = ()
    rows: int = 0

    @property
    def size(self) -> int:
        return self.whole.size

    @property
    def digest(self) -> str:
        return self.whole.digest


class Renditions:
    """Makes them when they are first asked for."""

    def __init__(self, home: Home) -> None:
        self._home = home
        self._making: dict[tuple[str, str], asyncio.Task[Rendition]] = {}
        self._turns = asyncio.Semaphore(_AT_ONCE)

    async def get(self, opened: Opened, content: Content, form_name: str) -> Item:
        """A table or file of the release in a form.

        Raises:
            ProtocolError: 404 for a form that there is not, or when the transfer ended meanwhile.
            InputError: the form cannot hold this data.
        """
        form = form_of(content.told, form_name)
        name = f"{content.name}.{form.name}" if content.packed else form.name
        write = form.write
        if write is None:
            return Item(name, await asyncio.to_thread(_lying, opened, content), form.media, rows=content.release.rows)

        def make(out: Path) -> _Made:
            with _csv_of(opened, content, out.parent) as source:
                return _written(write, source, out), content.release.rows

        return await self._item(opened, name, form, make)

    async def changes(self, before: Opened, after: Opened, table: str) -> Item:
        """What changed in a table from one version to the next. Raises as `get` does, and ProtocolError where the
        versions cannot be compared."""
        old, new = before.table(table), after.table(table)
        name = f"{CHANGES}{before.number}"

        def make(out: Path) -> _Made:
            with _csv_of(before, old, out.parent) as source, _csv_of(after, new, out.parent) as target:
                return write_changes(source, target, out), 0

        return await self._item(after, f"{new.name}.{name}" if new.packed else name, FORMS["parquet"], make)

    async def linked(self, opened: Opened, form_name: str, content: str) -> Item:
        """What a link leads to: a table or file by its name, or all of it. Raises as `get` does, and 404 for a name."""
        if content:
            return await self.get(opened, opened.content(content), form_name)
        return await self.whole(opened, form_name)

    async def whole(self, opened: Opened, form_name: str) -> Item:
        """The release as one file: of several parts the archive, or a workbook of all tables. Raises as `get` does."""
        release = opened.release.release
        if not release.parts:
            return await self.get(opened, opened.contents[0], form_name)
        form = form_of_all([one.told for one in opened.contents], form_name)
        if form is ARCHIVE:
            whole = Whole(Path(opened.release.path), release.size, release.digest)
            return Item(ARCHIVE.name, whole, ARCHIVE.media, rows=release.rows)

        def make(out: Path) -> _Made:
            write_excel(out, _sheets(opened, out.parent))
            return (), release.rows

        return await self._item(opened, form.name, form, make)

    async def _item(self, opened: Opened, name: str, form: Form, make: Callable[[Path], _Made]) -> Item:
        made = await self._home.store.read(lambda tx: renditions.get(tx, opened.transfer, name))
        if made is None or not _is_whole(made):
            made = await self._made(opened, name, form, make)
        return Item(name, Whole(Path(made.path), made.size, made.digest), form.media, made.columns, made.rows)

    async def _made(self, opened: Opened, name: str, form: Form, make: Callable[[Path], _Made]) -> Rendition:
        """Made once, however many ask for it at a time, and to its end, whoever goes away meanwhile."""
        key = (opened.transfer, name)
        if key not in self._making:
            self._making[key] = making = asyncio.create_task(self._make(opened, name, form, make))
            making.add_done_callback(lambda made: self._made_or_not(key, made))
        return await asyncio.shield(self._making[key])

    def _made_or_not(self, key: tuple[str, str], made: asyncio.Task[Rendition]) -> None:
        """Nobody may be left who hears of a failure: whoever asks again makes it anew."""
        self._making.pop(key, None)
        if not made.cancelled():
            made.exception()

    async def _make(self, opened: Opened, name: str, form: Form, make: Callable[[Path], _Made]) -> Rendition:
        out = Path(opened.release.path).with_name(f"{secrets.token_hex(8)}{form.suffix}")
        try:
            async with self._turns:
                (columns, rows), digest = await asyncio.to_thread(_finished, make, out)
            made = Rendition(
                transfer=opened.transfer,
                form=name,
                path=str(out),
                release=opened.release.release.digest,
                digest=digest,
                size=out.stat().st_size,
                rows=rows,
                columns=columns,
            )
            await self._home.store.write(lambda tx: self._keep(tx, made))
        except BaseException:
            with contextlib.suppress(OSError):
                out.unlink(missing_ok=True)
            raise
        return made

    def _keep(self, tx: Transaction, made: Rendition) -> None:
        """With its entry: what leaves in this form can be told from it later. Raises ProtocolError 404 when the
        transfer has ended: its folder is cleared."""
        recorded_release(tx, made.transfer)
        renditions.put(tx, made)
        body = {"release_digest": made.release, "form": made.form, "data_digest": made.digest, "data_size": made.size}
        self._home.evidence.record(tx, "rendition", made.transfer, body, self._home.clock.now())


def _lying(opened: Opened, content: Content) -> Whole:
    """A table or file where it lies, as it is: in an archive nothing is compressed."""
    path, release = Path(opened.release.path), content.release
    start, size = find_packed(path, content.packed) if content.packed else (0, release.size)
    if size != release.size:
        raise _changed()
    return Whole(path, size, release.digest, start)


@contextlib.contextmanager
def _csv_of(opened: Opened, content: Content, folder: Path) -> Iterator[Path]:
    """The CSV file of a table, which is proven to be what was recorded."""
    lying, out = _lying(opened, content), folder / f"{secrets.token_hex(8)}.csv"
    source = out if content.packed else lying.path
    try:
        if content.packed:
            _copy(lying, out)
        yield source
        if digest_file(source) != content.release.digest:
            raise _changed()
    finally:
        out.unlink(missing_ok=True)


def _copy(lying: Whole, out: Path) -> None:
    with lying.path.open("rb") as archive, out.open("wb") as file:
        archive.seek(lying.start)
        left = lying.size
        while left and (block := archive.read(min(_BLOCK, left))):
            file.write(block)
            left -= len(block)


def _sheets(opened: Opened, folder: Path) -> Iterator[Sheet]:
    for content in opened.tables:
        with _csv_of(opened, content, folder) as source:
            yield Sheet(content.told.stem, source, columns_of(source))


def _written(write: Write, source: Path, out: Path) -> tuple[Column, ...]:
    columns = columns_of(source)
    write(source, out, columns)
    return columns


def _finished(make: Callable[[Path], _Made], out: Path) -> tuple[_Made, str]:
    """Write; what was written, and its digest."""
    try:
        made = make(out)
        sync(out)
        return made, digest_file(out)
    except TegataError:
        raise
    except Exception as error:
        raise StoreError(
            t("the data cannot be written in this form", "データをこの形式で書き出せません"),
            why=type(error).__name__,
        ) from error


def _is_whole(made: Rendition) -> bool:
    try:
        return os.stat(made.path).st_size == made.size
    except OSError:
        return False


def _changed() -> StoreError:
    return StoreError(t("the prepared data has changed on the disk", "用意したデータがディスク上で変化しました"))
