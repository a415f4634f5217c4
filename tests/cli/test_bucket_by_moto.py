"""A store that others wrote (moto) judges what we lay in a bucket: `make judge-buckets`."""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
import time
import urllib.request
from pathlib import Path

import pytest

from tegata.cli.destination import destination_at
from tegata.tables import open_collection
from tegata.tables.unpack import unpack
from tests.moto import moto, variables
from tests.nodes import LiveNode
from tests.services.conftest import consumer, provider
from tests.tables.test_pack import FILES, written

__all__ = ["consumer", "moto", "provider", "variables"]
pytestmark = pytest.mark.soak
UPLOAD = """
import sys
from pathlib import Path
from tegata.cli.destination import destination_at
destination_at("s3://tegata/killed", Path()).put("data.bin", Path(sys.argv[1]))
"""


def _begun(address: str) -> int:
    """Uploads in parts that have not ended."""
    with urllib.request.urlopen(f"{address}/tegata?uploads") as answer:
        return int(answer.read().count(b"<UploadId>"))


def test_what_is_laid_there_is_read_from_there(tmp_path: Path) -> None:
    table = tmp_path / "table.csv"
    table.write_text("code,name\n" + "".join(f"{n},{'x' * 90}\n" for n in range(300_000)))  # four parts
    place = destination_at("s3://tegata/read", tmp_path)
    place.put("日本/table.csv", table)
    place.put_parts("town", written(tmp_path / "archive", FILES))
    found = open_collection("s3://tegata/read")
    assert {part.name for part in found.parts} >= {"日本/table.csv", "town/a.csv", "town/日本/患者.csv"}
    rows = sum(frame.height for frame in found.part("日本/table.csv").open().batches())
    assert rows == 300_000
    assert place.is_taken("town/manifest.json")


async def test_a_bucket_is_published(provider: LiveNode, consumer: LiveNode, tmp_path: Path) -> None:
    destination_at("s3://tegata/town", tmp_path).put_parts("open", written(tmp_path / "archive", FILES))
    dataset = await provider.publishes_at("s3://tegata/town/open", {"data.personal": False, "data.public_record": True})
    got = await consumer.acquires("Example Provider", dataset, 60)
    assert got["phase"] == "done", got["reasons"]
    manifest = unpack(Path(got["data"]), tmp_path / "got")
    assert [one.file for one in manifest.files] == ["a.csv", "manifest.csv", "日本/患者.csv"]


@pytest.mark.parametrize("seed", range(5))
def test_a_killed_upload_leaves_no_object(moto: str, tmp_path: Path, seed: int) -> None:
    """Killed once the store knows of the upload, a little later each time."""
    before = _begun(moto)
    (tmp_path / "data.bin").write_bytes(random.Random(seed).randbytes(200 << 20))
    child = subprocess.Popen([sys.executable, "-c", UPLOAD, str(tmp_path / "data.bin")], env=os.environ)
    while _begun(moto) == before:
        assert child.poll() is None
    time.sleep(seed * 0.05)
    child.kill()
    assert child.wait() == -signal.SIGKILL
    assert not destination_at("s3://tegata/killed", tmp_path).is_taken("data.bin")
