"""A database behind an ADBC driver, copied into files of ours in one transaction, which then ends.

A connection of a driver cannot be handed to another process, and nothing names the state that it sees. So a node, which
has to look through a database and to release what it has looked through, keeps the state itself; the driver, native
code of others, runs in a process that ends with the copy.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Final

import polars as pl

from tegata.model.base import t
from tegata.model.errors import InputError, StoreError
from tegata.tables.adbc import AdbcSource, Frames
from tegata.tables.archive import no_space
from tegata.tables.collection import Collection, Part, unread
from tegata.tables.opening import open_collection

_BLOCK: Final = 16 << 20  # bytes of a file, as the engine holds them


@dataclass(frozen=True)
class _Files(Frames):
    """A table in files, of which there is one at least."""

    files: Sequence[Path]

    def first(self) -> pl.DataFrame:
        return _read(self.files[0])

    def all(self) -> Iterator[pl.DataFrame]:
        return map(_read, self.files)


def copied(address: str, folder: Path, most: int) -> Collection:
    """All tables of a database, or the one of `ADDRESS#TABLE`, as they were at one moment. Their files lie in `folder`,
    which is made, and which goes when whoever has named it lets it go. Sizes are those of memory: files are packed.

    Raises:
        InputError: it cannot be reached, or holds no table. StoreError: it has more than `most` bytes, or than the disk
            takes.
    """
    found = open_collection(address)
    parts, missed, left = list[Part](), list(found.unread), most
    for number, part in enumerate(found.parts):
        try:
            parts.append(_laid(part, folder / str(number), left))
        except InputError as error:
            missed.append(unread(part, error))
        else:
            left -= parts[-1].size
    return Collection(found.path, found.format, most - left, tuple(parts), tuple(missed))


def _laid(part: Part, place: Path, most: int) -> Part:
    source, files, size = part.open(), list[Path](), 0
    if not isinstance(source, AdbcSource):
        raise RuntimeError("tables behind a driver are meant")
    try:
        place.mkdir(parents=True)
        for frame in _gathered(source.frames):
            size += int(frame.estimated_size())
            if size > most:
                raise _too_much(part)
            files.append(place / f"{len(files):06}")
            frame.write_ipc(files[-1], compression="zstd")
    except OSError as error:
        raise no_space(place, error) from error
    return Part(part.name, part.file, size, partial(AdbcSource, _Files(files), part.name))


def _gathered(frames: Frames) -> Iterator[pl.DataFrame]:
    """Frames of some megabytes, however many rows a driver gives at a time; one without rows where there are none."""
    some, size, none = list[pl.DataFrame](), 0, True
    for frame in frames.all():
        some.append(frame)
        size += int(frame.estimated_size())
        if size >= _BLOCK:
            yield pl.concat(some)
            some, size, none = [], 0, False
    if some or none:
        yield pl.concat(some) if some else frames.first().clear()


def _read(file: Path) -> pl.DataFrame:
    return pl.read_ipc(file)


def _too_much(part: Part) -> StoreError:
    return StoreError(
        t(f"`{part.name}` cannot be copied", f"`{part.name}` を複製できません"),
        why=t("it gives more than this node takes", "このノードの受信上限を超えます"),
        hint=t("raise `received_bytes` in node.yaml", "node.yaml の `received_bytes` を増やしてください"),
    )
