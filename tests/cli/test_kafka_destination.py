"""A topic of Kafka as a destination, by Apache Kafka, and read back by a client that others wrote."""

from __future__ import annotations

import asyncio
import os
import signal
import subprocess
import sys
import uuid
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tegata.cli.destination import Destination, destination_at
from tegata.model.errors import StoreError, UsageError
from tests.brokers.kafka import Kafka, running
from tests.cli.test_destinations import LONG, DestinationContract, terminal
from tests.nodes import make_node

__all__ = ["terminal"]
_STOPS_IN_THE_MIDDLE = """
import sys
from pathlib import Path
from tegata.cli import kafka_topic
from tegata.cli.destination import destination_at

read, left = kafka_topic.write.read_written, [5]
def stopping(data):
    left[0] -= 1
    if not left[0]:
        print("now", flush=True)
        sys.stdin.read()
    return read(data)
kafka_topic.write.read_written = stopping
destination_at(sys.argv[1], Path(sys.argv[2])).put("a", Path(sys.argv[3]))
"""


@pytest.fixture(scope="module")
def kafka(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Kafka]:
    """One for all: it takes its time to start."""
    pytest.importorskip("aiokafka")
    with running(tmp_path_factory.mktemp("kafka") / "broker") as broker:
        yield broker


class TestKafkaTopic(DestinationContract):
    kafka: Kafka

    @pytest.fixture
    def place(self, tmp_path: Path, kafka: Kafka) -> Destination:  # type: ignore[override]
        make_node(tmp_path / "node", "Example Node")
        self.kafka, self.topic = kafka, f"drop-{uuid.uuid4()}"
        asyncio.run(self._admin("create_topics", self._new_topic()))
        return destination_at(f"kafka://127.0.0.1:{kafka.port}/{self.topic}", tmp_path / "node")

    def there(self) -> dict[str, bytes]:
        """The last whole run of each name, as what is committed shows it."""
        runs: dict[str, list[bytes]] = {}
        for name, part, value in asyncio.run(self._committed()):
            number, count = (int(one) for one in part.split("/"))
            run = runs.setdefault(name, [])
            if number == 1:
                run.clear()
            run.append(value)
            assert len(run) == number <= count
        return {name: b"".join(run) for name, run in runs.items()}

    def break_off(self) -> None:
        """The broker takes no message of that length."""
        admin = pytest.importorskip("aiokafka.admin")
        config = admin.config_resource
        wanted = config.ConfigResource(
            config.ConfigResourceType.TOPIC, self.topic, configs={"max.message.bytes": "100000"}
        )
        asyncio.run(self._admin("alter_configs", wanted))

    def _new_topic(self) -> Any:
        return pytest.importorskip("aiokafka.admin").NewTopic(self.topic, num_partitions=1, replication_factor=1)

    async def _admin(self, what: str, *wanted: Any) -> None:
        admin = pytest.importorskip("aiokafka.admin")
        client = admin.AIOKafkaAdminClient(bootstrap_servers=f"127.0.0.1:{self.kafka.port}")
        await client.start()
        await getattr(client, what)(list(wanted))
        await client.close()

    async def _committed(self) -> list[tuple[str, str, bytes]]:
        client = pytest.importorskip("aiokafka")
        consumer = client.AIOKafkaConsumer(
            bootstrap_servers=f"127.0.0.1:{self.kafka.port}", isolation_level="read_committed"
        )
        await consumer.start()
        partition = client.TopicPartition(self.topic, 0)
        consumer.assign([partition])
        await consumer.seek_to_beginning(partition)
        end, found = (await consumer.end_offsets([partition]))[partition], []
        while await consumer.position(partition) < end:
            for records in (await consumer.getmany(timeout_ms=200)).values():
                found += [(one.key.decode(), dict(one.headers)["part"].decode(), one.value) for one in records]
        await consumer.stop()
        return found

    def test_who_is_killed_in_the_middle_leaves_nothing(self, place: Destination, tmp_path: Path) -> None:
        """And whoever comes next with the same file takes back what was begun, and lays it."""
        (tmp_path / "in").write_bytes(LONG)
        address = f"kafka://127.0.0.1:{self.kafka.port}/{self.topic}"
        words = [sys.executable, "-c", _STOPS_IN_THE_MIDDLE, address, str(tmp_path / "node"), str(tmp_path / "in")]
        with subprocess.Popen(words, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as child:
            assert child.stdout is not None
            assert child.stdout.readline() == b"now\n"
            os.kill(child.pid, signal.SIGKILL)
        assert self.there() == {}
        place.put("a", tmp_path / "in")
        assert self.there() == {"a": LONG}

    def test_a_topic_that_is_not_there_is_named(self, place: Destination, tmp_path: Path) -> None:
        missing = destination_at(f"kafka://127.0.0.1:{self.kafka.port}/nowhere", tmp_path / "node")
        with pytest.raises(StoreError, match="no such topic"):
            missing.is_taken("a")


def test_places_that_are_no_topic(tmp_path: Path) -> None:
    make_node(tmp_path / "node", "Example Node")
    for address in ("kafka://h/a/b", "kafka://h", "kafka://h/a?partition=0", "kafka://user@h/a"):
        with pytest.raises(UsageError):
            destination_at(address, tmp_path / "node")
