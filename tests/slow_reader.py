"""A reader that takes what it asks for and no more: little stands between it and the door."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Mapping
from types import MappingProxyType
from typing import Final
from urllib.parse import urlsplit

_BLOCK: Final = 16 << 10


class SlowReader:
    """Takes the first bytes of an answer at once, and the rest when it is told to."""

    def __init__(self, url: str, headers: Mapping[str, str] = MappingProxyType({})) -> None:
        self.url, self.headers = url, headers
        self.taken = 0

    async def begin(self) -> None:
        split, raw = urlsplit(self.url), socket.socket()
        raw.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 2 * _BLOCK)
        raw.setblocking(False)
        await asyncio.get_running_loop().sock_connect(raw, (split.hostname, split.port))
        self._reader, self._writer = await asyncio.open_connection(sock=raw, limit=_BLOCK)
        fields = {"Host": split.netloc, "Connection": "close", **self.headers}
        head = "".join(f"{name}: {value}\r\n" for name, value in fields.items())
        self._writer.write(f"GET {split._replace(scheme='', netloc='').geturl()} HTTP/1.1\r\n{head}\r\n".encode())
        self.taken = len(await self._reader.readexactly(1000))

    async def rest(self) -> int:
        """All that still comes; how many bytes it has been then, head and all."""
        try:
            while block := await self._reader.read(_BLOCK):
                self.taken += len(block)
        finally:
            self._writer.close()
        return self.taken
