"""Servers that take files, in this process: a store of objects (the part of S3 that a client needs to write), and one
that takes PUT. Each shows a file when all of it has come, and not before."""

from __future__ import annotations

import base64
import hashlib
import http.server
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit


class Shelf(http.server.ThreadingHTTPServer):
    """What was laid down, by path. `breaks`: connections that are cut in the middle of a body, one after the other."""

    def __init__(self, handler: type[http.server.BaseHTTPRequestHandler]) -> None:
        super().__init__(("127.0.0.1", 0), handler)
        self.files: dict[str, bytes] = {}
        self.uploads: dict[str, dict[int, bytes]] = {}
        self.breaks = 0
        self.status = 0  # that every PUT gets
        self.lock = threading.Lock()


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: Shelf

    def setup(self) -> None:
        super().setup()
        self.where, self.query = "", dict[str, list[str]]()

    def parse_request(self) -> bool:
        read = super().parse_request()
        if read:
            self.where = unquote(urlsplit(self.path).path)
            self.query = parse_qs(urlsplit(self.path).query, keep_blank_values=True)
        return read

    def do_HEAD(self) -> None:
        found = self.server.files.get(self.where)
        self.answer(404 if found is None else 200, size=len(found or b""))

    def body(self) -> bytes | None:
        """What was sent. None, and the connection is cut, where it is to break."""
        size = int(self.headers.get("Content-Length", "0"))
        if self.server.breaks:
            self.server.breaks -= 1
            self.rfile.read(size // 2)
            self.close_connection = True
            self.connection.close()
            return None
        return self.rfile.read(size)

    def answer(self, status: int, body: bytes = b"", size: int | None = None, **headers: str) -> None:
        self.send_response(status)
        for name, value in {"ETag": '"x"', "Last-Modified": "Thu, 01 Jan 2026 00:00:00 GMT", **headers}.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(body) if size is None else size))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: Any) -> None:
        pass


class Puts(Handler):
    """Takes PUT, and refuses what is not of the digest that is announced."""

    def do_PUT(self) -> None:
        data = self.body()
        if data is None:
            return
        digest = base64.b64encode(hashlib.sha256(data).digest()).decode()
        if self.server.status or self.headers["Repr-Digest"] != f"sha-256=:{digest}:":
            self.answer(self.server.status or 400)
            return
        self.server.files[self.where] = data
        self.answer(201)


class Objects(Handler):
    """PutObject, HeadObject and uploads in parts, path style; signatures are not checked, only that there is one."""

    def do_PUT(self) -> None:
        data = self.body()
        if data is None:
            return
        if self.server.status or "AWS4-HMAC-SHA256" not in self.headers.get("Authorization", ""):
            self.answer(self.server.status or 403)
        elif "partNumber" in self.query:
            with self.server.lock:
                self.server.uploads[self.query["uploadId"][0]][int(self.query["partNumber"][0])] = data
            self.answer(200, ETag=f'"{hashlib.md5(data, usedforsecurity=False).hexdigest()}"')
        else:
            self.server.files[self.where] = data
            self.answer(200)

    def do_POST(self) -> None:
        self.rfile.read(int(self.headers.get("Content-Length", "0")))
        if "uploads" in self.query:
            with self.server.lock:
                name = f"u{len(self.server.uploads)}"
                self.server.uploads[name] = {}
            said = f"<InitiateMultipartUploadResult><UploadId>{name}</UploadId></InitiateMultipartUploadResult>"
        else:
            parts = self.server.uploads.pop(self.query["uploadId"][0])
            self.server.files[self.where] = b"".join(parts[number] for number in sorted(parts))
            said = "<CompleteMultipartUploadResult><ETag>x</ETag></CompleteMultipartUploadResult>"
        self.answer(200, said.encode())

    def do_DELETE(self) -> None:
        self.server.uploads.pop(self.query["uploadId"][0], None)
        self.answer(204)


@contextmanager
def serving(handler: type[Handler]) -> Iterator[tuple[Shelf, str]]:
    """A server and its address."""
    with Shelf(handler) as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True)
        thread.start()
        try:
            yield server, f"http://127.0.0.1:{server.server_address[1]}"
        finally:
            server.shutdown()
            thread.join()
