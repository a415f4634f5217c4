"""Time-stamps under a checkpoint: a signature line that carries an RFC 3161 token over the text of the note.

C2SP signed-note leaves the type 0xff, with a name behind it, to kinds that it does not know; readers that do not know
this one pass over it. The token names its authority itself, so the key id is of the name alone. What a token proves is
for `tegata.trust` to say; here it is bytes.
"""

from __future__ import annotations

from typing import Final

from tegata.log.note import SignatureLine, is_name, key_id, split_note
from tegata.model.errors import UsageError

_KIND: Final = b"\xffrfc3161-time-stamp-token"


def stamp_line(authority: str, token: bytes) -> SignatureLine:
    """The line for a token. UsageError for a name that no line can carry (empty, with white space or a plus)."""
    if not is_name(authority):
        raise UsageError(
            f"an authority cannot be called `{authority}` here", hint="leave out white space and plus signs"
        )
    return SignatureLine(authority, key_id(authority, _KIND, b""), token)


def stamped_text(note: str) -> bytes:
    """What the tokens under a note are of: its text, the same bytes that signatures are over."""
    return split_note(note)[0].encode()


def stamps(note: str) -> list[tuple[str, bytes]]:
    """The tokens under a note with the names that its log gives their authorities. VerificationError: it is no note."""
    lines = split_note(note)[1]
    return [(line.name, line.signature) for line in lines if line.key_id == key_id(line.name, _KIND, b"")]
