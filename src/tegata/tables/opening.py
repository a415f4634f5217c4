"""What is at a place, opened: all its tables, or the one that is meant; and sinks for what is written."""

from __future__ import annotations

import importlib.util
from collections.abc import Callable
from pathlib import Path
from typing import Final, Literal

from tegata.model.base import t
from tegata.model.errors import InputError
from tegata.tables.collection import ADBC, STREAMS, WEB, Collection, listed, missing_extra
from tegata.tables.gathering import gather
from tegata.tables.sink import CsvSink, JsonLinesSink, ParquetSink, Sink
from tegata.tables.source import Source, file_size

_ADDRESSES: Final = ("postgresql://", "postgres://", "s3://", ADBC)


def place_of(text: str) -> Path | str:
    """An address, or the path that it is."""
    return text if text.startswith((*_ADDRESSES, *WEB, *STREAMS)) else Path(text)


def open_collection(path: Path | str) -> Collection:
    """All tables at `path`: a file, a folder, a zip archive, a workbook, a database; in a file, or at an address,
    where a store of objects may be too. `FILE#TABLE` is one table of them.

    Raises:
        InputError: missing, empty, unreadable, or nothing that could hold a table, with what to do next.
        StoreError: an archive does not fit on the disk.
    """
    if isinstance(path, str):
        address, _, table = path.partition("#")
        found = _at(address)
    else:
        file, table = _located(path)
        found = gather(file)
    return found.only(table) if table else found


def open_source(path: Path) -> Source:
    """A source for the one table at `path`: CSV and kin, Parquet, JSON (lines or a list), or a file with one sheet or
    table; of several, `FILE#TABLE` is one.

    Raises:
        InputError: missing, empty, unreadable, binary, damaged, or several tables, with what to do next.
    """
    file, _ = _located(path)
    file_size(file)  # a folder is no table
    found = open_collection(path)
    if len(found.parts) != 1:
        raise _several(found)
    return found.parts[0].open()


def open_sink(path: Path, format: Literal["csv", "parquet", "jsonl"]) -> Sink:
    """A sink that writes `path` when it is closed without an error, and leaves no trace otherwise."""
    kinds: dict[str, Callable[[Path], Sink]] = {"csv": CsvSink, "parquet": ParquetSink, "jsonl": JsonLinesSink}
    return kinds[format](path)


def _at(address: str) -> Collection:
    """A database or a store of objects at an address."""
    if address.startswith((*WEB, *STREAMS)):
        raise InputError(
            t(f"`{address}` cannot be read from here", f"`{address}` はここからは読み取れません"),
            hint=t(
                "a node fetches it for `tegata publish`; else lay it in a file first",
                "`tegata publish` ではノードが取得します。それ以外では先にファイルに保存してください",
            ),
        )
    if address.startswith("s3://"):
        if importlib.util.find_spec("obstore") is None:
            raise missing_extra("s3://", "s3")
        from tegata.tables.objects import s3_collection

        return s3_collection(address)
    if address.startswith(ADBC):
        _need_adbc()
        from tegata.tables.adbc import adbc_collection

        return adbc_collection(address)
    if importlib.util.find_spec("asyncpg") is None:
        raise missing_extra("postgresql://", "postgres")
    from tegata.tables.postgres import postgres_collection

    return postgres_collection(address)


def copy_collection(address: str, folder: Path, most: int) -> Collection:
    """What `adbc_copy.copied` says of it, where its extra is installed."""
    _need_adbc()
    from tegata.tables.adbc_copy import copied

    return copied(address, folder, most)


def _need_adbc() -> None:
    if not all(map(importlib.util.find_spec, ("adbc_driver_manager", "nanoarrow"))):
        raise missing_extra(ADBC, "adbc")


def _located(path: Path) -> tuple[Path, str]:
    """A file and the table in it that is meant; a file whose own name has a `#` is meant itself."""
    name, mark, table = path.name.partition("#")
    if mark and table and not path.exists() and (file := path.with_name(name)).is_file():
        return file, table
    return path, ""


def _several(found: Collection) -> InputError:
    if not found.parts:
        return InputError(
            t(f"`{found.path}` cannot be read", f"`{found.path}` を読み取れません"), why=found.unread[0].why
        )
    names = listed(part.name for part in found.parts)
    return InputError(
        t(
            f"`{found.path}` holds {len(found.parts):,} tables",
            f"`{found.path}` には表が {len(found.parts):,} あります",
        ),
        why=t(f"they are {names.en}", f"表: {names.ja}"),
        hint=t(
            f"name one of them: `{found.path}#{found.parts[0].name}`",
            f"1 つを指定してください: `{found.path}#{found.parts[0].name}`",
        ),
    )
