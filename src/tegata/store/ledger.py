"""People counted over transfers: whom each source concerns, who is on the way, who went."""

from __future__ import annotations

import sys
from array import array
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from tegata.rules.ledger import Account
from tegata.rules.tokens import Subjects
from tegata.store.transaction import Transaction

AccountKey = Sequence[str]
"""Participant, pack and category."""


@dataclass(frozen=True, slots=True)
class Reservation:
    """Who is on the way in a transfer that has not ended. `handed_out`: bytes may have left."""

    participant: str
    pack: str
    category: str
    subjects: Subjects
    handed_out: bool = False


def put_subjects(tx: Transaction, source: str, pack: str, category: str, subjects: Subjects) -> None:
    """Keeps whom the source concerns, in place of what was known of it."""
    tx.rows("put_ledger_subjects", source, pack, category, subjects.above, _packed("Q", subjects.tokens))


def subjects(tx: Transaction, source: str, pack: str) -> dict[str, Subjects]:
    """By category, whom the source concerns; empty when it was never told."""
    rows = tx.rows("ledger_subjects_of_source", source, pack)
    return {category: Subjects(_tokens(tokens), above) for category, above, tokens in rows}


def segments(tx: Transaction, participant: str, pack: str) -> Mapping[str, list[Account]]:
    """By category, who went to the participant: an account in segments, oldest first."""
    found: dict[str, list[Account]] = {}
    for category, *segment in tx.rows("ledger_segments_of_participant", participant, pack):
        found.setdefault(category, []).append(_account(*segment))
    return found


def add_segment(tx: Transaction, key: AccountKey, segment: Account, room: int) -> None:
    """Adds to an account. Segments that are not twice as large as what is added become one with it: there are few, each
    is at least twice as large as the next, and who is added many times was written few times."""
    sizes = tx.rows("ledger_segment_sizes", *key)
    while sizes and sizes[-1][1] < 2 * len(segment.subjects):
        number, _ = sizes.pop()
        segment = _taken(tx, key, number).merged(segment, room)
    _put_segment(tx, key, sizes[-1][0] + 1 if sizes else 1, segment)


def reserve(tx: Transaction, transfer: str, reservation: Reservation) -> None:
    """Adds who is on the way in a transfer.

    Raises:
        ConflictError: there is no such transfer, or it has such a reservation already.
    """
    key = (transfer, reservation.participant, reservation.pack, reservation.category)
    subjects = reservation.subjects
    tx.rows("insert_ledger_reservation", *key, subjects.above, _packed("Q", subjects.tokens))


def reserved(tx: Transaction, participant: str, pack: str) -> list[tuple[str, Subjects]]:
    """All that is on the way to the participant, by category; of one category as often as there are transfers."""
    rows = tx.rows("ledger_reservations_of_participant", participant, pack)
    return [(category, Subjects(_tokens(tokens), above)) for category, above, tokens in rows]


def reservations(tx: Transaction, transfer: str) -> list[Reservation]:
    """What a transfer has reserved."""
    return [
        Reservation(
            participant=participant,
            pack=pack,
            category=category,
            handed_out=bool(handed_out),
            subjects=Subjects(_tokens(tokens), above),
        )
        for participant, pack, category, handed_out, above, tokens in tx.rows(
            "ledger_reservations_of_transfer", transfer
        )
    ]


def hand_out(tx: Transaction, transfer: str) -> None:
    """From now on bytes of the transfer may have left, however it ends."""
    tx.rows("hand_out_ledger_reservations", transfer)


def forget(tx: Transaction, transfer: str) -> None:
    """Removes what a transfer has reserved."""
    tx.rows("delete_ledger_reservations", transfer)


def key_mark(tx: Transaction) -> str | None:
    """Mark of the key under which people are known; None before anybody was."""
    mark: str | None = tx.value("ledger_key")
    return mark


def change_key(tx: Transaction, mark: str) -> None:
    """People are known under another key from now on: all who stand here may be anybody, and count from above."""
    for *key, number in tx.rows("keys_of_ledger_segments"):
        _put_segment(tx, key, number, _taken(tx, key, number).from_above())
    tx.rows("count_ledger_subjects_from_above")
    tx.rows("count_ledger_reservations_from_above")
    tx.rows("put_ledger_key", mark)


def _taken(tx: Transaction, key: AccountKey, number: int) -> Account:
    """A segment, which is removed."""
    ((dropped_at, above_at, tokens, times),) = tx.rows("take_ledger_segment", *key, number)
    return _account(dropped_at, above_at, tokens, times)


def _put_segment(tx: Transaction, key: AccountKey, number: int, segment: Account) -> None:
    seen = _packed("Q", segment.subjects), _packed("q", segment.times)
    tx.rows("put_ledger_segment", *key, number, segment.dropped_at, segment.above_at, *seen)


def _account(dropped_at: int, above_at: int, tokens: bytes, times: bytes) -> Account:
    return Account(_unpacked("Q", tokens), _unpacked("q", times), dropped_at, above_at)


def _tokens(data: bytes) -> tuple[int, ...]:
    return tuple(_unpacked("Q", data))


def _packed(kind: str, numbers: Iterable[int]) -> bytes:
    made = array(kind, numbers)
    if sys.byteorder == "big":
        made.byteswap()
    return made.tobytes()


def _unpacked(kind: str, data: bytes) -> array[int]:
    made: array[int] = array(kind)
    made.frombytes(data)
    if sys.byteorder == "big":
        made.byteswap()
    return made
