"""The Flight SQL door of a node, where its settings ask for one."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator
from pathlib import Path

from tegata.doors.parts import AllDoors
from tegata.model.base import t
from tegata.model.errors import UsageError, why_of
from tegata.node.config import FlightSettings, host_port


@contextlib.asynccontextmanager
async def flight_door(settings: FlightSettings, folder: Path, doors: AllDoors) -> AsyncIterator[None]:
    """Open as long as the block lasts. UsageError when it cannot be opened."""
    if not settings.listen:
        yield
        return
    host_port(settings.listen)
    try:
        from tegata.doors.flight import FlightDoor, read_tls
    except ImportError:
        raise UsageError(
            t("the Flight SQL door needs the package `pyarrow`", "Flight SQL の入口には `pyarrow` が必要です"),
            hint=t("pip install 'tegata[flight]', or take `flight` out of node.yaml",
                   "pip install 'tegata[flight]' を実行するか、node.yaml から `flight` を外してください"),
        ) from None  # fmt: skip
    try:
        tls = read_tls(folder / settings.certificate, folder / settings.key) if settings.certificate else None
        door = FlightDoor(doors.guard, doors.renditions, settings.listen, asyncio.get_running_loop(), tls)
    except OSError as error:
        raise UsageError(
            t(
                f"the Flight SQL door cannot open on `{settings.listen}`",
                f"Flight SQL の入口を `{settings.listen}` で開けません",
            ),
            why=why_of(error),
            hint=t("see `flight` in node.yaml", "node.yaml の `flight` を確かめてください"),
        ) from None
    try:
        yield
    finally:
        await asyncio.to_thread(door.close)
