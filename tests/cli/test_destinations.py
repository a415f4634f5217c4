"""What every place must do to which received data goes: whole files or none, nothing overwritten unasked."""

from __future__ import annotations

import asyncio
import random
from abc import ABC, abstractmethod
from collections.abc import Iterator
from pathlib import Path

import pytest

from tegata.catalog.mqtt_session import Session
from tegata.cli.destination import Destination, Folder, destination_at
from tegata.cli.placing import PASSPORT, placed
from tegata.cli.terminal import Terminal
from tegata.model.base import t
from tegata.model.errors import OutboundError, StoreError, UsageError
from tegata.model.process import Acquisition
from tegata.outbound import Outbound, OutboundPolicy
from tegata.wire import mqtt
from tests.brokers.mosquitto import Mosquitto, running
from tests.cli.web_servers import Objects, Puts, Shelf, serving
from tests.nodes import make_node
from tests.tables.test_pack import FILES, written

LONG = random.Random(1).randbytes(9 << 20)  # two parts of an upload


class DestinationContract(ABC):
    """Subclasses make an empty place and look into it."""

    @pytest.fixture
    @abstractmethod
    def place(self, tmp_path: Path) -> Iterator[Destination]: ...

    @abstractmethod
    def there(self) -> dict[str, bytes]:
        """What lies there, by relative name."""

    @abstractmethod
    def break_off(self) -> None:
        """What is put next does not get through to its end."""

    def test_a_file_lies_there_as_it_was(self, place: Destination, tmp_path: Path) -> None:
        (tmp_path / "in").write_bytes(LONG)
        assert not place.is_taken("a/日本 b.csv")
        place.put("a/日本 b.csv", tmp_path / "in")
        assert place.is_taken("a/日本 b.csv")
        assert self.there() == {"a/日本 b.csv": LONG}

    def test_another_takes_its_place_where_that_is_asked_for(self, place: Destination, tmp_path: Path) -> None:
        (tmp_path / "in").write_bytes(b"1")
        place.put("a.csv", tmp_path / "in")
        with pytest.raises(UsageError, match="already exists"):
            place.refuse_taken("a.csv", force=False)
        place.refuse_taken("a.csv", force=True)
        (tmp_path / "in").write_bytes(b"2")
        place.put("a.csv", tmp_path / "in")
        assert self.there() == {"a.csv": b"2"}

    def test_what_breaks_off_leaves_nothing(self, place: Destination, tmp_path: Path) -> None:
        (tmp_path / "in").write_bytes(LONG)
        self.break_off()
        with pytest.raises(StoreError, match="writ"):
            place.put("a.csv", tmp_path / "in")
        assert self.there() == {}
        assert not place.is_taken("a.csv")

    def test_parts_lie_below_their_name_with_the_passport_beside(
        self, place: Destination, tmp_path: Path, terminal: Terminal
    ) -> None:
        archive = written(tmp_path / "archive", FILES)
        (tmp_path / "passport.jws").write_text("e30.e30.AA")
        done = placed(acquisition(archive, tmp_path / "passport.jws"), "town", place, terminal, force=False)
        assert (done.data, done.passport) == (place.shown("town"), place.shown("town" + PASSPORT))
        expected = {f"town/{name}": data for name, data in FILES.items()} | {"town" + PASSPORT: b"e30.e30.AA"}
        found = self.there()
        assert {name: found[name] for name in expected} == expected
        assert found.keys() - expected.keys() == {"town/manifest.json"}
        with pytest.raises(UsageError):
            placed(acquisition(archive, tmp_path / "passport.jws"), "town", place, terminal, force=False)
        placed(acquisition(archive, tmp_path / "passport.jws"), "town", place, terminal, force=True)

    def test_an_archive_of_somebody_else_stays_one(
        self, place: Destination, tmp_path: Path, terminal: Terminal
    ) -> None:
        archive = written(tmp_path / "archive", FILES)
        archive.write_bytes(archive.read_bytes().replace(b"a.csv", b"../.x"))
        done = placed(acquisition(archive), "town", place, terminal, force=False)
        assert done.data == place.shown("town.zip")
        assert self.there() == {"town.zip": archive.read_bytes()}


def acquisition(data: Path, passport: Path | None = None) -> Acquisition:
    return Acquisition(
        id="urn:uuid:1",
        peer="did:key:z",
        dataset="urn:uuid:2",
        title=t("town", "町"),
        phase="done",
        data=str(data),
        passport=str(passport or ""),
    )


@pytest.fixture
def terminal() -> Terminal:
    return Terminal(language="en", as_json=False, quiet=True)


class TestFolder(DestinationContract):
    @pytest.fixture
    def place(self, tmp_path: Path) -> Destination:  # type: ignore[override]
        self.folder = tmp_path / "out"
        return destination_at(self.folder, tmp_path)

    def there(self) -> dict[str, bytes]:
        return {str(p.relative_to(self.folder)): p.read_bytes() for p in self.folder.rglob("*") if p.is_file()}

    def break_off(self) -> None:
        (self.folder / ".a.csv.part").mkdir(parents=True)  # no file can be written under this name

    def test_a_folder_of_somebody_is_never_overwritten(self, place: Destination, tmp_path: Path) -> None:
        (self.folder / "town").mkdir(parents=True)
        with pytest.raises(UsageError, match="there already"):
            place.refuse_taken_parts("town", force=True)


