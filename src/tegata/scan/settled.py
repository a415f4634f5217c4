"""Patterns that match nothing which normalisation would change: then the cells they match need not be normalised."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Final

import polars as pl

from tegata.scan.matcher import whole

# One character, a class of characters, a repetition, or a sign of structure; ASCII that can be seen, and the blank.
# Whatever else a pattern may hold (any character, Unicode classes, flags, assertions) is not read here.
_TOKEN: Final = re.compile(
    r"(?P<atom>[!\"#%&',/0-9:;<=>@A-Z_`a-z~ -]|\\[^\w\s<>\x80-\U0010ffff]"
    r"|\[(?!\^)(?:[!-%'-Z^-}_ ]|\\[^\w\s<>\x80-\U0010ffff])+\])"
    r"(?P<times>(?:[?*+]|\{[0-9]+(?:,[0-9]*)?\})?\??)"
    r"|(?P<sign>\(\?:|\(|\||\)(?:(?:[?*+]|\{[0-9]+(?:,[0-9]*)?\})\??)?)"
)
_MAY_BE_MISSING: Final = re.compile(r"[?*]|\{0+(?:,|\})")
_AT_AN_EDGE: Final = re.compile("(?<!x)b|b(?!x)")


@lru_cache(maxsize=4096)
def is_settled(patterns: tuple[str, ...]) -> bool:
    """Whether every text that one of the patterns matches as a whole is ASCII, not empty, and begins and ends with
    something that can be seen. False where that would take more than a look at the patterns."""
    return bool(patterns) and all(map(_is_settled, patterns)) and not pl.Series([""]).str.contains(whole(patterns))[0]


def _is_settled(pattern: str) -> bool:
    """Every blank stands between two characters that are always there and can be seen."""
    signs, end = [], 0
    while token := _TOKEN.match(pattern, end):
        signs.append(_sign(token))
        end = token.end()
    return end == len(pattern) and not _AT_AN_EDGE.search("".join(signs))


def _sign(token: re.Match[str]) -> str:
    if token["sign"]:
        return "|"
    if " " in token["atom"]:
        return "b"
    return "o" if _MAY_BE_MISSING.match(token["times"]) else "x"
