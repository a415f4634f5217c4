"""A store of objects that others wrote, where it is installed: `make judge-buckets`."""

from __future__ import annotations

import shutil
import signal
import subprocess
import time
import urllib.request
from collections.abc import Iterator

import pytest

from tests.nodes import free_port


@pytest.fixture(scope="module")
def moto() -> Iterator[str]:
    """Its address; it holds the empty bucket `tegata`."""
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


def _made(address: str) -> bool:
    """Whether the bucket is there, which the store makes once it listens."""
    try:
        with urllib.request.urlopen(urllib.request.Request(f"{address}/tegata", method="PUT")) as answer:
            return bool(answer.status == 200)
    except OSError:
        return False
