"""Sources that turn bad between publication and release, or while they are read: a clear refusal, nothing released
without its entry, nothing left behind."""

from __future__ import annotations

import asyncio
import gzip
import io
import sqlite3
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from tegata.evidence import recorded
from tegata.model.errors import InputError, VerificationError
from tegata.model.plan import ProtectionPlan
from tegata.model.step import Keep
from tegata.protect import apply_plan
from tegata.tables import digest_file, open_source
from tegata.zstd import library as zstd
from tests.nodes import LiveNode
from tests.protect.tables import KEY
from tests.services.conftest import OPEN

TOWNS = pl.DataFrame({"town": [f"town {n}" for n in range(300)], "area": [f"{n % 7} km2" for n in range(300)]})


def csv(_: bytes = b"") -> bytes:
    return TOWNS.write_csv().encode()


def parquet(_: bytes = b"") -> bytes:
    out = io.BytesIO()
    TOWNS.write_parquet(out)
    return out.getvalue()


def workbook(_: bytes = b"") -> bytes:
    out = io.BytesIO()
    TOWNS.write_excel(out)
    return out.getvalue()


def lines(_: bytes = b"") -> bytes:
    return TOWNS.write_ndjson().encode()


def xml(_: bytes = b"") -> bytes:
    rows = "".join(f"<row><town>{town}</town><area>{area}</area></row>" for town, area in TOWNS.rows())
    return f'<?xml version="1.0"?><rows>{rows}</rows>'.encode()


def database(_: bytes = b"") -> bytes:
    connection = sqlite3.connect(":memory:")
    connection.execute("CREATE TABLE towns (town TEXT, area TEXT)")
    connection.executemany("INSERT INTO towns VALUES (?, ?)", TOWNS.rows())
    return connection.serialize()


def bomb(good: bytes) -> bytes:
    """More in it than is unpacked of any workbook (as the test sets it)."""
    out = io.BytesIO(good)
    with zipfile.ZipFile(out, "a", zipfile.ZIP_DEFLATED) as parts:
        parts.writestr("xl/media/big.bin", bytes(8 << 20))
    return out.getvalue()


def lying(good: bytes) -> bytes:
    """300 rows become 8,191 in the footer."""
    footer = len(good) - 8 - int.from_bytes(good[-8:-4], "little")
    return good[:footer] + good[footer:].replace(b"\xd8\x04", b"\xfe\x7f")


def far(good: bytes) -> bytes:
    """As `zstd --long=27` packs it."""
    packer = zstd.ZstdCompressor(options={zstd.CompressionParameter.window_log: 27})
    return packer.compress(good) + packer.flush()


