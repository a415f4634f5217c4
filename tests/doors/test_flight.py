"""The Flight SQL door with the client of pyarrow (extra `flight`). ADBC's own: `make judges-doors`."""

from __future__ import annotations

import asyncio
import datetime as dt
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any

import polars as pl
import pytest
import pytest_asyncio
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from tegata.model.errors import UsageError
from tegata.node.config import FlightSettings
from tegata.node.flight import flight_door
from tegata.wire.flight_sql import command, read_command
from tests.doors.conftest import Opening
from tests.nodes import free_port

flight = pytest.importorskip("pyarrow.flight", reason="the extra `flight` (pyarrow) is not installed")

pytestmark = pytest.mark.asyncio(loop_scope="session")


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def address(cities: Opening) -> AsyncIterator[str]:
    """The door of the provider of all openings."""
    settings = FlightSettings(listen=f"127.0.0.1:{free_port()}")
    async with flight_door(settings, Path(), cities.provider.node.doors):
        yield settings.told


def query(address: str, one: Opening, text: str, token: str = "") -> pl.DataFrame:
    client, options = flight.connect(address), said(f"Bearer {token or one.token}")
    described = flight.FlightDescriptor.for_command(command("CommandStatementQuery", {1: text.encode()}))
    info = client.get_flight_info(described, options)
    table = client.do_get(info.endpoints[0].ticket, options).read_all()
    assert table.schema == info.schema
    return pl.DataFrame(pl.from_arrow(table))


def said(authorization: str) -> Any:
    return flight.FlightCallOptions(headers=[(b"authorization", authorization.encode())], timeout=20)


async def test_a_query_is_answered_and_its_use_counted(address: str, fresh: Opening) -> None:
    text = "SELECT code, people FROM data WHERE people > 1000000"
    for _ in range(2):
        assert (await asyncio.to_thread(query, address, fresh, text)).rows() == [
            ("010006", 1973395),
            ("271004", 2752412),
        ]
    assert await fresh.kinds() == ["release", "rendition", "door_use"]


async def test_a_prepared_sentence_is_the_sentence(address: str, cities: Opening) -> None:
    def work(name: str, asked: dict[int, bytes]) -> list[bytes]:
        action = flight.Action(name, command(f"Action{name}Request", asked))
        client = flight.connect(address)
        return [one.body.to_pybytes() for one in client.do_action(action, said(f"Bearer {cities.token}"))]

    (made,) = await asyncio.to_thread(work, "CreatePreparedStatement", {1: b"SELECT code FROM data"})
    assert read_command(made).text(1) == "SELECT code FROM data"
    assert await asyncio.to_thread(work, "ClosePreparedStatement", {1: b"SELECT code FROM data"}) == []
    for name, asked in (("CreatePreparedStatement", {1: b"DROP TABLE data"}), ("BeginTransaction", {})):
        with pytest.raises(flight.FlightServerError) as refused:
            await asyncio.to_thread(work, name, asked)
        assert "Traceback" not in str(refused.value)


async def test_what_is_not_offered_is_refused_in_words(address: str, cities: Opening) -> None:
    options = said(f"Bearer {cities.token}")
    for ask in (
        lambda client: list(client.list_flights(b"", options)),
        lambda client: list(client.list_actions(options)),
        lambda client: client.do_get(flight.Ticket(b"\xff" * 100), options).read_all(),
        lambda client: client.do_get(flight.Ticket(b"x" * (1 << 20)), options).read_all(),
    ):
        with pytest.raises(flight.FlightServerError) as refused:
            await asyncio.to_thread(lambda ask=ask: ask(flight.connect(address)))
        assert "Traceback" not in str(refused.value)


async def test_users_and_passwords_are_keys(address: str, cities: Opening) -> None:
    def work(password: str) -> Any:
        client = flight.connect(address)
        header = client.authenticate_basic_token(cities.doors["key"], password)
        options = flight.FlightCallOptions(headers=[header])
        kinds = client.do_get(flight.Ticket(command("CommandGetTableTypes", {})), options).read_all()
        return kinds.to_pylist()

    assert await asyncio.to_thread(work, cities.doors["secret"]) == [{"table_type": "TABLE"}]
    with pytest.raises(flight.FlightUnauthenticatedError, match="not valid"):
        await asyncio.to_thread(work, "x")


@pytest.mark.parametrize(
    ("fields", "found"),
    [
        ({}, 1),
        ({2: b"t\\_%"}, 0),
        ({2: b"T_%", 3: b"d_t%"}, 1),
        ({3: b"other"}, 0),
        ({1: b"x"}, 0),
        ({3: b"%" * 999}, 1),
    ],
)
async def test_tables_are_told(address: str, cities: Opening, fields: dict[int, bytes], found: int) -> None:
    ticket = flight.Ticket(command("CommandGetTables", fields))
    read = await asyncio.to_thread(
        lambda: flight.connect(address).do_get(ticket, said(f"Bearer {cities.token}")).read_all()
    )
    assert [row["table_name"] for row in read.to_pylist()] == ["data"] * found