class Served(DestinationContract):
    """A place behind a server."""

    prefix = ""

    def there(self) -> dict[str, bytes]:
        return {name.removeprefix(self.prefix): data for name, data in self.server.files.items()}

    def break_off(self) -> None:
        self.server.breaks = 100

    server: Shelf

    def test_who_is_refused_is_told(self, place: Destination, tmp_path: Path) -> None:
        (tmp_path / "in").write_bytes(b"1")
        self.server.status = 403
        with pytest.raises(StoreError) as told:
            place.put("a.csv", tmp_path / "in")
        assert "403" in str(told.value)
        assert self.there() == {}


class TestWeb(Served):
    prefix = "/drop/"

    @pytest.fixture
    def place(self, tmp_path: Path) -> Iterator[Destination]:
        make_node(tmp_path / "node", "Example Node")
        with serving(Puts) as (self.server, address):
            yield destination_at(f"{address}/drop/?signature=secret", tmp_path / "node")

    def test_a_secret_of_the_address_is_not_shown(self, place: Destination) -> None:
        assert "secret" not in place.shown("a.csv")

    def test_one_break_is_got_over(self, place: Destination, tmp_path: Path) -> None:
        (tmp_path / "in").write_bytes(LONG)
        self.server.breaks = 1
        place.put("a.csv", tmp_path / "in")
        assert self.there() == {"a.csv": LONG}

    def test_the_gate_stands_here_too(self, place: Destination, tmp_path: Path) -> None:
        (tmp_path / "in").write_bytes(b"1")
        with pytest.raises(OutboundError):
            destination_at("https://169.254.169.254/drop", tmp_path / "node").put("a.csv", tmp_path / "in")


class TestBucket(Served):
    prefix = "/bucket/year/"

    @pytest.fixture
    def place(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Destination]:
        pytest.importorskip("obstore")
        with serving(Objects) as (self.server, address):
            for name, value in {
                "AWS_ENDPOINT": address,
                "AWS_ACCESS_KEY_ID": "key",
                "AWS_SECRET_ACCESS_KEY": "secret",
                "AWS_REGION": "ap-northeast-1",
                "AWS_ALLOW_HTTP": "true",
            }.items():
                monkeypatch.setenv(name, value)
            yield destination_at("s3://bucket/year/", tmp_path)


class TestTopic(DestinationContract):
    """Kept messages of Mosquitto, seen by a client of ours for topics, as `mosquitto_sub` shows them."""

    broker: Mosquitto

    @pytest.fixture
    def place(self, tmp_path: Path) -> Iterator[Destination]:
        make_node(tmp_path / "node", "Example Node")
        with running(tmp_path / "mosquitto") as self.broker:
            self.address = f"mqtt://127.0.0.1:{self.broker.port}/drop/here"
            yield destination_at(self.address, tmp_path / "node")

    def there(self) -> dict[str, bytes]:
        return {topic.removeprefix("drop/here/"): payload for topic, payload in asyncio.run(self._kept())}

    async def _kept(self) -> list[tuple[str, bytes]]:
        gate = Outbound(OutboundPolicy(allow_http=True, networks=("127.0.0.1/32",)))
        async with gate.lines.open(f"mqtt://127.0.0.1:{self.broker.port}") as line:
            session = Session(line, "")
            await session.begin("")
            await session.subscribe("drop/here/#", 0)
            found = [mqtt.read_message(packet) async for packet in session.kept()]
        await gate.close()
        return [(message.topic, message.payload) for message in found]

    def break_off(self) -> None:
        """The broker takes no message of that length."""
        self.broker.configure("message_size_limit 1000000")

    def test_parts_lie_below_their_name_with_the_passport_beside(
        self, place: Destination, tmp_path: Path, terminal: Terminal, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """But for files without a byte: of such a message a broker keeps nothing."""
        filled = {name: data for name, data in FILES.items() if data}
        monkeypatch.setitem(globals(), "FILES", filled)
        super().test_parts_lie_below_their_name_with_the_passport_beside(place, tmp_path, terminal)
        (tmp_path / "empty").write_bytes(b"")
        with pytest.raises(StoreError, match="1 byte"):
            place.put("empty", tmp_path / "empty")

    def test_a_topic_that_stands_for_many_is_none(self, tmp_path: Path) -> None:
        make_node(tmp_path / "node", "Example Node")
        for address in ("mqtt://127.0.0.1/a/+", "mqtt://127.0.0.1/a/#", "mqtt://127.0.0.1", "mqtt://h/a?messages=1"):
            with pytest.raises(UsageError):
                destination_at(address, tmp_path / "node")

    def test_a_file_beyond_the_longest_message_is_refused(
        self, place: Destination, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(mqtt, "LONGEST", 100)
        (tmp_path / "in").write_bytes(bytes(100))
        with pytest.raises(StoreError, match="256 MB"):
            place.put("a.csv", tmp_path / "in")


def test_places_that_take_nothing(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="nothing can be laid"):
        destination_at("gopher://db.example/x", tmp_path)
    assert isinstance(destination_at(tmp_path, tmp_path), Folder)
