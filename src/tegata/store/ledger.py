"""People counted over transfers: whom each source concerns, who is on the way, who went."""

from __future__ import annotations

import sys
from array import array
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from tegata.rules.ledger import Account
from tegata.rules.tokens import Subjects
from tegata.store.transaction import Transaction


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


def put_account(tx: Transaction, participant: str, pack: str, category: str, account: Account) -> None:
    """Keeps an account in place of the earlier one."""
    times = (account.dropped_at, account.above_at)
    seen = _packed("Q", account.subjects), _packed("q", account.times)
    tx.rows("put_ledger_account", participant, pack, category, *times, *seen)


def account(tx: Transaction, participant: str, pack: str, category: str) -> Account | None:
    return _accounts(tx.rows("get_ledger_account", participant, pack, category)).get(category)


def accounts(tx: Transaction, participant: str, pack: str) -> Mapping[str, Account]:
    """By category, who went to the participant."""
    return _accounts(tx.rows("ledger_accounts_of_participant", participant, pack))


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
    for participant, pack, category in tx.rows("holders_of_ledger_accounts"):
        if kept := account(tx, participant, pack, category):
            put_account(tx, participant, pack, category, kept.from_above())
    tx.rows("count_ledger_subjects_from_above")
    tx.rows("count_ledger_reservations_from_above")
    tx.rows("put_ledger_key", mark)


def _accounts(rows: Iterable[tuple[str, int, int, bytes, bytes]]) -> dict[str, Account]:
    return {
        category: Account(_unpacked("Q", tokens), _unpacked("q", times), dropped_at, above_at)
        for category, dropped_at, above_at, tokens, times in rows
    }


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
