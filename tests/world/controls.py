"""What a node does without one of its controls. A world must show that it is needed."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from unittest import mock

import msgspec

from tegata.evidence import EvidenceLog
from tegata.exchange import courier, differences
from tegata.exchange.book import Book
from tegata.store import outbox, received
from tegata.store.processes import Processes
from tegata.transfer import handover
from tegata.transfer.arrivals import Arrivals
from tegata.trust import quorum
from tests.world.network import WorldOutbound


@contextmanager
def without_outbox() -> Iterator[None]:
    """A message leaves from memory only: it is not committed with the state that it tells of."""
    real = outbox.add

    def add(tx: Any, message: Any, lease: Any) -> bool:
        first = real(tx, message, lease)
        tx.rows("postpone_in_outbox", 1 << 62, 0, message.id, lease.owner)
        return first

    with mock.patch.object(outbox, "add", add):
        yield


@contextmanager
def without_looking() -> Iterator[None]:
    """What the peer did not take is taken for said."""
    with mock.patch.object(Book, "_refused", return_value=None):
        yield


@contextmanager
def without_recognition() -> Iterator[None]:
    """A peer whose clock may be wrong is taken at its word when it does not know us."""
    with mock.patch.object(courier.Answer, "unrecognised", False):
        yield


@contextmanager
def without_patience() -> Iterator[None]:
    """A peer that is away is given up after two days."""
    short = dt.timedelta(hours=48)
    with mock.patch.object(courier, "GIVE_UP_AFTER", short), mock.patch.object(differences, "GIVE_UP_AFTER", short):
        yield


@contextmanager
def without_upload() -> Iterator[None]:
    """Nothing can be brought to anybody: the gate has lost the way to."""
    with mock.patch.object(WorldOutbound, "upload", side_effect=TypeError("upload")):
        yield


@contextmanager
def without_version() -> Iterator[None]:
    """A process is written back over whatever has become of it meanwhile."""
    real = Processes.update

    def update(self: Any, tx: Any, process: Any, lease: Any = None) -> Any:
        now = self.get(tx, process.id)
        return real(self, tx, msgspec.structs.replace(process, version=now.version), lease)

    with mock.patch.object(Processes, "update", update):
        yield


@contextmanager
def without_memory() -> Iterator[None]:
    """No answer is remembered: a message that comes again is taken for a new one."""
    with mock.patch.object(received, "get", return_value=None):
        yield


@contextmanager
def without_quorum() -> Iterator[None]:
    """Nobody looks whether the agreed witnesses have cosigned."""
    with mock.patch.object(quorum.Standing, "reached", True):
        yield


@contextmanager
def without_entry() -> Iterator[None]:
    """The entry of a release is not written where it belongs."""
    real = EvidenceLog.record

    def record(self: Any, tx: Any, kind: str, subject: str, body: Any, at: Any) -> Any:
        return real(self, tx, kind, "elsewhere" if kind == "release" else subject, body, at)

    with mock.patch.object(EvidenceLog, "record", record):
        yield


@contextmanager
def without_entry_and_look() -> Iterator[None]:
    """And nobody looks for it before the first byte, on either side."""
    careless = mock.patch.object(Arrivals, "check", return_value=None)
    with without_entry(), careless, mock.patch.object(handover, "is_recorded", return_value=True):
        yield
