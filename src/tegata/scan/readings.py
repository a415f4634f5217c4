"""Ways in which a cell may be written so that nobody recognises it, and how each is read. No loop over values.

A reading takes cells to what they say, null where it does not apply. It is tried only on columns whose sampled cells
have its shape, and believed only when what it brings out proves itself (`disguise`).
"""

from __future__ import annotations

import binascii
import zlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Final

import polars as pl

from tegata.model.base import Text, t

# UTF-8 as hexadecimal digits, without overlong forms and surrogates (RFC 3629, 4): the engine raises at all others.
_CONTINUED = "[89ab][0-9a-f]"
_UTF8 = (
    "^(?:0[9ad]|[2-7][0-9a-f]"
    f"|(?:c[2-9a-f]|d[0-9a-f]){_CONTINUED}"
    f"|(?:e0[ab][0-9a-f]|e[1-9a-cef]{_CONTINUED}|ed[89][0-9a-f]){_CONTINUED}"
    f"|(?:f0[9ab][0-9a-f]|f[1-3]{_CONTINUED}|f48[0-9a-f]){_CONTINUED}{_CONTINUED})+$"
)
_PRINTABLE = [chr(code) for code in range(0x20, 0x7F)]
_DECODES: Final = -0.3
_INFLATED: Final = 4096  # bytes of a compressed cell that are looked at: a bomb is no identifier

# Letters of other scripts that look like a digit or a capital, after the confusables of Unicode (UTS 39).
_AS_DIGIT = dict(zip("ΟОƧƷЗƼʼбȢІΙ", "00233556811", strict=True))
_AS_LETTER = dict(zip("АВСЕНІЈКМОРЅТХУΑΒΕΖΗΙΚΜΝΟΡΤΥΧ", "ABCEHIJKMOPSTXYABEZHIKMNOPTYX", strict=True)) | dict(
    zip("асеіјорѕхуһԁοα", "aceijopsxyhdoa", strict=True)
)
_LEET = dict(zip("43105798", "aeiostgb", strict=True)) | {
    "|\\|": "n", "|v|": "m", "|\xb0": "p", "_|": "j", "|=": "f", "|)": "d", "(": "c", "`/": "y", "\\/": "v", "#": "h",
    "><": "x", "|<": "k", "\u042f": "r",
}  # fmt: skip
_MORSE = (
    ("-----", "0"), (".----", "1"), ("..---", "2"), ("...--", "3"), ("....-", "4"),
    (".....", "5"), ("-....", "6"), ("--...", "7"), ("---..", "8"), ("----.", "9"),
)  # fmt: skip


@dataclass(frozen=True)
class Reading:
    """`shape`: what cells look like (a search, not a whole match). `weight`: what using it speaks against what it
    brings out, a natural-log likelihood ratio: the more cells a reading fits, the more often it brings out something
    by chance. `again`: whether another reading may follow. `fit`: share of cells that must have the shape and change.
    `text`: the shape of all cells of which it brings out text, where that says more: most numbers look like some code.
    """

    id: str
    title: Text
    shape: str
    read: Callable[[pl.Series], pl.Series]
    weight: float
    again: bool = False
    fit: float = 0.9
    text: str = ""

    @property
    def telling(self) -> str:
        """What a cell looks like that may say something by it."""
        return self.text or self.shape

    @property
    def decodes(self) -> bool:
        """Whether it brings out text only where there is some: what came before it was then no guess."""
        return self.weight >= _DECODES


def _text(data: pl.Series) -> pl.Series:
    """Bytes as text, null where they are none."""
    valid = data.bin.encode("hex").str.contains(_UTF8).fill_null(value=False)
    text = data.filter(valid).cast(pl.String)
    return pl.Series(data.name, [None], dtype=pl.String).new_from_index(0, len(data)).scatter(valid.arg_true(), text)


def _base64(cells: pl.Series) -> pl.Series:
    plain = cells.str.replace_all(r"[\s=]", "").str.replace_many({"-": "+", "_": "/"})
    missing = plain.str.len_chars() % 4
    padded = pl.select(plain + pl.Series(["", "?", "==", "="]).gather(missing.fill_null(0))).to_series()
    return padded.str.decode("base64", strict=False)


