"""The door for agents, message by message in both eras. The client of others: `make judges-doors`."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path
from typing import Any

import jsonschema_rs
import pytest

from tegata.evidence import recorded
from tests.doors.conftest import Opening, asked_again, fetch, opened
from tests.nodes import LiveNode
from tests.services.conftest import ENTRUSTED, OPEN, patients

pytestmark = pytest.mark.asyncio(loop_scope="session")
META = {
    "io.modelcontextprotocol/protocolVersion": "2026-07-28",
    "io.modelcontextprotocol/clientCapabilities": {},
}


async def post(cities: Opening, message: Any, token: str = "", **headers: str) -> tuple[int, Any, dict[str, str]]:
    """Status, document and fields of an answer."""
    body = message if isinstance(message, bytes) else json.dumps(message).encode()
    said = {"authorization": f"Bearer {token or cities.token}", "content-type": "application/json", **headers}
    answer = await fetch(cities.doors["endpoint"] + "/mcp", "POST", body, **said)
    return answer.status, json.loads(answer.body) if answer.body else None, dict(answer.headers)


async def call(cities: Opening, tool: str, **arguments: Any) -> Any:
    """What a tool answers: its data, or the words of its refusal."""
    params = {"name": tool, "arguments": arguments}
    _, document, _ = await post(cities, {"jsonrpc": "2.0", "id": 7, "method": "tools/call", "params": params})
    result = document["result"]
    if result.get("isError"):
        return result["content"][0]["text"]
    assert json.loads(result["content"][0]["text"]) == result["structuredContent"]
    return result["structuredContent"]


async def test_both_eras_say_hello_and_list_tools(cities: Opening) -> None:
    asked = {"protocolVersion": "2025-06-18", "capabilities": {}, "clientInfo": {"name": "x", "version": "1"}}
    _, document, _ = await post(cities, {"jsonrpc": "2.0", "id": 1, "method": "initialize", "params": asked})
    assert document["result"]["protocolVersion"] == "2025-06-18"
    assert document["result"]["serverInfo"]["name"] == "tegata"
    status, nothing, _ = await post(cities, {"jsonrpc": "2.0", "method": "notifications/initialized"})
    assert (status, nothing) == (202, None)
    modern = {"jsonrpc": "2.0", "id": "a", "method": "server/discover", "params": {"_meta": META}}
    fields = {"mcp_protocol_version": "2026-07-28", "mcp_method": "server/discover"}
    _, document, _ = await post(cities, modern, **fields)
    assert (document["id"], document["result"]["resultType"]) == ("a", "complete")
    assert document["result"]["supportedVersions"][0] == "2026-07-28"
    status, document, _ = await post(
        cities, {**modern, "method": "tools/list"}, **{**fields, "mcp_method": "tools/list"}
    )
    tools = {tool["name"]: tool for tool in document["result"]["tools"]}
    assert set(tools) == {
        "search_catalog", "explain_terms", "request_agreement", "agreement_status", "preview", "query_agreed",
    }  # fmt: skip
    for tool in tools.values():
        jsonschema_rs.validator_for(tool["inputSchema"])
        assert tool["inputSchema"]["type"] == "object"


async def test_agreed_data_is_previewed_and_questioned(cities: Opening) -> None:
    before = len([entry async for entry in _entries(cities, "door_query")])
    shown = await call(cities, "preview", rows=1)
    assert [column["type"] for column in shown["columns"]][2:5] == ["long", "double", "date"]
    assert (shown["rows"], shown["more"]) == (
        [["010006", "札幌市", 1973395, 15.5, "1922-08-01", True, 'a, "quoted" note']],
        True,
    )
    for question, rows in (
        ({"columns": ["市"], "where": [{"column": "people", "op": ">", "value": 1_000_000}]}, [["札幌市"], ["大阪市"]]),
        ({"columns": ["code"], "where": [{"column": "since", "op": "<", "value": "1900-01-01"}]}, [["271004"]]),
        ({"columns": ["code"], "where": [{"column": "市", "op": "contains", "value": "区"}]}, [["131016"]]),
        ({"columns": ["code"], "where": [{"column": "code", "op": "in", "value": ["271004", "x"]}]}, [["271004"]]),
        ({"columns": ["code"], "where": [{"column": "note", "op": "is_null"}]}, [["131016"]]),
        ({"columns": ["code"], "order_by": [{"column": "code", "descending": True}], "limit": 1}, [["271004"]]),
        ({"figures": [{"op": "sum", "column": "people"}, {"op": "count"}]}, [[4792487, 3]]),
        (
            {"group_by": ["open"], "figures": [{"op": "max", "column": "share"}], "order_by": [{"column": "open"}]},
            [[False, 0.5], [True, 31.25]],
        ),
    ):  # fmt: skip
        assert (await call(cities, "query_agreed", **question))["rows"] == rows, question
    entries = [entry async for entry in _entries(cities, "door_query")]
    assert [entry.body["rows"] for entry in entries[before:]] == [1, 2, 1, 1, 1, 1, 1, 1, 2]
    assert "札幌" not in str(entries)
    assert "door_use" in await cities.kinds()


async def _entries(cities: Opening, kind: str) -> Any:
    for entry in await cities.provider.node.store.read(lambda tx: list(recorded(tx))):
        if (entry.kind, entry.subject) == (kind, cities.transfer):
            yield entry


async def test_questions_that_cannot_be_answered_say_why(cities: Opening) -> None:
    for question, why in (
        ({"columns": ["x'; DROP TABLE"]}, "there is no column"),
        ({"columns": ["^.*$"]}, "columns: code"),
        ({"where": [{"column": "code' OR '1'='1", "op": "=", "value": 1}]}, "there is no column"),
        ({"where": [{"column": "note", "op": "=", "value": "x' OR '1'='1"}]}, "'rows': []"),
        ({"where": [{"column": "people", "op": ">", "value": "many"}]}, "whole numbers"),
        ({"where": [{"column": "since", "op": ">", "value": "2024-02-30"}]}, "days"),
        ({"where": [{"column": "people", "op": "like", "value": 1}]}, "do not read"),
        ({"limit": 1001}, "do not read"),
        ({"limit": 0}, "do not read"),
        ({"sql": "SELECT 1"}, "do not read"),
        ({"figures": [{"op": "sum", "column": "市"}]}, "texts"),
        ({"figures": [{"op": "count"}, {"op": "count"}]}, "cannot be answered"),
        ({"columns": ["code", "code"]}, "cannot be answered"),
        ({"where": [{"column": "people", "op": "=", "value": 2**63}]}, ""),
    ):
        assert why in str(await call(cities, "query_agreed", **question)), question
    assert "no such tool" in str(await post(cities, {"jsonrpc": "2.0", "id": 1, "method": "tools/call", "params": {}}))


async def test_terms_are_explained_and_agreements_asked_for(register: Opening, tmp_path: Path) -> None:
    terms = await call(register, "explain_terms", language="ja")
    assert (terms["agreed"], terms["outcome"]) == (True, "allow_with_conditions")
    assert any("氏名" in duty["says"] for duty in terms["duties"]), terms["duties"]
    status = await call(register, "agreement_status")
    assert (status["agreement"], status["transfer"]) == (register.doors["agreement"], register.transfer)
    assert status["state"] == "STARTED"
    other = await register.provider.publishes(patients(tmp_path / "another_register.csv"), ENTRUSTED)
    (found,) = (await call(register, "search_catalog", query="another_register"))["datasets"]
    assert (found["id"], found["outcome"]) == (other, "allow_with_conditions")
    assert (await call(register, "explain_terms", dataset=other))["agreed"] is False
    asked = await call(register, "request_agreement", dataset=other)
    again = await call(register, "request_agreement", dataset=other)
    assert (asked["state"], again["negotiation"]) == ("OFFERED", asked["negotiation"])
    async with asyncio.timeout(10):
        while not (waiting := (await register.consumer.call("GET", "/v1/negotiations?state=OFFERED"))[1]):
            await asyncio.sleep(0.02)
    assert [one["dataset"] for one in waiting] == [other], "it waits for a person at the consumer's node"
    assert (await call(register, "agreement_status", negotiation=asked["negotiation"]))["state"] == "OFFERED"
    assert "there is no" in await call(register, "agreement_status", negotiation="urn:uuid:x")
    assert "search_catalog" in await call(register, "request_agreement", dataset="urn:uuid:x")


async def test_who_may_not_speak(cities: Opening) -> None:
    ping = {"jsonrpc": "2.0", "id": 1, "method": "ping"}
    status, document, headers = await post(cities, ping, token="x")
    assert (status, document["jsonrpc"]) == (401, "2.0")
    metadata = headers["www-authenticate"].partition('"')[2].rstrip('"')
    said = json.loads((await fetch(metadata)).body)
    assert said["resource"] == cities.doors["endpoint"] + "/mcp"
    assert (await post(cities, ping, origin="https://elsewhere.example"))[0] == 403
    assert (await post(cities, ping))[1] == {"jsonrpc": "2.0", "id": 1, "result": {}}


async def test_messages_that_do_not_read(cities: Opening) -> None:
    modern = {"jsonrpc": "2.0", "id": 1, "method": "tools/list", "params": {"_meta": META}}
    fields = {"mcp_protocol_version": "2026-07-28", "mcp_method": "tools/list"}
    later = {**modern, "params": {"_meta": {**META, "io.modelcontextprotocol/protocolVersion": "2999-01-01"}}}
    for message, headers, wanted in (
        (b"{", {}, -32700),
        (b"[" * 5000, {}, -32700),
        (b'{"id":1,"id":2}', {}, -32700),
        ([{"jsonrpc": "2.0", "id": 1, "method": "ping"}], {}, -32600),
        ({"jsonrpc": "1.0", "id": 1, "method": "ping"}, {}, -32600),
        ({"jsonrpc": "2.0", "id": [1], "method": "ping"}, {}, -32600),
        ({"jsonrpc": "2.0", "id": 1, "method": "tools/list", "params": [1]}, {}, -32600),
        (modern, {}, -32020),
        (modern, {**fields, "mcp_method": "tools/call"}, -32020),
        (later, {**fields, "mcp_protocol_version": "2999-01-01"}, -32022),
        ({**modern, "params": {"_meta": {"io.modelcontextprotocol/protocolVersion": "2026-07-28"}}}, fields, -32602),
        ({**modern, "method": "x"}, {**fields, "mcp_method": "x"}, -32601),
    ):
        status, document, _ = await post(cities, message, **headers)
        assert (document["error"]["code"], 400 <= status < 500) == (wanted, True), (message, document)


async def test_questions_of_an_agreement_are_counted_across_calls_and_keys(
    pair: tuple[LiveNode, LiveNode], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    table = tmp_path / "data.csv"
    table.write_text("a\n1\n2\n3\n")
    one = await opened(*pair, table, OPEN, questions=4)
    assert "4 answers to agents a day" in json.dumps((await call(one, "explain_terms"))["duties"])
    assert len((await call(one, "preview"))["rows"]) == 3
    assert (await call(one, "query_agreed", limit=2))["more"]
    status = await call(one, "agreement_status")
    assert (status["today"], status["most_a_day"]["questions"]) == ({"questions": 2, "rows": 5}, 4)
    monkeypatch.setattr("tegata.doors.allowance.MOST_ROWS", 7)
    assert "7 rows a day are answered, and 5 were" in await call(one, "query_agreed")
    assert len((await call(one, "query_agreed", figures=[{"op": "sum", "column": "a"}]))["rows"]) == 1
    monkeypatch.undo()
    other = await asked_again(one)
    assert other.key != one.key
    assert len((await call(other, "query_agreed"))["rows"]) == 3
    before = await other.kinds()
    for either in (one, other):
        assert "4 questions a day are answered, and 4 were" in await call(either, "query_agreed")
    assert await other.kinds() == before, "and nothing of it is counted as a use"
    with monkeypatch.context() as patch:  # a new day
        patch.setattr("tegata.doors.allowance.day_of", lambda now: now)
        assert len((await call(one, "preview"))["rows"]) == 3


@pytest.mark.parametrize(
    "asked",
    [
        {"columns": ['a"; DROP TABLE x; --']},
        {"columns": ["*"]},
        {"columns": ["^.*$"]},
        {"table": "../../etc/passwd"},
        {"table": "read_csv('/etc/passwd')"},
        {"where": [{"column": "code", "op": "=", "value": "' OR '1'='1"}]},
        {"where": [{"column": "code", "op": "like", "value": "%"}]},
        {"where": [{"column": "code OR 1=1", "op": "is_null"}]},
        {"where": [{"column": "people", "op": "=", "value": 2**63 + 5}]},
        {"figures": [{"op": "sum", "column": "people) FROM x; --"}]},
        {"order_by": [{"column": "1; DELETE FROM agreements"}]},
        {"limit": 1001},
        {"sql": "SELECT * FROM sqlite_master"},
    ],
)
async def test_hostile_questions_say_nothing(cities: Opening, asked: dict[str, Any]) -> None:
    answer = await call(cities, "query_agreed", **asked)
    assert isinstance(answer, str) or answer["rows"] == []
    assert "札幌" not in json.dumps(answer, ensure_ascii=False)
