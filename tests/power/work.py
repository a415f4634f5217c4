"""The process whose writes are recorded: a log that grows and is published, and tells what it has acknowledged.

python -m tests.power.work FOLDER ROUNDS
"""

from __future__ import annotations

import asyncio
import os
import sys
from pathlib import Path

from tegata.evidence.erasure import erase
from tegata.model.base import encode, sha256
from tests.evidence.logs import NOW, OpenLog, open_log

ACKS = "acknowledged"
"""Lines: `entry INDEX DIGEST`, `published SIZE`. Its writes are moments of the trace; the file counts for nothing."""


async def _record(log: OpenLog, acks: int, number: int) -> None:
    index, entry = await log.store.write(
        lambda tx: log.evidence.record(tx, "release", f"urn:uuid:{number}", {"number": number}, NOW)
    )
    os.write(acks, f"entry {index} {sha256(encode(entry))}\n".encode())


async def _grow(folder: Path, rounds: int) -> None:
    acks = os.open(folder / ACKS, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
    async with open_log(folder) as log:
        await log.publisher.endorse()
        for number in range(rounds):
            await asyncio.gather(*(_record(log, acks, number * 8 + n) for n in range(8)))
            if number % 2:
                await log.publisher.publish()
                os.write(acks, f"published {(number + 1) * 8}\n".encode())
            if number % 16 == 15:
                await log.store.write(lambda tx, n=number: erase(tx, log.evidence, n, "by law", NOW))  # type: ignore[misc]


if __name__ == "__main__":
    asyncio.run(_grow(Path(sys.argv[1]), int(sys.argv[2])))
