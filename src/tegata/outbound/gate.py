"""Requests to addresses that somebody else named. There is no other way out of this program.

The HTTP library below knows no redirects, proxies, cookies or content codings: what is not there, no peer can turn on.
The name of the host stays in `Host` and in TLS; the address is one that `CheckedNetwork` has checked.
"""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import AsyncIterator, Callable, Iterator, Mapping
from contextlib import asynccontextmanager, contextmanager
from typing import NamedTuple

import httpcore2

from tegata.model.base import Text, t
from tegata.model.errors import OutboundError, PeerError
from tegata.outbound.line import Lines
from tegata.outbound.network import CheckedNetwork, Resolver, system_resolver
from tegata.outbound.policy import OutboundPolicy
from tegata.outbound.pool import IDLE_SECONDS, Connection, Pool
from tegata.outbound.target import Origin, Target, read_url

Headers = Mapping[str, str]

_BLOCK = 64 << 10  # bytes
_SHORT = 1 << 20  # bytes of an answer to an upload
_NO_OTHERS: Mapping[str, float] = {}
_COMPRESSED = "zstd, gzip;q=0.9"
_PLAIN = "identity"


class Answer(NamedTuple):
    """`headers` by lower-case name; repeated ones are joined by `, ` (RFC 9110 §5.3)."""

    status: int
    headers: Headers
    body: bytes


class Stream(NamedTuple):
    """An answer whose body is read as it comes: `blocks` of 64 to 128 KiB, the last one may be shorter."""

    status: int
    headers: Headers
    blocks: AsyncIterator[bytes]


