"""An older state that is put back: the node refuses to begin from it, until the log is brought back to its size."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from tegata.evidence import recorded
from tegata.evidence.rollback import look_back, resolve, standing
from tegata.model.errors import StoreError, VerificationError
from tests.evidence.logs import KEY, NOW, OpenLog, open_log


async def _rolled_back(folder: Path, at: int, to: int) -> None:
    """A log published at `to`, whose state is put back to when it had `at` entries."""
    async with open_log(folder) as log:
        await log.add(at)
    shutil.copytree(folder / "state", folder / "backup")
    async with open_log(folder) as log:
        await log.add(to - at)
        await log.publisher.publish()
    shutil.rmtree(folder / "state")
    (folder / "backup").rename(folder / "state")


async def _resolve(log: OpenLog) -> None:
    await log.store.write(lambda tx: resolve(tx, log.evidence, KEY.history, log.tiles, NOW))


@pytest.mark.parametrize(("at", "to"), [(0, 1), (1, 2), (5, 300), (255, 256), (256, 257), (300, 900)])
async def test_every_earlier_state_is_refused_and_can_be_resolved(tmp_path: Path, at: int, to: int) -> None:
    await _rolled_back(tmp_path, at, to)
    async with open_log(tmp_path) as log:
        with pytest.raises(StoreError, match="must not go on"):
            await log.read(look_back, KEY.history, log.tiles)
        found = await log.read(standing, KEY.history, log.tiles)
        assert (found.state, found.size, found.published, found.lost) == ("behind", at, to, to - at)
        await _resolve(log)
        await log.read(look_back, KEY.history, log.tiles)
        entries = await log.read(lambda tx: list(recorded(tx)))
        assert len(entries) == at + 1
        assert entries[-1].kind == "log_restored"
        await log.publisher.publish()
        report = await log.report()
        assert (report.size, report.damages) == (to + 1, ())


async def test_a_state_that_is_newer_than_the_files_goes_on(tmp_path: Path) -> None:
    async with open_log(tmp_path) as log:
        await log.add(5)
        await log.read(look_back, KEY.history, log.tiles)
        await log.publisher.publish()
        await log.add(5)
        await log.read(look_back, KEY.history, log.tiles)


async def test_a_log_that_grew_a_second_time_cannot_be_resolved(tmp_path: Path) -> None:
    await _rolled_back(tmp_path, 5, 10)
    async with open_log(tmp_path) as log:
        await log.add(7, "decision")
        assert (await log.read(standing, KEY.history, log.tiles)).state == "forked"
        with pytest.raises(StoreError, match="cannot be continued"):
            await _resolve(log)


async def test_with_damaged_files_nothing_is_brought_back(tmp_path: Path) -> None:
    await _rolled_back(tmp_path, 5, 10)
    bundle = tmp_path / "log/tile/entries/000.p/10"
    bundle.write_bytes(bundle.read_bytes().replace(b"sha256:", b"sha256:", 1)[:-1] + b"0")
    async with open_log(tmp_path) as log:
        with pytest.raises(VerificationError, match="damaged too"):
            await _resolve(log)
        assert (await log.read(standing, KEY.history, log.tiles)).size == 5


async def test_a_checkpoint_that_is_not_ours_stops_the_node_until_it_is_written_anew(tmp_path: Path) -> None:
    async with open_log(tmp_path) as log:
        await log.add(5)
        await log.publisher.publish()
        note = tmp_path / "log/checkpoint"
        note.write_text(note.read_text().replace("\n5\n", "\n4\n"))
        with pytest.raises(StoreError, match="must not go on"):
            await log.read(look_back, KEY.history, log.tiles)
        await _resolve(log)
        await log.read(look_back, KEY.history, log.tiles)
    async with open_log(tmp_path) as log:
        await log.publisher.publish()
        assert (await log.report()).damages == ()
