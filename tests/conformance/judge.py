"""A counter-party of our own for the cases: it knows the protocol's documents and paths, and nothing of the package.

It behaves as the kit does where that is awkward: it answers a first message with 200 and not 201, its answers have no
Content-Type, and its messages carry an `@id`.
"""

from __future__ import annotations

import http.server
import json
import queue
import threading
import urllib.error
import urllib.request
import uuid
from collections.abc import Callable
from typing import Any, Final, NamedTuple, Self

JUDGE: Final = "TCK_PARTICIPANT"
PATIENCE: Final = 10  # seconds until a message that does not come is missed
SHOWN: Final = {"negotiations": "ContractNegotiation", "transfers": "TransferProcess"}

_CONTEXT: Final = ["https://w3id.org/dspace/2025/1/context.jsonld"]

Document = dict[str, Any]


def message(kind: str, terms: Document) -> Document:
    return {"@context": _CONTEXT, "@id": str(uuid.uuid4()), "@type": kind, **terms}


class Heard(NamedTuple):
    """A message of the node; `begun` is the judge's id for the process that it begins."""

    path: str
    said: Document
    begun: str


class Judge:
    """Speaks to the node at `root` and listens on a port of its own; `inspect` is given every document of the node.

    `base` is the node's DSP base, `participant` its id.
    """

    def __init__(self, root: str, inspect: Callable[[Document], None]) -> None:
        self.root = root
        self.inspect = inspect
        self.inbox: queue.SimpleQueue[Heard] = queue.SimpleQueue()
        self._server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), _handler(self))
        self.callback = f"http://127.0.0.1:{self._server.server_port}"
        version = self.versions()["2025-1"]
        self.base, self.participant = root + version["path"], version["serviceId"]

    def __enter__(self) -> Self:
        threading.Thread(target=self._server.serve_forever, daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._server.server_close()

    def versions(self) -> dict[str, Document]:
        """The versions of the protocol that the node offers."""
        _, document = self.ask("GET", self.root + "/.well-known/dspace-version")
        return {version["version"]: version for version in document["protocolVersions"]}

    def ask(self, method: str, url: str, document: Document | None = None) -> tuple[int, Any]:
        """Status and document of the node's answer."""
        body = None if document is None else json.dumps(document).encode()
        request = urllib.request.Request(url, body, {"Content-Type": "application/json"} if body else {}, method=method)
        try:
            with urllib.request.urlopen(request, timeout=PATIENCE) as answer:
                status, raw = answer.status, answer.read()
        except urllib.error.HTTPError as error:
            status, raw = error.code, error.read()
        shown = json.loads(raw) if raw else None
        if shown and "@type" in shown:
            self.inspect(shown)
        return status, shown


def _handler(judge: Judge) -> type[http.server.BaseHTTPRequestHandler]:
    class Handler(http.server.BaseHTTPRequestHandler):
        """Takes every message."""

        protocol_version = "HTTP/1.1"

        def do_POST(self) -> None:
            said = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            judge.inspect(said)
            begun = str(uuid.uuid4())
            body = _process(self.path, said["consumerPid"], begun) if self.path.endswith("s/request") else b""
            self.send_response(200)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)
            judge.inbox.put(Heard(self.path, said, begun))

        def log_message(self, *_: object) -> None:
            pass

    return Handler


def _process(path: str, consumer: str, provider: str) -> bytes:
    """The answer to a first message."""
    terms = {"providerPid": provider, "consumerPid": consumer, "state": "REQUESTED"}
    return json.dumps(message(SHOWN[path.split("/")[1]], terms)).encode()
