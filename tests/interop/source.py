"""A table on the web that EDC offers: it can be made to come only when it is told to."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

TABLE = b"code,name\n1,Tokyo\n2,Osaka\n"


class Source:
    """Serves `TABLE`: at `/` at once, at `/held` once it is released."""

    def __init__(self, port: int) -> None:
        self.url = f"http://127.0.0.1:{port}/"
        self.asked = threading.Event()
        self.released = threading.Event()

    def hold(self) -> None:
        """From now on `/held` waits again."""
        self.asked.clear()
        self.released.clear()


@contextmanager
def source() -> Iterator[Source]:
    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            if self.path == "/held":
                shared.asked.set()
                shared.released.wait(60)
            self.send_response(200)
            self.send_header("Content-Length", str(len(TABLE)))
            self.end_headers()
            self.wfile.write(TABLE)

        def log_message(self, format: str, *args: object) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        shared = Source(server.server_port)
        thread = threading.Thread(target=server.serve_forever, daemon=True)
        thread.start()
        try:
            yield shared
        finally:
            shared.released.set()
            server.shutdown()