def _hexadecimal(cells: pl.Series) -> pl.Series:
    plain = cells.str.replace("^0[xX]", "").str.replace_all(r"[\s:]|\\x", "")
    return _text(plain.str.to_lowercase().str.decode("hex", strict=False))


def _base32(alphabet: str) -> Callable[[pl.Series], pl.Series]:
    """Five bits a character. Every eight bits match some pattern, so the second replacement keeps in step."""
    bits = {letter: _bits(number, 5) for number, letter in enumerate(alphabet)}
    signs = {_bits(ord(sign), 8): sign for sign in _PRINTABLE} | {
        _bits(code, 8): "\uffff" for code in range(256) if chr(code) not in _PRINTABLE
    }

    def read(cells: pl.Series) -> pl.Series:
        plain = cells.str.to_uppercase().str.strip_chars("=")
        said = plain.str.replace_many(bits).str.replace_many(signs).str.replace("[\u0001\u0002]{1,7}$", "")
        return said.set(said.str.contains("\uffff").fill_null(value=True), None)

    return read


def _bits(number: int, width: int) -> str:
    return f"{number:0{width}b}".translate({ord("0"): "\u0001", ord("1"): "\u0002"})


def _inflate(cells: pl.Series) -> pl.Series:
    """The one reading value by value: the engine cannot inflate."""
    return _text(pl.Series(cells.name, map(_inflated, _base64(cells)), dtype=pl.Binary))


def _inflated(data: bytes | None) -> bytes | None:
    try:
        return zlib.decompressobj(wbits=47).decompress(data, _INFLATED) if data else None
    except (zlib.error, binascii.Error):
        return None


@cache
def _escapes() -> Mapping[str, str]:
    """Escaped printable ASCII of URLs, HTML and programming languages."""
    forms = ("%{0:02X}", "%{0:02x}", "&#{0};", "&#x{0:x};", "&#x{0:X};", "\\x{0:02x}", "\\x{0:02X}", "\\u{0:04x}")
    return {form.format(ord(sign)): sign for sign in _PRINTABLE for form in forms}


def _unescape(cells: pl.Series) -> pl.Series:
    return cells.str.replace_many(_escapes())


def _half(cells: pl.Series) -> pl.Series:
    parts = cells.str.extract_groups(_HALF).struct
    return pl.select(parts.field("1") + _text(_base64(parts.field("2")))).to_series()


def _replaced(table: Mapping[str, str]) -> Callable[[pl.Series], pl.Series]:
    return lambda cells: cells.str.replace_many(table, leftmost=True)


def _without(pattern: str) -> Callable[[pl.Series], pl.Series]:
    return lambda cells: cells.str.replace_all(pattern, "")


def _within_groups(cells: pl.Series) -> pl.Series:
    """Each four characters turned round, a shorter rest too."""
    bare = cells.str.replace_all("[^A-Za-z0-9]", "")
    rest = bare.str.len_chars() % 4
    head = bare.str.head(bare.str.len_chars() - rest).str.replace_all("(.)(.)(.)(.)", "$4$3$2$1")
    return pl.select(head + bare.str.tail(rest).str.reverse()).to_series()


def _group_order(cells: pl.Series) -> pl.Series:
    return _within_groups(cells.str.replace_all("[^A-Za-z0-9]", "").str.reverse())


