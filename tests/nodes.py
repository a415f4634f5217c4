"""Whole nodes inside a test: real stores, real HTTP on loopback, real steps; only the process is shared."""

from __future__ import annotations

import asyncio
import contextlib
import os
import socket
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import msgspec
from starlette.applications import Starlette

from tegata.clock import Clock, SystemClock
from tegata.identity import Authentication
from tegata.node import init_node
from tegata.node.config import Limits, NodeConfig, read_config
from tegata.node.flight import flight_door
from tegata.node.parts import Node, Secrets
from tegata.node.run import read_secrets, server_for
from tegata.outbound import Outbound, OutboundPolicy
from tegata.store import Store


@dataclass(frozen=True)
class LiveNode:
    """A running node and how to speak to its operator's interface."""

    node: Node
    folder: Path
    config: NodeConfig
    keys: Secrets

    @property
    def did(self) -> str:
        return self.keys.key.did

    @property
    def base(self) -> str:
        return self.config.url + "/dsp/2025-1"

    async def call(self, method: str, path: str, body: Any = None) -> tuple[int, Any]:
        """Status and document of the management interface."""
        outbound = Outbound(OutboundPolicy(allow_http=True, networks=("127.0.0.1/32",)))
        try:
            answer = await outbound.request(
                method,
                f"http://{self.config.management}{path}",
                headers={"Authorization": f"Bearer {self.keys.token}"},
                content=msgspec.json.encode(body) if body is not None else b"",
                max_bytes=16 << 20,
            )
        finally:
            await outbound.close()
        return answer.status, msgspec.json.decode(answer.body)

    async def knows(self, other: LiveNode, name: str, facts: dict[str, Any], group: str = "", **more: Any) -> None:
        """Enter another node into this one's register."""
        entry = {"id": other.did, "name": name, "url": other.base, "group": group, "facts": facts, **more}
        status, document = await self.call("POST", "/v1/participants", entry)
        if status != 201:
            raise AssertionError(document)

    async def publishes(self, path: Path, facts: dict[str, Any]) -> str:
        """Publish a file; the id of the data set."""
        return await self.publishes_at(str(path), facts, path.stem)

    async def publishes_at(self, place: str, facts: dict[str, Any], name: str = "data", **limits: int) -> str:
        """The same of what lies at an address."""
        title = {"en": name, "ja": name}
        status, document = await self.call(
            "POST",
            "/v1/datasets",
            {"path": place, "title": title, "description": title, "facts": facts, "limits": limits},
        )
        if status != 201:
            raise AssertionError(document)
        return str(document["dataset"]["id"])

    async def acquires(self, peer: str, dataset: str, seconds: float = 20, **more: Any) -> dict[str, Any]:
        """Ask a peer for a data set and wait for the end of it."""
        status, document = await self.call("POST", "/v1/acquisitions", {"peer": peer, "dataset": dataset, **more})
        if status != 202:
            raise AssertionError(document)
        async with asyncio.timeout(seconds):
            while document["phase"] not in ("done", "refused", "failed"):
                await asyncio.sleep(0.02)
                _, document = await self.call("GET", f"/v1/acquisitions/{document['id']}")
        return dict(document)

    async def empties(self, folder: str, seconds: float = 10) -> None:
        """Wait until nothing lies in `received` or `releases`: a transfer has ended a little before it is cleared."""
        async with asyncio.timeout(seconds):
            while os.listdir(self.folder / folder):
                await asyncio.sleep(0.02)


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def make_node(folder: Path, name: str, facts: dict[str, Any] | None = None) -> None:
    init_node(folder, name=name, dsp_port=free_port(), management_port=free_port(), facts=facts or {})


@contextlib.asynccontextmanager
async def live_node(
    folder: Path, clock: Clock | None = None, authentication: Authentication | None = None
) -> AsyncIterator[LiveNode]:
    """Run the node of a folder until the block ends, with its steps and its courier."""
    config, keys = read_config(folder), read_secrets(folder)
    store = Store.open(folder / "state", config.database)
    node = Node(folder, config, store, keys, clock or SystemClock(), authentication)
    try:
        await node.look_back()
    except BaseException:
        store.close()
        raise
    tasks = [asyncio.create_task(task) for task in (*node.background(), *node.upkeep())]
    try:
        async with (
            served(node.protocol, config.dsp, config.limits),
            served(node.management, config.management),
            flight_door(config.flight, folder, node.doors),
        ):
            yield LiveNode(node, folder, config, keys)
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        await node.outbound.close()
        store.close()


@contextlib.asynccontextmanager
async def served(app: Starlette, address: str, limits: Limits = Limits()) -> AsyncIterator[None]:  # noqa: B008
    host, _, port = address.rpartition(":")
    server = server_for(app, limits)
    with socket.create_server((host, int(port))) as listener:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 128 << 10)  # little stands between it and its readers
        serving = asyncio.create_task(server.serve([listener]))
        while not server.started:
            await asyncio.sleep(0.005)
        try:
            yield
        finally:
            server.should_exit = True
            await serving
