"""The door for agents: a server of the Model Context Protocol over streamable HTTP, without sessions.

It is a protected resource of OAuth (RFC 6750, RFC 9728): it takes bearer tokens, and says so in its metadata. The token
is the access key of an agreement, or a shorter one that the node gives for it (`tokens.py`).
"""

from __future__ import annotations

from typing import Any, Final
from urllib.parse import urlsplit

import msgspec
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from tegata import __version__
from tegata.api.body import read_body
from tegata.doors.agent import AgentDesk, Tool
from tegata.doors.guard import Guard, Opened
from tegata.doors.names import DOORS_PATH
from tegata.doors.serving import NEVER_CACHED, answering
from tegata.model.errors import ProtocolError, TegataError
from tegata.wire import mcp as wire
from tegata.wire import oauth

MCP_PATH: Final = "/mcp"
_METADATA: Final = "/.well-known/oauth-protected-resource"
_JSON: Final = "application/json"
_SERVER: Final = {"name": "tegata", "version": __version__}
_SCHEMA: Final = "https://json-schema.org/draft/2020-12/schema"
_INSTRUCTIONS: Final = (
    "Data of one provider, under an agreement. Explain the terms before you use the data, keep to the duties that come "
    "with each answer, and leave decisions on new agreements to a person."
)


class McpDoor:
    """Answers agents.

    Args:
        url: of the node, as others see it.
    """

    def __init__(self, guard: Guard, desk: AgentDesk, url: str) -> None:
        self._guard = guard
        self._tools = {tool.name: tool for tool in desk.tools()}
        self._url = url

    def routes(self) -> list[Route]:
        path = DOORS_PATH + MCP_PATH
        return [
            Route(path, answering(self.speak, self._refused), methods=["POST"]),
            Route(_METADATA, self.metadata, methods=["GET"]),
            Route(_METADATA + path, self.metadata, methods=["GET"]),
        ]

    async def metadata(self, _: Request) -> Response:
        body = oauth.resource_metadata(self._url + DOORS_PATH + MCP_PATH, "agreed data", self._url)
        return Response(body, 200, media_type=_JSON)

    async def speak(self, request: Request) -> Response:
        """One message, and its answer if it has one."""
        _refuse_foreign_page(request)
        opened = await self._guard.enter_with_token(request.headers.get("authorization", ""))
        opened = await self._guard.latest(opened)
        asked = wire.read_request(await read_body(request, wire.MAX_BYTES), request.headers)
        if asked.id is None or not asked.method:
            return Response(status_code=202, headers=NEVER_CACHED)
        try:
            return _json(wire.answer(asked, await self._result(opened, asked), _SERVER))
        except wire.RpcError as error:
            status = error.status if asked.modern else 200
            return _json(wire.error(asked.id, error.number, error.parts("en")[0], error.data), status)

    async def _result(self, opened: Opened, asked: wire.Request) -> dict[str, Any]:
        match asked.method:
            case "initialize" | "server/discover":
                return wire.hello(asked, _SERVER, _INSTRUCTIONS)
            case "tools/list":
                return wire.tool_list([_described(tool) for tool in self._tools.values()])
            case "tools/call":
                return await self._called(opened, asked.params)
            case "ping":
                return {}
        raise wire.RpcError(wire.NO_METHOD, f"there is no method `{asked.method[:80]}`")

    async def _called(self, opened: Opened, params: dict[str, Any]) -> dict[str, Any]:
        """Errors of the tool are told to the model, so that it can mend its question."""
        tool = self._tools.get(str(params.get("name", "")))
        if tool is None:
            raise wire.RpcError(wire.INVALID_PARAMS, "there is no such tool")
        try:
            return wire.tool_result(await tool.do(opened, msgspec.convert(params.get("arguments") or {}, tool.asks)))
        except msgspec.ValidationError as error:
            return wire.tool_error(f"the arguments do not read: {error}")
        except ProtocolError:
            raise
        except TegataError as error:
            return wire.tool_error("\n".join(part for part in error.parts("en") if part))

    def _refused(self, status: int, error: TegataError) -> Response:
        number = error.number if isinstance(error, wire.RpcError) else wire.INVALID_REQUEST
        headers = {**NEVER_CACHED}
        if status == 401:
            headers["WWW-Authenticate"] = f'Bearer resource_metadata="{self._url}{_METADATA}{DOORS_PATH}{MCP_PATH}"'
        data = error.data if isinstance(error, wire.RpcError) else None
        body = wire.error(None, number, str(error), data)
        return Response(body, status, headers, media_type=_JSON)


def _described(tool: Tool) -> dict[str, Any]:
    (_,), parts = msgspec.json.schema_components([tool.asks], ref_template="#/$defs/{name}")
    shape = parts.pop(tool.asks.__name__)
    schema = {"$schema": _SCHEMA, **shape} | ({"$defs": parts} if parts else {})
    hints = {"readOnlyHint": tool.name != "request_agreement", "openWorldHint": False}
    return {"name": tool.name, "description": tool.about, "inputSchema": schema, "annotations": hints}


def _refuse_foreign_page(request: Request) -> None:
    """A page of somebody else's in a browser may not speak here (the protocol's guard against DNS rebinding)."""
    origin = request.headers.get("origin")
    if origin is not None and urlsplit(origin).netloc != request.headers.get("host", ""):
        raise ProtocolError("requests of other origins are not taken", status=403)


def _json(body: bytes, status: int = 200) -> Response:
    return Response(body, status, NEVER_CACHED, media_type=_JSON)
