"""A store that others wrote (moto) judges the log that is published in a bucket: `make judge-buckets`."""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
import time
from pathlib import Path

import obstore
import pytest

from tegata.evidence.bucket import TileBucket
from tegata.evidence.published import headers_of
from tegata.log import open_checkpoint
from tegata.tables.objects import store_at
from tests.evidence.logs import KEY, OpenLog, open_log
from tests.evidence.test_published import check_as_a_stranger
from tests.faults.processes import NodeProcess, tegata, until
from tests.moto import moto, variables
from tests.services.conftest import OPEN, PROVIDER, postal

__all__ = ["moto", "variables"]
pytestmark = pytest.mark.soak
GROWING = """
import asyncio, sys
from pathlib import Path
from tegata.evidence.bucket import TileBucket
from tests.evidence.logs import open_log

async def grow():
    async with open_log(Path(sys.argv[1]), TileBucket.at(sys.argv[2])) as log:
        while True:
            await log.add(300)
            print(flush=True)
            await log.publisher.publish()

asyncio.run(grow())
"""


async def test_it_follows_the_log_and_says_how_long_each_file_holds(tmp_path: Path) -> None:
    bucket = TileBucket.at("s3://tegata/follow")
    async with open_log(tmp_path, bucket) as log:
        for more in (1, 4, 251, 300):
            await log.add(more)
            await log.publisher.publish()
        check_as_a_stranger(bucket, 556)
        assert (await log.report()).damages == ()
    store = store_at("s3://tegata/follow")[0]
    for path in ("checkpoint", "tile/0/000"):
        assert dict(obstore.get(store, f"follow/{path}").attributes) == headers_of(path)


async def test_of_two_writers_the_slower_never_takes_the_checkpoint_back(tmp_path: Path) -> None:
    async with open_log(tmp_path, TileBucket.at("s3://tegata/two")) as log:
        await log.add(5)
        await log.publisher.publish()
        slow = OpenLog(tmp_path, log.store, TileBucket.at("s3://tegata/two"))
        await slow.publisher.publish()
        late = slow.tiles.checkpoint() or ""
        await log.add(2)
        await log.publisher.publish()
        assert not slow.tiles.put_checkpoint(late)
        check_as_a_stranger(log.tiles, 7)
        await slow.publisher.publish()
        check_as_a_stranger(log.tiles, 7)


async def test_a_bucket_that_is_put_back_or_emptied_is_noticed(tmp_path: Path) -> None:
    """As somebody does who restores yesterday's bucket."""
    bucket = TileBucket.at("s3://tegata/back")
    async with open_log(tmp_path, bucket) as log:
        await log.add(5)
        await log.publisher.publish()
        old = bucket.checkpoint() or ""
        await log.add(2)
        await log.publisher.publish()
        bucket.put({"checkpoint": old.encode()})
        assert [one.index for one in (await log.report()).damages] == [5]
        await log.add(1)
        await log.publisher.publish()
        check_as_a_stranger(bucket, 8)
        bucket.remove_checkpoint()
        assert [one.index for one in (await log.report()).damages] == [0]


async def test_a_node_publishes_there_and_a_stranger_checks_it(tmp_path: Path) -> None:
    """The commands, on a real node: while it runs, once it was killed, and without it."""
    node = NodeProcess(tmp_path / "node", "Example", PROVIDER)
    with (node.folder / "node.yaml").open("a") as settings:
        settings.write("log: s3://tegata/node/log\n")
    node.start()
    try:
        node.publish(postal(tmp_path / "postal.csv"), OPEN)
        bucket = TileBucket.at("s3://tegata/node/log")
        assert until(lambda: (bucket.checkpoint() or "").split("\n")[1:2] == ["2"], 20)
        assert node.log_is_whole() == 2
    finally:
        node.kill()
    assert node.log_is_whole() == 2
    code, told = tegata("node", "log", "check", "s3://tegata/node/log")
    assert (code, told["size"], told["damages"]) == (0, 2, [])
    bucket.put({"tile/0/000.p/2": bytes(64)})
    code, told = tegata("node", "log", "check", "s3://tegata/node/log")
    assert (code, bool(told["damages"])) == (1, True)


async def test_whenever_its_writer_is_killed_all_that_the_checkpoint_promises_is_there(tmp_path: Path) -> None:
    """Twenty kills, a little later each time; what was acknowledged is published in the end."""
    address, after = "s3://tegata/killed", random.Random(7)
    bucket, sizes = TileBucket.at(address), [0]
    for _ in range(int(os.environ.get("KILLS", "20"))):
        command = [sys.executable, "-c", GROWING, str(tmp_path), address]
        with subprocess.Popen(command, stdout=subprocess.PIPE, env=os.environ) as child:
            assert child.stdout is not None
            child.stdout.readline()
            time.sleep(after.uniform(0, 0.6))
            child.kill()
        assert child.returncode == -signal.SIGKILL
        note = bucket.checkpoint()
        if note is not None:
            sizes.append(open_checkpoint(note, KEY.public, KEY.did).size)
            check_as_a_stranger(bucket, sizes[-1])
    assert sizes == sorted(sizes)
    assert len(set(sizes)) > 5
    async with open_log(tmp_path, bucket) as log:
        await log.publisher.publish()
        report = await log.report()
        assert (report.damages, report.published) == ((), report.size)
        assert report.size >= sizes[-1]
