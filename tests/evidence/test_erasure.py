"""An entry that may no longer be read: gone from the disk, and every proof goes on to hold."""

from __future__ import annotations

from pathlib import Path

import pytest

from tegata.evidence import recorded
from tegata.evidence.erasure import erase
from tegata.log import verify_entry
from tegata.model.base import encode
from tegata.model.errors import UsageError
from tests.evidence.logs import NOW, OpenLog, open_log


async def _erase(log: OpenLog, index: int) -> None:
    await log.store.write(lambda tx: erase(tx, log.evidence, index, "Art. 17 GDPR", NOW))


async def test_the_content_goes_and_the_proof_stays(tmp_path: Path) -> None:
    async with open_log(tmp_path) as log:
        await log.add(3)
        index, entry = await log.store.write(
            lambda tx: log.evidence.record(tx, "release", "urn:uuid:x", {"secret": "7d9f3c55"}, NOW)
        )
        proof = await log.store.write(lambda tx: log.evidence.prove(tx, index))
        await log.publisher.publish()
        await _erase(log, index)
        verify_entry(encode(entry), proof)  # a copy that somebody holds
        assert (await log.report()).damages == ()
        kinds = [one.kind for one in await log.read(lambda tx: list(recorded(tx)))]
        assert kinds == ["release", "release", "release", "entry_erased"]
    left = b"".join(file.read_bytes() for file in tmp_path.rglob("*") if file.is_file())
    assert b"7d9f3c55" not in left
    assert b"Art. 17 GDPR" in left


async def test_an_entry_is_erased_once_and_only_where_there_is_one(tmp_path: Path) -> None:
    async with open_log(tmp_path) as log:
        await log.add(1)
        await _erase(log, 0)
        for index in (0, 5):
            with pytest.raises(UsageError):
                await _erase(log, index)
