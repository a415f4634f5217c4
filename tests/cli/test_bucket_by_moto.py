"""A store that others wrote (moto) judges what we lay in a bucket: `make judge-buckets`."""

from __future__ import annotations

import os
import random
import shutil
import signal
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest

from tegata.cli.destination import destination_at
from tegata.tables import open_collection
from tegata.tables.unpack import unpack
from tests.nodes import LiveNode, free_port
from tests.services.conftest import consumer, provider
from tests.tables.test_pack import FILES, written

__all__ = ["consumer", "provider"]
pytestmark = pytest.mark.soak
UPLOAD = """
import sys
from pathlib import Path
from tegata.cli.destination import destination_at
destination_at("s3://tegata/killed", Path()).put("data.bin", Path(sys.argv[1]))
"""


@pytest.fixture(scope="module")
def moto() -> Iterator[str]:
    program = shutil.which("moto_server")
    if program is None:
        pytest.skip("moto is not installed: make judge-buckets")
    port = free_port()
    server = subprocess.Popen([program, "-p", str(port)], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        address = f"http://127.0.0.1:{port}"
        while not _made(address):
            time.sleep(0.1)
        yield address
    finally:
        server.send_signal(signal.SIGINT)
        server.wait(20)


def _made(address: str) -> bool:
    """Whether the bucket is there, which the store makes once it listens."""
    try:
        with urllib.request.urlopen(urllib.request.Request(f"{address}/tegata", method="PUT")) as answer:
            return bool(answer.status == 200)
    except OSError:
        return False


def _begun(address: str) -> int:
    """Uploads in parts that have not ended."""
    with urllib.request.urlopen(f"{address}/tegata?uploads") as answer:
        return int(answer.read().count(b"<UploadId>"))


@pytest.fixture(autouse=True)
def variables(moto: str, monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in {
        "AWS_ENDPOINT": moto,
        "AWS_ACCESS_KEY_ID": "key",
        "AWS_SECRET_ACCESS_KEY": "secret",
        "AWS_REGION": "us-east-1",
        "AWS_ALLOW_HTTP": "true",
    }.items():
        monkeypatch.setenv(name, value)


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
