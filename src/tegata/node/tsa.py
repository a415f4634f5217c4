"""The life of a time-stamping authority as a process: lock its folder, serve, stop in order."""

from __future__ import annotations

import asyncio
import contextlib
from pathlib import Path

import structlog
import uvloop

from tegata.clock import SystemClock
from tegata.node.run import Listener, listening, log_to_stderr, server_for, stop_on_signals
from tegata.store.lock import FolderLock
from tegata.tsa import AuthoritySettings, TimeStampService, read_settings
from tegata.tsa.app import tsa_app

_log = structlog.get_logger("tegata.tsa")


def run_tsa(folder: Path) -> None:
    """Run until SIGINT or SIGTERM. Logs one JSON document per line to stderr."""
    log_to_stderr()
    settings = read_settings(folder)
    lock = FolderLock(folder / "lock")
    try:
        with listening(settings.listen) as listener:
            service = TimeStampService(folder, SystemClock())
            try:
                uvloop.run(_live(service, settings, listener))
            finally:
                service.close()
    finally:
        lock.release()


async def _live(service: TimeStampService, settings: AuthoritySettings, listener: Listener) -> None:
    server = server_for(tsa_app(service))
    stop_on_signals([server])
    _log.info("tsa.started", listen=settings.listen, policy=settings.policy, time_source=settings.time_source)
    work = asyncio.create_task(service.run())
    try:
        await server.serve([listener])
    finally:
        work.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await work
    _log.info("tsa.stopped")
