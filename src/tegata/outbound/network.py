"""The hook between a name and a connection: resolve once, check every answer, connect to what was checked."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Awaitable, Callable, Iterable, Sequence

import httpcore2

from tegata.model.base import t
from tegata.model.errors import PeerError
from tegata.outbound.policy import OutboundPolicy
from tegata.outbound.target import Origin

Resolver = Callable[[str, int], Awaitable[Sequence[str]]]
"""Gives all addresses of a name, best first; raises OSError when it has none."""

_TRIED = 4  # addresses of one name at most, so that the first ones get a fair share of the time


async def system_resolver(host: str, port: int) -> Sequence[str]:
    """What the resolver of the machine knows."""
    found = await asyncio.get_running_loop().getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return list(dict.fromkeys(str(address[0]) for *_, address in found))


class CheckedNetwork(httpcore2.AsyncNetworkBackend):
    """Connections of one scheme. No answer of the resolver is used that was not checked, none is asked for twice."""

    def __init__(self, policy: OutboundPolicy, scheme: str, resolver: Resolver) -> None:
        self._policy = policy
        self._scheme = scheme
        self._resolver = resolver
        self._network = httpcore2.AnyIOBackend()

    async def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,  # noqa: ARG002 - the library passes the policy's own
        local_address: str | None = None,
        socket_options: Iterable[httpcore2.SOCKET_OPTION] | None = None,
    ) -> httpcore2.AsyncNetworkStream:
        tried = await checked_addresses(self._policy, self._resolver, Origin(scheme=self._scheme, host=host, port=port))
        share = self._policy.connect_seconds / len(tried)
        for address in tried[:-1]:
            try:
                return await self._network.connect_tcp(address, port, share, local_address, socket_options)
            except (httpcore2.ConnectError, httpcore2.ConnectTimeout):
                continue
        return await self._network.connect_tcp(tried[-1], port, share, local_address, socket_options)


async def checked_addresses(policy: OutboundPolicy, resolver: Resolver, origin: Origin) -> Sequence[str]:
    """Addresses of a name, all of which may be reached; those that are worth a try.

    Raises:
        OutboundError: one of all that it has may not. PeerError: it has none.
    """
    try:
        async with asyncio.timeout(policy.connect_seconds):
            addresses = await resolver(origin.host, origin.port)
    except (OSError, UnicodeError) as error:  # no answer, no answer in time, no name at all
        raise _nameless(origin, str(error)) from error
    if not addresses:
        raise _nameless(origin, "no address")
    for address in addresses:
        policy.check(origin, address)
    return addresses[:_TRIED]


def _nameless(origin: Origin, why: str) -> PeerError:
    return PeerError(
        t(f"`{origin}` cannot be reached", f"`{origin}` に到達できません"),
        why=t(f"its name was not resolved: {why}", f"名前を解決できません: {why}"),
        hint=t("check the name and the network", "名前とネットワークを確認してください"),
    )
