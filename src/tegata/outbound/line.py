"""Connections for protocols that are no HTTP, under the same policy: to brokers.

A protocol of ours gets a `Line`. A library gets an event loop in which every connection that it opens, to whomever a
broker has named, goes where the policy allows.
"""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from typing import Any

from tegata.model.base import Text, t
from tegata.model.errors import OutboundError, PeerError
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

    def loop(self, scheme: str) -> GatedLoop:
        """An event loop for a library that speaks to brokers of this scheme."""
        return GatedLoop(scheme, self._policy, self._resolver, self._tls)


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


class GatedLoop(asyncio.SelectorEventLoop):
    """Its `create_connection` asks the policy, and goes to the very address that was checked; TLS is agreed with the
    name. `refused`: why the last connection was not opened, as libraries hide it."""

    def __init__(self, scheme: str, policy: OutboundPolicy, resolver: Resolver, tls: ssl.SSLContext) -> None:
        super().__init__()
        self.refused: OutboundError | PeerError | None = None
        self._scheme = scheme
        self._policy = policy
        self._resolver = resolver
        self._tls = tls

    async def create_connection(self, protocol_factory: Any, host: Any = None, port: Any = None, **_: Any) -> Any:
        origin = Origin(scheme=self._scheme, host=str(host), port=int(port))
        try:
            addresses = await checked_addresses(self._policy, self._resolver, origin)
        except (OutboundError, PeerError) as error:
            self.refused = error
            raise ConnectionRefusedError(str(error)) from error
        named: dict[str, Any] = {} if self._scheme in PLAIN else {"ssl": self._tls, "server_hostname": origin.host}
        return await super().create_connection(protocol_factory, addresses[0], origin.port, **named)


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
