"""`tegata trust lists update` as a person meets it: over real TLS, from a server on loopback."""

from __future__ import annotations

import datetime as dt
import http.server
import ipaddress
import ssl
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from tests.cli.conftest import Tegata
from tests.lists.samples import BELGIUM, KEEPER, member, pointer, root
from tests.trust.pki.authority import Party

pytest.importorskip("lxml", reason="lists in XML need the extra `lists`")
JUNE = ("--at", "2026-06-02")


class Publisher(http.server.ThreadingHTTPServer):
    """What is published, by path; with tags, as such servers have them."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.files: dict[str, bytes] = {}
        self.given: list[int] = []

    @property
    def url(self) -> str:
        return f"https://127.0.0.1:{self.server_port}"


class _Handler(http.server.BaseHTTPRequestHandler):
    server: Publisher

    def do_GET(self) -> None:
        body = self.server.files.get(self.path, b"")
        tag = f'"{len(body)}"'
        status = 404 if not body else 304 if self.headers.get("If-None-Match") == tag else 200
        self.server.given.append(status)
        self.send_response(status)
        self.send_header("ETag", tag)
        if status == 200:
            self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        if status == 200:
            self.wfile.write(body)

    def log_message(self, *_: object) -> None: ...


@pytest.fixture
def publisher(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Publisher]:
    names = x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address("127.0.0.1"))])
    since = dt.datetime.now(dt.UTC) - dt.timedelta(days=1)
    party = Party("server", extensions=[(names, False)], since=since, until=since + dt.timedelta(days=30))
    certificate = x509.load_der_x509_certificate(party.certificate.der).public_bytes(Encoding.PEM)
    key = party.key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    (tmp_path / "server.pem").write_bytes(certificate + key)
    (tmp_path / "trusted.pem").write_bytes(certificate)
    monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "trusted.pem"))
    tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    tls.load_cert_chain(tmp_path / "server.pem")
    with Publisher() as server:
        server.socket = tls.wrap_socket(server.socket, server_side=True)
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield server
        server.shutdown()


@pytest.fixture
def anchor(tmp_path: Path) -> Path:
    path = tmp_path / "keeper.der"
    path.write_bytes(KEEPER.certificate.der)
    return path


def test_lists_are_fetched_told_and_used_offline(
    tegata: Tegata, tmp_path: Path, publisher: Publisher, anchor: Path
) -> None:
    folder, network = tmp_path / "lists", f"127.0.0.1/32:{publisher.server_port}"
    pointers = (pointer("BE", BELGIUM, url=f"{publisher.url}/be.xml"),)
    publisher.files = {"/lotl.xml": root(pointers=pointers), "/be.xml": member()}
    asked = ("trust", "lists", "update", folder, "--anchor", anchor, "--network", network, *JUNE)

    tried = tegata(*asked, "--url", f"{publisher.url}/lotl.xml", "--dry-run", "--json")
    assert (tried.code, tried.document["applied"], folder.exists()) == (0, False, False)
    assert tegata(*asked, "--url", f"{publisher.url}/lotl.xml", "--json").document["members"][0]["sequence"] == 5
    read = tegata("trust", "lists", "read", folder / "root.xml", folder, "--anchor", anchor, *JUNE)
    assert (read.code, "BE" in read.out) == (0, True)

    publisher.given.clear()
    publisher.files["/be.xml"] = member(sequence=6, statuses=("granted", "withdrawn", "granted"))
    told = tegata(*asked, "--lang", "ja")
    assert told.code == 0
    assert "granted -> withdrawn" in told.out
    assert "追加" in told.out
    assert sorted(publisher.given) == [200, 304]
    found = tegata("trust", "lists", "find", anchor, folder, "--root", folder / "root.xml", "--anchor", anchor, *JUNE)
    assert found.code == 1  # nobody vouches for that one, and it was looked for in lists that hold

    publisher.files.pop("/be.xml")
    late = tegata(*asked)
    assert (late.code, "404" in late.out) == (1, True)


def test_what_the_gate_refuses_and_what_is_missing_is_said(
    tegata: Tegata, tmp_path: Path, publisher: Publisher, anchor: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    url = f"{publisher.url}/lotl.xml"
    update = ("trust", "lists", "update", tmp_path / "lists")
    assert "no anchor" in tegata(*update, "--url", url).err
    closed = tegata(*update, "--url", url, "--anchor", anchor)
    assert "not public" in closed.err
    network = ("--network", f"127.0.0.1/32:{publisher.server_port}")
    assert "--url" in tegata(*update, "--anchor", anchor, *network).err
    assert "404" in tegata(*update, "--anchor", anchor, *network, "--url", url).err
    monkeypatch.delenv("SSL_CERT_FILE")
    assert tegata(*update, "--anchor", anchor, *network, "--url", url).code != 0
    assert not (tmp_path / "lists").exists()
