"""Connections for protocols that are no HTTP, under the same policy: to brokers."""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager

from tegata.model.base import Text, t
from tegata.model.errors import PeerError
from tegata.outbound.network import Resolver, checked_addresses
from tegata.outbound.policy import OutboundPolicy
from tegata.outbound.target import PLAIN, Origin, read_broker


class Line:
    """Bytes both ways. PeerError: it breaks, or nothing comes in time."""

    def __init__(self, origin: Origin, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._origin = origin
        self._reader = reader
        self._writer = writer

    async def first(self, seconds: float) -> bytes:
        """The next byte; none where nothing comes within so many seconds."""
        try:
            async with asyncio.timeout(seconds):
                return await self._reader.readexactly(1)
        except TimeoutError:
            return b""
        except (OSError, asyncio.IncompleteReadError) as error:
            raise broken(self._origin, error) from error

    async def read(self, count: int, seconds: float) -> bytes:
        """So many bytes, all of them within so many seconds."""
        try:
            async with asyncio.timeout(seconds):
                return await self._reader.readexactly(count)
        except (TimeoutError, OSError, asyncio.IncompleteReadError) as error:
            raise broken(self._origin, error) from error

    async def write(self, data: bytes, seconds: float) -> None:
        """All of it, taken by the other side but for a buffer."""
        try:
            self._writer.write(data)
            async with asyncio.timeout(seconds):
                await self._writer.drain()
        except (TimeoutError, OSError) as error:
            raise broken(self._origin, error) from error

    def close(self) -> None:
        self._writer.close()


class Lines:
    """Opens them."""

    def __init__(self, policy: OutboundPolicy, resolver: Resolver, tls: ssl.SSLContext) -> None:
        self._policy = policy
        self._resolver = resolver
        self._tls = tls

    @asynccontextmanager
    async def open(self, address: str) -> AsyncIterator[Line]:
        """A connection to a broker, as in `mqtts://host:port`.

        Raises:
            OutboundError: the policy refuses it. PeerError: nobody answers there.
        """
        origin = read_broker(address)
        addresses = await checked_addresses(self._policy, self._resolver, origin)
        tls = None if origin.scheme in PLAIN else self._tls
        reader, writer = await _first_of(origin, addresses, tls, self._policy.connect_seconds)
        line = Line(origin, reader, writer)
        try:
            yield line
        finally:
            line.close()


async def _first_of(
    origin: Origin, addresses: Sequence[str], tls: ssl.SSLContext | None, seconds: float
) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
    """The first address that answers; each gets its share of the time."""
    why: Exception | None = None
    for address in addresses:
        try:
            async with asyncio.timeout(seconds / len(addresses)):
                name = origin.host if tls else None
                return await asyncio.open_connection(address, origin.port, ssl=tls, server_hostname=name)
        except (TimeoutError, OSError) as error:  # of TLS too
            why = error
    raise broken(origin, why) from why


def broken(origin: Origin, error: Exception | None) -> PeerError:
    return PeerError(
        t(f"`{origin}` cannot be used", f"`{origin}` を利用できません"),
        why=_said(error),
        hint=t("check that the broker there is running", "ブローカーが動いているか確認してください"),
    )


def _said(error: Exception | None) -> Text:
    if isinstance(error, TimeoutError):
        return t("it does not answer in time", "時間内に応答しません")
    if isinstance(error, asyncio.IncompleteReadError):
        return t("it breaks off", "接続が切れました")
    return t(str(error), str(error))
