"""The Model Context Protocol over streamable HTTP, as a server without sessions speaks it: JSON-RPC in, JSON-RPC out.

Two eras: revisions up to 2025-11-25 begin with `initialize`; since 2026-07-28 each request says all that is needed in
`params._meta` and, mirrored, in fields of HTTP. Pure. Reference: modelcontextprotocol.io, specification of both dates.
"""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Mapping
from typing import Any, Final

import msgspec

from tegata.model.errors import ProtocolError
from tegata.wire import strict_json

HANDSHAKES: Final = ("2025-11-25", "2025-06-18", "2025-03-26")
"""Revisions that begin with `initialize`, the newest first."""

MODERN: Final = ("2026-07-28",)
MAX_BYTES: Final = 256 << 10
PARSE_ERROR, INVALID_REQUEST, NO_METHOD, INVALID_PARAMS, INTERNAL = -32700, -32600, -32601, -32602, -32603
HEADER_MISMATCH, UNSUPPORTED_VERSION = -32020, -32022
STATUS: Final = {INTERNAL: 500, NO_METHOD: 404}
"""The status of HTTP for an error code; 400 for all others."""

_MAX_DEPTH: Final = 32
_VERSION_KEY: Final = "io.modelcontextprotocol/protocolVersion"
_CAPABILITIES_KEY: Final = "io.modelcontextprotocol/clientCapabilities"
_SERVER_KEY: Final = "io.modelcontextprotocol/serverInfo"
_WRAPPED: Final = re.compile(r"=\?base64\?(.*)\?=")
_TTL_MS: Final = 60_000

Server = Mapping[str, str]
"""Name and version of the server, as it presents itself."""


class RpcError(ProtocolError):
    """A request that is answered with an error of JSON-RPC."""

    def __init__(self, code: int, what: str, data: Any = None) -> None:
        super().__init__(what, status=STATUS.get(code, 400))
        self.number = code
        self.data = data


class Request(msgspec.Struct, frozen=True):
    """A request. `modern`: of the era without handshake. A notification, or an answer, has no method or no id."""

    method: str
    params: dict[str, Any]
    id: str | int | None
    modern: bool


def read_request(body: bytes, headers: Mapping[str, str]) -> Request:
    """One message.

    Args:
        headers: of HTTP, by lower-case name.

    Raises:
        RpcError: it does not read, asks for a revision that is not spoken, or says one thing in its head and another
            in its body.
    """
    try:
        said = strict_json.loads(body, max_bytes=MAX_BYTES, max_depth=_MAX_DEPTH)
    except ProtocolError as error:
        raise RpcError(PARSE_ERROR, "the message does not read: " + str(error.why)) from None
    if not isinstance(said, dict) or said.get("jsonrpc") != "2.0":
        raise RpcError(INVALID_REQUEST, "one JSON-RPC 2.0 message is needed")
    method, params, number = said.get("method", ""), said.get("params") or {}, said.get("id")
    if not isinstance(method, str) or not isinstance(params, dict) or isinstance(number, bool | float | list | dict):
        raise RpcError(INVALID_REQUEST, "method, params or id are of the wrong kind")
    modern = isinstance(params.get("_meta"), dict) and _VERSION_KEY in params["_meta"]
    if modern and number is not None:
        _check_modern(method, params, headers)
    return Request(method, params, number, modern)


def _check_modern(method: str, params: Mapping[str, Any], headers: Mapping[str, str]) -> None:
    """Body and head must agree, or whoever looks at one of them only is deceived."""
    meta = params["_meta"]
    if _CAPABILITIES_KEY not in meta:
        raise RpcError(INVALID_PARAMS, f"`{_CAPABILITIES_KEY}` is missing")
    mirrored = {"mcp-protocol-version": meta[_VERSION_KEY], "mcp-method": method}
    if method == "tools/call":
        mirrored["mcp-name"] = params.get("name")
    for name, value in mirrored.items():
        if _unwrapped(headers.get(name, "")) != value:
            raise RpcError(HEADER_MISMATCH, f"the field `{name}` does not say what the message says")
    if meta[_VERSION_KEY] not in MODERN:
        raise RpcError(
            UNSUPPORTED_VERSION,
            "this revision is not spoken here",
            {"supported": [*MODERN, *HANDSHAKES], "requested": meta[_VERSION_KEY]},
        )


def _unwrapped(value: str) -> str | None:
    """A field that holds what ASCII does not is wrapped in base64."""
    found = _WRAPPED.fullmatch(value)
    try:
        return base64.b64decode(found[1], validate=True).decode() if found else value
    except (binascii.Error, UnicodeDecodeError):
        return None


def hello(request: Request, server: Server, instructions: str) -> dict[str, Any]:
    """The answer to `initialize` or `server/discover`."""
    offers: dict[str, Any] = {"capabilities": {"tools": {"listChanged": False}}, "instructions": instructions}
    if request.method == "server/discover":
        return {**offers, "supportedVersions": [*MODERN, *HANDSHAKES]} | _cacheable()
    asked = request.params.get("protocolVersion")
    return {**offers, "protocolVersion": asked if asked in HANDSHAKES else HANDSHAKES[0], "serverInfo": dict(server)}


def tool_list(tools: list[dict[str, Any]]) -> dict[str, Any]:
    return {"tools": tools} | _cacheable()


def tool_result(document: Any) -> dict[str, Any]:
    """What a tool found: as data, and as the same in text for clients that read only that."""
    text = msgspec.json.encode(document).decode()
    return {"content": [{"type": "text", "text": text}], "structuredContent": msgspec.to_builtins(document)}


def tool_error(text: str) -> dict[str, Any]:
    """What a tool could not do, for the model to read."""
    return {"content": [{"type": "text", "text": text}], "isError": True}


def answer(request: Request, result: Mapping[str, Any], server: Server) -> bytes:
    """A result on its way. The newer era wants to know whether it is complete and who answers."""
    told = {**result, "resultType": "complete", "_meta": {_SERVER_KEY: dict(server)}} if request.modern else result
    return msgspec.json.encode({"jsonrpc": "2.0", "id": request.id, "result": told})


def error(number: str | int | None, code: int, message: str, data: Any = None) -> bytes:
    said = {"code": code, "message": message} | ({"data": data} if data is not None else {})
    return msgspec.json.encode({"jsonrpc": "2.0", "id": number, "error": said})


def _cacheable() -> dict[str, Any]:
    return {"ttlMs": _TTL_MS, "cacheScope": "private"}
