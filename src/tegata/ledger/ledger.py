"""The ledger of one node, which is the exporter: whom its sources concern, who is on the way, who went.

A transfer reserves its people in the transaction that starts it. While it goes on they count; when it ends they have
gone, seen last at that moment, if it was completed or if any byte may have left, and else they are released. All of it
is kept by participant, or, where a law adds up over everybody, for all of them together; who is under common control is
asked each time anew.
"""

from __future__ import annotations

import datetime as dt
import itertools
import sys
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final, TypeVar

from tegata.evidence import EvidenceLog
from tegata.ledger.control import CommonControl
from tegata.model.catalog import Dataset, Participant
from tegata.model.decision import Fact
from tegata.model.profile import SubjectSet
from tegata.rules import Pack
from tegata.rules.counting import CountingLaw, counting_laws
from tegata.rules.counts import below
from tegata.rules.ledger import Account, others
from tegata.rules.tokens import Subjects, bounded, filled, mark_of, tokens_of
from tegata.store import Transaction
from tegata.store import ledger as rows
from tegata.store.ledger import Reservation
from tegata.store.transaction import micros

T = TypeVar("T")
Told = Mapping[tuple[str, str], Subjects]
"""Whom a source concerns, by pack and category."""

EVERYBODY: Final = ""
"""In place of a participant: all of them, for laws that add up over all transfers of the exporter."""


@dataclass(frozen=True)
class _Standing:
    """What stands of one law against one group: segments of accounts, and reservations, by category."""

    accounts: Mapping[str, list[Account]]
    held: Mapping[str, list[Subjects]]
    since: int
    other_key: bool  # they were told under another key than those who are present

    def before(self, category: str, present: Iterable[int], room: int) -> int:
        return others(self.accounts[category], self.held[category], set(present), self.since, room)

    @property
    def above(self) -> bool:
        """Whether somebody in it was counted from above."""
        return (
            (self.other_key and self.anybody)
            or any(account.above_at >= self.since for account in _all(self.accounts))
            or any(subjects.above for subjects in _all(self.held))
        )

    @property
    def anybody(self) -> bool:
        return any(account.reaches(self.since) for account in _all(self.accounts)) or any(self.held.values())


def _all(found: Mapping[str, list[T]]) -> Iterable[T]:
    return itertools.chain.from_iterable(found.values())


