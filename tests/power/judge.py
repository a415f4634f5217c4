"""What must be true of a log after a power cut, whatever the cut left."""

from __future__ import annotations

import shutil
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

from tegata.evidence.rollback import standing
from tegata.log import is_commitment
from tegata.model.base import sha256
from tegata.store import Transaction
from tegata.store import log as rows
from tests.evidence.logs import KEY, OpenLog, open_log
from tests.power.trace import Step, What, lay_down
from tests.power.work import ACKS


class Acknowledged(NamedTuple):
    """What somebody was told before the cut: digests of entries by index, and how many were published."""

    entries: dict[int, str]
    published: int


def acknowledged(steps: Sequence[Step]) -> Acknowledged:
    entries, published = dict[int, str](), 0
    for step in steps:
        if step.what is What.WRITE and step.path == ACKS:
            kind, number, *digest = step.data.decode().split()
            if kind == "entry":
                entries[int(number)] = digest[0]
            else:
                published = int(number)
    return Acknowledged(entries, published)


async def wrong(folder: Path, state: dict[str, bytes | None], told: Acknowledged, *, go_on: bool) -> list[str]:
    """What is not as it must be; nothing when the promise is kept. With `go_on` the log is also taken further."""
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir()
    lay_down(state, folder)
    async with open_log(folder) as log:
        found = await log.read(_lost, told)
        found += await _unsound(log, told)
        if go_on and not found:
            await log.add(3)
            await log.publisher.publish()
            found += await _unsound(log, told)
    return found


def _lost(tx: Transaction, told: Acknowledged) -> list[str]:
    lost = []
    for index, digest in told.entries.items():
        data = rows.entry(tx, index)
        if data is None or not (sha256(data) == digest or is_commitment(data)):
            lost.append(f"entry {index} was acknowledged and is lost")
    return lost


async def _unsound(log: OpenLog, told: Acknowledged) -> list[str]:
    found = await log.read(standing, KEY.history, log.tiles)
    report = await log.report()
    wrong = [damage.say.en for damage in report.damages]
    if found.state != "in-order":
        wrong.append(f"it would not start: {found.state}")
    if report.published < told.published:
        wrong.append(f"{told.published} entries were published, {report.published} are")
    return wrong
