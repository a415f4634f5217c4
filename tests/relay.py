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

_DATA = re.compile(rb"(GET|POST|PATCH) /(?:data|intake)/[^/ ]+ HTTP/1.1\r\n(.*?)\r\n\r\n", re.DOTALL)
_FROM = re.compile(rb"(?im)^(?:range|upload-offset): *(.*?)\r?$")


@dataclass
class Trouble:
    """What happens to data after so many of its bytes. What is held up is cut in the end."""

    after: int
    what: Literal["cut", "hold", "flip"]


@dataclass
class Relay:
    """Listens at a port of its own for the node behind it. `troubles` befall the next requests for data, or with data,
    one each."""

    target: int
    port: int = field(default_factory=free_port)
    troubles: list[Trouble] = field(default_factory=list)
    asked: list[str] = field(default_factory=list)
    """The range of each request for data, or the offset of each with data; empty where it has none."""
    carried: int = 0
    """Bytes of data, with the heads before them."""
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
        self._flow = ""  # where the data goes: `up` or `down`
        self._passed = 0

    async def upwards(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while block := await reader.read(16 << 10):
            if found := _DATA.search(block):
                told = _FROM.search(found[2])
                self._relay.asked.append(told[1].decode() if told else "")
                self._trouble = self._relay.troubles.pop(0) if self._relay.troubles else None
                self._passed, self._flow = 0, "down" if found[1] == b"GET" else "up"
            elif block.startswith((b"GET", b"POST", b"HEAD")):
                self._trouble, self._flow = None, ""
            suffered = await self._suffered(block) if self._flow == "up" else block
            if suffered is None:
                return
            writer.write(suffered)
            await writer.drain()

    async def downwards(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while block := await reader.read(16 << 10):
            suffered = await self._suffered(block) if self._flow == "down" else block
            if suffered is None:
                return
            writer.write(suffered)
            await writer.drain()

    async def _suffered(self, block: bytes) -> bytes | None:
        """What becomes of a block; None: the connection is cut."""
        self._passed += len(block)
        self._relay.carried += len(block)
        if self._trouble is None or self._passed <= self._trouble.after:
            return block
        trouble, self._trouble = self._trouble, None
        if trouble.what == "hold":
            self._relay.held.set()
            await self._relay.free.wait()
        return block[:-1] + bytes([block[-1] ^ 1]) if trouble.what == "flip" else None


def put_before(folder: Path) -> Relay:
    """From now on the node of a folder tells an address at which a relay stands before it."""
    config = read_config(folder)
    relay = Relay(int(config.dsp.rpartition(":")[2]))
    told = msgspec.structs.replace(config, url=f"http://127.0.0.1:{relay.port}")
    (folder / SETTINGS).write_bytes(msgspec.yaml.encode(told))
    return relay
