"""The life of a node as a process: open the store, serve on two addresses, take the steps, stop in order."""

from __future__ import annotations

import asyncio
import contextlib
import signal
import socket
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

import structlog
import uvicorn
import uvloop
from starlette.applications import Starlette

from tegata.api.connections import guarded
from tegata.clock import SystemClock
from tegata.model.base import t
from tegata.model.errors import UsageError, why_of
from tegata.node.config import Limits, NodeConfig, host_port, read_config
from tegata.node.flight import flight_door
from tegata.node.identity import identity_of
from tegata.node.parts import Node, Secrets
from tegata.store import Store
from tegata.trust.keyfile import read_secret

Listener = socket.socket

_GRACE_SECONDS: Final = 5
_log = structlog.get_logger("tegata.node")


def run(folder: Path) -> None:
    """Run until SIGINT or SIGTERM. Logs one JSON document per line to stderr."""
    log_to_stderr()
    config, keys = read_config(folder), read_secrets(folder)
    with listening(config.dsp) as protocol, listening(config.management) as management:
        store = Store.open(folder / "state", config.database)
        try:
            node = Node(folder, config, store, keys, SystemClock())
            uvloop.run(_live(node, folder, config, keys, protocol, management))
        finally:
            store.close()


async def _live(
    node: Node, folder: Path, config: NodeConfig, keys: Secrets, protocol: socket.socket, management: socket.socket
) -> None:
    await node.look_back()
    servers = [server_for(node.protocol, config.limits), server_for(node.management)]
    stop_on_signals(servers)
    _log.info("node.started", id=keys.key.did, name=config.name, dsp=config.dsp, management=config.management)
    background = [asyncio.create_task(task) for task in (*node.background(), *node.upkeep())]
    try:
        async with flight_door(config.flight, folder, node.doors):
            await asyncio.gather(servers[0].serve([protocol]), servers[1].serve([management]))
    finally:
        for task in background:
            task.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await asyncio.gather(*background)
        await node.outbound.close()
    _log.info("node.stopped")


def log_to_stderr() -> None:
    """One JSON document per line."""
    structlog.configure(
        processors=[
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso"),
            structlog.processors.format_exc_info,
            structlog.processors.JSONRenderer(ensure_ascii=False),
        ],
        logger_factory=structlog.PrintLoggerFactory(sys.stderr),
    )


class Server(uvicorn.Server):
    """One of two servers in a process: the node handles the signals for both."""

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield


def server_for(app: Starlette, limits: Limits = Limits()) -> Server:  # noqa: B008 - immutable
    """One of the two HTTP servers of a node."""
    return Server(
        uvicorn.Config(
            app,
            loop="none",
            http=guarded(limits.connections, limits.connections_per_address),
            ws="none",
            lifespan="off",
            log_config=None,
            access_log=False,
            server_header=False,
            timeout_keep_alive=30,
            timeout_graceful_shutdown=_GRACE_SECONDS,
        )
    )


def stop_on_signals(servers: list[Server]) -> None:
    """SIGINT and SIGTERM end them in order."""

    def stop() -> None:
        for server in servers:
            server.should_exit = True

    for number in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(number, stop)


@contextmanager
def listening(address: str) -> Iterator[socket.socket]:
    """A listening socket, so that an address in use is told before anything else happens."""
    try:
        listener = socket.create_server(host_port(address), backlog=1024)
    except OSError as error:
        raise UsageError(
            t(f"cannot listen on `{address}`", f"`{address}` で待ち受けできません"),
            why=why_of(error),
            hint=t("stop what uses it, or change node.yaml", "使用中のものを止めるか、node.yaml を変えてください"),
        ) from None
    with listener:
        yield listener


def read_secrets(folder: Path) -> Secrets:
    """What the node of this folder keeps to itself. InputError when a file is missing or open to others."""
    return Secrets(
        key=identity_of(folder),
        pseudonyms=read_secret(folder / "pseudonym.key"),
        token=read_secret(folder / "admin.token").decode("ascii").strip(),
    )
