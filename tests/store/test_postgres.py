"""PostgreSQL at its worst: killed, cut off, stalled, shared. Acknowledged is there; what is not there is said."""

from __future__ import annotations

import asyncio
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tegata.evidence import EvidenceLog, check_evidence
from tegata.model.errors import StoreError, UsageError
from tegata.store import Store, Transaction, UnavailableError, UncertainError, log
from tegata.store.migrate import migrate
from tegata.store.sql import Migration, migrations
from tegata.trust import SigningKey
from tests.contract.store_contract import NOW
from tests.postgres import Server
from tests.store.cutting import Wire
from tests.store.test_faults import CHILD, ROOT

pytest.importorskip("asyncpg", reason="the extra `postgres` is not installed")
from tegata.store import postgres as module
from tegata.store.postgres import PostgresConnection, apart
from tegata.store.postgres_errors import check_server


@pytest.fixture
def wire(postgres: Server, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Wire]:
    made = Wire(postgres.folder, tmp_path_factory.mktemp("w"))
    yield made
    made.close()


def through(wire: Wire, url: str, postgres: Server) -> str:
    return url.replace(str(postgres.folder), str(wire.place))


async def append(store: Store, data: bytes) -> int:
    return await store.write(lambda tx: log.append(tx, "test", "s", data))


async def entries(store: Store) -> list[bytes | None]:
    return await store.read(lambda tx: log.entries(tx, 0, log.size(tx)))


# --- a commit whose answer is lost


async def test_a_commit_whose_answer_is_lost_is_looked_up(postgres: Server, wire: Wire, tmp_path: Path) -> None:
    url = postgres.url()
    store = Store.open(tmp_path, through(wire, url, postgres))
    assert await append(store, b"one") == 0
    wire.cut = "after"
    assert await append(store, b"two") == 1
    assert await append(store, b"three") == 2
    assert await entries(store) == [b"one", b"two", b"three"]
    store.close()


async def test_a_commit_that_never_arrived_is_not_claimed(postgres: Server, wire: Wire, tmp_path: Path) -> None:
    store = Store.open(tmp_path, through(wire, postgres.url(), postgres))
    await append(store, b"one")
    wire.cut = "before"
    with pytest.raises(UnavailableError, match="nothing was stored"):
        await append(store, b"two")
    assert await append(store, b"three") == 1
    assert await entries(store) == [b"one", b"three"]
    store.close()


@pytest.mark.parametrize("cut", ["before", "after"])
async def test_who_cannot_ask_does_not_claim_to_know(
    postgres: Server, wire: Wire, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, cut: str
) -> None:
    monkeypatch.setattr(module, "_PAUSES", (0.0, 0.01))
    store = Store.open(tmp_path, through(wire, postgres.url(), postgres))
    await append(store, b"one")
    wire.cut, wire.dead_after = cut, True  # type: ignore[assignment]
    with pytest.raises(UncertainError):
        await append(store, b"two")
    with pytest.raises(UnavailableError):
        await append(store, b"three")
    wire.dead = False
    await append(store, b"four")
    found = [b"one", b"four"] if cut == "before" else [b"one", b"two", b"four"]
    assert await entries(store) == found
    store.close()


# --- servers and replicas that die


async def test_what_was_acknowledged_survives_a_crash_of_the_server(postgres: Server, tmp_path: Path) -> None:
    """The server crashes under load, twice; the store finds its way back by itself."""
    store, acknowledged = Store.open(tmp_path, postgres.url()), list[bytes]()
    stop = time.monotonic() + 3

    async def caller(name: int) -> None:
        number = 0
        while time.monotonic() < stop:
            number += 1
            data = b"%d %d" % (name, number)
            try:
                await append(store, data)
            except StoreError:
                await asyncio.sleep(0.05)
            else:
                acknowledged.append(data)

    async def crashes() -> None:
        for how in (signal.SIGQUIT, signal.SIGKILL):
            await asyncio.sleep(0.8)
            await asyncio.to_thread(postgres.stop, how)
            await asyncio.to_thread(postgres.start)

    await asyncio.gather(crashes(), *(caller(name) for name in range(12)))
    present = await entries(store)
    assert len(acknowledged) > 100
    assert set(acknowledged) <= set(present)
    assert len(present) == len(set(present))
    store.close()


async def test_a_killed_replica_takes_nothing_back_and_holds_nobody_up(postgres: Server, tmp_path: Path) -> None:
    url = postgres.url()
    store = Store.open(tmp_path / "other", url)
    for number in (5, 60):
        child = subprocess.Popen([*CHILD, "load", str(tmp_path / "child"), url], cwd=ROOT, stdout=subprocess.PIPE)
        assert child.stdout is not None
        names = [child.stdout.readline().rstrip() for _ in range(number)]
        child.kill()
        names += [line.rstrip() for line in child.stdout.read().splitlines(keepends=True) if line.endswith(b"\n")]
        child.stdout.close()
        child.wait()
        started = time.monotonic()
        await append(store, b"after it")
        assert time.monotonic() - started < 5
        assert set(names) <= set(await entries(store))
    store.close()


