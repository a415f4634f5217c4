"""An unprotected file through the door of a node, beside nginx with the same file on the same disk, in one run.

Both are read by curl over loopback, in turns. The node checks its caller, counts the use and records it before the
first byte, and looks at the state of the transfer while bytes go out; nginx does none of it.
"""

from __future__ import annotations

import contextlib
import shutil
import statistics
import subprocess
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from tests.faults.data import large_table
from tests.faults.processes import tegata, two_nodes, until
from tests.services.conftest import OPEN, PROVIDER, recipient

from bench.measure import Figure, resident_mb
from tegata.cli.client import NodeClient
from tegata.demo.nodes import free_ports

SIZE, TIMES, GOAL = 256 << 20, 15, 0.9
_CONF = """daemon off; master_process off; worker_processes 1; pid {folder}/pid; error_log {folder}/errors;
events {{ worker_connections 64; }}
http {{ access_log off; sendfile on; tcp_nopush on; client_body_temp_path {folder}; proxy_temp_path {folder};
        fastcgi_temp_path {folder}; uwsgi_temp_path {folder}; scgi_temp_path {folder};
        server {{ listen 127.0.0.1:{port}; root {root}; }} }}
"""


def figures() -> list[Figure]:
    missing = [name for name in ("nginx", "curl") if shutil.which(name) is None]
    if missing:
        print(f"  not measured: no {' and no '.join(missing)} here (apt-get install nginx-light curl)")
        return []
    with tempfile.TemporaryDirectory() as place:
        folder = Path(place)
        with opened(folder) as door, nginx(folder, door.release.parent) as port:
            ours, theirs = in_turns(door.link, f"http://127.0.0.1:{port}/{door.release.name}")
            peak = resident_mb(door.pid, "VmHWM")
    print(f"  node {SIZE / ours / 1e6:.0f} MB/s, nginx {SIZE / theirs / 1e6:.0f} MB/s, curl over loopback")
    print(f"  peak memory of the node {peak:.0f} MB, after it has scanned and made the release too")
    return [Figure("unprotected file through the door / nginx, time", ours / theirs, 1 / GOAL, "x")]


class Opened(NamedTuple):
    """A link through the door of a node, the file behind it, and the node's process."""

    link: str
    release: Path
    pid: int


@contextlib.contextmanager
def opened(folder: Path) -> Iterator[Opened]:
    """A large table, published, agreed on and open to one consumer."""
    with two_nodes(folder, PROVIDER, recipient("DE")) as (provider, consumer):
        dataset = provider.publish(large_table(folder / "large.csv", SIZE), OPEN, seconds=600)
        client = NodeClient(consumer.folder)
        wish = client.post("/v1/acquisitions", {"peer": "Provider", "dataset": dataset, "doors": True})
        until(lambda: client.get(f"/v1/acquisitions/{wish['id']}")["phase"] == "open", 600)
        code, link = tegata("link", wish["id"], "--node", str(consumer.folder))
        if code:
            raise SystemExit(str(link))
        (release,) = (provider.folder / "releases").rglob("data.csv")
        yield Opened(link["url"], release, provider.child.pid if provider.child else 0)


@contextlib.contextmanager
def nginx(folder: Path, root: Path) -> Iterator[int]:
    (port,) = free_ports(1)
    conf = folder / "nginx.conf"
    conf.write_text("user root;\n" + _CONF.format(folder=folder, root=root, port=port))
    child = subprocess.Popen(["nginx", "-c", str(conf)], stderr=subprocess.DEVNULL)
    try:
        time.sleep(0.5)
        yield port
    finally:
        child.terminate()
        child.wait()


def in_turns(*urls: str) -> list[float]:
    """Median seconds of each; they must give the same file."""
    sizes = {fetched(url)[1] for url in urls}  # the first fetch fills caches too
    if len(sizes) > 1:
        raise SystemExit(f"not the same file: {sizes}")
    taken: list[list[float]] = [[] for _ in urls]
    for _ in range(TIMES - 1):
        for place, url in enumerate(urls):
            taken[place].append(fetched(url)[0])
    return [statistics.median(each) for each in taken]


def fetched(url: str) -> tuple[float, int]:
    """Seconds and bytes."""
    started = time.perf_counter()
    words = ("curl", "-sS", "-o", "/dev/null", "-w", "%{http_code} %{size_download}", url)
    done = subprocess.run(words, capture_output=True, text=True)
    status, _, size = done.stdout.partition(" ")
    if status != "200" or int(size) < SIZE // 2:
        raise SystemExit(f"{url}: {done.stdout} {done.stderr}")
    return time.perf_counter() - started, int(size)