class Ledger:
    """Every method that takes a transaction works inside the caller's.

    Categories are the names under which a law counts: for one that counts in totals, those of its facts.

    Args:
        packs: those that add up over transfers are followed.
        key: secret of the node under which people are kept.
        own: what is true of the exporter, by full names of facts.
    """

    def __init__(
        self, packs: Sequence[Pack], evidence: EvidenceLog, key: bytes, own: Mapping[str, Fact] | None = None
    ) -> None:
        self._laws = counting_laws(packs)
        self.control = CommonControl(evidence)
        self._evidence = evidence
        self._key, self._mark = key, mark_of(key)
        self._own = own or {}

    def asking(self, stated: Mapping[str, Fact], day: dt.date) -> tuple[CountingLaw, ...]:
        """Laws that may want to know whom data concerns of which the publisher states this."""
        return tuple(law for law in self._laws if not law.leaves_out({**self._own, **stated}, day))

    def told(self, source: str, laws: Sequence[CountingLaw], found: Sequence[Sequence[SubjectSet]]) -> Told:
        """What a scan of the source for each of the laws found; `source` is the digest of its bytes. Takes its time."""
        return {
            (law.pack.id, one.category): tokens_of(one, source, self._key, law.rooms[one.category])
            for law, sets in zip(laws, found, strict=False)  # nothing was found where nobody was
            for one in sets
        }

    def keep(self, tx: Transaction, source: str, told: Told) -> None:
        """Keep whom a source concerns."""
        self._take_key(tx)
        for (pack, category), subjects in told.items():
            rows.put_subjects(tx, source, pack, category, subjects)

    def before(
        self, tx: Transaction, dataset: Dataset, recipient: Participant, facts: Mapping[str, Fact], now: dt.datetime
    ) -> dict[str, Fact]:
        """Facts of the other people who went, or are going, in each law's window to whom it counts together.

        Args:
            facts: what else is known of the flow.
        """
        found: dict[str, Fact] = {}
        for law in self._laws:
            if not law.leaves_out(facts, now.date()):
                standing = self._standing(tx, law, recipient, now)
                found |= self._before(law, standing, self._present(tx, law, dataset), dataset.facts)
        return found

    def _before(
        self, law: CountingLaw, standing: _Standing, present: Mapping[str, Subjects], stated: Mapping[str, Fact]
    ) -> dict[str, Fact]:
        others = {
            category: standing.before(category, present.get(category, _NOBODY).tokens, room)
            for category, room in law.rooms.items()
        }
        unclear = any(one.above for one in present.values())  # they may be among those who went before
        above = standing.above or (unclear and (law.counts_present or standing.anybody))
        return law.facts(others, {name: len(one.tokens) for name, one in present.items()}, above, stated)

    def reserve(
        self,
        tx: Transaction,
        transfer: str,
        recipient: str,
        dataset: Dataset,
        facts: Mapping[str, Fact],
        now: dt.datetime,
    ) -> None:
        """The people of the data set are on their way to the recipient; with an entry in the evidence log.

        The caller has decided in the same transaction by what `before` says in it, and by these facts.
        """
        self._take_key(tx)
        made = [
            Reservation(EVERYBODY if law.over_all else recipient, law.pack.id, category, subjects)
            for law in self._laws
            if not law.leaves_out(facts, now.date())
            for category, subjects in self._present(tx, law, dataset).items()
            if subjects.tokens
        ]
        for reservation in made:
            rows.reserve(tx, transfer, reservation)
        self._record(tx, "ledger_reserved", transfer, recipient, made, now)

    def hand_out(self, tx: Transaction, transfer: str) -> None:
        """The first byte is about to leave: from now on its people have gone, however the transfer ends."""
        rows.hand_out(tx, transfer)

    def settle(self, tx: Transaction, transfer: str, recipient: str, now: dt.datetime, *, completed: bool) -> None:
        """The transfer to the recipient has ended: its people have gone, or stay."""
        self._take_key(tx)
        ended = rows.reservations(tx, transfer)
        gone = [one for one in ended if completed or one.handed_out]
        for reservation in gone:
            self._book(tx, reservation, micros(now))
        rows.forget(tx, transfer)
        self._record(tx, "ledger_gone" if gone else "ledger_released", transfer, recipient, ended, now)

    def _book(self, tx: Transaction, gone: Reservation, at: int) -> None:
        rooms = next((law.rooms for law in self._laws if law.pack.id == gone.pack), {})
        seen = Account.seen(gone.subjects.tokens, at, above=gone.subjects.above > 0)
        key = (gone.participant, gone.pack, gone.category)
        rows.add_segment(tx, key, seen, rooms.get(gone.category, sys.maxsize))

    def _counted_with(self, tx: Transaction, law: CountingLaw, recipient: Participant) -> Sequence[str]:
        """Holders of the accounts that the law adds up for a transfer to the recipient."""
        return [EVERYBODY] if law.over_all else self.control.members(tx, recipient)

    def _standing(self, tx: Transaction, law: CountingLaw, recipient: Participant, now: dt.datetime) -> _Standing:
        accounts: dict[str, list[Account]] = {category: [] for category in law.rooms}
        held: dict[str, list[Subjects]] = {category: [] for category in law.rooms}
        for holder in self._counted_with(tx, law, recipient):
            for category, segments in rows.segments(tx, holder, law.pack.id).items():
                accounts[category] += segments
            for category, subjects in rows.reserved(tx, holder, law.pack.id):
                held[category].append(subjects)
        return _Standing(accounts, held, micros(law.since(now)), rows.key_mark(tx) != self._mark)

    def _take_key(self, tx: Transaction) -> None:
        """Before anything is written under a new key, what stands is counted from above: it cannot be known again."""
        if rows.key_mark(tx) != self._mark:
            rows.change_key(tx, self._mark)

    def _present(self, tx: Transaction, law: CountingLaw, dataset: Dataset) -> dict[str, Subjects]:
        """Whom the data set concerns, by the law's categories: as its scan told, within what the publisher states."""
        source = dataset.profile.source_digest
        told = rows.subjects(tx, source, law.pack.id)
        present: dict[str, Subjects] = {}
        for category, room in law.rooms.items():
            heads = law.heads[category]
            if _any_below(_held(dataset), heads):
                most = min(_most(dataset, heads), room)
                stated = law.stated_now(category, dataset.facts)
                found = told.get(category)
                if found is None or dataset.profile.unread:
                    most = most if stated is None else min(most, stated)
                    found = filled(found or _NOBODY, category, source, most, self._key)
                present[category] = bounded(found, category, source, stated, self._key)
        return present

    def _record(
        self,
        tx: Transaction,
        kind: str,
        transfer: str,
        recipient: str,
        made: Sequence[Reservation],
        now: dt.datetime,
    ) -> None:
        """Numbers only; nobody whom they count can be told from them."""
        if not made:
            return
        counted: dict[str, dict[str, dict[str, int]]] = {}
        for one in made:
            numbers = {"subjects": len(one.subjects.tokens), "from_above": one.subjects.above}
            counted.setdefault(one.pack, {})[one.category] = numbers
        self._evidence.record(tx, kind, transfer, {"participant": recipient, "counted": counted}, now)


_NOBODY = Subjects(())


def _held(dataset: Dataset) -> Sequence[str]:
    """Categories that the data set holds: what the publisher states goes before the scan, as in a decision."""
    stated = dataset.facts.get("data.categories")
    return stated.value if stated is not None and isinstance(stated.value, list) else dataset.profile.categories


def _most(dataset: Dataset, heads: Sequence[str]) -> int:
    """How many people of these categories no scan told of there may be: of what nobody looked into, any number."""
    profile = dataset.profile
    if profile.unread:
        return sys.maxsize
    counted = sum(count.n for count in profile.subjects if _any_below([count.category], heads))
    return min(counted, profile.rows) if counted else profile.rows


def _any_below(categories: Iterable[str], heads: Sequence[str]) -> bool:
    return any(below(category, head) for category in categories for head in heads)
