"""The keys that have spoken for a name, one after the other: its first key, and what each handed it on to.

A name is a `did:key`, and so its first key; rolls (`log.roll`) lead from there to the others. Which of them counts
follows from the size of a checkpoint and not from a clock: each key signs for logs of more entries than the roll that
made it says, up to the next roll.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from tegata.log import ED25519_COSIGNATURE, Roll, open_checkpoint, read_roll, split_note, verify_roll
from tegata.log.checkpoint import read_text
from tegata.log.note import by_key, key_id
from tegata.model.base import t
from tegata.model.errors import VerificationError
from tegata.model.evidence import Checkpoint
from tegata.trust.keys import PublicKey, public_key_of

MOST_ROLLS: Final = 64
Rolls = Mapping[str, tuple[str, ...]]
"""What a reader has of them besides those inside of what is verified: notes by name."""
NO_ROLLS: Final[Rolls] = {}


@dataclass(frozen=True)
class KeyHistory:
    """Made by `follow`. `keys` has one more than `rolls`; all of them are known by `did`."""

    did: str
    keys: tuple[PublicKey, ...]
    rolls: tuple[Roll, ...]
    notes: tuple[str, ...]

    @property
    def current(self) -> PublicKey:
        return self.keys[-1]

    def at(self, size: int) -> PublicKey:
        """The key that signs checkpoints over so many entries."""
        return self.keys[self.number_at(size)]

    def number_at(self, size: int) -> int:
        """Which one it is, counted from 0."""
        return sum(roll.size < size for roll in self.rolls)

    def cosigning(self, note: str) -> PublicKey:
        """The key under whose name a note bears a cosignature, verified or not, else the newest. VerificationError."""
        lines = split_note(note)[1]
        signed = (k for k in self.keys if any(by_key(lines, self.did, key_id(self.did, ED25519_COSIGNATURE, k.raw))))
        return next(signed, self.current)

    def open(self, note: str) -> Checkpoint:
        """A checkpoint of the log of this name, by the key of its size. Raises VerificationError."""
        size = read_text(split_note(note)[0])[1]
        return open_checkpoint(note, self.at(size), self.did)

    def verify(self, signature: bytes, message: bytes, size: int) -> None:
        """By the key of a checkpoint's size only. Raises VerificationError, which tells of a key that had gone."""
        try:
            self.at(size).verify(signature, message)
        except VerificationError:
            for key, roll in zip(self.keys, self.rolls, strict=False):
                if roll.size < size and _holds(key, signature, message):
                    raise _gone(roll) from None
            raise

    def is_beginning_of(self, other: KeyHistory) -> bool:
        return self.did == other.did and other.notes[: len(self.notes)] == self.notes


def follow(did: str, notes: Sequence[str] = ()) -> KeyHistory:
    """The history that the rolls show, oldest first. Raises VerificationError where one does not follow."""
    if len(notes) > MOST_ROLLS:
        raise VerificationError(t("it was handed on too often", "引き継ぎの回数が多すぎます"))
    keys, rolls = [public_key_of(did)], list[Roll]()
    for number, note in enumerate(notes, 1):
        roll = read_roll(note)
        successor = PublicKey(public_key_of(roll.successor).raw, did)
        verify_roll(note, keys[-1], successor)
        if (roll.name, roll.number) != (did, number) or (rolls and roll.size <= rolls[-1].size):
            raise VerificationError(t("a roll of another place", "引き継ぎの順序が誤っています"))
        keys.append(successor)
        rolls.append(roll)
    return KeyHistory(did, tuple(keys), tuple(rolls), tuple(notes))


def joined(did: str, one: Sequence[str], other: Sequence[str]) -> KeyHistory:
    """The longer of two histories of a name, which must begin alike. Raises VerificationError."""
    first, second = follow(did, one), follow(did, other)
    if first.is_beginning_of(second):
        return second
    if second.is_beginning_of(first):
        return first
    raise VerificationError(
        t("the name was handed on to two keys", "名前が二つの鍵に引き継がれています"),
        why=t("the rolls contradict those that you have", "手元の引き継ぎの記録と矛盾します"),
    )


def by_name(notes: Sequence[str], names: Sequence[str]) -> dict[str, tuple[str, ...]]:
    """Rolls of several names, each in its order. VerificationError where one is of none of them."""
    found = dict[str, tuple[str, ...]]()
    for note in notes:
        name = read_roll(note).name
        if name not in names:
            raise VerificationError(t("a roll is of somebody else", "別の名前の引き継ぎの記録があります"))
        found[name] = (*found.get(name, ()), note)
    return found


def read_history(text: str) -> KeyHistory:
    """From a document with all rolls of a name, one after the other, as a node publishes it. VerificationError."""
    notes = split_notes(text)
    return follow(read_roll(notes[0]).name, notes)


def split_notes(text: str) -> tuple[str, ...]:
    """The rolls in a document; at least one. Raises VerificationError."""
    parts = text.split(_HEAD)
    if len(parts) < 2 or parts[0]:
        raise VerificationError(t("it holds no rolls of a key", "鍵の引き継ぎの記録ではありません"))
    return tuple(_HEAD + part for part in parts[1:])


_HEAD: Final = "tegata-roll/1\n"


def _holds(key: PublicKey, signature: bytes, message: bytes) -> bool:
    try:
        key.verify(signature, message)
    except VerificationError:
        return False
    return True


def _gone(roll: Roll) -> VerificationError:
    return VerificationError(
        t("it is signed by a key that was no longer that of the name", "その時点で既に引き継がれた鍵による署名です"),
        why=t(
            f"the name was handed on at entry {roll.size} of its log ({roll.reason})",
            f"ログの {roll.size} 件目で引き継がれました（{roll.reason}）",
        ),
    )
