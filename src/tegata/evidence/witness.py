"""Being a witness: this node cosigns the checkpoints of its peers, each only if it continues the last one."""

from __future__ import annotations

import base64
import contextlib
from collections.abc import Sequence
from typing import NamedTuple

import msgspec

from tegata.clock import Clock
from tegata.evidence.endorsements import LogKeys
from tegata.evidence.log import EvidenceLog
from tegata.evidence.rolls import keys_of, meet
from tegata.log import Fork, find_fork, origin_of, split_note, verify_consistency
from tegata.log.checkpoint import decode_hash
from tegata.model.base import encode, sha256
from tegata.model.errors import ProtocolError, VerificationError
from tegata.model.evidence import Checkpoint
from tegata.store import Store, Transaction, participants, witnesses
from tegata.wire.tlog import Submission


class Conflict(NamedTuple):
    """The submission does not begin where the witness stands, at this size with this checkpoint (409), or its proof
    does not lead on from there (422)."""

    status: int
    size: int
    known: Checkpoint | None


class Witness:
    """Keeps one checkpoint per log: of each participant in the register, whose key is its id.

    Two checkpoints that contradict each other are kept as a document that anybody can check, with an entry in our log.
    """

    def __init__(self, store: Store, evidence: EvidenceLog, keys: LogKeys, clock: Clock) -> None:
        self._store = store
        self._evidence = evidence
        self._keys = keys
        self._clock = clock

    async def add_checkpoint(self, asked: Submission, rolls: Sequence[str] = ()) -> str | Conflict:
        """The cosignatures (Ed25519, ML-DSA-44) of a checkpoint, which is remembered first.

        That is one transaction, so that no two racers win.

        Args:
            rolls: that lead from the name of the log to the key that signed, where this witness does not know them.

        Raises:
            ProtocolError: as C2SP tlog-witness says, 404 for a log that is not known here, 403 for a checkpoint that
                it has not signed, 400 for sizes out of order.
        """
        origin = _origin(asked.note)
        if rolls:
            await self._store.write(lambda tx: self._meet(tx, origin, rolls))
        checkpoint = await self._store.read(lambda tx: _genuine(tx, asked.note, origin))
        refusal = await self._store.write(lambda tx: self._take(tx, asked, checkpoint))
        if isinstance(refusal, ProtocolError):
            raise refusal
        return refusal or "".join(map(str, self._keys.cosigned(checkpoint.note, self._clock.now())))

    def _meet(self, tx: Transaction, origin: str, rolls: Sequence[str]) -> None:
        with contextlib.suppress(VerificationError):  # what does not follow is not known, and signs nothing
            meet(tx, self._evidence, origin, rolls, self._clock.now())

    def _take(self, tx: Transaction, asked: Submission, new: Checkpoint) -> Conflict | ProtocolError | None:
        """None when the checkpoint is now the one that we know. A fork that was found is kept even in a refusal."""
        last = last_seen(tx, new.origin)
        size = last.size if last else 0
        if last is not None:
            self._keep_fork(tx, find_fork(last, new, asked.proof if new.size != size else ()))
        if asked.old > new.size:
            return ProtocolError("the old size is above that of the checkpoint", status=400)
        if asked.old != size or (last and new.size == size and new.root != last.root):
            return Conflict(409, size, last)
        if not _continues(last, new, asked):
            return Conflict(422, size, last)
        witnesses.put_witnessed(tx, new.origin, new.note)
        return None

    def _keep_fork(self, tx: Transaction, fork: Fork | None) -> None:
        if fork is None:
            return
        payload = encode(fork)
        digest = sha256(payload)
        if witnesses.put_fork(tx, digest, fork.origin, payload):
            self._evidence.record(tx, "fork_found", fork.origin, {"fork": digest}, self._clock.now())


def last_seen(tx: Transaction, origin: str) -> Checkpoint | None:
    """The checkpoint of a log that this node last found consistent."""
    note = witnesses.witnessed(tx, origin)
    return keys_of(tx, origin).open(note) if note is not None else None


def forks_found(tx: Transaction) -> list[Fork]:
    return [msgspec.json.decode(payload, type=Fork) for payload in witnesses.forks(tx)]


def _origin(note: str) -> str:
    try:
        return origin_of(note)
    except VerificationError:
        raise ProtocolError("the checkpoint is not a signed note", status=400) from None


def _genuine(tx: Transaction, note: str, origin: str) -> Checkpoint:
    """The checkpoint with the signatures of its log only: what others signed beside it is nothing to us."""
    if participants.get(tx, origin) is None:
        raise ProtocolError("not found", status=404)
    try:
        checkpoint = keys_of(tx, origin).open(note)
    except VerificationError:
        raise ProtocolError("the log did not sign the checkpoint", status=403) from None
    text, lines = split_note(note)
    own = "".join(str(line) for line in lines if line.name == origin)
    return msgspec.structs.replace(checkpoint, note=f"{text}\n{own}")


def _continues(last: Checkpoint | None, new: Checkpoint, asked: Submission) -> bool:
    proof = [decode_hash(hash_) for hash_ in asked.proof]
    if last is None or last.size == 0:
        return not proof
    try:
        verify_consistency(decode_hash(last.root), decode_hash(new.root), proof, old=last.size, new=new.size)
    except VerificationError:
        return False
    return True


def header_of(known: Checkpoint) -> str:
    """A checkpoint as the value of a header: a log that was rolled back learns from it what it has signed before."""
    return base64.b64encode(known.note.encode()).decode()
