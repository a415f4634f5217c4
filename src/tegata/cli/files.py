"""Small documents on disk: read within limits, written whole or not at all."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, BinaryIO, Final, Literal

from tegata import durable, tables
from tegata.model.base import t
from tegata.model.errors import InputError, StoreError, UsageError, why_of

TABLE_FORMATS: Final[dict[str, Literal["csv", "parquet", "jsonl"]]] = {
    ".csv": "csv",
    ".parquet": "parquet",
    ".jsonl": "jsonl",
    ".ndjson": "jsonl",
}
"""What tables are written as, by the ending of the file."""

STDIN: Final = Path("-")


def read_document(path: Path) -> bytes:
    """The bytes of a small document; `-` reads stdin. InputError when it cannot be read, is empty or too large."""
    return tables.read_document(path, sys.stdin.buffer if path == STDIN else None)


def read_mapping(path: Path) -> dict[str, Any]:
    """Names and values from YAML or JSON. InputError names the file."""
    from tegata.documents import YamlError, read_yaml

    try:
        found = read_yaml(read_document(path))
    except YamlError as error:
        raise InputError(
            t(f"cannot read `{path}`", f"`{path}` を読めません"),
            why=error.why or error.what,
            hint=t("write one `name: value` a line", "1 行に 1 件、`名前: 値` と書きます"),
        ) from None
    if not isinstance(found, dict):
        raise InputError(
            t(f"`{path}` holds no names and values", f"`{path}` は名前と値の一覧ではありません"),
            hint=t("write one `name: value` a line", "1 行に 1 件、`名前: 値` と書きます"),
        )
    return found


def refuse_existing(path: Path, *, force: bool) -> None:
    """UsageError unless `path` is free or may be overwritten."""
    if path.is_dir():
        raise UsageError(
            t(f"`{path}` is a folder", f"`{path}` はフォルダです"),
            hint=t("name a file", "ファイル名を指定してください"),
        )
    if path.exists() and not force:
        raise UsageError(
            t(f"`{path}` already exists", f"`{path}` は既にあります"),
            hint=t(
                "choose another name, or overwrite it with `--force`", "別の名前にするか `--force` で上書きしてください"
            ),
        )


def table_destination(out: Path | None, path: Path, *, force: bool) -> Path:
    """`out` where it may be written: it has a known ending, is not the source and not there yet. Else UsageError."""
    if out is None:
        raise UsageError(t("`--out` is missing", "`--out` が指定されていません"))
    if out.suffix.lower() not in TABLE_FORMATS:
        known = ", ".join(TABLE_FORMATS)
        raise UsageError(
            t(f"`{out}` has no known ending", f"`{out}` の拡張子は未対応です"),
            hint=t(f"known are {known}", f"対応: {known}"),
        )
    if out.exists() and path.exists() and out.samefile(path):
        raise UsageError(t("`--out` is the source itself", "`--out` が元のファイルと同じです"))
    refuse_existing(out, force=force)
    return out


def write_document(path: Path, data: bytes) -> None:
    """The old content or the new, never a half. StoreError when it cannot be written."""
    try:
        durable.replace(path, data)
    except OSError as error:
        raise unwritable(path, error) from None


@contextmanager
def new_file(path: Path) -> Iterator[BinaryIO]:
    """To be written bit by bit, for its owner alone; it appears whole or not at all. StoreError when it cannot be."""
    try:
        with durable.appearing(path, 0o600) as file:
            yield file
    except OSError as error:
        raise unwritable(path, error) from None


def unwritable(path: Path, error: OSError) -> StoreError:
    return StoreError(t(f"cannot write `{path}`", f"`{path}` に書き込めません"), why=why_of(error))
