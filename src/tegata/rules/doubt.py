"""What a decision says of a pack for which nobody vouches who is trusted, and the same read back from it."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from tegata.model.base import Text, t

_SAID: Final = t("nobody who is trusted vouches for this pack: ", "信頼する署名者がこのパックを保証していません：")


def said(doubt: Text) -> Text:
    """The note of a decision about a doubt."""
    return t(_SAID.en + doubt.en, _SAID.ja + doubt.ja)


def doubt_in(notes: Iterable[Text]) -> Text | None:
    """The doubt of which the notes speak, if any."""
    for note in notes:
        if note.en.startswith(_SAID.en) and note.ja.startswith(_SAID.ja):
            return t(note.en.removeprefix(_SAID.en), note.ja.removeprefix(_SAID.ja))
    return None
