"""A network between a consumer and the data of a provider that can be cut, held up and disturbed at chosen bytes."""

from __future__ import annotations

import asyncio
import contextlib
import re
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

import msgspec

from tegata.node.config import SETTINGS, read_config
from tests.nodes import free_port

_DATA = re.compile(rb"(?:GET|POST|PATCH) /(?:data|intake)/[^/ ]+ HTTP/1.1\r\n(.*?)\r\n\r\n", re.DOTALL)
_RANGE = re.compile(rb"(?im)^range: *(.*?)\r?$")


@dataclass
class Trouble:
    """What happens to an answer after so many of its bytes. What is held up is cut in the end."""

    after: int
    what: Literal["cut", "hold", "flip"]


@dataclass
class Relay:
    """Listens at a port of its own for the node behind it. `troubles` befall the next requests for data, one each."""

    target: int
    port: int = field(default_factory=free_port)
    troubles: list[Trouble] = field(default_factory=list)
    asked: list[str] = field(default_factory=list)
    """The range of each request for data, empty where it has none."""
    carried: int = 0
    """Bytes of the answers to requests for data."""
    held: asyncio.Event = field(default_factory=asyncio.Event)
    """Somebody waits in a `hold`."""
    free: asyncio.Event = field(default_factory=asyncio.Event)
    """Lets those who wait go on."""

    @contextlib.asynccontextmanager
    async def running(self) -> AsyncIterator[Relay]:
        server = await asyncio.start_server(self._serve, "127.0.0.1", self.port)
        try:
            yield self
        finally:
            self.free.set()
            server.close()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with contextlib.suppress(OSError):
            there, back = await asyncio.open_connection("127.0.0.1", self.target)
            wire = _Wire(self)
            flows = [
                asyncio.ensure_future(wire.upwards(reader, back)),
                asyncio.ensure_future(wire.downwards(there, writer)),
            ]
            await asyncio.wait(flows, return_when=asyncio.FIRST_COMPLETED)
            for flow in flows:
                flow.cancel()
            await asyncio.gather(*flows, return_exceptions=True)
            back.close()
        writer.close()


class _Wire:
    """One connection."""

    def __init__(self, relay: Relay) -> None:
        self._relay = relay
        self._trouble: Trouble | None = None
        self._counting = False
        self._passed = 0

    async def upwards(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while block := await reader.read(64 << 10):
            if found := _DATA.search(block):
                told = _RANGE.search(found[1])
                self._relay.asked.append(told[1].decode() if told else "")
                self._trouble = self._relay.troubles.pop(0) if self._relay.troubles else None
                self._passed, self._counting = 0, True
            elif block.startswith((b"GET", b"POST")):
                self._trouble, self._counting = None, False
            writer.write(block)
            await writer.drain()

    async def downwards(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while block := await reader.read(16 << 10):
            self._passed += len(block)
            self._relay.carried += len(block) if self._counting else 0
            if self._trouble and self._passed > self._trouble.after:
                trouble, self._trouble = self._trouble, None
                if trouble.what == "hold":
                    self._relay.held.set()
                    await self._relay.free.wait()
                if trouble.what != "flip":
                    return
                block = block[:-1] + bytes([block[-1] ^ 1])
            writer.write(block)
            await writer.drain()


def put_before(folder: Path) -> Relay:
    """From now on the node of a folder tells an address at which a relay stands before it."""
    config = read_config(folder)
    relay = Relay(int(config.dsp.rpartition(":")[2]))
    told = msgspec.structs.replace(config, url=f"http://127.0.0.1:{relay.port}")
    (folder / SETTINGS).write_bytes(msgspec.yaml.encode(told))
    return relay
