"""Rolls: the key of a name hands the name on to another key (a C2SP signed note, by both).

    tegata-roll/1
    did:key:...          the name: its first key, for ever
    1                    which roll of this name it is
    4711                 entries of the log: checkpoints over more than these count under the new key only
    superseded           or key-compromise
    did:key:...          the new key

The name is that of a log and of a participant, so nothing that others hold has to change. The second line of a
checkpoint is a size, so neither is ever taken for the other.
"""

from __future__ import annotations

import re
from typing import Final, Literal, NamedTuple, cast

from tegata.log.note import ED25519, SignatureLine, Signer, Verifier, key_id, split_note
from tegata.model.base import t
from tegata.model.errors import VerificationError

Reason = Literal["superseded", "key-compromise"]
_VERSION: Final = "tegata-roll/1"
_FORM = re.compile(
    rf"{_VERSION}\n(?P<name>did:[!-~]+)\n(?P<number>[1-9][0-9]{{0,2}})\n(?P<size>0|[1-9][0-9]{{0,18}})\n"
    r"(?P<reason>superseded|key-compromise)\n(?P<successor>did:[!-~]+)\n"
)


class Roll(NamedTuple):
    """What the note says. `successor` is a did:key."""

    name: str
    number: int
    size: int
    reason: Reason
    successor: str

    @property
    def text(self) -> str:
        return "\n".join((_VERSION, self.name, str(self.number), str(self.size), self.reason, self.successor, ""))


def write_roll(roll: Roll, old: Signer, new: Signer) -> str:
    """The note, signed by the key that goes and the key that comes, which so shows that somebody has it."""
    message = roll.text.encode()
    return _note(roll, old.raw, old.sign(message), new.raw, new.sign(message))


def read_roll(note: str) -> Roll:
    """What a note says, whoever signed it. Raises VerificationError."""
    match = _FORM.fullmatch(split_note(note)[0])
    if match is None:
        raise _malformed()
    reason = cast(Reason, match["reason"])
    return Roll(match["name"], int(match["number"]), int(match["size"]), reason, match["successor"])


def is_roll(note: bytes) -> bool:
    """Whether a document says that it is one."""
    return note.startswith(_VERSION.encode() + b"\n")


def verify_roll(note: str, old: Verifier, new: Verifier) -> None:
    """Only the one form of a note, with its two signatures. Raises VerificationError."""
    roll, lines = read_roll(note), split_note(note)[1]
    if len(lines) != 2 or _note(roll, old.raw, lines[0].signature, new.raw, lines[1].signature) != note:
        raise _malformed()
    for key, line in ((old, lines[0]), (new, lines[1])):
        key.verify(line.signature, roll.text.encode())


def _note(roll: Roll, old: bytes, by_old: bytes, new: bytes, by_new: bytes) -> str:
    lines = (
        SignatureLine(roll.name, key_id(roll.name, ED25519, raw), signature)
        for raw, signature in ((old, by_old), (new, by_new))
    )
    return f"{roll.text}\n{''.join(map(str, lines))}"


def _malformed() -> VerificationError:
    return VerificationError(t("it does not hand on the key of a name", "名前の鍵を引き継ぐものではありません"))
