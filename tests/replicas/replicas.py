"""Several replicas of one node: the same keys and the same database, and addresses of their own."""

from __future__ import annotations

import asyncio
import contextlib
import itertools
import shutil
from collections.abc import AsyncIterator, Sequence
from pathlib import Path
from typing import Any

import msgspec

from tegata.node.config import SETTINGS, NodeConfig, read_config
from tests.nodes import free_port, make_node

_SHARED = ("releases", "received")


def make_replicas(
    folder: Path, names: Sequence[str], database: str, facts: dict[str, Any], url: str = ""
) -> list[Path]:
    """Folders of replicas, made as docs/how-to/run-on-postgresql.md tells it.

    `url` is where peers find them all; by default each is found at its own address.
    """
    first = folder / names[0]
    make_node(first, "Example Provider", facts)
    for name in names[1:]:
        shutil.copytree(first, folder / name)
        for shared in _SHARED:
            shutil.rmtree(folder / name / shared)
            (folder / name / shared).symlink_to(first / shared)
    for name in names:
        _settle(folder / name, database, url)
    return [folder / name for name in names]


def _settle(place: Path, database: str, url: str) -> None:
    ports = [f"127.0.0.1:{free_port()}" for _ in range(2)]
    config = read_config(place)
    changes: dict[str, Any] = {"dsp": ports[0], "management": ports[1], "url": url or f"http://{ports[0]}"}
    changed: NodeConfig = msgspec.structs.replace(config, database=database, **changes)
    (place / SETTINGS).write_bytes(msgspec.yaml.encode(changed))


@contextlib.asynccontextmanager
async def balanced(port: int, targets: Sequence[str]) -> AsyncIterator[None]:
    """One address before many: each connection goes to the next replica that takes it."""
    turns = itertools.cycle(targets)

    async def serve(client: asyncio.StreamReader, answers: asyncio.StreamWriter) -> None:
        for _ in targets:
            host, _, target = next(turns).rpartition(":")
            with contextlib.suppress(OSError):
                server, questions = await asyncio.open_connection(host, int(target))
                await asyncio.gather(_copy(client, questions), _copy(server, answers))
                return
        answers.close()

    async with await asyncio.start_server(serve, "127.0.0.1", port):
        yield


async def _copy(source: asyncio.StreamReader, sink: asyncio.StreamWriter) -> None:
    with contextlib.suppress(OSError):
        while data := await source.read(1 << 16):
            sink.write(data)
            await sink.drain()
    sink.close()
