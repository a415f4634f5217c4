"""A public witness over HTTP that is no node of ours: one key, one log, C2SP tlog-witness."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from tegata.log import ED25519_COSIGNATURE, cosign, split_note, verify_consistency, write_vkey
from tegata.log.checkpoint import decode_hash, read_text
from tegata.trust import SigningKey
from tegata.wire.tlog import read_submission
from tests.nodes import free_port, served


class PublicWitness:
    """Cosigns while it is `awake`; else it is there, and refuses."""

    def __init__(self, name: str, *, awake: bool = True) -> None:
        self.name, self.awake = name, awake
        self.key = SigningKey.generate(name.encode().ljust(32, b"w"))
        self.vkey = write_vkey(name, ED25519_COSIGNATURE, self.key.raw)
        self.address = f"127.0.0.1:{free_port()}"
        self.size, self._root = 0, bytes(32)

    @property
    def settings(self) -> str:
        """Its lines in node.yaml."""
        return f'  - vkey: "{self.vkey}"\n    url: http://{self.address}\n'

    @asynccontextmanager
    async def listening(self) -> AsyncIterator[PublicWitness]:
        async with served(Starlette(routes=[Route("/add-checkpoint", self._add, methods=["POST"])]), self.address):
            yield self

    async def _add(self, request: Request) -> Response:
        if not self.awake:
            return Response(status_code=503)
        asked = read_submission(await request.body())
        _, size, root = read_text(split_note(asked.note)[0])
        if asked.old != self.size:
            return Response(f"{self.size}\n", 409, media_type="text/x.tlog.size")
        if asked.old:
            proof = [decode_hash(line) for line in asked.proof]
            verify_consistency(self._root, root, proof, old=self.size, new=size)
        self.size, self._root = size, root
        return Response(str(cosign(asked.note, self.name, self.key, 7)))
