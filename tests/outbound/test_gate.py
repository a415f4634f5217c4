"""What a peer can and cannot do to a request, over real sockets."""

from __future__ import annotations

import asyncio
import datetime as dt
import itertools
import ssl
from collections.abc import AsyncIterator, Sequence
from pathlib import Path

import msgspec
import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from tegata.model.errors import OutboundError, PeerError
from tegata.outbound import Outbound, OutboundPolicy
from tests.outbound.servers import Handler, Server, ok, says, serving

LOCAL = OutboundPolicy(allow_http=True, networks=("127.0.0.1/32",))
HASTY = msgspec.structs.replace(LOCAL, answer_seconds=0.5)


@pytest.fixture
async def gate() -> AsyncIterator[Outbound]:
    gate = Outbound(LOCAL)
    yield gate
    await gate.close()


def url(server: Server, path: str = "/") -> str:
    return f"http://127.0.0.1:{server.port}{path}"


async def test_a_request_and_its_answer(gate: Outbound) -> None:
    async with serving(says(ok(b"hello", b"X-A: 1", b"x-a: 2"))) as server:
        answer = await gate.request("POST", url(server, "/p?q=1"), headers={"X-B": "3"}, content=b"")
        assert answer == (200, {"content-length": "5", "x-a": "1, 2"}, b"hello")
        head = server.requests[0].decode()
        assert head.startswith("POST /p?q=1 HTTP/1.1\r\n")
        assert f"Host: 127.0.0.1:{server.port}\r\n" in head
        assert "X-B: 3\r\n" in head


async def test_content_is_sent(gate: Outbound) -> None:
    seen = bytearray()

    async def echo(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        seen.extend(await reader.readexactly(100_000))
        writer.write(ok(b""))
        writer.close()

    listener = await asyncio.start_server(echo, "127.0.0.1", 0)
    port = listener.sockets[0].getsockname()[1]
    await gate.request("POST", f"http://127.0.0.1:{port}/", content=b"x" * 100_000)
    assert seen == b"x" * 100_000
    listener.close()


async def test_a_redirect_is_not_followed(gate: Outbound) -> None:
    async with serving(says(ok(b"secret"))) as inner:
        redirect = f"HTTP/1.1 302 Found\r\nLocation: http://127.0.0.1:{inner.port}/\r\nContent-Length: 0\r\n\r\n"
        async with serving(says(redirect.encode())) as server:
            answer = await gate.request("GET", url(server))
        assert answer.status == 302
        assert inner.connections == 0


async def test_cookies_are_not_kept_and_proxies_not_used(gate: Outbound, monkeypatch: pytest.MonkeyPatch) -> None:
    async with serving(says(ok(b""))) as proxy, serving(says(ok(b"", b"Set-Cookie: a=1"))) as server:
        for name in ("HTTP_PROXY", "http_proxy", "ALL_PROXY", "all_proxy"):
            monkeypatch.setenv(name, f"http://127.0.0.1:{proxy.port}")
        for _ in range(2):
            await gate.request("GET", url(server))
        assert proxy.connections == 0
        assert not any(b"cookie" in head.lower() for head in server.requests)
        assert server.connections == 1  # the checked connection is used again


async def test_a_name_that_changes_its_mind_gets_no_second_look() -> None:
    """DNS rebinding: whatever the resolver says next, the connection goes to what was checked."""
    answers = itertools.cycle([["127.0.0.2"], ["127.0.0.1"], ["127.0.0.2", "127.0.0.1"], ["127.0.0.1", "127.0.0.2"]])

    async def rebinding(host: str, port: int) -> Sequence[str]:
        return next(answers)

    reached = 0
    closing = says(ok(b"", b"Connection: close"), then_close=True)
    async with serving(closing, host="127.0.0.2") as good, serving(closing, port=good.port) as bad:
        policy = OutboundPolicy(allow_http=True, networks=(f"127.0.0.2/32:{good.port}",))
        gate = Outbound(policy, resolver=rebinding)
        for _ in range(400):
            try:
                await gate.request("GET", f"http://peer.example:{good.port}/")
                reached += 1
            except OutboundError:
                pass
        await gate.close()
        assert (reached, good.connections, bad.connections) == (100, 100, 0)


async def test_the_next_address_is_tried_when_one_does_not_answer() -> None:
    async def two(host: str, port: int) -> Sequence[str]:
        return ["127.0.0.3", "127.0.0.1"]

    async with serving(says(ok(b"here"))) as server:
        gate = Outbound(OutboundPolicy(allow_http=True, networks=("127.0.0.0/8",)), resolver=two)
        assert (await gate.request("GET", f"http://peer.example:{server.port}/")).body == b"here"
        await gate.close()


def _certificate(folder: Path, name: str) -> tuple[ssl.SSLContext, ssl.SSLContext]:
    """A server's TLS context for `name`, and a client's that trusts it."""
    key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, name)])
    start = dt.datetime.now(dt.UTC) - dt.timedelta(hours=1)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(subject)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(start)
        .not_valid_after(start + dt.timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(name)]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    pem = folder / f"{name}.pem"
    secret = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    pem.write_bytes(secret + certificate.public_bytes(serialization.Encoding.PEM))
    server = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    server.load_cert_chain(pem)
    client = ssl.create_default_context(cadata=certificate.public_bytes(serialization.Encoding.PEM).decode())
    return server, client


