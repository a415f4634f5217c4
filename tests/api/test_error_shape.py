"""Every route answers every failure in one shape: the protocol's error body, or a problem document (RFC 9457)."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import msgspec
import pytest
import pytest_asyncio
from starlette.routing import Route

from tegata.outbound import Answer, Outbound, OutboundPolicy
from tests.nodes import LiveNode, live_node, make_node

ERRORS = {"catalog": "CatalogError", "negotiations": "ContractNegotiationError", "transfers": "TransferError"}


@pytest_asyncio.fixture
async def node(tmp_path: Path) -> AsyncIterator[LiveNode]:
    make_node(tmp_path / "node", "Example")
    async with live_node(tmp_path / "node") as running:
        yield running


async def ask(url: str, method: str, headers: dict[str, str] | None = None, body: bytes = b"") -> Answer:
    outbound = Outbound(OutboundPolicy(allow_http=True, networks=("127.0.0.1/32",)))
    try:
        return await outbound.request(method, url, headers=headers or {}, content=body)
    finally:
        await outbound.close()


def routes(app: Any) -> list[tuple[str, str]]:
    """Method and path of every route, with an id that does not exist."""
    found = []
    for route in app.routes:
        assert isinstance(route, Route)
        path = route.path.replace("{id:path}", "urn:x").replace("{id}", "urn:x").replace("{digest}", "sha256:x")
        found += [(method, path) for method in sorted((route.methods or set()) - {"HEAD"})]
    return found


@pytest.mark.parametrize("body", [b"", b"{", b"[" * 5000, b'{"@type":"X"}', b"\xff\xfe", b"x" * ((1 << 20) + 1)])
async def test_protocol_routes_answer_strangers_with_the_error_of_their_family(node: LiveNode, body: bytes) -> None:
    tried = 0
    for method, path in routes(node.node.protocol):
        family = path.split("/")[3] if path.startswith("/dsp/") else ""
        if family in ERRORS:
            answer = await ask(node.config.url + path, method, body=body if method == "POST" else b"")
            document = msgspec.json.decode(answer.body)
            assert 400 <= answer.status < 500, path
            assert document["@type"] == ERRORS[family], path
            assert document["code"] == str(answer.status), path
            tried += 1
    assert tried == 17


async def test_management_routes_answer_with_problem_documents(node: LiveNode) -> None:
    for token in (node.keys.token, "wrong"):
        for method, path in routes(node.node.management):
            headers = {"Authorization": f"Bearer {token}"}
            answer = await ask(
                f"http://{node.config.management}{path}", method, headers, b"{" if method == "POST" else b""
            )
            if answer.status >= 400:
                document = msgspec.json.decode(answer.body)
                assert answer.headers["content-type"] == "application/problem+json"
                assert {"type", "title", "detail", "hint", "status", "code"} <= document.keys(), path
                assert document["status"] == answer.status
            assert token != "wrong" or answer.status == 401


async def test_fault_of_ours_has_the_same_shape(node: LiveNode, monkeypatch: pytest.MonkeyPatch) -> None:
    async def broken(*_: Any, **__: Any) -> Any:
        raise ZeroDivisionError

    monkeypatch.setattr(node.node.store, "read", broken)
    status, document = await node.call("GET", "/v1/datasets")
    assert status == 500
    assert document["title"] == "the node failed to do this"
    assert "ZeroDivisionError" not in str(document)
