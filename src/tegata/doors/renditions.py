"""Releases in other forms: made once, recorded before they leave, gone with their transfer."""

from __future__ import annotations

import asyncio
import contextlib
import os
import secrets
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from tegata.doors.columns import columns_of
from tegata.doors.forms import FORMS, Form, Write
from tegata.doors.guard import Opened
from tegata.durable import sync
from tegata.exchange import Home
from tegata.model.base import t
from tegata.model.errors import InputError, ProtocolError, StoreError
from tegata.model.plan import Release
from tegata.store import Transaction, renditions
from tegata.store.renditions import Column, Rendition
from tegata.transfer.handover import recorded_release

_AT_ONCE: Final = 2
"""So many are made at a time: each takes a processor."""


@dataclass(frozen=True)
class Item:
    """A file that may be handed out."""

    name: str  # of the form
    path: Path
    size: int
    digest: str
    media: str
    columns: tuple[Column, ...] = ()


class Renditions:
    """Makes them when they are first asked for."""

    def __init__(self, home: Home) -> None:
        self._home = home
        self._making: dict[tuple[str, str], asyncio.Task[Rendition]] = {}
        self._turns = asyncio.Semaphore(_AT_ONCE)

    async def get(self, opened: Opened, form_name: str) -> Item:
        """The release in a form.

        Raises:
            ProtocolError: 404 for a form that there is not, or when the transfer ended meanwhile.
            InputError: the form cannot hold this data.
        """
        form = FORMS.get(form_name)
        if form is None:
            raise ProtocolError(t(f"there is no form `{form_name}`", f"形式 `{form_name}` はありません"), status=404)
        write = form.write
        if write is None:
            release = opened.release.release
            return Item(form.name, Path(opened.release.path), release.size, release.digest, form.media)
        made = await self._home.store.read(lambda tx: renditions.get(tx, opened.key.transfer, form.name))
        if made is None or not _is_whole(made):
            made = await self._made(opened, form, write)
        return Item(form.name, Path(made.path), made.size, made.digest, form.media, made.columns)

    async def _made(self, opened: Opened, form: Form, write: Write) -> Rendition:
        """Made once, however many ask for it at a time, and to its end, whoever goes away meanwhile."""
        key = (opened.key.transfer, form.name)
        if key not in self._making:
            self._making[key] = making = asyncio.create_task(self._make(opened, form, write))
            making.add_done_callback(lambda made: self._made_or_not(key, made))
        return await asyncio.shield(self._making[key])

    def _made_or_not(self, key: tuple[str, str], made: asyncio.Task[Rendition]) -> None:
        """Nobody may be left who hears of a failure: whoever asks again makes it anew."""
        self._making.pop(key, None)
        if not made.cancelled():
            made.exception()

    async def _make(self, opened: Opened, form: Form, write: Write) -> Rendition:
        source = Path(opened.release.path)
        out = source.with_name(f"{secrets.token_hex(8)}{form.suffix}")
        try:
            async with self._turns:
                columns, digest = await asyncio.to_thread(_written, write, opened.release.release, source, out)
            made = Rendition(
                transfer=opened.key.transfer,
                form=form.name,
                path=str(out),
                release=opened.release.release.digest,
                digest=digest,
                size=out.stat().st_size,
                rows=opened.release.release.rows,
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


def _written(write: Write, release: Release, source: Path, out: Path) -> tuple[tuple[Column, ...], str]:
    """Write; columns and digest of what was written. The release is proven to be what was recorded."""
    from tegata.tables import digest_file

    try:
        columns = columns_of(source)
        write(source, out, columns)
        sync(out)
        if digest_file(source) != release.digest:
            raise StoreError(t("the prepared data has changed on the disk", "用意したデータがディスク上で変化しました"))
        return columns, digest_file(out)
    except (StoreError, InputError):
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
