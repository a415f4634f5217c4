"""The log as files: a reader who has nothing else computes the same tree, and sees no more than commitments."""

from __future__ import annotations

import asyncio
import errno
import os
from pathlib import Path

import pytest

from tegata.evidence import publisher as publishing
from tegata.model.errors import StoreError
from tests.evidence.logs import open_log
from tests.evidence.test_published import check_as_a_stranger


async def test_a_new_opening_goes_on_from_there(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    async with open_log(tmp_path) as log:
        await log.add(600)
        await log.publisher.publish()
    written = []
    monkeypatch.setattr(publishing, "tiles_between", lambda a, b: written.append((a, b)) or iter(()))
    async with open_log(tmp_path) as log:
        await log.publisher.publish()
        await log.add(1)
        await log.publisher.publish()
    assert written == [(600, 601)]


async def test_what_is_published_tells_nothing_of_what_happened(tmp_path: Path) -> None:
    async with open_log(tmp_path) as log:
        await log.add(3)
        await log.publisher.publish()
    published = b"".join(file.read_bytes() for file in (tmp_path / "log").rglob("*") if file.is_file())
    for secret in (b"release", b"did:key:zExample", b"urn:uuid", b"2026-11"):
        assert secret not in published


async def test_a_second_after_an_entry_it_is_published(tmp_path: Path) -> None:
    async with open_log(tmp_path) as log:
        running = asyncio.create_task(log.publisher.run())
        await asyncio.sleep(0.1)
        await log.add(2)
        await asyncio.sleep(1.3)
        check_as_a_stranger(log.tiles, 3)  # and which second key signs
        running.cancel()


async def test_a_full_disk_keeps_what_was_published_and_is_caught_up_later(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with open_log(tmp_path) as log:
        await log.add(5)
        await log.publisher.publish()
        await log.add(5)
        with monkeypatch.context() as full:
            full.setattr(os, "fsync", _no_space)
            with pytest.raises(StoreError, match="disk is full"):
                await log.publisher.publish()
        check_as_a_stranger(log.tiles, 5)
        assert not list((tmp_path / "log").rglob("*.part"))
        await log.publisher.publish()
        check_as_a_stranger(log.tiles, 10)


def _no_space(_: int) -> None:
    raise OSError(errno.ENOSPC, "No space left on device")
