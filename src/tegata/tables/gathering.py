"""What a place holds: the parts of a file, a folder, an archive, a workbook or a database."""

from __future__ import annotations

import importlib.util
from collections.abc import Iterable, Iterator
from dataclasses import replace
from functools import partial
from pathlib import Path

from tegata.model.base import Text, t
from tegata.model.errors import InputError
from tegata.model.profile import Unread
from tegata.tables.archive import MAX_DEPTH, Room, members, too_deep
from tegata.tables.collection import Collection, Part, Workspace, missing_extra, unread, within
from tegata.tables.folder import walk
from tegata.tables.forms import form_of, open_table
from tegata.tables.source import file_size


def gather(path: Path) -> Collection:
    """All parts of what is at a place.

    Raises:
        InputError: missing, empty, unreadable, or nothing that could hold a table.
        StoreError: an archive does not fit on the disk.
    """
    if path.is_dir():
        return _folder(path)
    form, size = form_of(path), file_size(path)
    found = _members(path, "", Room(size), 1) if form == "zip" else _in_file(path, "", form)
    return gathered(path, form, size, found)


def of_fetched(address: str, name: str, file: Path, workspace: Workspace, window: str = "") -> Collection:
    """The same of a file that was fetched from an address, and lies here as long as a part of it is held."""
    found = [one if isinstance(one, Unread) else one.holding(workspace) for one in of_file(file, name)]
    return replace(gathered(address, form_of(file), file_size(file), found), window=window)


def _folder(top: Path) -> Collection:
    found: list[Part | Unread] = []
    size, empty = 0, 0
    for name, file in walk(top):
        if isinstance(file, Unread):
            found.append(file)
        elif there := _size(file, name, found):
            size += there
            found += of_file(file, name)
        elif there == 0:
            empty += 1
    notes = (t(f"empty files: {empty:,}", f"空のファイル: {empty:,} 件"),) if empty else ()
    return gathered(top, "folder", size, found, notes)


def _size(file: Path, name: str, found: list[Part | Unread]) -> int | None:
    """Bytes of a file; None, and it is named as not read, where it went away meanwhile."""
    try:
        return file_size(file)
    except InputError as error:
        found.append(unread(Part(name, file, 0, partial(open_table, file)), error))
        return None


def of_file(file: Path, name: str, room: Room | None = None, depth: int = 0) -> Iterator[Part | Unread]:
    """What a file of a folder or an archive holds: a file that cannot be read is a part that was not read."""
    try:
        form = form_of(file)
        if form != "zip":
            yield from _in_file(file, name, form)
        elif depth == MAX_DEPTH:
            yield too_deep(name)
        else:
            yield from _members(file, name, room or Room(file_size(file)), depth + 1)
    except InputError as error:
        yield unread(Part(name, file, 0, partial(open_table, file)), error)


def _in_file(file: Path, name: str, form: str) -> Iterator[Part | Unread]:
    """Sheets of a workbook, tables of a database, or the one table."""
    size = file_size(file)
    if form == "xlsx":
        from tegata.tables.excel import ExcelSource, filled_sheets

        for sheet in filled_sheets(file):
            yield Part(within(name, sheet, "#"), file, size, partial(ExcelSource, file, sheet))
    elif form == "sqlite":
        from tegata.tables.sqlite import SqliteSource, tables_of

        for table, plain in tables_of(file):
            own = within(name, table, "#")
            yield Part(own, file, size, partial(SqliteSource, file, table)) if plain else _virtual(own)
    elif form == "duckdb":
        yield from _in_duckdb(file, name, size)
    else:
        yield Part(name or file.name, file, size, partial(open_table, file))


def _in_duckdb(file: Path, name: str, size: int) -> Iterator[Part]:
    if importlib.util.find_spec("duckdb") is None:
        raise missing_extra(str(file), "duckdb")
    from tegata.tables.duckdb import DuckdbSource, table_name, tables_of

    for schema, table in tables_of(file):
        own = within(name, table_name(schema, table), "#")
        yield Part(own, file, size, partial(DuckdbSource, file, schema, table))


def _members(path: Path, name: str, room: Room, depth: int) -> Iterator[Part | Unread]:
    """Parts of an archive and of the archives in it, each in a file that lies there as long as the part is held."""
    for inner, file in members(path, room):
        own = within(name, inner)
        if isinstance(file, Unread):
            yield Unread(name=own, why=file.why)
        elif file.stat().st_size:
            yield from (
                found if isinstance(found, Unread) else found.holding(room.workspace)
                for found in of_file(file, own, room, depth)
            )


def gathered(
    path: Path | str, form: str, size: int, found: Iterable[Part | Unread], notes: tuple[Text, ...] = ()
) -> Collection:
    """A collection of what was found. InputError where that is nothing."""
    known = list(found)
    if not known:
        raise InputError(
            t(f"`{path}` holds no table", f"`{path}` に表がありません"),
            hint=t("check that it is the place that you mean", "指定した場所が正しいか確認してください"),
        )
    parts = tuple(part for part in known if isinstance(part, Part))
    return Collection(path, form, size, parts, tuple(one for one in known if isinstance(one, Unread)), notes)


def _virtual(name: str) -> Unread:
    why = t(
        "a virtual table: what it shows comes from a program", "仮想表です。内容はプログラムが作るため読み取りません"
    )
    return Unread(name=name, why=why)
