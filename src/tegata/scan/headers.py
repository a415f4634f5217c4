"""What a column's name says: words, not substrings. `public` holds no licence, `email_verified` no e-mail address."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

import polars as pl

from tegata.scan.matcher import whole
from tegata.scan.recogniser import Recogniser

_WORD = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-zß-ÿ]+|[0-9]+|[^\W\d_A-Za-zß-ÿ]+")
_EDGE = r"(?-u:\b)"  # Japanese writes no blanks: a Latin word may stand between two others
_JAPANESE = re.compile(r"[\u3040-\u30ff\u3400-\u9fff々]")
# A name that ends in one of these is about the thing, not the thing: whether it was verified, how many there are ...
_ABOUT = frozenset((
    "verified", "verification", "flag", "count", "type", "status", "format", "valid", "validity", "length", "total",
    "sum", "avg", "mean", "sent", "opt", "enabled", "required", "available", "changed", "updated", "quality", "source",
    "category", "kind", "class", "share", "ratio", "percent", "pct", "rank",
))  # fmt: skip
_ABOUT_JA = (
    "フラグ", "件数", "区分", "種別", "確認済", "の有無", "人数", "変更日", "数", "率", "割合", "登録日", "更新日",
)  # fmt: skip

EXACT, TAIL, PART = 1.0, 0.9, 0.4
_LONGEST = 1_000  # characters of a name that are looked at: what is longer is none
_STRONG, _WEAK = 7.0, 3.5  # natural-log likelihood ratio of a header that says, or hints, what the column is


@dataclass(frozen=True)
class HeaderMatch:
    """How well a header names a recogniser: `weight` is a natural-log likelihood ratio, `phrase` the words found."""

    weight: float
    phrase: str


@lru_cache(maxsize=16_384)  # the names of recognisers are asked for again with every table
def words(header: str) -> tuple[str, ...]:
    """Lower-case words of a header: parted at punctuation, at capitals inside a word and around digits."""
    return tuple(word.lower() for word in _WORD.findall(unicodedata.normalize("NFKC", header)))


@lru_cache(maxsize=1024)
def named_in_text(names: tuple[str, ...]) -> str:
    """Pattern of a text in which one of the names stands as a word."""
    spelled = (r"[ _-]?".join(map(re.escape, unicodedata.normalize("NFKC", name).split())) for name in names)
    return "(?i)" + "|".join(f"{_EDGE}{name}{_EDGE}" if name.isascii() else name for name in sorted(spelled))


class HeaderIndex:
    """Finds which recognisers a header names, in time that grows with the header, not with the recognisers."""

    def __init__(self, recognisers: Sequence[Recogniser]) -> None:
        self._shapes = {r.id: whole(r.header_patterns) for r in recognisers if r.header_patterns}
        self._phrases: dict[str, list[tuple[str, float]]] = {}
        self._ruled_out: dict[str, frozenset[str]] = {}
        for recogniser in recognisers:
            for names, weight in ((recogniser.names, _STRONG), (recogniser.weak_names, _WEAK)):
                for name in names:
                    self._phrases.setdefault("".join(words(name)), []).append((recogniser.id, weight))
            self._ruled_out[recogniser.id] = frozenset("".join(words(name)) for name in recogniser.except_names)

    def match_all(self, headers: Sequence[str]) -> tuple[dict[str, HeaderMatch], ...]:
        """Per header: recogniser id -> the best match of one of its names."""
        found = [self.match(header) for header in headers]
        cells = pl.Series(headers, dtype=pl.String)
        for name, shape in self._shapes.items():
            for column in cells.str.contains(shape).arg_true():
                found[column].setdefault(name, HeaderMatch(_WEAK, headers[column]))
        return tuple(found)

    def match(self, header: str) -> dict[str, HeaderMatch]:
        """Recogniser id -> the best match of one of its names in one header."""
        tokens = words(header[:_LONGEST])
        found: dict[str, HeaderMatch] = {}
        for phrase, grade in _phrases(tokens):
            for name, weight in self._phrases.get(phrase, ()):
                best = found.get(name)
                if best is None or best.weight < grade * weight:
                    found[name] = HeaderMatch(grade * weight, phrase)
        return {name: hit for name, hit in found.items() if not self._is_ruled_out(name, tokens, hit.phrase)}

    def rules_out(self, header: str, name: str) -> bool:
        """Whether a word of the header says that its column tells of something else than this recogniser."""
        return self._is_ruled_out(name, words(header), "")

    def _is_ruled_out(self, name: str, tokens: Sequence[str], phrase: str) -> bool:
        other = self._ruled_out[name]
        if not other:
            return False
        rest = [token for token in tokens if token not in phrase or _JAPANESE.search(token)]
        return any(word in other for word in rest) or any(
            bad in token for token in rest if _JAPANESE.search(token) for bad in other if _JAPANESE.search(bad)
        )


def _phrases(tokens: Sequence[str]) -> list[tuple[str, float]]:
    """Every run of words of a header, with how much of the header it explains. The head of a name is its end."""
    numbered = len(tokens) > 1 and tokens[-1].isdigit()
    core = tokens[:-1] if numbered else tokens
    whole_header = ("".join(tokens), EXACT)
    runs = [
        ("".join(core[start:end]), _grade(core, start, end))
        for start in range(len(core))
        for end in range(start + 1, len(core) + 1)
        if not _is_one_letter(core[start:end])
    ]
    return [whole_header, *runs] + [
        part for token in tokens if _JAPANESE.search(token) for part in _japanese_parts(token, tokens)
    ]


def _is_one_letter(run: Sequence[str]) -> bool:
    """`x` names the reactance of a line where it stands alone; in `x_001` or `x.max` it names nothing."""
    return len(run) == 1 and len(run[0]) == 1 and run[0].isascii()


def _grade(core: Sequence[str], start: int, end: int) -> float:
    if start == 0 and end == len(core):
        return EXACT
    if end == len(core):
        return TAIL
    return 0.0 if core[-1] in _ABOUT or core[-1].endswith(_ABOUT_JA) else PART


def _japanese_parts(token: str, tokens: Sequence[str]) -> list[tuple[str, float]]:
    """Japanese writes no blanks: the end of a word is its head (患者氏名 is a 氏名), its beginning only a hint."""
    last = token == tokens[-1] or not tokens[-1].isascii()
    tails = [(token[start:], TAIL if last else PART) for start in range(1, len(token) - 1)]
    if token.endswith(_ABOUT_JA):
        return tails
    return tails + [(token[:end], PART) for end in range(2, len(token))]
