"""The ledger of one node, which is the exporter: whom its sources concern, who is on the way, who went.

A transfer reserves its people in the transaction that starts it. While it goes on they count; when it ends they have
gone, seen last at that moment, if it was completed or if any byte may have left, and else they are released. All of it
is kept by participant; who is under common control is asked of the register each time anew.
"""

from __future__ import annotations

import datetime as dt
import sys
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from tegata.evidence import EvidenceLog
from tegata.ledger.group import members
from tegata.model.catalog import Dataset, Participant
from tegata.model.decision import Fact
from tegata.model.profile import SubjectSet
from tegata.rules import Pack
from tegata.rules.counting import CountingLaw, counting_laws
from tegata.rules.counts import below
from tegata.rules.ledger import Account, others
from tegata.rules.tokens import Subjects, anonymous, bounded, tokens_of
from tegata.store import Transaction
from tegata.store import ledger as rows
from tegata.store.ledger import Reservation
from tegata.store.transaction import micros

Told = Mapping[tuple[str, str], Subjects]
"""Whom a source concerns, by pack and category."""


@dataclass(frozen=True)
class _Standing:
    """What stands of one law against one group: accounts and reservations by category."""

    accounts: Mapping[str, list[Account]]
    held: Mapping[str, list[Subjects]]
    since: int

    def before(self, category: str, present: Iterable[int], room: int) -> int:
        return others(self.accounts[category], self.held[category], set(present), self.since, room)

    @property
    def anybody(self) -> bool:
        return any(self.accounts.values()) or any(self.held.values())

    @property
    def above(self) -> bool:
        """Whether somebody in it was counted from above."""
        accounts = (account for found in self.accounts.values() for account in found)
        held = (subjects for found in self.held.values() for subjects in found)
        return any(account.above_at >= self.since for account in accounts) or any(one.above for one in held)


class Ledger:
    """Every method that takes a transaction works inside the caller's.

    Args:
        packs: those that add up over transfers are followed.
        key: secret of the node under which people are kept.
    """

    def __init__(self, packs: Sequence[Pack], evidence: EvidenceLog, key: bytes) -> None:
        self.laws = counting_laws(packs)
        self._evidence = evidence
        self._key = key

    def told(self, source: str, found: Sequence[Sequence[SubjectSet]]) -> Told:
        """What a scan of the source for each of `laws` found; `source` is the digest of its bytes. Takes its time."""
        return {
            (law.pack, one.category): tokens_of(one, source, self._key, law.rooms[one.category])
            for law, sets in zip(self.laws, found, strict=False)  # nothing was found where nobody was
            for one in sets
        }

    def keep(self, tx: Transaction, source: str, told: Told) -> None:
        """Keep whom a source concerns."""
        for (pack, category), subjects in told.items():
            rows.put_subjects(tx, source, pack, category, subjects)

    def before(self, tx: Transaction, dataset: Dataset, recipient: Participant, now: dt.datetime) -> dict[str, Fact]:
        """Facts of the other people who went, or are going, to the recipient and its group in each law's window."""
        facts: dict[str, Fact] = {}
        for law in self.laws:
            standing = _standing(tx, law, members(tx, recipient), now)
            present = self._present(tx, law, dataset) if standing.anybody else {}
            counts = {
                category: standing.before(category, present.get(category, _NOBODY).tokens, room)
                for category, room in law.rooms.items()
            }
            facts |= law.facts(counts, standing.above, dataset.facts)
        return facts

    def reserve(self, tx: Transaction, transfer: str, recipient: str, dataset: Dataset, now: dt.datetime) -> None:
        """The people of the data set are on their way to the recipient; with an entry in the evidence log.

        The caller has decided in the same transaction by what `before` says in it.
        """
        made = [
            Reservation(recipient, law.pack, category, subjects)
            for law in self.laws
            for category, subjects in self._present(tx, law, dataset).items()
            if subjects.tokens
        ]
        for reservation in made:
            rows.reserve(tx, transfer, reservation)
        self._record(tx, "ledger_reserved", transfer, made, now)

    def hand_out(self, tx: Transaction, transfer: str) -> None:
        """The first byte is about to leave: from now on its people have gone, however the transfer ends."""
        rows.hand_out(tx, transfer)

    def settle(self, tx: Transaction, transfer: str, now: dt.datetime, *, completed: bool) -> None:
        """The transfer has ended: its people have gone, or stay."""
        ended = rows.reservations(tx, transfer)
        gone = [one for one in ended if completed or one.handed_out]
        for reservation in gone:
            self._book(tx, reservation, micros(now))
        rows.forget(tx, transfer)
        self._record(tx, "ledger_gone" if gone else "ledger_released", transfer, ended, now)

    def _book(self, tx: Transaction, gone: Reservation, at: int) -> None:
        key = (gone.participant, gone.pack, gone.category)
        before = rows.account(tx, *key) or Account()
        room = next((law.rooms[gone.category] for law in self.laws if law.pack == gone.pack), sys.maxsize)
        after = before.with_seen(gone.subjects.tokens, at, room, above=gone.subjects.above > 0)
        rows.put_account(tx, *key, after)

    def _present(self, tx: Transaction, law: CountingLaw, dataset: Dataset) -> dict[str, Subjects]:
        """Whom the data set concerns, by the law's categories: as its scan told, within what the publisher states."""
        if law.leaves_out(dataset.facts):
            return {}
        source = dataset.profile.source_digest
        told = rows.subjects(tx, source, law.pack)
        present: dict[str, Subjects] = {}
        for category, room in law.rooms.items():
            if any(below(held, category) for held in _held(dataset)):
                found = told.get(category) or anonymous(
                    category, source, min(_most(dataset, category), room), self._key
                )
                stated = law.stated_now(category, dataset.facts)
                present[category] = bounded(found, category, source, stated, self._key)
        return present

    def _record(self, tx: Transaction, kind: str, transfer: str, made: Sequence[Reservation], now: dt.datetime) -> None:
        """Numbers only; nobody whom they count can be told from them."""
        if not made:
            return
        counted: dict[str, dict[str, dict[str, int]]] = {}
        for one in made:
            numbers = {"subjects": len(one.subjects.tokens), "from_above": one.subjects.above}
            counted.setdefault(one.pack, {})[one.category] = numbers
        body = {"participant": made[0].participant, "counted": counted}
        self._evidence.record(tx, kind, transfer, body, now)


_NOBODY = Subjects(())


def _standing(tx: Transaction, law: CountingLaw, group: Sequence[str], now: dt.datetime) -> _Standing:
    accounts: dict[str, list[Account]] = {category: [] for category in law.rooms}
    held: dict[str, list[Subjects]] = {category: [] for category in law.rooms}
    for member in group:
        for category, account in rows.accounts(tx, member, law.pack).items():
            accounts[category].append(account)
        for category, subjects in rows.reserved(tx, member, law.pack):
            held[category].append(subjects)
    return _Standing(accounts, held, micros(law.since(now)))


def _held(dataset: Dataset) -> Sequence[str]:
    """Categories that the data set holds: what the publisher states goes before the scan, as in a decision."""
    stated = dataset.facts.get("data.categories")
    return stated.value if stated is not None and isinstance(stated.value, list) else dataset.profile.categories


def _most(dataset: Dataset, category: str) -> int:
    """How many people of a category no scan told of there may be."""
    profile = dataset.profile
    counted = sum(count.n for count in profile.subjects if below(count.category, category))
    return min(counted, profile.rows) if counted else profile.rows
