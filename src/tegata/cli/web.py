"""An address of the web as a destination: each file is put below it (RFC 9110, 9.3.4), with the digest of its bytes
(RFC 9530), so that the server can refuse what did not arrive whole. Through the gate, as its node's settings allow."""

from __future__ import annotations

import asyncio
import base64
from collections.abc import AsyncIterator, Callable, Coroutine
from pathlib import Path
from typing import Any, Final
from urllib.parse import quote, urlsplit, urlunsplit

from tegata.cli.destination import Destination, not_laid
from tegata.model.base import t
from tegata.model.errors import PeerError
from tegata.node.config import read_config
from tegata.outbound import Answer, Outbound
from tegata.tables import digest_file

_BLOCK: Final = 1 << 20  # bytes
_ATTEMPTS: Final = 3
_HINT: Final = t(
    "the address must take PUT; what opens it can stand in its query, as in signed links",
    "PUT を受け付けるアドレスが必要です。署名付き URL のように、認証情報はクエリに含められます",
)


class Web(Destination):
    """What lies at an address, and below it."""

    def __init__(self, address: str, node: Path) -> None:
        self._parts = urlsplit(address)
        self._policy = read_config(node).outbound.policy()

    def shown(self, name: str) -> str:
        """Without the query, which may be a secret."""
        return self._url(name, query="")

    def is_taken(self, name: str) -> bool:
        return self._asked(name, lambda gate: gate.request("HEAD", self._url(name))).status == 200

    def put(self, name: str, file: Path) -> None:
        digest = base64.b64encode(bytes.fromhex(digest_file(file).removeprefix("sha256:"))).decode()
        headers = {"Content-Type": "application/octet-stream", "Repr-Digest": f"sha-256=:{digest}:"}
        size = file.stat().st_size
        answer = self._asked(name, lambda gate: gate.upload("PUT", self._url(name), headers, _blocks(file), size))
        if not 200 <= answer.status < 300:
            said = t(f"the server answers with status {answer.status}", f"サーバーの応答は {answer.status} でした")
            raise not_laid(self.shown(name), said, _HINT)

    def _asked(self, name: str, ask: Callable[[Outbound], Coroutine[Any, Any, Answer]]) -> Answer:
        """The answer of the server, once it has one."""
        for left in reversed(range(_ATTEMPTS)):
            try:
                return asyncio.run(self._through_gate(ask))
            except PeerError as error:
                if not left:
                    raise not_laid(self.shown(name), error.said, _HINT) from error
        raise RuntimeError("unreachable")

    async def _through_gate(self, ask: Callable[[Outbound], Coroutine[Any, Any, Answer]]) -> Answer:
        gate = Outbound(self._policy)
        try:
            return await ask(gate)
        finally:
            await gate.close()

    def _url(self, name: str, query: str | None = None) -> str:
        path = f"{self._parts.path.rstrip('/')}/{quote(name)}"
        asked = self._parts.query if query is None else query
        return urlunsplit((self._parts.scheme, self._parts.netloc, path, asked, ""))


async def _blocks(file: Path) -> AsyncIterator[bytes]:
    with file.open("rb") as source:
        while block := await asyncio.to_thread(source.read, _BLOCK):
            yield block
