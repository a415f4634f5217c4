"""A participant that is no node of ours: its own key, its own messages, nothing that stops it from lying."""

from __future__ import annotations

import asyncio
import contextlib
import os
import uuid
from collections.abc import AsyncIterator
from typing import Any

import msgspec
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from tegata.clock import SystemClock
from tegata.evidence.cosigning import WITNESS_PATH
from tegata.identity import issue_token
from tegata.outbound import Answer, Outbound, OutboundPolicy
from tegata.trust import SigningKey
from tegata.wire.dsp import codec
from tegata.wire.dsp.term import Term
from tegata.wire.tlog import ADD_CHECKPOINT
from tests.nodes import LiveNode, free_port, served


class Stranger:
    """Sends what it is told to and keeps what it gets."""

    def __init__(self, key: SigningKey | None = None) -> None:
        self.key = key or SigningKey.generate(os.urandom(32))
        self.port = free_port()
        self.received: list[tuple[str, dict[str, Any]]] = []
        self.brought: list[tuple[str, dict[str, str], bytes]] = []
        """What was pushed to us: path, headers, body."""
        self.refusals: list[int] = []
        """The statuses with which the next pushes are answered."""
        self.shown: list[tuple[int, bytes]] = []
        """What is answered to the next questions for a state; the last of them again and again."""
        self.asked = 0
        """How often somebody asked for a state."""
        self._outbound = Outbound(OutboundPolicy(allow_http=True, networks=("127.0.0.1/32",)))

    @property
    def did(self) -> str:
        return self.key.did

    @property
    def base(self) -> str:
        return f"http://127.0.0.1:{self.port}/dsp/2025-1"

    async def known_to(self, node: LiveNode, facts: dict[str, Any], group: str = "") -> None:
        body = {"id": self.did, "name": "Stranger", "url": self.base, "group": group, "facts": facts}
        status, document = await node.call("POST", "/v1/participants", body)
        if status != 201:
            raise AssertionError(document)

    async def post(self, node: LiveNode, path: str, message: Term | bytes, *, token: str | None = None) -> Answer:
        """A message to a node, with a fresh token of our own unless another is given."""
        body = message if isinstance(message, bytes) else codec.encode(message)
        token = token if token is not None else self.token(node.did, body)
        headers = {"Authorization": f"Bearer {token}", "Content-Type": "application/json"}
        return await self._outbound.request("POST", node.base + path, headers=headers, content=body, max_bytes=1 << 20)

    async def get(self, node: LiveNode, path: str) -> Answer:
        headers = {"Authorization": f"Bearer {self.token(node.did, b'')}"}
        return await self._outbound.request("GET", node.base + path, headers=headers, max_bytes=1 << 20)

    async def fetch(self, url: str, authorization: str) -> Answer:
        headers = {"Authorization": authorization}
        return await self._outbound.request("GET", url, headers=headers, max_bytes=1 << 20)

    def token(self, audience: str, body: bytes) -> str:
        return issue_token(self.key, audience, SystemClock().now(), jti=str(uuid.uuid4()), body=body)

    async def waits_for(self, kind: str, seconds: float = 10) -> dict[str, Any]:
        """The first message of a type that we got."""
        async with asyncio.timeout(seconds):
            while True:
                for _, document in self.received:
                    if document.get("@type") == kind:
                        return document
                await asyncio.sleep(0.01)

    @contextlib.asynccontextmanager
    async def listening(self) -> AsyncIterator[Stranger]:
        """Take every message with 200 until the block ends."""

        async def take(request: Request) -> Response:
            if request.url.path.startswith("/inbox"):
                self.brought.append((request.url.path, dict(request.headers), await request.body()))
                return Response(status_code=self.refusals.pop(0) if self.refusals else 200)
            if request.url.path == WITNESS_PATH + ADD_CHECKPOINT:
                return Response(status_code=404)  # a stranger keeps no logs of others
            self.received.append((request.url.path, msgspec.json.decode(await request.body())))
            return Response(status_code=200)

        async def show(_: Request) -> Response:
            self.asked += 1
            if not self.shown:
                return Response(status_code=404)  # nor knows it any process that it was not told to show
            status, body = self.shown.pop(0) if len(self.shown) > 1 else self.shown[0]
            return Response(body, status)

        routes = [Route("/{path:path}", take, methods=["POST"]), Route("/{path:path}", show, methods=["GET"])]
        app = Starlette(routes=routes)
        async with served(app, f"127.0.0.1:{self.port}"):
            try:
                yield self
            finally:
                await self._outbound.close()