def _base32_of_text(alphabet: str) -> str:
    """Of printable ASCII the first of eight bits is never set, and five bits are a letter: eight letters, five bytes.
    Bits of a byte that is not whole are not looked at."""
    letters = [*alphabet]

    def some(keep: Callable[[int], bool]) -> str:
        return f"[{''.join(letter for number, letter in enumerate(letters) if keep(number))}]"

    first, any_ = some(lambda n: 4 <= n < 16), some(lambda _: True)
    second, fourth = some(lambda n: not n & 2), some(lambda n: not n & 8)
    fifth, seventh = some(lambda n: not n & 1), some(lambda n: not n & 4)
    whole = first + second + any_ + fourth + fifth + any_ + seventh + any_
    rest = [
        any_,
        first + any_,
        first + any_ * 2,
        first + second + any_ * 2,
        first + second + any_ + fourth + any_,
        first + second + any_ + fourth + any_ * 2,
        first + second + any_ + fourth + fifth + any_ * 2,
    ]
    return f"^(?:(?:{whole}){{2,}}(?:{'|'.join(rest)})?|{whole}(?:{'|'.join(rest[1:])}))=*$"


def _either_case(of_text: Callable[[str], str], alphabet: str) -> str:
    return f"{of_text(alphabet)}|{of_text(alphabet.lower())}"


# The first byte of a text is printable ASCII, or begins a character of several bytes, which others continue.
_B64 = "[A-Za-z0-9+/_-]"
_BASE64_OF_TEXT = (
    f"^(?:[CDI-Za-f]{_B64}{{3}}|[w-z0-3][I-LY-Zabo-r4-7]{_B64}{{2}}|[4-9][I-LY-Zabo-r4-7][CGKOSWaeimquy26+-]{_B64})"
    rf"\s?(?:{_B64}{{4}}\s?)+{_B64}{{0,3}}={{0,2}}$"
)
_H = r"[\s:]?(?:\\x)?"  # between two bytes
_ASCII_HEX = f"{_H}(?:0[9AaDd]|[2-7][0-9A-Fa-f])"
_LONGER_HEX = f"{_H}[C-Fc-f][0-9A-Fa-f](?:{_H}[89ABab][0-9A-Fa-f])+"
_HEX_OF_TEXT = (
    rf"^(?:0[xX])?(?:(?:{_ASCII_HEX}){{5,}}|(?:{_ASCII_HEX})*{_LONGER_HEX}(?:{_ASCII_HEX}|{_LONGER_HEX})*)[\s:]?$"
)
# Base64 of digits, blanks and hyphens begins with one of these letters; a number before it ends where they begin.
_HALF = r"^([A-Z]{0,2}[0-9][0-9 -]*)([L-O][A-Za-z0-9+/]{3,}={0,2})$"
_MORSE_SHAPE = r"^(?:[\s/]*(?:[A-Za-z]|[.-]{5}|-))*(?:[\s/]*[.-]{5}){3}[\s/]*$"
_BASE64 = r"^(?:[A-Za-z0-9+/_-]{4}\s?){2,}[A-Za-z0-9+/_-]{0,3}={0,2}$"
_TURN = str.maketrans(
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz", "NOPQRSTUVWXYZABCDEFGHIJKLMnopqrstuvwxyzabcdefghijklm"
)
_ROT13 = {sign: sign.translate(_TURN) for sign in _PRINTABLE if sign.isalpha()}
_CODE = r"^[0-9A-Za-z]+[-+./ ]?[0-9A-Za-z./ -]*[0-9A-Za-z]$"
_B32, _B32HEX = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567", "0123456789ABCDEFGHIJKLMNOPQRSTUV"

