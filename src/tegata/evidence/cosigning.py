"""Having witnesses: counterparties cosign the checkpoints of this node, from the agreement on and then regularly."""

from __future__ import annotations

import asyncio
import base64
import binascii
import datetime as dt
from collections.abc import Sequence
from typing import Final

import structlog

from tegata.clock import Clock
from tegata.evidence.endorsements import KEYS_PATH, key_of, learn
from tegata.evidence.growth import Growth
from tegata.evidence.lag import LATE, Lag, Reach, lag
from tegata.evidence.log import EvidenceLog, reader
from tegata.evidence.public_witness import PublicWitness
from tegata.evidence.published import AHEAD, PublishedLog
from tegata.evidence.rolls import ROLLS_HEADER, keys_of
from tegata.log import (
    SignatureLine,
    Verifier,
    consistency_proof,
    is_heavy,
    read_lines,
    root,
    split_note,
    valid_cosignatures,
    with_signatures,
)
from tegata.log.checkpoint import decode_hash
from tegata.log.note import MAX_NOTE, to_base64
from tegata.model.base import t
from tegata.model.errors import OutboundError, PeerError, StoreError, VerificationError
from tegata.model.evidence import Checkpoint
from tegata.outbound import Outbound
from tegata.outbound.gate import Answer
from tegata.store import Store, Transaction, participants, witnesses
from tegata.store import log as rows
from tegata.store.witnesses import Cosigner
from tegata.trust import KeyHistory, MlDsaPublicKey
from tegata.wire.tlog import ADD_CHECKPOINT, read_size, write_submission

WITNESS_PATH: Final = "/tlog/witness"
KNOWN_HEADER: Final = "tegata-checkpoint"
"""In an answer 409 or 422: the checkpoint that the witness knows, base64 of the note."""
_REGULARLY: Final = dt.timedelta(seconds=60)
_LONGEST: Final = dt.timedelta(hours=1)
_AT_ONCE: Final = 16
_MAX_ANSWER: Final = 16 << 10
_log = structlog.get_logger("tegata.witness")


