"""A provider killed between record, checkpoint, cosignature and release: nothing leaves without agreed witnesses."""

from __future__ import annotations

import asyncio
import signal
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from tegata.trust import verify_passport
from tests.faults.nursery import Nursery, ended, signalled
from tests.faults.pair import introduce, published
from tests.faults.strike import Action, Call, Strike, library
from tests.faults.victim import GONE, Victim
from tests.services.conftest import PROVIDER, patients, recipient
from tests.services.public_witness import PublicWitness

QUORUM = {"at_least": 2, "of": ["counterparty", "witness-a"], "within_minutes": 10}
KILLS = [
    Strike(Call.SYNC, 2, Action.KILL_AFTER),  # among decision, agreement and their checkpoints
    Strike(Call.SYNC, 5, Action.KILL_BEFORE),
    Strike(Call.RENAME, 1, Action.KILL_AFTER),  # of a release or a published checkpoint
    Strike(Call.SYNC, 9, Action.KILL_AFTER),
    Strike(Call.SEND, 14, Action.KILL_HALFWAY),  # a checkpoint on its way to a witness, or a message to the consumer
]


@contextmanager
def listening(witness: PublicWitness) -> Iterator[None]:
    """In a thread, whatever becomes of the nodes."""
    ready, over = threading.Event(), threading.Event()

    async def serve() -> None:
        async with witness.listening():
            ready.set()
            while not over.is_set():
                await asyncio.sleep(0.02)

    thread = threading.Thread(target=asyncio.run, args=(serve(),))
    thread.start()
    assert ready.wait(20)
    try:
        yield
    finally:
        over.set()
        thread.join()


class Witnessed:
    """A provider whose data leaves only with a quorum, and a consumer that asks for it."""

    def __init__(self, nursery: Nursery, folder: Path, witness: PublicWitness) -> None:
        self.provider = Victim(nursery, folder / "a", "Provider", PROVIDER)
        with (folder / "a" / "node.yaml").open("a") as settings:
            settings.write("witnesses:\n" + witness.settings)
        self.consumer = Victim(nursery, folder / "b", "Consumer", {})
        self.provider.start()
        self.consumer.start()
        introduce(self.provider, self.consumer, recipient("DE"))
        introduce(self.consumer, self.provider, {})
        self._dataset = published(self.provider, patients(folder / "patients.csv", rows=200), witnesses=QUORUM)
        self.wishes: list[str] = []

    def close(self) -> None:
        for one in (self.provider, self.consumer):
            signalled(one.process, signal.SIGKILL)
            ended(one.process, 5)

    def asks(self) -> None:
        wish = {"peer": self.provider.keys.key.did, "dataset": self._dataset}
        status, document = self.consumer.call("POST", "/v1/acquisitions", wish)
        assert status == 202, document
        self.wishes.append(document["id"])

    def killed(self, strike: Strike) -> bool:
        """Whether the provider died of it while it dealt with a wish; it runs again afterwards."""
        self.asks()
        self.provider.page.arm(strike)
        died = ended(self.provider.process, 10)
        self.provider.page.disarm()
        if not died:
            self.provider.kill()
        self.provider.start()
        return died

    def waits(self, seconds: float = 60) -> None:
        """Until each wish has come as far as it can without witnesses."""
        self._until(lambda: self.states("REQUESTED") == len(self.wishes) or self.left(), seconds)

    def done(self, seconds: float = 100) -> list[dict[str, Any]]:
        """The acquisitions, once all have ended."""
        self._until(lambda: all(one["phase"] in ("done", "refused", "failed") for one in self.acquired()), seconds)
        return self.acquired()

    def acquired(self) -> list[dict[str, Any]]:
        return [self.consumer.call("GET", f"/v1/acquisitions/{wish}")[1] for wish in self.wishes]

    def states(self, state: str) -> int:
        """How many transfers of the provider are in a state."""
        found = self.provider.call("GET", "/v1/transfers")[1]
        return sum(one["state"] == state for one in found)

    def left(self) -> list[str]:
        """What has left, or may leave at any moment: started transfers, and data at the consumer."""
        at_consumer = [str(file) for file in (self.consumer.folder / "received").rglob("*") if file.is_file()]
        return [*["STARTED"] * self.states("STARTED"), *["COMPLETED"] * self.states("COMPLETED"), *at_consumer]

    @staticmethod
    def _until(condition: Any, seconds: float) -> None:
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            try:
                if condition():
                    return
            except GONE:
                pass
            time.sleep(0.05)


@contextmanager
def witnessed(folder: Path, witness: PublicWitness, control: str = "") -> Iterator[Witnessed]:
    if library() is None:
        pytest.skip("needs a C compiler (`cc`)")
    nursery = Nursery(control)
    try:
        with listening(witness):
            here = Witnessed(nursery, folder, witness)
            try:
                yield here
            finally:
                here.close()
    finally:
        nursery.close()


def test_nothing_leaves_without_its_witnesses_wherever_the_provider_dies(tmp_path: Path) -> None:
    witness = PublicWitness("witness-a", awake=False)
    with witnessed(tmp_path, witness) as here:
        died = []
        for strike in KILLS:
            died.append(here.killed(strike))
            assert here.left() == []
        here.waits()
        assert here.left() == []
        assert sum(died) >= 3, died  # which calls a node makes depends a little on its timing
        witness.awake = True
        for strike in KILLS[:2]:  # now between cosignature and release too
            here.killed(strike)
        for one in here.done():
            assert one["phase"] == "done", one
            text = Path(one["passport"]).read_text("ascii")
            told = {check.name: check.verdict for check in verify_passport(text, None, {}).checks}
            assert told["witnesses"] == "passed"


def test_it_is_the_quorum_that_keeps_it_back(tmp_path: Path) -> None:
    """Without that control the data leaves, though a witness sleeps."""
    with witnessed(tmp_path, PublicWitness("witness-a", awake=False), "tests.world.controls:without_quorum") as here:
        here.asks()
        here.done()
        assert here.left() != []
