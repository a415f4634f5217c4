"""A catalogue of 1,000,000 data sets (TEGATA_BENCH_DATASETS): pages and searches, each decided on for who asks."""

from __future__ import annotations

import asyncio
import datetime as dt
import math
import os
import statistics
import subprocess
import tempfile
import time
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path

from bench.measure import TEGATA, Figure, resident_mb
from bench.node_start import first_answer
from tegata.clock import SystemClock
from tegata.demo.nodes import free_ports
from tegata.identity import issue_token
from tegata.model.base import t
from tegata.model.catalog import Dataset, Participant
from tegata.model.decision import Fact
from tegata.model.profile import Profile, SourceFormat
from tegata.node import init_node
from tegata.node.run import read_secrets
from tegata.outbound import Outbound, OutboundPolicy
from tegata.store import Store, Transaction, datasets, participants
from tegata.trust import SigningKey
from tegata.wire.dsp import codec
from tegata.wire.dsp.dcat import CatalogRequestMessage
from tegata.wire.dsp.filter import Filter, filter_terms
from tegata.wire.link import read_links

P99_MS, PUBLISH_US, GROWN_MB = 50.0, 200.0, 60.0
ASKED, BATCH = 300, 1_000
PLACES = ("東京", "大阪", "札幌", "福岡", "仙台", "広島", "金沢")
THINGS = (("visits", "受診"), ("stations", "駅"), ("rivers", "河川"), ("registers", "台帳"), ("prices", "価格"))
ASKING = {
    "a page": ("",),
    "a page of what holds two words": ("金沢 河川", "prices 999", "駅 77", "river 札幌"),
    "a page of what is there once or never": ("受診 765432", "河川 価格", "no such thing"),
}
NOW = dt.datetime(2026, 4, 1, tzinfo=dt.UTC)
READER = SigningKey.generate(b"r" * 32)


def figures() -> list[Figure]:
    size = int(os.environ.get("TEGATA_BENCH_DATASETS", "1_000_000"))
    with tempfile.TemporaryDirectory() as place:
        folder = Path(place) / "node"
        port, management = free_ports(2)
        init_node(folder, name="Bench", dsp_port=port, management_port=management, facts={"located_in": "JP"})
        started = time.process_time()
        asyncio.run(_publish(folder, size))
        published = (time.process_time() - started) / size * 1e6
        with _running(folder, port) as pid:
            before = _cpu_seconds(pid)
            times, grown = asyncio.run(_ask(folder, f"http://127.0.0.1:{port}/dsp/2025-1", pid))
            spent = (_cpu_seconds(pid) - before) / sum(map(len, times.values())) * 1e3
            nothing = [_answer_ms(port) for _ in range(ASKED)]
    return [
        Figure(f"catalogue: {size:,} data sets, to publish one (processor time)", published, PUBLISH_US, "us"),
        # Other work on the machine lengthens the smallest answer of a node as it lengthens a page, and hardly the
        # processor time of one.
        Figure("catalogue: the versions document, p99, to compare", _p99(nothing), math.inf, "ms"),
        Figure("catalogue: a page, processor time of the node", spent, P99_MS, "ms"),
        *(Figure(f"catalogue: {name}, p99", _p99(taken), P99_MS, "ms") for name, taken in times.items()),
        Figure("catalogue: memory from the tenth page to the last", grown, GROWN_MB, "MB"),
    ]


def _cpu_seconds(pid: int) -> float:
    """What a process has spent, in the program and in the kernel (proc_pid_stat(5), fields 14 and 15)."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def _answer_ms(port: int) -> float:
    started = time.perf_counter()
    first_answer(port)
    return (time.perf_counter() - started) * 1e3


def _p99(taken: list[float]) -> float:
    return statistics.quantiles(taken, n=100)[-1]


@contextmanager
def _running(folder: Path, port: int) -> Iterator[int]:
    child = subprocess.Popen([TEGATA, "node", "start", str(folder)], stderr=subprocess.DEVNULL)
    try:
        first_answer(port)
        yield child.pid
    finally:
        child.terminate()
        child.wait()


async def _publish(folder: Path, size: int) -> None:
    store = Store.open(folder / "state")
    reader = Participant(id=READER.did, name="Example Reader")  # a stranger may ask less often
    try:
        await store.write(lambda tx: participants.put(tx, reader))
        for first in range(0, size, BATCH):
            await store.write(partial(_put, numbers=range(first, min(first + BATCH, size))))
    finally:
        store.close()


def _put(tx: Transaction, numbers: range) -> None:
    for number in numbers:
        datasets.put(tx, _dataset(number))


def _dataset(number: int) -> Dataset:
    place, (en, ja) = PLACES[number % len(PLACES)], THINGS[number % len(THINGS)]
    profile = Profile(
        source_digest=f"sha256:{number:064x}",
        source_bytes=1,
        source_format=SourceFormat(format="csv"),
        rows=number,
        columns=(),
        categories=(),
        subjects=(),
    )
    return Dataset(
        id=uuid.UUID(int=number).urn,
        title=t(f"{en} {number}", f"{place}の{ja} {number}"),
        description=t(f"{en}, day by day", f"{ja}の日ごとの記録"),
        path="/srv/table.csv",
        profile=profile,
        facts={"data.personal": Fact(value=False)},
        published_at=NOW + dt.timedelta(seconds=number),
    )


async def _ask(folder: Path, base: str, pid: int) -> tuple[dict[str, list[float]], float]:
    """Milliseconds of each request, page after page of each search, and the growth of the node meanwhile in MB."""
    outbound = Outbound(OutboundPolicy(allow_http=True, networks=("127.0.0.1/32",)))
    asking = _Asking(outbound, read_secrets(folder).key.did)
    try:
        await asking.pages(base, "", 10)
        before = resident_mb(pid, "VmHWM")
        found = {
            name: [taken for text in texts for taken in await asking.pages(base, text, ASKED // len(texts))]
            for name, texts in ASKING.items()
        }
    finally:
        await outbound.close()
    return found, resident_mb(pid, "VmHWM") - before


class _Asking:
    """A participant that reads."""

    def __init__(self, outbound: Outbound, provider: str) -> None:
        self._outbound, self._provider = outbound, provider

    async def pages(self, base: str, text: str, number: int) -> list[float]:
        """Along the `next` links, from the beginning again when there are no more."""
        body = codec.encode(CatalogRequestMessage(filter=filter_terms(Filter(text=text))))
        first = url = base + "/catalog/request"
        taken = []
        for _ in range(number):
            token = issue_token(READER, self._provider, SystemClock().now(), jti=str(uuid.uuid4()), body=body)
            started = time.perf_counter()
            answer = await self._outbound.request(
                "POST", url, headers={"Authorization": f"Bearer {token}"}, content=body, max_bytes=8 << 20
            )
            taken.append((time.perf_counter() - started) * 1e3)
            if answer.status != 200:
                raise ValueError(answer.body.decode())
            url = read_links(answer.headers.get("link", "")).get("next", first)
        return taken