class Outbound:
    """The gate, with its pool of connections. `close` it in the event loop that used it.

    `lines` are for what is no HTTP.
    """

    def __init__(
        self, policy: OutboundPolicy, *, resolver: Resolver = system_resolver, tls: ssl.SSLContext | None = None
    ) -> None:
        self._policy = policy
        tls = tls or ssl.create_default_context()
        self._pools = {scheme: Pool(_connecting(scheme, policy, resolver, tls)) for scheme in ("https", "http")}
        self.lines = Lines(policy, resolver, tls)

    async def request(
        self, method: str, url: str, *, headers: Headers | None = None, content: bytes = b"", max_bytes: int = 1 << 20
    ) -> Answer:
        """One request and its whole answer, whatever the status: a redirect is an answer like any other.

        Raises:
            OutboundError: the policy refuses the address.
            PeerError: the peer is unreachable or too slow, or its answer is broken or longer than `max_bytes`.
        """
        target = read_url(url)
        async with _patience(target.origin, self._policy.answer_seconds):
            response = await self._send(method, target, headers or {}, content)
            try:
                body = await _read(response, target.origin, max_bytes)
            finally:
                await response.aclose()
        return Answer(response.status, _headers(response), body)

    @asynccontextmanager
    async def stream(self, url: str, headers: Headers | None = None) -> AsyncIterator[Stream]:
        """A GET whose body is handed on while it comes: memory stays at one block, however long it is. It may come
        compressed where the policy says so, unless a part is asked for: see its `content-encoding`.

        Raises:
            OutboundError: the policy refuses the address.
            PeerError: as for `request`, also while blocks are read. How many of them to take is for the caller to say.
        """
        target = read_url(url)
        async with _patience(target.origin, self._policy.answer_seconds):
            whole = not (headers and "Range" in headers)
            codings = _COMPRESSED if whole and self._policy.compressed else _PLAIN
            response = await self._send("GET", target, headers or {}, b"", codings=codings)
        try:
            yield Stream(response.status, _headers(response), self._blocks(response, target.origin))
        finally:
            await response.aclose()

    async def upload(self, method: str, url: str, headers: Headers, blocks: AsyncIterator[bytes], size: int) -> Answer:
        """A request whose body of `size` bytes is sent while it comes. What `blocks` raises is raised here.

        Raises:
            OutboundError: the policy refuses the address.
            PeerError: as for `request`; each block must be taken within the time in which one must be sent.
        """
        target, patience = read_url(url), self._policy.block_seconds
        most = self._policy.answer_seconds + patience * (1 + size // _BLOCK)
        sized = {**headers, "Content-Length": str(size)}
        async with _patience(target.origin, most):
            response = await self._send(method, target, sized, blocks, {"write": patience, "read": patience})
            try:
                body = await _read(response, target.origin, _SHORT)
            finally:
                await response.aclose()
        return Answer(response.status, _headers(response), body)

    async def close(self) -> None:
        for pool in self._pools.values():
            await pool.aclose()

    async def _send(
        self,
        method: str,
        target: Target,
        headers: Headers,
        content: bytes | AsyncIterator[bytes],
        timeouts: Mapping[str, float] = _NO_OTHERS,
        codings: str = _PLAIN,
    ) -> httpcore2.Response:
        """The head of the answer."""
        origin = target.origin
        request = httpcore2.Request(
            method,
            httpcore2.URL(scheme=origin.scheme, host=origin.host, port=origin.port, target=target.path),
            headers=[
                ("Host", str(origin).partition("://")[2]),
                ("Accept-Encoding", codings),  # no decompression here: what counts is what comes over the wire
                *([("Content-Length", str(len(content)))] if isinstance(content, bytes) and content else ()),
                *headers.items(),
            ],
            content=content,
            extensions={"timeout": {"connect": self._policy.connect_seconds, **timeouts}},
        )
        response = await self._pools[origin.scheme].request(request)
        taken = [_PLAIN, *(item.partition(";")[0] for item in codings.split(", "))]
        if _headers(response).get("content-encoding", _PLAIN) not in taken:
            await response.aclose()
            raise _broken(
                origin, t("it is compressed although that was not asked for", "求めていない圧縮がされています")
            )
        return response

    async def _blocks(self, response: httpcore2.Response, origin: Origin) -> AsyncIterator[bytes]:
        parts = response.aiter_stream()
        while block := await self._block(parts, origin):
            yield block

    async def _block(self, parts: AsyncIterator[bytes], origin: Origin) -> bytes:
        """The next 64 KiB or more; empty at the end. The time is for all of it: a trickle is no progress."""
        block = bytearray()
        async with _patience(origin, self._policy.block_seconds):
            async for part in parts:
                block += part
                if len(block) >= _BLOCK:
                    break
        return bytes(block)


def _connecting(
    scheme: str, policy: OutboundPolicy, resolver: Resolver, tls: ssl.SSLContext
) -> Callable[[httpcore2.Origin], Connection]:
    network = CheckedNetwork(policy, scheme, resolver)

    def connect(origin: httpcore2.Origin) -> Connection:
        return Connection(origin, ssl_context=tls, keepalive_expiry=IDLE_SECONDS, network_backend=network)

    return connect


async def _read(response: httpcore2.Response, origin: Origin, max_bytes: int) -> bytes:
    body = bytearray()
    async for part in response.aiter_stream():
        body += part
        if len(body) > max_bytes:
            raise _broken(origin, t(f"it is longer than {max_bytes} bytes", f"{max_bytes} バイトを超えています"))
    return bytes(body)


def _headers(response: httpcore2.Response) -> Headers:
    found: dict[str, str] = {}
    for name, value in response.headers:
        key, text = name.decode("latin-1").lower(), value.decode("latin-1")
        found[key] = f"{found[key]}, {text}" if key in found else text
    return found


@asynccontextmanager
async def _patience(origin: Origin, seconds: float) -> AsyncIterator[None]:
    """Bounds the time of what is asked of a peer, and says its failures in our words."""
    with _peer_errors(origin):
        async with asyncio.timeout(seconds):
            yield


@contextmanager
def _peer_errors(origin: Origin) -> Iterator[None]:
    try:
        yield
    except (TimeoutError, httpcore2.TimeoutException) as error:
        raise PeerError(
            t(f"`{origin}` does not answer in time", f"`{origin}` が時間内に応答しません"),
            hint=t("try again later", "後でやり直してください"),
        ) from error
    except httpcore2.ConnectError as error:
        raise PeerError(
            t(f"`{origin}` cannot be reached", f"`{origin}` に到達できません"),
            why=str(error),
            hint=t("check that the node there is running", "相手のノードが動いているか確認してください"),
        ) from error
    except httpcore2.LocalProtocolError as error:
        raise OutboundError(t("the request is not HTTP", "要求が HTTP になっていません"), why=str(error)) from error
    except (httpcore2.ProtocolError, httpcore2.NetworkError) as error:
        raise _broken(origin, t(str(error) or "the connection broke", str(error) or "接続が切れました")) from error


def _broken(origin: Origin, why: Text) -> PeerError:
    return PeerError(
        t(f"the answer of `{origin}` cannot be used", f"`{origin}` の応答を利用できません"),
        why=why,
        hint=t("tell the operator of that node", "相手のノードの運用者に知らせてください"),
    )
