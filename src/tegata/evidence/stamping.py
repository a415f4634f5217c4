"""Time from strangers: authorities stamp the checkpoints of this node's log, and what is not yet stamped is told.

Nothing waits for an authority and no entry is lost by its silence: one stamp covers every entry below its checkpoint,
so the next one that succeeds makes up for all that failed.
"""

from __future__ import annotations

import asyncio
import datetime as dt
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final

import msgspec
import structlog

from tegata.clock import Clock
from tegata.evidence.growth import Growth
from tegata.evidence.lag import LATE, Lag, Reach, lag
from tegata.evidence.log import EvidenceLog
from tegata.log import SignatureLine, stamp_line, stamped_text, with_signatures
from tegata.log.note import MAX_NOTE
from tegata.model.errors import OutboundError, PeerError, StoreError, VerificationError
from tegata.model.evidence import Checkpoint
from tegata.outbound import Outbound
from tegata.store import Store, Transaction, time_stamps
from tegata.store import log as rows
from tegata.store.time_stamps import Stamping
from tegata.trust.content import DigestOf, digest_of
from tegata.trust.timestamp import (
    ANSWER_TYPE,
    MAX_ANSWER,
    REQUEST_TYPE,
    Imprint,
    TimeStamp,
    Trust,
    check_answer,
    token_of,
    verify_token,
    write_request,
)

_LONGEST: Final = dt.timedelta(minutes=15)
_APART: Final = dt.timedelta(seconds=1)
NONCE_BYTES: Final = 8
_MAX_STAMPED: Final = MAX_NOTE - (16 << 10)  # what is left is room for cosignatures
_log = structlog.get_logger("tegata.time")


@dataclass(frozen=True)
class Authority:
    """A time-stamping authority: what the log calls it, where it is, and how its certificate is trusted."""

    name: str
    url: str
    trust: Trust


class TimeStamping:
    """Asks each authority for a stamp on the newest checkpoint, every `period` while the log grows.

    Args:
        late: how long an entry may be without a stamp before that is told as an error.
        random: source of nonces, `secrets.token_bytes` in a node.
    """

    def __init__(
        self,
        store: Store,
        evidence: EvidenceLog,
        outbound: Outbound,
        clock: Clock,
        authorities: Sequence[Authority],
        random: Callable[[int], bytes],
        *,
        period: dt.timedelta = dt.timedelta(seconds=60),
        late: dt.timedelta = LATE,
    ) -> None:
        self._store = store
        self._evidence = evidence
        self._outbound = outbound
        self._clock = clock
        self._authorities = authorities
        self._random = random
        self._period = period
        self._late = late
        self._growth = Growth(store, evidence)

    async def run(self) -> None:
        """Stamp what is due, for ever."""
        self._growth.listen()
        while self._authorities:
            again: dt.timedelta | None = dt.timedelta()
            try:
                await self.stamp_due()
                again = await self._until_due()
            except StoreError as error:
                _log.warning("store.unavailable", why=str(error))
            await self._growth.wait(again)

    async def _until_due(self) -> dt.timedelta | None:
        """How long no authority is to be asked if the log does not grow; None where all are up to date."""
        size, known = await self._store.read(_standing)
        asked = (known.get(one.name, Stamping(authority=one.name)) for one in self._authorities)
        due = min((one.due_at for one in asked if one.size < size), default=None)
        return None if due is None else due - self._clock.now()

    async def stamp_due(self) -> None:
        """Ask every authority that is due for a checkpoint that it has not stamped. StoreError."""
        now, (size, known) = self._clock.now(), await self._store.read(_standing)
        asked = [(one, known.get(one.name, Stamping(authority=one.name))) for one in self._authorities]
        due = [(one, before) for one, before in asked if before.due_at <= now and before.size < size]
        if due:
            checkpoint = await self._store.write(self._evidence.checkpoint)
            await asyncio.gather(*(self._stamp(one, before, checkpoint) for one, before in due))

    def lags(self, tx: Transaction) -> list[Lag]:
        """How far each configured authority is behind."""
        known = time_stamps.all_stampings(tx)
        return [self._lag(tx, known.get(one.name, Stamping(authority=one.name))) for one in self._authorities]

    async def _stamp(self, authority: Authority, before: Stamping, checkpoint: Checkpoint) -> None:
        digest, nonce = digest_of(stamped_text(checkpoint.note)), int.from_bytes(self._random(NONCE_BYTES), "big")
        try:
            token, stamp = await ask(self._outbound, authority, digest, nonce)
            now, line = self._clock.now(), stamp_line(authority.name, token)
            after = Stamping(
                authority=authority.name, size=checkpoint.size, stamped_at=stamp.at, due_at=now + self._period
            )
            await self._store.write(lambda tx: self._keep(tx, checkpoint, line, after))
        except (PeerError, OutboundError, VerificationError) as error:
            await self._postpone(before, str(error))
            return
        if abs(stamp.at - now) > _APART + (stamp.accuracy or dt.timedelta()):
            _log.error("time.apart", authority=authority.name, seconds=(stamp.at - now).total_seconds())

    def _keep(self, tx: Transaction, checkpoint: Checkpoint, line: SignatureLine, after: Stamping) -> None:
        """Put a token under its checkpoint. VerificationError: the note would grow too long to be read again."""
        note = with_signatures(rows.checkpoint_at(tx, checkpoint.size) or checkpoint.note, [line])
        if len(note) > _MAX_STAMPED:
            raise VerificationError("its token is too long to stand under a checkpoint")
        rows.put_checkpoint(tx, checkpoint.size, note)
        time_stamps.put(tx, after)
        self._evidence.changed(tx)

    async def _postpone(self, before: Stamping, why: str) -> None:
        attempts = before.attempts + 1
        due_at = self._clock.now() + min(self._period * 2 ** min(attempts, 10), max(_LONGEST, self._period))
        after = msgspec.structs.replace(before, due_at=due_at, attempts=attempts, why=why)
        await self._store.write(lambda tx: time_stamps.put(tx, after))
        behind = await self._store.read(lambda tx: self._lag(tx, after))
        tell = _log.error if behind.state == "late" else _log.info
        tell("time.not_stamped", authority=after.authority, stamped=behind.reached, entries=behind.entries, why=why)

    def _lag(self, tx: Transaction, one: Stamping) -> Lag:
        return lag(tx, _reach_of(one), self._clock.now(), self._late)


async def ask(
    outbound: Outbound, authority: Authority, digest: DigestOf, nonce: int, name: str = "sha256"
) -> tuple[bytes, TimeStamp]:
    """A token of an authority over the content with these digests, by the one of this name, verified.

    Raises OutboundError or PeerError when it cannot be had, VerificationError when it does not hold.
    """
    request = write_request(Imprint(name, digest(name)), nonce=nonce)
    headers = {"content-type": REQUEST_TYPE, "accept": ANSWER_TYPE}
    answer = await outbound.request("POST", authority.url, headers=headers, content=request, max_bytes=MAX_ANSWER)
    if answer.status != 200:
        raise PeerError(f"the time-stamping authority answers {answer.status}")
    token = token_of(answer.body)
    check_answer(request, token)
    return token, verify_token(token, digest, authority.trust)[0]


def _standing(tx: Transaction) -> tuple[int, dict[str, Stamping]]:
    return rows.size(tx), time_stamps.all_stampings(tx)


def _reach_of(one: Stamping) -> Reach:
    at = one.stamped_at if one.size else None
    return Reach(
        kind="time-stamp", name=one.authority, reached=one.size, reached_at=at, attempts=one.attempts, why=one.why
    )
