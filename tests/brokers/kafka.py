"""Apache Kafka, one node of KRaft, on loopback."""

from __future__ import annotations

import contextlib
import shutil
import socket
import subprocess
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from tests.nodes import free_port

LIBRARIES = Path(__file__).parents[2] / "build" / "kafka"
MISSING = "no Kafka here: `make judge-brokers` gets it (needs a JDK and Maven)"
_SETTINGS = """process.roles=broker,controller
node.id=1
controller.quorum.voters=1@127.0.0.1:{control}
listeners=PLAINTEXT://127.0.0.1:{port},CONTROLLER://127.0.0.1:{control}{listens}
advertised.listeners=PLAINTEXT://127.0.0.1:{port}{advertises}
controller.listener.names=CONTROLLER
inter.broker.listener.name=PLAINTEXT
listener.security.protocol.map=PLAINTEXT:PLAINTEXT,CONTROLLER:PLAINTEXT,SASL_SSL:SASL_SSL
log.dirs={folder}/data
num.partitions=3
offsets.topic.replication.factor=1
transaction.state.log.replication.factor=1
transaction.state.log.min.isr=1
group.initial.rebalance.delay.ms=0
"""


_DOOR = """ssl.keystore.type=PEM
ssl.keystore.location={pem}
sasl.enabled.mechanisms={mechanism}
listener.name.sasl_ssl.plain.sasl.jaas.config={modules}plain.PlainLoginModule required user_{user}="{password}";
listener.name.sasl_ssl.scram-sha-256.sasl.jaas.config={modules}scram.ScramLoginModule required;
listener.name.sasl_ssl.scram-sha-512.sasl.jaas.config={modules}scram.ScramLoginModule required;
"""


@dataclass
class Door:
    """Where users come in by TLS, as `broker.example`. `pem`: key and certificate."""

    pem: Path
    mechanism: str
    user: str
    password: str

    def settings(self) -> str:
        return _DOOR.format(**vars(self), modules="org.apache.kafka.common.security.")

    def added(self) -> list[str]:
        """What the storage is formatted with."""
        if self.mechanism == "PLAIN":
            return []
        return ["-S", f"{self.mechanism}=[name={self.user},password={self.password}]"]


@dataclass
class Kafka:
    folder: Path
    door: Door | None = None
    port: int = field(default_factory=free_port)
    control: int = field(default_factory=free_port)
    secure: int = field(default_factory=free_port)
    child: subprocess.Popen[bytes] | None = None

    def __post_init__(self) -> None:
        self.folder.mkdir(parents=True)
        self._conf = self.folder / "server.properties"
        places = [f",SASL_SSL://{host}:{self.secure}" if self.door else "" for host in ("127.0.0.1", "broker.example")]
        known = {"port": self.port, "control": self.control, "listens": places[0], "advertises": places[1]}
        more = self.door.settings() if self.door else ""
        self._conf.write_text(_SETTINGS.format(**known, folder=self.folder) + more)
        words = ["format", "-t", "AAAAAAAAAAAAAAAAAAAAAQ", "-c", str(self._conf)]
        words += self.door.added() if self.door else []
        subprocess.run(self._java("kafka.tools.StorageTool", *words), check=True, capture_output=True)

    def _java(self, *words: str) -> list[str]:
        lean = ("-Xmx384m", "-XX:TieredStopAtLevel=1", "-XX:+UseSerialGC")
        return ["java", *lean, "-cp", f"{LIBRARIES}/*", *words]

    def start(self) -> None:
        with (self.folder / "log").open("ab") as log:
            self.child = subprocess.Popen(self._java("kafka.Kafka", str(self._conf)), stdout=log, stderr=log)
        end = time.monotonic() + 90
        while time.monotonic() < end and self.child.poll() is None:
            with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", self.port), 1):
                return
            time.sleep(0.1)
        raise AssertionError((self.folder / "log").read_text()[-3000:])

    def kill(self) -> None:
        if self.child:
            self.child.kill()
            self.child.wait()


@contextlib.contextmanager
def running(folder: Path, door: Door | None = None) -> Iterator[Kafka]:
    if not LIBRARIES.is_dir() or not shutil.which("java"):
        pytest.skip(MISSING)
    broker = Kafka(folder, door)
    try:
        broker.start()
        yield broker
    finally:
        broker.kill()
