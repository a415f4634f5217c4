"""Waiting for the witnesses that an agreement asks for: a release that is recorded does not start before."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from functools import partial
from typing import Final, NamedTuple

from tegata.evidence import EvidenceLog, reader
from tegata.evidence.rolls import keys_of
from tegata.log import prove_entry, without_heavy
from tegata.model.base import Noun, Text, t
from tegata.model.catalog import Quorum
from tegata.model.evidence import Checkpoint, InclusionProof, Passport
from tegata.store import Transaction, releases, transfers, witnesses
from tegata.store import log as rows
from tegata.trust import KeyHistory, PublicKey
from tegata.trust.quorum import Standing, members_of, quorums_of, standing

_SHOWN: Final = 100
EAGER: Final = dt.timedelta(seconds=10)
"""After so long witnesses are asked once more, and looked for less often."""


class Waiting(Noun, frozen=True, kw_only=True):
    """How it stands with a release that waits, for its operator."""

    transfer: str
    since: dt.datetime
    until: dt.datetime
    say: Text


class Wait(NamedTuple):
    """A recorded release whose agreement asks for witnesses, as the log is now."""

    passport: Passport
    quorums: tuple[Quorum, ...]
    checkpoint: Checkpoint | None  # one that all of them are under
    standings: tuple[Standing, ...]  # under the checkpoint that most of them are under

    @property
    def since(self) -> dt.datetime:
        return self.passport.entry.at

    @property
    def until(self) -> dt.datetime:
        return self.since + dt.timedelta(minutes=min(quorum.within_minutes for quorum in self.quorums))

    def say(self) -> Text:
        """Who is missing."""
        return next((one.say() for one in self.standings if not one.reached), self.standings[0].say())

    def pause(self, now: dt.datetime) -> dt.timedelta:
        """When to look again."""
        return dt.timedelta(seconds=1) if now - self.since < EAGER else EAGER

    def proof(self, tx: Transaction) -> InclusionProof | None:
        """That the release lies under a checkpoint with all its witnesses; None when there is none yet."""
        found = self.checkpoint
        return prove_entry(self.passport.proof.index, found, reader(tx)) if found else None


def wait_of(tx: Transaction, passport: Passport, keys: KeyHistory) -> Wait:
    """How it stands now with a release that is recorded in the log of a key, by the passport that it is to have.

    Looked at are the checkpoints that its witnesses cosigned last, which are few. VerificationError for a quorum that
    nobody could fulfil.
    """
    quorums = quorums_of(passport)
    found = [
        (one, tuple(standing(each, one.note, keys.current, partial(_cosigning, tx, passport, one)) for each in quorums))
        for one in _checkpoints(tx, passport, quorums, keys)
    ]
    checkpoint, best = max(found, key=lambda one: sum(len(each.present) for each in one[1]))
    ready = all(one.reached for one in best) and keys.at(checkpoint.size) == keys.current  # which is to seal it
    return Wait(passport, quorums, checkpoint if ready else None, best)


def waits(tx: Transaction, keys: KeyHistory) -> list[Waiting]:
    """The first of the releases in the log of these keys that wait for their witnesses."""
    found = []
    for transfer in transfers.in_state(tx, "REQUESTED", "", _SHOWN):
        release = releases.get(tx, transfer.id) if transfer.role == "provider" else None
        if release is not None and release.prepared is not None:
            wait = wait_of(tx, release.prepared, keys)
            found.append(Waiting(transfer=transfer.id, since=wait.since, until=wait.until, say=wait.say()))
    return found


def ask(tx: Transaction, evidence: EvidenceLog, wait: Wait, now: dt.datetime) -> None:
    """Have its witnesses asked at once, all of them about one checkpoint: while one has not been asked since the
    release, where they have cosigned different ones, and after a while all over again."""
    names = {member.name for one in wait.standings for member in (*one.present, *one.absent)}
    known = {one.peer: one for one in witnesses.cosigners(tx) if one.peer in names}
    behind = [name for name in names if name not in known or known[name].size <= wait.passport.proof.index]
    unasked = any(name not in known or not known[name].attempts for name in behind)
    if unasked or not behind or now - wait.since >= EAGER:
        for name in sorted(names):
            witnesses.expect(tx, name)
        evidence.changed(tx)


def missed(wait: Wait) -> Text:
    """Why a release does not leave."""
    minutes, said = min(quorum.within_minutes for quorum in wait.quorums), wait.say()
    return t(
        f"after {minutes} minutes the record of this release lacks witnesses: {said.en}; "
        "nothing has left: ask again once they can be reached",
        f"{minutes} 分待ちましたが、この提供の記録に必要な証人が揃いませんでした: {said.ja}。"
        "何も提供されていません。証人に到達できるようになってから改めて要求してください",
    )


def _cosigning(tx: Transaction, passport: Passport, checkpoint: Checkpoint) -> PublicKey:
    """The key by which the recipient cosigned a checkpoint, else its newest."""
    return keys_of(tx, passport.recipient).cosigning(checkpoint.note)


def _checkpoints(
    tx: Transaction, passport: Passport, quorums: tuple[Quorum, ...], keys: KeyHistory
) -> Iterator[Checkpoint]:
    """That of the release itself, and those larger ones that a witness cosigned last."""
    yield passport.proof.checkpoint
    asked = (members_of(one, keys.current, lambda: keys_of(tx, passport.recipient).current) for one in quorums)
    names = {member.name for members in asked for member in members}
    sizes = {one.size for one in witnesses.cosigners(tx) if one.peer in names and one.size > passport.proof.index}
    for size in sorted(sizes):
        note = rows.checkpoint_at(tx, size)
        if note is not None:
            yield keys.open(without_heavy(note))