async def test_tls_is_agreed_with_the_name_although_the_address_is_pinned(tmp_path: Path) -> None:
    names: list[str | None] = []

    async def local(host: str, port: int) -> Sequence[str]:
        return ["127.0.0.1"]

    server_tls, client_tls = _certificate(tmp_path, "peer.example")
    server_tls.sni_callback = lambda _, name, __: names.append(name)
    async with serving(says(ok(b"sealed")), tls=server_tls) as server:
        gate = Outbound(OutboundPolicy(networks=("127.0.0.1/32",)), resolver=local, tls=client_tls)
        answer = await gate.request("GET", f"https://peer.example:{server.port}/")
        assert answer.body == b"sealed"
        assert names == ["peer.example"]
        assert f"Host: peer.example:{server.port}".encode() in server.requests[0]
        with pytest.raises(PeerError, match="certificate verify failed"):
            await gate.request("GET", f"https://other.example:{server.port}/")
        await gate.close()


async def _trickle(_: bytes, writer: asyncio.StreamWriter) -> None:
    writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 1000000\r\n\r\n")
    while True:
        writer.write(b".")
        await writer.drain()
        await asyncio.sleep(0.05)


async def _silent(_: bytes, __: asyncio.StreamWriter) -> None:
    await asyncio.sleep(60)


async def _endless_head(_: bytes, writer: asyncio.StreamWriter) -> None:
    writer.write(b"HTTP/1.1 200 OK\r\n")
    while True:
        writer.write(b"X-A: " + b"a" * 1000 + b"\r\n")
        await writer.drain()


