"""The client against a small real server that plays the management interface."""

from __future__ import annotations

import http.server
import json
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tegata.cli.client import NodeClient, NodeError
from tegata.model.errors import InputError, PeerError, UsageError

PROBLEM = {"type": "about:blank", "title": "no such data set", "detail": "`x`", "hint": "look", "code": "input"}


class Management(http.server.BaseHTTPRequestHandler):
    seen: list[tuple[str, str, dict[str, str], Any]] = []

    def do_GET(self) -> None:
        self._record(None)
        if self.path == "/problem":
            self._answer(404, PROBLEM)
        elif self.path == "/broken":
            self._answer(200, "<html>")
        else:
            self._answer(200, {"id": "did:key:z6Mk"})

    def do_POST(self) -> None:
        self._record(json.loads(self.rfile.read(int(self.headers["Content-Length"]))))
        self._answer(202, {"id": "1"})

    def _record(self, body: Any) -> None:
        self.seen.append((self.command, self.path, dict(self.headers), body))

    def _answer(self, status: int, document: Any) -> None:
        data = document.encode() if isinstance(document, str) else json.dumps(document).encode()
        self.send_response(status)
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)

    def log_message(self, *_: Any) -> None:
        pass


@pytest.fixture
def management() -> Iterator[int]:
    Management.seen.clear()
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Management) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield server.server_address[1]
        server.shutdown()


def node_folder(folder: Path, management: str) -> Path:
    folder.mkdir(exist_ok=True)
    (folder / "node.yaml").write_text(
        f"name: n\ndsp: 127.0.0.1:1\nurl: http://127.0.0.1:1\nmanagement: {management!r}\n", encoding="utf-8"
    )
    (folder / "admin.token").write_text("secret-token\n")
    return folder


def test_calls_carry_token_language_and_query(tmp_path: Path, management: int) -> None:
    client = NodeClient(node_folder(tmp_path, f"127.0.0.1:{management}"), "ja")
    assert client.get("/v1/decisions", dataset="urn:uuid:1&2") == {"id": "did:key:z6Mk"}
    assert client.post("/v1/find", {"peer": "p"}) == {"id": "1"}
    (got, posted) = Management.seen
    assert got[:2] == ("GET", "/v1/decisions?dataset=urn%3Auuid%3A1%262")
    assert got[2]["Authorization"] == "Bearer secret-token"
    assert got[2]["Accept-Language"] == "ja"
    assert posted[3] == {"peer": "p"}


def test_problem_of_the_node_is_passed_on(tmp_path: Path, management: int) -> None:
    client = NodeClient(node_folder(tmp_path, f"127.0.0.1:{management}"))
    with pytest.raises(NodeError) as failed:
        client.get("/problem")
    assert failed.value.parts("en") == ("no such data set", "`x`", "look")
    assert (failed.value.code, failed.value.exit_code) == ("input", 2)


def test_answer_that_is_not_json(tmp_path: Path, management: int) -> None:
    client = NodeClient(node_folder(tmp_path, f"127.0.0.1:{management}"))
    with pytest.raises(PeerError, match="status 200 without JSON"):
        client.get("/broken")


def test_node_that_is_down(tmp_path: Path, management: int) -> None:
    client = NodeClient(node_folder(tmp_path, "127.0.0.1:1"))
    with pytest.raises(PeerError, match="tegata node start"):
        client.get("/v1/self")


@pytest.mark.parametrize("address", ["192.0.2.1:8282", "node.example:8282"])
def test_token_never_leaves_the_machine(tmp_path: Path, address: str) -> None:
    with pytest.raises(UsageError, match="not a loopback address"):
        NodeClient(node_folder(tmp_path, address))


def test_folder_without_node_or_token(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="holds no node"):
        NodeClient(tmp_path)
    folder = node_folder(tmp_path, "127.0.0.1:1")
    (folder / "admin.token").unlink()
    with pytest.raises(InputError, match=r"admin\.token"):
        NodeClient(folder)


def test_who_publishes_a_large_file_waits_for_its_scan(
    management: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tegata.cli.client.TIMEOUT_S", 0.05)
    waited = threading.Event()
    monkeypatch.setattr(Management, "_record", lambda self, body: waited.wait(0.3))
    client = NodeClient(node_folder(tmp_path / "node", f"127.0.0.1:{management}"))
    assert client.post("/v1/datasets", {}, timeout=None) == {"id": "1"}
