"""A provider and a consumer that are struck at system calls: every acquisition must come to its end all the same."""

from __future__ import annotations

import errno
import hashlib
import os
import random
import signal
import time
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tegata.evidence import recorded
from tegata.store import Transaction, acquisitions, log, negotiations, transfers
from tests.faults.looking import note_moves_of
from tests.faults.nursery import Nursery, ended, signalled
from tests.faults.strike import Action, Call, Strike
from tests.faults.victim import GONE, Victim
from tests.invariants import violations
from tests.services.conftest import ENTRUSTED, PROVIDER, patients, recipient

_PATIENCE = 120.0  # seconds until everything must have come to rest
_MOMENTS = ("work", "work", "work", "start", "stop")
_BYTES = (Call.WRITE, Call.SEND)
_FILES = (Call.WRITE, Call.SYNC, Call.RENAME, Call.UNLINK, Call.TRUNCATE)


@dataclass(frozen=True)
class Plan:
    """A strike: at which side, while it does what (`start`, `work`, `stop`)."""

    side: str
    moment: str
    strike: Strike

    def __str__(self) -> str:
        return f"{self.side} {self.moment} {self.strike}"


class Pair:
    """`provider` offers a table with people; `consumer` fetches it again and again."""

    def __init__(self, nursery: Nursery, folder: Path, seed: int) -> None:
        self._chance = random.Random(seed)
        self.provider = Victim(nursery, folder / "a", "Provider", PROVIDER)
        self.consumer = Victim(nursery, folder / "b", "Consumer", {})
        self.sides = {"provider": self.provider, "consumer": self.consumer}
        for one in self.sides.values():
            one.start()
            note_moves_of(one.folder)
        introduce(self.provider, self.consumer, recipient("DE"))
        introduce(self.consumer, self.provider, {})
        self._dataset = published(self.provider, patients(folder / "patients.csv", rows=1500))
        self._usual = self._measured()

    def close(self) -> None:
        for one in self.sides.values():
            signalled(one.process, signal.SIGKILL)
            ended(one.process, 5)

    def plan(self) -> Plan:
        """Some strike among those that could happen."""
        side, moment = self._chance.choice(("provider", "consumer")), self._chance.choice(_MOMENTS)
        calls = [call for call, count in self._usual[side, moment].items() if count]
        call = self._chance.choice(calls)
        actions = [Action.KILL_BEFORE, Action.KILL_AFTER]
        actions += [Action.KILL_HALFWAY] if call in _BYTES else []
        actions += [Action.FAIL_ONCE, Action.FAIL_ON] if call in _FILES else []
        nth = self._chance.randint(1, self._usual[side, moment][call])
        error = self._chance.choice((errno.EIO, errno.ENOSPC))
        return Plan(side, moment, Strike(call, nth, self._chance.choice(actions), error))

    def acquire(self, plans: list[Plan]) -> tuple[list[Plan], list[str]]:
        """Fetch under these strikes. Those that happened, and what does not hold once all has come to rest."""
        while not self._wish():
            time.sleep(0.05)
        happened = [plan for plan in plans if self._under(plan)]
        gentle = all(plan.strike.action.kills for plan in happened)
        end = time.monotonic() + _PATIENCE
        while (found := self._wrong(gentle)) and time.monotonic() < end:
            time.sleep(0.1)
        return happened, found

    def _under(self, plan: Plan) -> bool:
        """Whether it happened. Both nodes run afterwards."""
        one = self.sides[plan.side]
        match plan.moment:
            case "work":
                self._work(one, plan.strike)
            case "start":
                one.kill()
                one.start(plan.strike)
            case _:
                one.stop(plan.strike)
        struck = one.page.struck
        if struck or not one.running:
            one.stop()
            one.start()
        one.page.disarm()
        return struck

    def _work(self, one: Victim, strike: Strike) -> None:
        """Until it is struck; where there is nothing left to do, something is asked for."""
        one.page.arm(strike)
        end = time.monotonic() + 20
        while not one.page.struck and time.monotonic() < end:
            if self._last_has_ended():
                self._wish()
            time.sleep(0.01)
        ended(one.process, 0.2)  # a call that fails is noticed meanwhile

    def _wish(self) -> bool:
        """Ask the consumer for the data; whether it acknowledged."""
        wish = {"peer": self.provider.keys.key.did, "dataset": self._dataset}
        try:
            status, document = self.consumer.call("POST", "/v1/acquisitions", wish)
        except GONE:
            return False
        if status == 202:
            self.consumer.acknowledged.append(document["id"])
        return status == 202

    def _last_has_ended(self) -> bool:
        with self.consumer.look() as side:
            id = self.consumer.acknowledged[-1]
            negotiation, acquisition = negotiations.get(side.tx, id), acquisitions.get(side.tx, id)
            transfer = transfers.get(side.tx, acquisition.transfer) if acquisition and acquisition.transfer else None
        ends = {getattr(process, "state", "") for process in (negotiation, transfer)}
        return bool(ends & {"COMPLETED", "TERMINATED"})

    def _wrong(self, gentle: bool) -> list[str]:
        with ExitStack() as stack:
            sides = [stack.enter_context(one.look()) for one in self.sides.values()]
            found = violations(sides)
            found += _delivered(sides[1].tx, self.consumer.acknowledged, gentle)
            for one, side in zip(self.sides.values(), sides, strict=True):
                one.shown = log.size(side.tx)
        return found + [line for one in self.sides.values() for line in _left_over(one)]

    def _measured(self) -> dict[tuple[str, str], dict[Call, int]]:
        """How many calls of each kind each side makes at work, and while it stops and starts."""
        before = {name: one.page.counts() for name, one in self.sides.items()}
        _, wrong = self.acquire([])
        if wrong:
            raise AssertionError(wrong)
        found: dict[tuple[str, str], dict[Call, int]] = {}
        for name, one in self.sides.items():
            found[name, "work"] = _more(before[name], worked := one.page.counts())
            one.stop()
            found[name, "stop"] = _more(worked, stopped := one.page.counts())
            one.start()
            found[name, "start"] = _more(stopped, one.page.counts())
        return found


