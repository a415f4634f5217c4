"""Short tokens for an access key: programs that log in by themselves (OAuth client credentials) do so with id and
secret of the key, and then show a token that is good for an hour.

Such a token is a key of the same transfer with an earlier end, so that every door knows it and nothing of it is kept.
"""

from __future__ import annotations

import datetime as dt
from typing import Final

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from tegata.api.body import read_body
from tegata.doors.guard import Guard
from tegata.doors.names import DOORS_PATH
from tegata.doors.serving import NEVER_CACHED, answering
from tegata.model.base import t
from tegata.model.errors import TegataError
from tegata.transfer.access import KeyRing
from tegata.wire import oauth as wire

OAUTH_PATH: Final = "/token"
_GOOD_SECONDS: Final = 3600
_PEOPLE_PATH: Final = "/authorize"
_METADATA: Final = "/.well-known/oauth-authorization-server"
_JSON: Final = "application/json"
_CODES: Final = {401: ("invalid_client", 401), 403: ("unauthorized_client", 400), 404: ("unauthorized_client", 400)}
_FAULTS: Final = {429: "temporarily_unavailable", 500: "server_error", 503: "temporarily_unavailable"}
_NOBODY: Final = t(
    "nobody logs in here with a browser: programs do, with id and secret of an access key (OAuth client credentials), "
    "or they show the key itself as bearer token",
    "ここではブラウザーでログインできません。プログラムがアクセスキーの id と秘密でログインするか"
    "（OAuth クライアントクレデンシャル）、キーそのものをベアラートークンとして示します",
)


class TokenDoor:
    """Gives tokens for keys.

    Args:
        url: of the node, as others see it: the issuer.
    """

    def __init__(self, guard: Guard, keys: KeyRing, url: str) -> None:
        self._guard = guard
        self._keys = keys
        self._url = url

    def routes(self) -> list[Route]:
        return [
            Route(DOORS_PATH + OAUTH_PATH, answering(self.give, _refused), methods=["POST"]),
            Route(DOORS_PATH + _PEOPLE_PATH, _told, methods=["GET"]),
            Route(_METADATA, self.metadata, methods=["GET"]),
        ]

    async def metadata(self, _: Request) -> Response:
        doors = self._url + DOORS_PATH
        body = wire.server_metadata(self._url, doors + OAUTH_PATH, doors + _PEOPLE_PATH)
        return Response(body, 200, media_type=_JSON)

    async def give(self, request: Request) -> Response:
        """A token to who proves a key whose doors are open now."""
        body = await read_body(request, wire.MAX_BYTES)
        head = request.headers
        asked = wire.read_token_request(head.get("content-type", ""), head.get("authorization", ""), body)
        if not all(f"{resource}/".startswith(f"{self._url}/") for resource in asked.resources):
            raise wire.OAuthError("invalid_target", "there is no such resource here")
        opened = await self._guard.enter(asked.client, lambda key: key.is_proven_by(asked.secret))
        now = self._guard.now()
        short = self._keys.shorter(opened.key, now + dt.timedelta(seconds=_GOOD_SECONDS))
        seconds = int((short.expires - now).total_seconds())
        return Response(wire.token(short.token, seconds), 200, {**NEVER_CACHED, "Pragma": "no-cache"}, media_type=_JSON)


async def _told(_: Request) -> Response:
    text = f"{_NOBODY.en}\n{_NOBODY.ja}\n"
    return Response(text, 400, NEVER_CACHED, media_type="text/plain; charset=utf-8")


def _refused(status: int, error: TegataError) -> Response:
    name, status = _CODES.get(status, (_FAULTS.get(status, "invalid_request"), status))
    if isinstance(error, wire.OAuthError):
        name = error.name
    headers = {**NEVER_CACHED} | ({"WWW-Authenticate": 'Basic realm="tegata"'} if status == 401 else {})
    return Response(wire.error_body(name, str(error)), status, headers, media_type=_JSON)