class Cosigning:
    """Asks each counterparty of an agreement, at once and then once a minute while the log grows."""

    def __init__(
        self,
        store: Store,
        evidence: EvidenceLog,
        keys: KeyHistory,
        tiles: PublishedLog,
        outbound: Outbound,
        clock: Clock,
        public: Sequence[PublicWitness] = (),
        *,
        late: dt.timedelta = LATE,
    ) -> None:
        self._store = store
        self._evidence = evidence
        self._keys = keys
        self._tiles = tiles
        self._outbound = outbound
        self._clock = clock
        self._public = {one.name: one for one in public}
        self._late = late
        self._growth = Growth(store, evidence)

    async def run(self) -> None:
        """Ask everybody at first, because somebody may know more of this log than it does itself; then who is due."""
        self._growth.listen()
        ask = self.begin
        while True:
            again: dt.timedelta | None = dt.timedelta()
            try:
                await ask()
                ask = self.ask_due
                again = await self._until_due()
            except StoreError as error:
                _log.warning("store.unavailable", why=str(error))
            await self._growth.wait(again)

    def lags(self, tx: Transaction) -> list[Lag]:
        """How far each witness is behind."""
        known = (
            Reach(kind="witness", name=one.peer, reached=one.size, attempts=one.attempts, why=one.why)
            for one in witnesses.cosigners(tx)
        )
        return [lag(tx, one, self._clock.now(), self._late) for one in known]

    async def begin(self) -> None:
        """Ask everybody, and public witnesses from now on. StoreError when nothing can be stored."""
        for name in self._public:
            await self._store.write(lambda tx, name=name: witnesses.expect(tx, name))  # type: ignore[misc]
        await self.ask_all()

    async def ask_all(self) -> None:
        """Ask everybody, due or not. StoreError when nothing can be stored."""
        await self._ask_about_one(await self._store.read(witnesses.cosigners))

    async def ask_due(self) -> None:
        """Ask everybody who is due, once. StoreError when nothing can be stored."""
        now = self._clock.now()
        due = await self._store.read(lambda tx: witnesses.due(tx, now, rows.size(tx), _AT_ONCE))
        await self._ask_about_one(due)

    async def _until_due(self) -> dt.timedelta | None:
        """How long nobody is to be asked if the log does not grow; None where it is nobody's turn."""
        due = await self._store.read(lambda tx: witnesses.next_due(tx, rows.size(tx)))
        return None if due is None else due - self._clock.now()

    async def _ask_about_one(self, due: Sequence[Cosigner]) -> None:
        """All of them about the same checkpoint: a quorum has to be under one."""
        if not due:
            return
        checkpoint = await self._store.write(self._evidence.checkpoint)
        await asyncio.gather(*(self._ask(cosigner, checkpoint) for cosigner in due))

    async def _ask(self, cosigner: Cosigner, checkpoint: Checkpoint) -> None:
        try:
            size = await self._size_after(cosigner, checkpoint)
        except (PeerError, OutboundError, VerificationError) as error:
            _log.info("witness.postponed", peer=cosigner.peer, why=str(error))
            attempts = cosigner.attempts + 1
            pause = min(_REGULARLY * 2 ** min(attempts, 10), _LONGEST)
            after = Cosigner(peer=cosigner.peer, size=cosigner.size, attempts=attempts, why=str(error))
        else:
            pause = _REGULARLY if size == checkpoint.size else dt.timedelta()
            after = Cosigner(peer=cosigner.peer, size=size)
        due_at = self._clock.now() + pause
        await self._store.write(lambda tx: witnesses.asked(tx, after, due_at))

    async def _size_after(self, cosigner: Cosigner, checkpoint: Checkpoint) -> int:
        """The size that the peer has now cosigned, or the one from which it wants the proof to begin.

        Raises PeerError, OutboundError or VerificationError when the peer does not cosign.
        """
        url, proof = await self._store.read(lambda tx: self._to_say(tx, cosigner, checkpoint.size))
        content = write_submission(cosigner.size, proof, checkpoint.note)
        shown = (
            {ROLLS_HEADER: base64.b64encode("".join(self._keys.notes).encode()).decode()} if self._keys.rolls else {}
        )
        answer = await self._outbound.request("POST", url, headers=shown, content=content, max_bytes=_MAX_ANSWER)
        if answer.status == 200:
            await self._take_cosignature(cosigner.peer, checkpoint, answer)
            return checkpoint.size
        await self._look_ahead(answer)
        known = read_size(answer.body) if answer.status == 409 else None
        if known is None or known == cosigner.size or known > checkpoint.size:
            raise PeerError(f"it answers {answer.status}")
        return known

    async def _take_cosignature(self, peer: str, checkpoint: Checkpoint, answer: Answer) -> None:
        lines = read_lines(answer.body.decode("utf-8", "replace"))
        text = split_note(checkpoint.note)[0]
        key = await self._key_of(peer)
        if peer not in valid_cosignatures(text, lines, {peer: key}):
            raise VerificationError("its answer is no cosignature")
        if peer in self._public:
            held = [line for line in lines if valid_cosignatures(text, [line], {peer: key})]
            await self._store.write(lambda tx: self._keep(tx, checkpoint, held))
            return
        second = await self._second_key(peer) if any(map(is_heavy, lines)) else None
        seconded = second is not None and peer in valid_cosignatures(text, lines, {peer: second})
        own = [line for line in lines if line.name == peer and (seconded or not is_heavy(line))]
        await self._store.write(lambda tx: self._keep(tx, checkpoint, own))
        _log.debug("witness.cosigned", peer=peer, size=checkpoint.size, seconded=seconded)

    async def _key_of(self, peer: str) -> Verifier:
        """Of a public witness, or the newest one of a participant that is known."""
        if peer in self._public:
            return self._public[peer].key
        return (await self._store.read(lambda tx: keys_of(tx, peer))).current

    def _to_say(self, tx: Transaction, cosigner: Cosigner, size: int) -> tuple[str, list[str]]:
        """Where the witness is, and the proof from what it has cosigned to `size`."""
        public = self._public.get(cosigner.peer)
        url = public.url + ADD_CHECKPOINT if public else witness_url(_address(tx, cosigner.peer))
        proof = consistency_proof(cosigner.size, size, reader(tx)) if cosigner.size else []
        return url, [to_base64(hash_) for hash_ in proof]

    def _keep(self, tx: Transaction, checkpoint: Checkpoint, lines: list[SignatureLine]) -> None:
        """Put cosignatures under their checkpoint; where there is no room, those of ML-DSA-44 stay out."""
        before = rows.checkpoint_at(tx, checkpoint.size) or checkpoint.note
        note = with_signatures(before, lines)
        if len(note) > MAX_NOTE:
            note = with_signatures(before, (line for line in lines if not is_heavy(line)))
        rows.put_checkpoint(tx, checkpoint.size, note)
        self._evidence.changed(tx)

    async def _second_key(self, peer: str) -> MlDsaPublicKey | None:
        """The ML-DSA-44 key of a peer, which is asked for it once; None where it does not tell one that holds."""
        known = await self._store.read(lambda tx: key_of(tx, peer))
        if known is not None:
            return known
        try:
            url = beside(await self._store.read(lambda tx: _address(tx, peer)), KEYS_PATH)
            answer = await self._outbound.request("GET", url, max_bytes=_MAX_ANSWER)
            note, now = answer.body.decode("utf-8", "replace"), self._clock.now()
            return await self._store.write(lambda tx: learn(tx, self._evidence, peer, note, now))
        except (PeerError, OutboundError, VerificationError) as error:
            _log.info("witness.second_key_unknown", peer=peer, why=str(error))
            return None

    async def _look_ahead(self, answer: Answer) -> None:
        """Whether the peer holds a checkpoint that this very key signed and this state does not lead to.

        Then the state was rolled back, and our own files with it: nothing more may be recorded. A peer that only
        claims so proves nothing, and nothing happens.
        """
        try:
            note = base64.b64decode(answer.headers.get(KNOWN_HEADER, ""), validate=True).decode()
            known = self._keys.open(note)
        except (binascii.Error, UnicodeDecodeError, VerificationError):
            return
        if await self._store.read(lambda tx: _leads_to(tx, known)):
            return
        why = t(
            f"a peer holds a checkpoint of {known.size} entries that this node has signed and does not know",
            f"このノードが署名した {known.size} 件のチェックポイントを相手が持っていますが、この状態にはありません",
        )
        _log.critical("log.rolled_back", size=known.size)
        self._evidence.halt(why)
        await asyncio.to_thread(self._tiles.put, {AHEAD: known.note.encode()})


def _address(tx: Transaction, did: str) -> str:
    peer = participants.get(tx, did)
    if peer is None or not peer.url or not peer.gives_passports:
        raise PeerError("it has no address at which it would cosign")
    return peer.url


def witness_url(dsp_url: str) -> str:
    """The witness of a node lies beside its protocol address."""
    return beside(dsp_url, WITNESS_PATH + ADD_CHECKPOINT)


def beside(dsp_url: str, path: str) -> str:
    """An address of the node whose protocol address this is."""
    return dsp_url.rstrip("/").rpartition("/dsp/")[0] + path


def _leads_to(tx: Transaction, known: Checkpoint) -> bool:
    return known.size <= rows.size(tx) and root(known.size, reader(tx)) == decode_hash(known.root)
