"""How text is found without knowing where its words end: by every two characters that stand side by side.

Japanese is written without spaces, so two characters are what a word of any script can be found by. A single one is a
token of its own unless it is ASCII.
"""

from __future__ import annotations

import re
import unicodedata
from typing import Final

_WORD: Final = re.compile(r"[^\W_]+")
_ASCII: Final = {chr(code) for code in range(128)}


def folded(text: str) -> str:
    """Text as it is compared: one form of each character (NFKC), without case."""
    return unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", text).casefold())


def tokens(text: str) -> list[str]:
    """The tokens of a text, each once, in order."""
    found: set[str] = set()
    for word in _WORD.findall(folded(text)):
        found.update(word[at : at + 2] for at in range(len(word) - 1))
        found.update(character for character in word if not character.isascii())
    return sorted(found)


def asked(text: str) -> list[str]:
    """The tokens that a text must have in which every word of `text` stands: few, since those of a pair say it all."""
    found: set[str] = set()
    for word in _WORD.findall(folded(text)):
        pairs = {word[at : at + 2] for at in range(len(word) - 1)}
        found |= pairs or ({word} - _ASCII)
    return sorted(found)


def words(text: str) -> list[str]:
    """What somebody looks for: the parts of a query that stand between spaces."""
    return folded(text).split()