async def _endless_body(_: bytes, writer: asyncio.StreamWriter) -> None:
    writer.write(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n")
    while True:
        writer.write(b"10000\r\n" + b"a" * 65536 + b"\r\n")
        await writer.drain()


BAD = {
    "trickle": (_trickle, "in time"),
    "silent": (_silent, "in time"),
    "endless head": (_endless_head, "cannot be used"),
    "endless body": (_endless_body, "longer than 1000 bytes"),
    "garbage": (says(b"\x00\xff" * 50 + b"\r\n\r\n"), "cannot be used"),
    "not http": (says(b"SSH-2.0-OpenSSH_9.2\r\n\r\n"), "cannot be used"),
    "too long": (says(ok(b"x" * 1001)), "longer than 1000 bytes"),
    "cut off": (says(ok(b"x" * 100)[:-1], then_close=True), "cannot be used"),
    "nothing": (says(b"", then_close=True), "cannot be used"),
    "lies about length": (says(b"HTTP/1.1 200 OK\r\nContent-Length: -1\r\n\r\n"), "cannot be used"),
    "two lengths": (says(b"HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nxx"), "cannot be used"),
    "bad chunk": (says(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n"), "cannot be used"),
    "compressed": (says(ok(b"\x1f\x8b", b"Content-Encoding: gzip")), "compressed"),
}


@pytest.mark.parametrize("name", BAD)
async def test_a_bad_server_gets_one_clear_error(name: str) -> None:
    handler, say = BAD[name]
    gate = Outbound(HASTY if say == "in time" else LOCAL)
    async with asyncio.timeout(10), serving(handler) as server:
        with pytest.raises(PeerError, match=say) as failed:
            await gate.request("GET", url(server), max_bytes=1000)
    assert f"127.0.0.1:{server.port}" in str(failed.value)
    await gate.close()


async def test_nobody_there(gate: Outbound) -> None:
    with pytest.raises(PeerError, match="cannot be reached"):
        await gate.request("GET", "http://127.0.0.1:1/")


async def test_a_name_that_nobody_knows() -> None:
    async def unknown(host: str, port: int) -> Sequence[str]:
        raise OSError("name or service not known")

    async def empty(host: str, port: int) -> Sequence[str]:
        return []

    for resolver in (unknown, empty):
        gate = Outbound(LOCAL, resolver=resolver)
        with pytest.raises(PeerError, match="name was not resolved"):
            await gate.request("GET", "https://nowhere.example/")
        await gate.close()


@pytest.mark.parametrize("host", ["a..example", "a" * 64 + ".example", ".", "a" * 253])
async def test_what_cannot_be_a_name(gate: Outbound, host: str) -> None:
    with pytest.raises(PeerError, match="name was not resolved"):
        await gate.request("GET", f"https://{host}/")


async def test_a_resolver_that_hangs_is_given_up() -> None:
    async def hanging(host: str, port: int) -> Sequence[str]:
        await asyncio.sleep(60)
        return []

    gate = Outbound(OutboundPolicy(connect_seconds=0.1), resolver=hanging)
    with pytest.raises(PeerError, match="name was not resolved"):
        await gate.request("GET", "https://slow.example/")
    await gate.close()


async def test_a_stream_is_handed_on_in_blocks(gate: Outbound) -> None:
    body = bytes(range(256)) * 8192  # 2 MiB
    async with serving(says(ok(body))) as server, gate.stream(url(server)) as (status, headers, blocks):
        sizes = []
        received = bytearray()
        async for block in blocks:
            sizes.append(len(block))
            received += block
    assert (status, headers["content-length"]) == (200, str(len(body)))
    assert received == body
    assert max(sizes) <= 128 << 10
    assert min(sizes[:-1]) >= 64 << 10


@pytest.mark.parametrize(("handler", "say"), [(_trickle, "in time"), (BAD["cut off"][0], "cannot be used")])
async def test_a_stream_that_breaks_is_told(handler: Handler, say: str) -> None:
    gate = Outbound(msgspec.structs.replace(LOCAL, block_seconds=0.5 if say == "in time" else 60))
    async with asyncio.timeout(10), serving(handler) as server, gate.stream(url(server)) as stream:
        with pytest.raises(PeerError, match=say):
            async for _ in stream.blocks:
                pass
    await gate.close()


async def test_an_error_of_the_reader_is_not_blamed_on_the_peer(gate: Outbound) -> None:
    async with serving(_endless_body) as server:
        with pytest.raises(TimeoutError, match="my own"):
            async with gate.stream(url(server)):
                raise TimeoutError("my own")


async def test_a_stream_to_a_refused_address_never_begins(gate: Outbound) -> None:
    with pytest.raises(OutboundError):
        async with gate.stream("http://127.0.0.2:80/"):
            pass


async def test_a_header_that_would_split_the_request_is_refused(gate: Outbound) -> None:
    async with serving(says(ok(b""))) as server:
        with pytest.raises(OutboundError, match="not HTTP"):
            await gate.request("GET", url(server), headers={"X-A": "1\r\nHost: other.example"})