def _more(before: dict[Call, int], after: dict[Call, int]) -> dict[Call, int]:
    return {call: after[call] - before[call] for call in Call}


def introduce(one: Victim, other: Victim, facts: dict[str, Any]) -> None:
    entry = {"id": other.keys.key.did, "name": other.name, "url": other.config.url + "/dsp/2025-1", "facts": facts}
    status, document = one.call("POST", "/v1/participants", entry)
    if status != 201:
        raise AssertionError(document)


def published(one: Victim, path: Path, **more: Any) -> str:
    title = {"en": path.stem, "ja": path.stem}
    body = {"path": str(path), "title": title, "description": title, "facts": ENTRUSTED, **more}
    status, document = one.call("POST", "/v1/datasets", body)
    if status != 201:
        raise AssertionError(document)
    return str(document["dataset"]["id"])


def _delivered(tx: Transaction, acknowledged: list[str], gentle: bool) -> Iterator[str]:
    """What is recorded as delivered lies there, whole; and a crash alone makes nothing fail."""
    told = {entry.subject: entry.body for entry in recorded(tx) if entry.kind == "delivery"}
    for acquisition in (acquisitions.get(tx, id) for id in acknowledged):
        if acquisition is None:
            continue  # the invariants say so
        body = told.get(acquisition.transfer)
        if body is None and gentle and acquisition.negotiation == acknowledged[-1]:
            yield f"{acquisition.negotiation} was not delivered"
        if body is not None and body["data_digest"] != _digest(Path(acquisition.data)):
            yield f"{acquisition.data} is not what was delivered"


def _digest(path: Path) -> str:
    return "sha256:" + hashlib.sha256(path.read_bytes()).hexdigest() if path.exists() else "nothing"


def _files(folder: Path) -> Iterator[Path]:
    """All below a folder, of which the node may remove some meanwhile."""
    return (Path(place) / name for place, _, names in os.walk(folder) for name in names)


def _left_over(one: Victim) -> Iterator[str]:
    """Nothing half done lies about, and nothing was broken in a way that nobody foresaw."""
    yield from (f"{path} was left" for path in _files(one.folder / "received") if path.suffix == ".part")
    yield from (f"{path} was left" for path in _files(one.folder / "releases"))
    if "Traceback" in (text := (one.folder / "node.log").read_text()):
        first = text[text.index("Traceback") :].partition('\n{"')[0]
        yield f"{one.name}: {first if len(first) < 6000 else first[:1000] + ' ... ' + first[-5000:]}"