READINGS: Final = (
    Reading("gzip", t("compressed", "圧縮"), r"^(?:H4sI|eJ|eN|eA|eF)[A-Za-z0-9+/_-]+=*$", _inflate, -0.3, again=True),
    Reading(
        "base64", t("base64", "base64"), _BASE64, lambda cells: _text(_base64(cells)), -0.3, again=True,
        text=_BASE64_OF_TEXT,
    ),
    Reading(
        "hexadecimal", t("hexadecimal digits", "16 進数"),
        r"^(?:0[xX])?(?:(?:\\x)?[0-9A-Fa-f]{2}[\s:]?){5,}$", _hexadecimal, -0.3, again=True,
        text=_HEX_OF_TEXT,
    ),
    Reading(
        "base32", t("base32", "base32"), "^(?:[A-Z2-7]{10,}|[a-z2-7]{10,})=*$", _base32(_B32), -0.3, again=True,
        text=_either_case(_base32_of_text, _B32),
    ),
    Reading(
        "base32hex", t("base32", "base32"), "^(?:[0-9A-V]{10,}|[0-9a-v]{10,})=*$", _base32(_B32HEX), -0.3, again=True,
        text=_either_case(_base32_of_text, _B32HEX),
    ),
    Reading(
        "escapes", t("escaped characters", "エスケープ文字"),
        r"%[0-9A-Fa-f]{2}|&#x?[0-9A-Fa-f]{2,4};|\\(?:x|u00)[0-9A-Fa-f]{2}", _unescape, -0.3, again=True, fit=0.1,
    ),
    Reading(
        "markup", t("comments between the characters", "文字間のコメント"),
        r"<!--.*-->|/\*.*\*/", _without(r"<!--[^>]*-->|/\*[^/]*\*/"), -0.3, again=True,
    ),
    Reading(
        "fragments", t("split over the fields of one cell", "セル内の複数項目に分割"),
        r'^\{"[^"]*": ?"[^"]*"(?:, ?"[^"]*": ?"[^"]*")+\}$', _without(r'"[^"]*":|[{}", ]'), -2.0,
    ),
    Reading(
        "digits", t("letters that look like digits", "数字に似た文字"),
        f"[{''.join(_AS_DIGIT)}]", _replaced(_AS_LETTER | _AS_DIGIT), -1.0, again=True,
    ),
    Reading(
        "letters", t("letters of another script that look alike", "他の文字体系の似た文字"),
        f"[{''.join(_AS_LETTER)}]", _replaced(_AS_LETTER), -1.0, again=True,
    ),
    Reading(
        "morse", t("Morse code", "モールス符号"), _MORSE_SHAPE,
        lambda cells: cells.str.replace_many(dict(_MORSE)).str.replace_all(r"[\s/]", ""), -2.0, again=True,
    ),
    Reading("leet", t("digits for letters", "文字の数字置換"), r"^[^ ]+@[^ ]+$", _replaced(_LEET), -2.0),
    Reading(
        "rot13", t("letters moved by thirteen", "13 文字ずらし"), "[A-Za-z]", _replaced(_ROT13), -6.0, again=True,
        fit=0.1,
    ),
    Reading(
        "joined", t("grouped in an unusual way", "通常と異なる区切り"),
        r"^[0-9A-Za-z@.+]+(?:[\s./,;:_|\-]+[0-9A-Za-z@.+]+)+$", _without(r"[\s./,;:_|\-]"), -4.0,
    ),
    Reading(
        "spaced", t("blanks inside", "途中の空白"), r"^\S+\s+\S+$|^(?:\S{1,5}\s+)+\S{1,5}$", _without(r"\s"), -2.0,
    ),
    Reading(
        "doubled", t("doubled separators", "重複した区切り"), r"[./ -]{2}",
        lambda cells: cells.str.replace_all("([./ -])[./ -]+", "$1"), -1.0,
    ),
    Reading("half", t("half of it base64", "後半が base64"), _HALF, _half, -2.0),
    Reading("capitals", t("small letters", "小文字"), "[a-z]", lambda cells: cells.str.to_uppercase(), -4.0),
    Reading(
        "unpadded", t("padded", "埋め草付き"), r"^(?:0{5}|[Xx]{5,}|[A-Za-z]+_).|.(?:0{5}|[Xx]{5,})$",
        _without(r"^(?:0{5}|[Xx]{5,}|(?:[A-Za-z]+_)+)|(?:0{5}|[Xx]{5,})$"), -6.0,
    ),
    Reading("reversed", t("written backwards", "逆順"), "^[^ ].{6,}$", lambda cells: cells.str.reverse(), -6.0),
    Reading("turned", t("turned round in groups of four", "4 文字ごとに逆順"), _CODE, _within_groups, -6.0),
    Reading("shuffled", t("groups of four in reverse order", "4 文字の組を逆順"), _CODE, _group_order, -6.0),
)  # fmt: skip
