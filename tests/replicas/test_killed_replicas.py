"""kill -9 of replicas of a provider, as real processes behind one address: nothing lost, doubled, stuck or unproven."""

from __future__ import annotations

import asyncio
import contextlib
import json
import random
import signal
import subprocess
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tegata.node.config import read_config
from tests.faults.processes import PROGRAM, NodeProcess, tegata, until
from tests.nodes import free_port
from tests.postgres import Server
from tests.replicas.replicas import balanced, make_replicas
from tests.services.conftest import ENTRUSTED, PROVIDER, patients, recipient


@contextlib.contextmanager
def one_address(port: int, targets: list[str]) -> Iterator[None]:
    """A balancer in a thread of its own."""
    loop, ready = asyncio.new_event_loop(), threading.Event()

    async def serve() -> None:
        async with balanced(port, targets):
            ready.set()
            await asyncio.Event().wait()

    task = loop.create_task(serve())

    def run() -> None:
        with contextlib.suppress(asyncio.CancelledError):
            loop.run_until_complete(task)
        for left in asyncio.all_tasks(loop):
            left.cancel()
        loop.run_until_complete(asyncio.sleep(0.05))
        loop.close()

    thread = threading.Thread(target=run)
    thread.start()
    ready.wait(5)
    try:
        yield
    finally:
        loop.call_soon_threadsafe(task.cancel)
        thread.join()


class Scene:
    """Two replicas of a provider behind one address, and a consumer with a database of its own kind."""

    def __init__(self, folder: Path, server: Server) -> None:
        self.folder, self.server = folder, server
        self.schema = server.new_schema()
        port = free_port()
        url = f"http://127.0.0.1:{port}"
        folders = make_replicas(folder, ("a", "b"), server.url(self.schema), PROVIDER, url)
        self.replicas = [NodeProcess(place, "Provider", PROVIDER) for place in folders]
        self.consumer = NodeProcess(folder / "c", "Consumer", {})
        self.address = one_address(port, [read_config(place).dsp for place in folders])

    def start(self) -> dict[str, Any]:
        """All of them; what the provider says of itself."""
        told = [node.start() for node in (*self.replicas, self.consumer)]
        self.replicas[0].knows(told[2], "Consumer", recipient("DE"))
        self.consumer.knows(told[0], "Provider", {})
        return told[0]

    def getting(self, dataset: str, name: str) -> subprocess.Popen[bytes]:
        words = ("get", dataset, "--from", "Provider", "--node", str(self.consumer.folder), "--out")
        quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
        return subprocess.Popen([*PROGRAM, *words, str(self.folder / name)], **quiet)  # type: ignore[call-overload, no-any-return]

    def count(self, kind: str) -> int:
        """Entries of a kind in the evidence log. A transfer may have a decision of its own, when people have gone to
        the recipient since the agreement: it is not counted."""
        transfers = f"SELECT id FROM {self.schema}.processes WHERE kind = 'transfer' AND '{kind}' = 'decision'"
        ((found,),) = self.server.sql(
            f"SELECT count(*) FROM {self.schema}.log_entries WHERE kind = '{kind}' AND subject NOT IN ({transfers})"
        )
        return int(found)

    def delivered(self) -> list[Path]:
        return sorted((self.consumer.folder / "received").glob("*/data.csv"))

    def check(self, provider: dict[str, Any], number: int) -> None:
        """Everything is there once, and everything is proven."""
        assert self.count("decision") == self.count("agreement") == self.count("release") == number
        assert self.replicas[0].log_is_whole() >= 3 * number
        trust = self.folder / "trust.json"
        trust.write_text(json.dumps({provider["id"]: "Provider"}))
        for data in self.delivered():
            code, verified = tegata("verify", str(data.with_name("passport.jws")), str(data), "--trust", str(trust))
            assert code == 0, verified

    def close(self) -> None:
        for node in (*self.replicas, self.consumer):
            node.kill()


@pytest.fixture
def scene(tmp_path: Path, postgres: Server) -> Iterator[Scene]:
    made = Scene(tmp_path, postgres)
    with made.address:
        try:
            yield made
        finally:
            made.close()


def wreak(scene: Scene, dice: random.Random, rounds: int) -> None:
    """Kill one replica after another; the other one stays up."""
    for number in range(rounds):
        victim = scene.replicas[number % 2]
        time.sleep(dice.random() * 0.5)
        victim.kill()
        time.sleep(dice.random() * 0.3)
        victim.start()


def test_replicas_killed_in_turn(scene: Scene) -> None:
    provider = scene.start()
    source = patients(scene.folder / "patients.csv", rows=2000)
    dataset = scene.replicas[1].publish(source, ENTRUSTED)
    getting = [scene.getting(dataset, f"out{n}") for n in range(2)]
    assert until(lambda: scene.count("decision") == 2, 30)  # who asks a replica that is killed then is told so at once
    wreak(scene, random.Random(3), 2)
    for child in getting:
        child.wait(90)
    assert until(lambda: len(scene.delivered()) == 2, 90), log_of(scene)
    scene.check(provider, 2)


@pytest.mark.soak
def test_a_replica_that_never_comes_back(scene: Scene) -> None:
    """What it held is done by the other within a lease and a half."""
    provider = scene.start()
    source = patients(scene.folder / "patients.csv", rows=200_000)
    dataset = scene.replicas[1].publish(source, ENTRUSTED)
    getting = [scene.getting(dataset, f"out{n}") for n in range(2)]
    assert until(lambda: scene.count("agreement") == 2, 30)
    time.sleep(1)  # it protects
    scene.replicas[0].kill()
    for child in getting:
        child.wait(120)
    assert until(lambda: len(scene.delivered()) == 2, 60), log_of(scene)
    scene.replicas[0].start()
    scene.check(provider, 2)


@pytest.mark.soak
@pytest.mark.parametrize("seed", range(3))
def test_replicas_consumer_and_server_killed_at_random(scene: Scene, seed: int) -> None:
    """Sixty seconds of kill -9 on everything, the database server too, while data sets are fetched."""
    dice, provider = random.Random(seed), scene.start()
    source = patients(scene.folder / "patients.csv", rows=2000)
    dataset = scene.replicas[1].publish(source, ENTRUSTED)
    getting = [scene.getting(dataset, f"out{n}") for n in range(6)]
    assert until(lambda: scene.count("agreement"), 60)
    end = time.monotonic() + 60
    while time.monotonic() < end:
        victim = dice.choice([*scene.replicas, scene.consumer, None])
        if victim is None:
            scene.server.stop(dice.choice([signal.SIGQUIT, signal.SIGKILL]))
            time.sleep(dice.random())
            scene.server.start()
        else:
            victim.kill()
            time.sleep(dice.random())
            victim.start()
        time.sleep(dice.random() * 3)
    assert until(lambda: len(scene.delivered()) == 6, 240), log_of(scene)
    for child in getting:  # their consumer was killed: they may have given up, what they asked for has not
        child.kill()
        child.wait()
    scene.check(provider, 6)


def log_of(scene: Scene) -> str:
    return "\n".join((node.folder / "node.log").read_text()[-3000:] for node in (*scene.replicas, scene.consumer))