WIDE = 140_000
BAD: dict[str, tuple[Callable[[], bytes], Callable[[bytes], bytes], str]] = {
    "cut.csv": (csv, lambda good: good + "市".encode()[:2], "damaged text"),
    "packed.csv": (csv, lambda good: gzip.compress(good + b"town,1 km2\n" * 400_000), "times as large"),
    "packed.zst": (csv, lambda good: zstd.compress(good + b"town,1 km2\n" * 400_000), "times as large"),
    "half.sqlite": (database, lambda good: good[: len(good) // 2], "database"),
    "wide.csv": (
        csv,
        lambda _: (",".join(f"c{n}" for n in range(WIDE)) + "\n" + ",".join("1" * WIDE) + "\n").encode(),
        f"{WIDE} columns",
    ),
    "empty.csv": (csv, lambda _: b"", "empty"),
    "lying.parquet": (parquet, lying, "Parquet"),
    "short.parquet": (parquet, lambda good: good[: len(good) // 2], "Parquet"),
    "bomb.xlsx": (workbook, bomb, "too large"),
}

MORE: dict[str, tuple[Callable[[], bytes], Callable[[bytes], bytes], str]] = {
    "window.zst": (csv, lambda good: far(good), "memory"),
    "deep.jsonl": (lines, lambda good: good + b'{"town":' * 90_000, "nested"),
    "half.jsonl": (lines, lambda good: good + b'{"town": "a"} and more\n', "JSON"),
    "surrogate.jsonl": (lines, lambda good: good + b'{"town": "\\ud800"}\n', "half a character"),
    "entities.xml": (xml, lambda good: good.replace(b"?>", b'?><!DOCTYPE x [<!ENTITY a "b">]>', 1), "DTD"),
    "half.xml": (xml, lambda good: good[: len(good) // 2], "XML"),
}
"""Those that are only told: what comes of it is the same."""


async def test_what_turned_bad_is_refused_and_nothing_is_released(
    provider: LiveNode, consumer: LiveNode, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tegata.tables.workbook.MAX_UNPACKED", 1 << 20)
    monkeypatch.setattr("tegata.tables.packed.LEAST_ROOM", 1 << 10)
    good = {name: make() for name, (make, _, _) in BAD.items()} | {"gone.csv": csv()}
    sets: dict[str, str] = {}
    for name, data in good.items():
        (tmp_path / name).write_bytes(data)
        sets[name] = await provider.publishes(tmp_path / name, OPEN)
    for name, (_, spoil, _) in BAD.items():
        (tmp_path / name).write_bytes(spoil(good[name]))
    (tmp_path / "gone.csv").unlink()
    found = await asyncio.gather(*(consumer.acquires("Example Provider", one, 60) for one in sets.values()))
    for name, got in zip(sets, found, strict=True):
        assert (got["phase"], got["code"] in ("input", "verification")) == ("failed", True), (name, got)
        assert str(tmp_path) not in got["reasons"][0]["en"] or name in got["reasons"][0]["en"]
    assert "release" not in [e.kind for e in await provider.node.store.read(lambda tx: list(recorded(tx)))]
    await provider.empties("releases")
    await consumer.empties("received")


@pytest.mark.parametrize("name", [*BAD, *MORE])
def test_each_is_told_for_what_it_is(name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tegata.tables.workbook.MAX_UNPACKED", 1 << 20)
    monkeypatch.setattr("tegata.tables.packed.LEAST_ROOM", 1 << 10)
    make, spoil, what = (BAD | MORE)[name]
    (tmp_path / name).write_bytes(spoil(make()))
    with pytest.raises(InputError) as refused:
        apply_plan(open_source(tmp_path / name), ProtectionPlan(steps=()), tmp_path / "out.csv", key=KEY)
    assert what in str(refused.value)
    assert not (tmp_path / "out.csv").exists()


def removed(path: Path) -> None:
    path.unlink()
    path.write_bytes(b"town,area\n")


def halved(path: Path) -> None:
    with path.open("r+b") as file:
        file.truncate(path.stat().st_size // 2)


def overwritten(path: Path) -> None:
    with path.open("r+b") as file:
        file.seek(-1000, 2)
        file.write(b"another\n" * 125)


def grown(path: Path) -> None:
    with path.open("ab") as file:
        file.write(b"one more,1\n")


@pytest.mark.parametrize(
    ("ending", "turn"),
    [
        ("csv", halved),
        ("csv", overwritten),
        ("csv", grown),
        ("parquet", halved),
        ("parquet", overwritten),
        ("jsonl", halved),
    ],
)
def test_a_source_that_changes_or_dies_while_it_is_read_leaves_nothing(
    ending: str, turn: Callable[[Path], None], tmp_path: Path
) -> None:
    """More than is read ahead, so that the end of it is still to come."""
    note = pl.lit("x" * 300) + pl.col("n").cast(pl.String)
    table = pl.concat([TOWNS] * 200).with_row_index("n").with_columns(note=note)
    path = tmp_path / f"in.{ending}"
    if ending == "parquet":
        table.write_parquet(path, row_group_size=5000, compression="uncompressed")
    else:
        (table.write_csv if ending == "csv" else table.write_ndjson)(path)
    expected, seen = digest_file(path), list[int]()

    def gate(before: Any, made: Any) -> None:
        if not seen:
            turn(path)
        seen.append(made.height)

    plan = ProtectionPlan(steps=(Keep(column="town"),), otherwise="drop")
    with pytest.raises((InputError, VerificationError)):
        apply_plan(open_source(path), plan, tmp_path / "out.csv", key=KEY, expect_digest=expected, gate=gate)
    assert sorted(one.name for one in tmp_path.iterdir()) == [path.name]