async def test_what_is_refused(address: str, cities: Opening) -> None:
    before = await cities.kinds()

    def ask(data: bytes, authorization: str) -> Any:
        described = flight.FlightDescriptor.for_command(data)
        return flight.connect(address).get_flight_info(described, said(authorization))

    wanted = command("CommandStatementQuery", {1: b"SELECT * FROM data"})
    for data, authorization, error in (
        (wanted, "Bearer x", flight.FlightUnauthenticatedError),
        (wanted, "", flight.FlightUnauthenticatedError),
        (wanted, "Basic !", flight.FlightUnauthenticatedError),
        (b"x", f"Bearer {cities.token}", flight.FlightServerError),
        (command("CommandStatementUpdate", {1: b"DROP TABLE data"}), f"Bearer {cities.token}",
         flight.FlightServerError),
        (command("CommandStatementQuery", {1: b"\xff"}), f"Bearer {cities.token}", flight.FlightServerError),
        (command("CommandStatementQuery", {1: b"SELECT sum(code) FROM data"}), f"Bearer {cities.token}",
         flight.FlightServerError),
    ):  # fmt: skip
        with pytest.raises(error) as refused:
            await asyncio.to_thread(ask, data, authorization)
        assert "Traceback" not in str(refused.value)
        assert "札幌" not in str(refused.value)
        assert ".py" not in str(refused.value)
    assert await cities.kinds() == before


async def test_a_stream_stops_when_the_transfer_does(
    address: str, fresh: Opening, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tegata.doors.flight._ROWS", 1)
    loop, ask = asyncio.get_running_loop(), said(f"Bearer {fresh.token}")

    def slowly() -> int:
        client = flight.connect(address)
        reader = client.do_get(flight.Ticket(command("TicketStatementQuery", {1: b"SELECT * FROM data"})), ask)
        return sum(1 for _ in reader)

    going: list[Callable[..., Any]] = [fresh.provider.node.doors.guard.going]

    def stopped(opened: Any) -> Any:
        asyncio.run_coroutine_threadsafe(fresh.order("suspend"), loop).result(20)
        return going[0](opened)

    monkeypatch.setattr(fresh.provider.node.doors.guard, "going", stopped)
    with pytest.raises(flight.FlightUnauthorizedError, match="suspended"):
        await asyncio.to_thread(slowly)
    with pytest.raises(flight.FlightUnauthorizedError, match="resumed"):
        await asyncio.to_thread(query, address, fresh, "SELECT * FROM data")


def certified(folder: Path) -> bytes:
    """A key and a certificate of itself for this machine, in the folder of a node; the certificate."""
    key, name = (
        ec.generate_private_key(ec.SECP256R1()),
        x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "localhost")]),
    )
    now = dt.datetime.now(dt.UTC)
    made = (
        x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number())
        .not_valid_before(now - dt.timedelta(days=1))
        .not_valid_after(now + dt.timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName("localhost")]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .sign(key, hashes.SHA256())
    )
    pem = serialization.Encoding.PEM
    plain = serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    (folder / "flight.key").write_bytes(key.private_bytes(pem, *plain))
    (folder / "flight.crt").write_bytes(made.public_bytes(pem))
    return made.public_bytes(pem)


async def test_the_door_speaks_tls(cities: Opening, tmp_path: Path) -> None:
    root, port = certified(tmp_path), free_port()
    settings = FlightSettings(listen=f"127.0.0.1:{port}", certificate="flight.crt", key="flight.key")
    assert settings.told == f"grpc+tls://127.0.0.1:{port}"

    def work(url: str, **more: Any) -> Any:
        client = flight.connect(url, **more)
        return client.do_get(
            flight.Ticket(command("CommandGetCatalogs", {})), said(f"Bearer {cities.token}")
        ).read_all()

    async with flight_door(settings, tmp_path, cities.provider.node.doors):
        read = await asyncio.to_thread(work, f"grpc+tls://localhost:{port}", tls_root_certs=root)
        assert read.to_pylist() == [{"catalog_name": "tegata"}]
        with pytest.raises(flight.FlightUnavailableError):
            await asyncio.to_thread(work, f"grpc://localhost:{port}")


async def test_a_door_that_cannot_open_says_why(cities: Opening, tmp_path: Path) -> None:
    (tmp_path / "bad.pem").write_text("no certificate")
    for settings in (
        FlightSettings(listen=cities.provider.config.dsp),
        FlightSettings(listen=f"127.0.0.1:{free_port()}", certificate="bad.pem", key="bad.pem"),
        FlightSettings(listen=f"127.0.0.1:{free_port()}", certificate="missing.crt", key="missing.key"),
    ):
        with pytest.raises(UsageError) as refused:
            async with flight_door(settings, tmp_path, cities.provider.node.doors):
                pass
        assert "node.yaml" in str(refused.value.hint)