async def test_who_stalls_in_its_turn_loses_it(
    postgres: Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(module._SETTINGS, "idle_in_transaction_session_timeout", "300ms")
    url = postgres.url()
    stalled, other = Store.open(tmp_path / "a", url), Store.open(tmp_path / "b", url)
    holding, wake = threading.Event(), threading.Event()

    def stalling(tx: Transaction) -> int:
        index = log.append(tx, "test", "s", b"stalled")
        holding.set()
        wake.wait(20)
        return index

    writing = asyncio.ensure_future(stalled.write(stalling))
    await asyncio.to_thread(holding.wait, 10)
    assert await asyncio.wait_for(append(other, b"other"), 10) == 0
    wake.set()
    with pytest.raises(UnavailableError):
        await writing
    assert await append(stalled, b"again") == 1
    assert await entries(other) == [b"other", b"again"]
    stalled.close()
    other.close()


# --- replicas side by side


async def test_the_log_has_one_writer_whoever_writes(postgres: Server, tmp_path: Path) -> None:
    """Three replicas record at once: one tree, whole, with checkpoints that are each a prefix of it."""
    url, key = postgres.url(), SigningKey.generate(b"k" * 32)
    evidence = EvidenceLog(key, lambda size: b"s" * size)
    stores = [Store.open(tmp_path / name, url) for name in "abc"]

    def record(tx: Transaction, number: int) -> int:
        index, _ = evidence.record(tx, "test", f"s{number}", {"n": number}, NOW)
        evidence.checkpoint(tx)
        return index

    jobs = [stores[n % 3].write(lambda tx, n=n: record(tx, n)) for n in range(150)]  # type: ignore[misc]
    assert sorted(await asyncio.gather(*jobs)) == list(range(150))
    for store in stores:
        report = await store.read(lambda tx: check_evidence(tx, key.history))
        assert (report.size, report.signed, report.damages) == (150, 150, ())
        store.close()


async def test_word_of_other_writers_comes_in_and_none_of_our_own(postgres: Server, tmp_path: Path) -> None:
    url = postgres.url()
    one, two = Store.open(tmp_path / "a", url), Store.open(tmp_path / "b", url)
    heard: list[str] = []
    one.watch(lambda: heard.append("one"))
    two.watch(lambda: heard.append("two"))
    async with asyncio.timeout(10):
        while set(heard) != {"one", "two"}:  # after connecting: something may have been missed before
            await asyncio.sleep(0.01)
        while heard:  # and what each wrote when it was opened
            heard.clear()
            await asyncio.sleep(0.5)
        await append(one, b"x")
        while not heard:
            await asyncio.sleep(0.01)
    await asyncio.sleep(0.1)
    assert heard == ["two"]
    one.close()
    two.close()


async def test_an_older_release_stops_writing_once_a_newer_one_has_been_here(postgres: Server, tmp_path: Path) -> None:
    url = postgres.url()
    store = Store.open(tmp_path, url)
    await append(store, b"x")
    step = Migration(len(migrations()) + 1, "0099_next", "CREATE TABLE next (a TEXT) STRICT;")
    newer = PostgresConnection(url, "newer")
    apart(lambda: migrate(newer, (*migrations(), step)))
    newer.close()
    with pytest.raises(StoreError, match="written by a newer release"):
        await append(store, b"y")
    assert await entries(store) == [b"x"]
    store.close()


# --- what is refused


def test_servers_that_can_lose_what_they_acknowledge_are_refused() -> None:
    check_server(150000, "UTF8", "on")
    for server, why in (((140010, "UTF8", "on"), "version is 14"), ((150000, "SQL_ASCII", "on"), "SQL_ASCII")):
        with pytest.raises(StoreError, match=why):
            check_server(*server)
    with pytest.raises(StoreError, match="fsync"):
        check_server(160001, "UTF8", "off")


def test_a_server_that_is_no_longer_trusted_is_asked_for_nothing(
    postgres: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As after a switch to another server, behind the same address."""
    connection = PostgresConnection(postgres.url(), "test")
    connection.prepare()
    connection._drop()
    monkeypatch.setattr(module, "check_server", lambda *server: check_server(*server[:2], "off"))
    for _ in range(2):
        with pytest.raises(StoreError, match="fsync"):
            connection.begin(write=True)
    connection.close()


@pytest.mark.parametrize(
    ("setting", "value"),
    [("synchronous_commit", "on"), ("idle_in_transaction_session_timeout", "10s"), ("lock_timeout", "30s")],
)
def test_a_session_is_durable_and_its_turns_end_whatever_the_servers_default(
    postgres: Server, setting: str, value: str
) -> None:
    connection = PostgresConnection(f"{postgres.url()}&{setting}={'off' if value == 'on' else 0}", "test")
    connection.prepare()
    assert connection.execute(f"SELECT current_setting('{setting}')") == [(value,)]
    connection.close()


@pytest.mark.parametrize(
    ("database", "kind", "why"),
    [
        ("mysql://host/name", UsageError, "not the address"),
        ("postgresql://tegata@/postgres?host=/nowhere", StoreError, "not available"),
        ("postgresql://tegata@localhost:1/postgres", StoreError, "not available"),
        ("postgresql://tegata@/nothing?host={socket}", StoreError, "does not let us in"),
        ("postgresql://nobody@/postgres?host={socket}", StoreError, "does not let us in"),
        ("postgresql://tegata@/postgres?host={socket}&nonsense=1", StoreError, "nonsense"),
    ],
)
async def test_a_database_that_cannot_be_used_is_told_in_words(
    postgres: Server, tmp_path: Path, database: str, kind: type[Exception], why: str
) -> None:
    for _ in range(2):  # the folder is not locked by the one that failed
        with pytest.raises(kind, match=why):
            Store.open(tmp_path, database.format(socket=postgres.folder))


def test_without_the_driver_the_way_to_it_is_told(tmp_path: Path) -> None:
    script = (
        "import sys; sys.modules['asyncpg'] = None\n"
        "from pathlib import Path; from tegata.store import Store\n"
        f"Store.open(Path({str(tmp_path)!r}), 'postgresql://x@y/z')"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=False)
    assert "pip install 'tegata[postgres]'" in done.stderr
