"""Somebody who sees all that passes between nodes, and what lies on their disks meanwhile: promises about an order."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from typing import Any, Protocol
from urllib.parse import urlsplit

import msgspec

from tegata.api.door import DATA_PATH
from tegata.api.intake import INTAKE_PATH
from tegata.outbound.gate import Answer
from tegata.store import Transaction, log, transfers

_LASTING = 400  # beside 2xx: the statuses of answers that are given again
_COMPLETE = 200


class Watched(Protocol):
    """A node as it is seen from outside, with its disk."""

    name: str

    def look(self) -> Transaction: ...


class Witness:
    """Every released byte has an earlier entry; the same message gets the same answer, however often it comes."""

    def __init__(self) -> None:
        self.found: list[str] = []
        self._answers: dict[tuple[str, bytes], tuple[int, bytes]] = {}

    def sends(self, sender: Watched, url: str, body: bytes) -> None:
        """A request leaves a node; with data in it where it is a push."""
        process = _below(INTAKE_PATH, url)
        if process:
            tx = sender.look()
            own = [one for one in transfers.page(tx, "", 1000) if one.peer_pid == process]
            self._released(sender, own[0].id if own else process, body)

    def answers(self, host: Watched, method: str, url: str, body: bytes, answer: Answer) -> None:
        """A node gives an answer, whatever becomes of it on the way."""
        process = _below(DATA_PATH, url)
        if process and answer.status == _COMPLETE:
            self._released(host, process, answer.body)
        if method == "POST" and _id_of(body):
            self._answered(host, body, answer)

    def _released(self, host: Watched, transfer: str, data: bytes) -> None:
        entries = [msgspec.json.decode(entry) for _, entry in log.of_subject(host.look(), transfer)]
        if not any(_is_of(data, entry["body"]) for entry in entries if entry["kind"] == "release"):
            self.found.append(f"{host.name}: bytes of {transfer} left before their entry")

    def _answered(self, host: Watched, body: bytes, answer: Answer) -> None:
        if not (200 <= answer.status < 300 or answer.status == _LASTING):
            return
        given = (answer.status, answer.body)
        before = self._answers.setdefault((host.name, body), given)
        if before != given:
            self.found.append(f"{host.name}: {_id_of(body)} was answered with {before[0]}, then with {given[0]}")


def _is_of(data: bytes, release: Mapping[str, Any]) -> bool:
    """These are the bytes that were recorded; or some of them, when the door was shut meanwhile."""
    digest = "sha256:" + hashlib.sha256(data).hexdigest()
    return release["data_digest"] == digest or len(data) < release["data_size"]


def _below(folder: str, url: str) -> str:
    """The process whose data is at an address; nothing where it is another address, or that of a passport."""
    path = urlsplit(url).path.replace("%3A", ":")
    name = path.removeprefix(folder + "/")
    return name if path.startswith(folder + "/") and "/" not in name else ""


def _id_of(body: bytes) -> str:
    try:
        message: Any = msgspec.json.decode(body)
    except msgspec.DecodeError:
        return ""
    return str(message.get("@id", "")) if isinstance(message, Mapping) else ""
