"""A node as a witness: it answers as C2SP tlog-witness says, never goes back, and keeps what contradicts itself."""

from __future__ import annotations

import asyncio
import random
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from tegata.evidence.witness import Conflict, Witness, forks_found
from tegata.identity import peers
from tegata.log import consistency_proof, cosigners, read_lines, root, sign_checkpoint, verify_fork, with_signatures
from tegata.log.note import to_base64
from tegata.model.catalog import Participant
from tegata.model.errors import ProtocolError
from tegata.trust import SigningKey
from tegata.wire.tlog import Submission, read_submission, write_submission
from tests.evidence.logs import KEY, KEYS, NOW, FixedClock, OpenLog, open_log
from tests.log.memory import MemoryLog, numbered

PEER, STRANGER = SigningKey.generate(b"p" * 32), SigningKey.generate(b"s" * 32)


@asynccontextmanager
async def watching(folder: Path) -> AsyncIterator[tuple[OpenLog, Witness]]:
    async with open_log(folder) as log:
        await log.store.write(lambda tx: peers.admit(tx, Participant(id=PEER.did, name="Example Peer")))
        yield log, Witness(log.store, log.evidence, KEYS, FixedClock())


def submission(log: MemoryLog, old: int, new: int, key: SigningKey = PEER) -> Submission:
    proof = consistency_proof(old, new, log.read) if 0 < old <= new else []
    note = sign_checkpoint(key.did, new, root(new, log.read), key).note
    return Submission(old, tuple(to_base64(hash_) for hash_ in proof), note)


async def status(witness: Witness, asked: Submission) -> int:
    try:
        answer = await witness.add_checkpoint(asked)
    except ProtocolError as error:
        return error.status
    return answer.status if isinstance(answer, Conflict) else 200


async def test_a_log_that_grows_is_cosigned_at_each_size(tmp_path: Path) -> None:
    log = MemoryLog(numbered(40))
    async with watching(tmp_path) as (_, witness):
        for old, new in ((0, 1), (1, 4), (4, 4), (4, 33), (33, 40)):
            asked = submission(log, old, new)
            answer = await witness.add_checkpoint(asked)
            assert isinstance(answer, str)
            note = with_signatures(asked.note, read_lines(answer))
            assert cosigners(note, {KEY.did: KEY.public}) == {KEY.did: int(NOW.timestamp())}


async def test_what_is_refused_and_how(tmp_path: Path) -> None:
    log = MemoryLog(numbered(40))
    good = submission(log, 10, 20)
    async with watching(tmp_path) as (_, witness):
        assert await status(witness, submission(log, 5, 10)) == 409  # never cosigned: it begins with 0
        assert await status(witness, submission(log, 0, 10)) == 200
        assert await status(witness, submission(log, 0, 10, STRANGER)) == 404
        assert await status(witness, good._replace(note=good.note.replace("\n20\n", "\n21\n"))) == 403
        assert await status(witness, submission(log, 30, 20)) == 400
        assert await status(witness, good._replace(note="no note")) == 400
        assert await status(witness, submission(log, 4, 20)) == 409
        assert await status(witness, good._replace(proof=good.proof[:-1])) == 422
        assert await status(witness, good._replace(proof=())) == 422
        conflict = await witness.add_checkpoint(submission(log, 4, 20))
        assert isinstance(conflict, Conflict)
        assert (conflict.size, conflict.known and conflict.known.size) == (10, 10)
        assert await status(witness, good) == 200
        assert await status(witness, submission(log, 20, 10)) == 400  # never back


async def test_of_racing_submissions_none_goes_back(tmp_path: Path) -> None:
    log = MemoryLog(numbered(60))
    async with watching(tmp_path) as (_, witness):
        await status(witness, submission(log, 0, 10))
        found = await asyncio.gather(*(status(witness, submission(log, 10, new)) for new in range(11, 40)))
        assert sorted(found) == [200] + [409] * 28


async def _forked(witness: Witness, dice: random.Random) -> int:
    """A peer that shows the witness one log and then another; the status of the second."""
    old = dice.randrange(1, 60)
    new = old + dice.randrange(30)
    at = dice.randrange(old)
    log, other = MemoryLog(numbered(old)), MemoryLog([*numbered(at), b"other", *numbered(new)[at + 1 :]])
    assert await status(witness, submission(log, 0, old)) == 200
    return await status(witness, submission(other, old, new))


@pytest.mark.parametrize("seed", range(40))
async def test_a_forked_log_is_never_cosigned_and_its_fork_is_kept(tmp_path: Path, seed: int) -> None:
    dice = random.Random(seed)
    async with watching(tmp_path) as (log, witness):
        assert await _forked(witness, dice) in (409, 422)
        for fork in await log.read(forks_found):
            verify_fork(fork, PEER.history.open)


async def test_a_fork_is_a_document_and_an_entry_once(tmp_path: Path) -> None:
    log, other = MemoryLog(numbered(10)), MemoryLog([b"other", *numbered(20)[1:]])
    async with watching(tmp_path) as (own, witness):
        await status(witness, submission(log, 0, 10))
        for _ in range(2):
            assert await status(witness, submission(other, 10, 20)) == 422
            assert await status(witness, submission(other, 10, 10)) == 409
        forks = await own.read(forks_found)
        assert sorted(verify_fork(fork, PEER.history.open).en for fork in forks) == [
            "the log signed a tree of 10 entries, and one of 20 that begins with other ones",
            "the log signed two different trees of 10 entries",
        ]
        assert (await own.report()).size == 2


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"old 1",
        b"old 01\n\nnote",
        b"old -1\n\nnote",
        b"old 1\n\n",
        b"old 1\r\n\nnote",
        b"old 1\nAAAA\n\nnote",
        b"old 18446744073709551616000\n\nnote",
        b"old 1\n" + b"AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=\n" * 64 + b"\nnote",
        b"\xff\n\nnote",
    ],
)
def test_other_forms_are_refused(data: bytes) -> None:
    with pytest.raises(ProtocolError):
        read_submission(data)


def test_a_submission_comes_back_as_it_was_written() -> None:
    asked = submission(MemoryLog(numbered(20)), 7, 20)
    assert read_submission(write_submission(*asked)) == asked
