"""Short tokens for a key, as programs ask for them that log in by themselves (OAuth client credentials)."""

from __future__ import annotations

import base64
import datetime as dt
import json
from typing import Any
from urllib.parse import urlencode

import pytest

from tests.doors.conftest import Opening, fetch
from tests.doors.test_guard import DOORS

pytestmark = pytest.mark.asyncio(loop_scope="session")
FORM = "application/x-www-form-urlencoded"


async def ask(cities: Opening, basic: str = "", media: str = FORM, **fields: Any) -> tuple[int, Any, dict[str, str]]:
    """Status, document and fields of the answer to a request for a token."""
    said = {"content-type": media}
    if basic:
        said["authorization"] = "Basic " + base64.b64encode(basic.encode()).decode()
    body = urlencode({"grant_type": "client_credentials", **fields}, doseq=True).encode()
    answer = await fetch(cities.doors["endpoint"] + "/token", "POST", body, **said)
    return answer.status, json.loads(answer.body), dict(answer.headers)


def named(cities: Opening) -> dict[str, str]:
    return {"client_id": cities.doors["key"], "client_secret": cities.doors["secret"]}


async def shares(cities: Opening, token: str) -> int:
    return (await fetch(cities.doors["endpoint"] + "/delta/shares", authorization=f"Bearer {token}")).status


async def test_a_token_opens_what_the_key_opens_for_an_hour(fresh: Opening, monkeypatch: pytest.MonkeyPatch) -> None:
    basic = f"{fresh.doors['key']}:{fresh.doors['secret']}"
    resource = fresh.doors["endpoint"] + "/mcp"
    for basic_or, fields in ((basic, {}), ("", named(fresh)), (basic, {"scope": "catalog", "resource": resource})):
        status, given, headers = await ask(fresh, basic_or, **fields)
        assert (status, given["token_type"], given["scope"]) == (200, "Bearer", "read")
        assert 3590 <= given["expires_in"] <= 3600
        assert headers["cache-control"] == "no-store"
    token = given["access_token"]
    assert token != fresh.token
    assert await shares(fresh, token) == 200
    key_id, _, secret = token.partition(".")
    status, again, _ = await ask(fresh, client_id=key_id, client_secret=secret)
    assert (status, again["access_token"]) == (200, token), "a token prolongs no token"
    await fresh.order("suspend")
    assert await shares(fresh, token) == 403
    assert (await ask(fresh, basic))[1]["error"] == "unauthorized_client"
    await fresh.order("resume")
    fresh.at(monkeypatch, dt.timedelta(seconds=3601))
    assert await shares(fresh, token) == 403
    assert await shares(fresh, fresh.token) == 200


async def test_what_is_refused(cities: Opening) -> None:
    key, secret = cities.doors["key"], cities.doors["secret"]
    for basic, fields, status, error in (
        ("", {}, 401, "invalid_client"),
        ("x", {}, 401, "invalid_client"),
        (f"{key}:x", {}, 401, "invalid_client"),
        (f"手形:{secret}", {}, 401, "invalid_client"),
        (f"{key}:{secret}", {"client_secret": secret}, 400, "invalid_request"),
        (f"{key}:{secret}", {"client_id": "x"}, 400, "invalid_request"),
        ("", {**named(cities), "grant_type": "password"}, 400, "unsupported_grant_type"),
        ("", {**named(cities), "grant_type": ["client_credentials"] * 2}, 400, "invalid_request"),
        ("", {**named(cities), "scope": ["a", "b"]}, 400, "invalid_request"),
        ("", {**named(cities), "resource": cities.provider.config.url + ".elsewhere.example"}, 400, "invalid_target"),
        ("", {**named(cities), "media": "application/json"}, 400, "invalid_request"),
        ("", {f"f{n}": "x" for n in range(30)}, 400, "invalid_request"),
        ("", {"client_id": "x" * 9000}, 413, "invalid_request"),
    ):
        answer = await ask(cities, basic, **fields)
        assert (answer[0], answer[1]["error"]) == (status, error), fields
        assert ("www-authenticate" in answer[2]) == (status == 401)


async def test_where_tokens_come_from_is_told_by_the_door_that_wants_one(cities: Opening) -> None:
    refused = await fetch(cities.doors["endpoint"] + "/mcp", "POST", b"{}")
    resource = json.loads((await fetch(refused.headers["www-authenticate"].split('"')[1])).body)
    (server,) = resource["authorization_servers"]
    told = json.loads((await fetch(server + "/.well-known/oauth-authorization-server")).body)
    assert (told["issuer"], told["token_endpoint"]) == (server, cities.doors["endpoint"] + "/token")
    assert told["grant_types_supported"] == ["client_credentials"]
    assert "ブラウザー" in (await fetch(told["authorization_endpoint"])).body.decode()


async def test_every_door_takes_a_token(cities: Opening) -> None:
    token = (await ask(cities, **named(cities)))[1]["access_token"]
    key_id, _, secret = token.partition(".")
    short = Opening(
        cities.provider, cities.consumer, cities.acquisition, cities.doors | {"key": key_id, "secret": secret}
    )
    assert {name: await knock(short) for name, knock in DOORS.items()} == dict.fromkeys(DOORS, 200)
