"""A place that cannot be reached: the log goes on in the state, and is caught up when the place is back."""

from __future__ import annotations

import asyncio
from pathlib import Path

from obstore.store import MemoryStore

from tegata.evidence.bucket import TileBucket
from tegata.evidence.lag import Lag
from tegata.model.errors import StoreError
from tests.evidence.logs import NOW, OpenLog, open_log
from tests.evidence.test_published import check_as_a_stranger


class Far(TileBucket):
    """A bucket whose line breaks after so many objects."""

    left: int | None = None

    def _get(self, path: str) -> tuple[bytes, str | None] | None:
        self._reach()
        return super()._get(path)

    def _put(self, path: str, data: bytes, mode: object = "overwrite") -> str | None:
        self._reach()
        return super()._put(path, data, mode)

    def _reach(self) -> None:
        if self.left is not None:
            self.left -= 1
            if self.left < 0:
                raise StoreError("the line is down")


async def lag_of(log: OpenLog) -> Lag:
    (lag,) = await log.read(log.publisher.lags)
    return lag


async def until(log: OpenLog, reached: int) -> Lag:
    async with asyncio.timeout(30):
        while (lag := await lag_of(log)).reached != reached:
            await asyncio.sleep(0.05)
    return lag


async def test_an_outage_is_told_with_its_beginning_and_ends_by_itself(tmp_path: Path) -> None:
    bucket = Far(MemoryStore(), "s3://bucket/log", "log")
    async with open_log(tmp_path, bucket) as log:
        running = asyncio.create_task(log.publisher.run())
        await log.add(3)
        lag = await until(log, 4)  # with the entry of the second key
        assert (lag.kind, lag.name, lag.state, lag.since) == ("publication", "s3://bucket/log", "up-to-date", None)
        bucket.left = 0
        await log.add(300)
        async with asyncio.timeout(30):
            while (lag := await lag_of(log)).attempts < 2:
                await asyncio.sleep(0.05)
        assert (lag.state, lag.reached, lag.entries, lag.since, lag.reached_at) == ("waiting", 4, 304, NOW, NOW)
        assert (lag.checkpoints, lag.why) == (1, "the line is down")
        bucket.left = None
        lag = await until(log, 304)
        assert (lag.state, lag.attempts, lag.why, lag.checkpoints) == ("up-to-date", 0, "", 0)
        check_as_a_stranger(bucket, 304)
        running.cancel()


async def test_wherever_the_line_breaks_what_is_there_is_whole(tmp_path: Path) -> None:
    """After each number of objects of a publication: the old checkpoint stands, or the new one; never a half."""
    bucket = Far(MemoryStore(), "s3://bucket/log", "log")
    async with open_log(tmp_path, bucket) as log:
        await log.add(250)
        await log.publisher.publish()
        broken, whole = 0, 250
        while whole == 250:
            await log.add(50)
            bucket.left = broken
            try:
                await log.publisher.publish()
            except StoreError:
                broken += 1
            bucket.left = None
            whole = int((bucket.checkpoint() or "").split("\n")[1])
            check_as_a_stranger(bucket, whole)
        assert broken > 5
        assert whole == 250 + 50 * (broken + 1)
        assert (await log.report()).damages == ()
