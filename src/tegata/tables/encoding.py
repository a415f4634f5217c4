"""Text encodings: which one a file is written in, and turning it into UTF-8 block by block."""

from __future__ import annotations

import codecs
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from tegata.model.base import Text, t
from tegata.model.errors import InputError, NoTableError
from tegata.tables.source import BLOCK, Intake

_BOMS: Final = ((codecs.BOM_UTF8, "utf-8-sig"), (codecs.BOM_UTF16_LE, "utf-16"), (codecs.BOM_UTF16_BE, "utf-16"))
_JAPANESE: Final = ("cp932", "euc_jp")
_WESTERN: Final = ("cp1252", "latin-1")
_SCRIPT: Final = re.compile("[\u3000-\u30ff\u4e00-\u9fff\uff01-\uff5e]{2,}")  # kana, kanji, full-width, never alone
_HALF_KANA: Final = re.compile("[\uff61-\uff9f]")
_ASCII: Final = bytes(range(128))
_CONTROL: Final = bytes(set(range(32)) - set(b"\t\n\r\f\x1b")) + b"\x7f"
_BEYOND_ASCII: Final = re.compile(rb"[^\x00-\x7f]")
_UTF8_RUN: Final = re.compile(rb"(?:[\xe3-\xe9][\x80-\xbf]{2}){3,}")  # Japanese in UTF-8; in no other code that is text
_SAMPLE: Final = 1 << 20  # bytes


def detect_encoding(path: Path) -> tuple[str, tuple[Text, ...]]:
    """Codec name for a text, and a note when it is a guess.

    Order: byte order mark, UTF-16 by its zero bytes, UTF-8, then CP932 or EUC-JP by how much Japanese script each
    makes of the bytes, then a western encoding, in which every byte is some letter. What is ASCII tells nothing, so
    the sample begins where something else does, however far that is into the file. Of two encodings in one file it is
    the one that more of it is in; the transcoder stops at the other.

    Raises:
        InputError: binary data.
    """
    head, sample = _samples(path)
    for mark, codec in _BOMS:
        if head.startswith(mark):
            return codec, ()
    if codec := _utf16_by_zeros(head):
        return codec, ()
    if b"\0" in head or _share_of_controls(head) > 0.05:  # of compressed or random bytes it is a tenth
        raise binary(path)
    if _decodes(sample, "utf-8") or _mostly_utf8(sample):
        return "utf-8", ()  # where it is broken in a few places, the transcoder names them
    own = _UTF8_RUN.sub(b"", sample)
    shares = {codec: _japanese_share(own, codec) for codec in _JAPANESE}
    japanese = max(_JAPANESE, key=lambda codec: shares[codec])
    if shares[japanese] > 0.5:
        return japanese, ()
    western = next(codec for codec in _WESTERN if _decodes(sample, codec))
    return western, (_guessed(western),)


class BrokenTextError(InputError):
    """A byte that is none in this encoding. `before`: what was read up to it, as UTF-8."""

    before: bytes = b""


class Transcoder:
    """Incremental decoder to UTF-8 bytes that names the place of the first byte it cannot read.

    `offset` says where in the file the bytes begin.
    """

    def __init__(self, path: Path, encoding: str, offset: int = 0) -> None:
        self._path = path
        self._encoding = encoding
        self._is_utf8 = encoding == "utf-8"
        self._is_unicode = encoding.startswith("utf")
        self._decoder = codecs.getincrementaldecoder(encoding)()
        self._offset = offset  # of the first byte that the decoder has not consumed
        self._line = 1

    def texts(self, data: bytes, *, final: bool = False) -> Iterator[bytes]:
        """The text of the next bytes; where they break off, what stands before that, and then the error."""
        try:
            text = self.feed(data, final=final)
        except BrokenTextError as error:
            yield error.before
            raise
        yield text

    def feed(self, data: bytes, *, final: bool = False) -> bytes:
        if self._is_utf8 and (plain := self._as_it_stands(data, final=final)) is not None:
            return plain
        state = self._decoder.getstate()
        held = len(state[0])
        other = None if self._is_unicode else _UTF8_RUN.search(data)
        try:
            text = self._decoder.decode(data[: other.start()] if other else data, final)
        except UnicodeDecodeError as error:
            self._decoder.setstate(state)
            raise self._broken(data, error.start - held) from None
        if other:
            self._decoder.setstate(state)
            raise self._broken(data, other.start())
        self._offset += len(data)
        if not self._is_utf8:
            self._line += text.count("\n")
        if "\0" in text:
            raise binary(self._path)
        return text.encode()

    def _broken(self, data: bytes, at: int) -> BrokenTextError:
        """At a place in what was fed last; before it, where it is below 0."""
        before = self._decoder.decode(data[: max(0, at)])
        line = 1 + lines_before(self._path, self._offset + at) if self._is_utf8 else self._line + before.count("\n")
        broken = broken_text(self._path, self._encoding, self._offset + at, line)
        broken.before = before.encode()
        return broken

    def _as_it_stands(self, data: bytes, *, final: bool) -> bytes | None:
        """What is UTF-8 already needs no decoding; None where it is not, which the decoder tells more exactly."""
        text = self._decoder.getstate()[0] + data
        end = len(text) if final else _whole_characters(text)
        whole, rest = text[:end], text[end:]
        if not (_is_utf8(whole) and _begins_character(rest)):
            return None
        if b"\0" in whole:
            raise binary(self._path)
        self._decoder.setstate((rest, 0))
        self._offset += len(data)
        return whole


def _whole_characters(text: bytes) -> int:
    """Where the last character of UTF-8 begins that is not finished; the end, if there is none."""
    for back in range(1, min(3, len(text)) + 1):
        first = text[-back]
        if first >= 0xC0:  # RFC 3629, 3: how many bytes begin so
            return len(text) - (back if back < 2 + (first >= 0xE0) + (first >= 0xF0) else 0)
        if first < 0x80:
            break
    return len(text)


def _is_utf8(text: bytes) -> bool:
    if text.isascii():
        return True
    import polars as pl  # here: of small texts nobody asks, and a text of Python takes forty times as long

    try:
        pl.Series([text]).cast(pl.String)
    except pl.exceptions.PolarsError:
        return False
    return True


def _begins_character(rest: bytes) -> bool:
    try:
        codecs.getincrementaldecoder("utf-8")().decode(rest)
    except UnicodeDecodeError:
        return False
    return True


def lines_before(path: Path, offset: int) -> int:
    """How many lines of UTF-8 end before a byte of a file. Counted for who must be told of an error, not on the way."""
    lines = 0
    with Intake(path) as intake:
        while offset > 0 and (data := intake.peek(min(BLOCK, offset))):
            lines += data.count(b"\n")
            offset -= len(data)
    return lines


def _samples(path: Path) -> tuple[bytes, bytes]:
    """The beginning of a file, and what follows its first byte beyond ASCII (the beginning again, if there is none)."""
    with Intake(path) as intake:
        head = data = intake.peek(_SAMPLE)
        while data.isascii() and (data := intake.peek(BLOCK)):
            pass
    beyond = _BEYOND_ASCII.search(data)
    return head, data[beyond.start() :][:_SAMPLE] if beyond else head


def _utf16_by_zeros(sample: bytes) -> str:
    """UTF-16 without a mark: text in it has zero bytes in every other place (spaces, digits, delimiters)."""
    pairs = len(sample) // 2
    even, odd = sample[0::2].count(0), sample[1::2].count(0)
    if pairs and odd > 0.2 * pairs and even == 0:
        return "utf-16-le"
    if pairs and even > 0.2 * pairs and odd == 0:
        return "utf-16-be"
    return ""


def _share_of_controls(sample: bytes) -> float:
    return 1 - len(sample.translate(None, _CONTROL)) / max(1, len(sample))


def _decodes(sample: bytes, codec: str) -> bool:
    try:
        codecs.getincrementaldecoder(codec)().decode(sample)
    except UnicodeDecodeError:
        return False
    return True


def _mostly_utf8(sample: bytes) -> bool:
    text = sample.decode("utf-8", errors="replace")
    broken = text.count("\ufffd")
    runs = sum(map(len, _UTF8_RUN.findall(sample)))
    return _beyond_ascii(text) - broken > 10 * broken or 2 * runs > len(sample.translate(None, _ASCII))


def _japanese_share(sample: bytes, codec: str) -> float:
    """How much of the text beyond ASCII becomes runs of Japanese script, less what cannot be read, tenfold."""
    text = sample.decode(codec, errors="replace")
    script = sum(len(run) for run in _SCRIPT.findall(text)) + 0.6 * len(_HALF_KANA.findall(text))
    return (script - 10 * text.count("\ufffd")) / max(1, _beyond_ascii(text))


def _beyond_ascii(text: str) -> int:
    return len(text) - len(text.encode("ascii", errors="ignore"))


def _guessed(codec: str) -> Text:
    return t(
        f"the text encoding could not be recognised and was read as {codec}: letters beyond ASCII may be wrong",
        f"文字コードを判別できなかったため {codec} として読みました。ASCII 以外の文字は正しくない可能性があります",
    )


def binary(path: Path) -> NoTableError:
    return NoTableError(
        t(f"`{path}` is not a table", f"`{path}` は表ではありません"),
        why=t("it holds binary data", "バイナリデータが含まれています"),
        hint=t(
            "save it as CSV, Excel (.xlsx), Parquet or JSON lines",
            "CSV、Excel（.xlsx）、Parquet、JSON Lines のいずれかで保存してください",
        ),
    )


def broken_text(path: Path, encoding: str, offset: int, line: int) -> BrokenTextError:
    return BrokenTextError(
        t(f"`{path}` is damaged text", f"`{path}` のテキストが壊れています"),
        why=t(
            f"the byte at offset {offset} (line {line}) is not valid {encoding}",
            f"{offset} バイト目（{line} 行目）が {encoding} として正しくありません",
        ),
        hint=t(
            "save the whole file in one encoding, UTF-8 if possible",
            "ファイル全体を 1 つの文字コード（できれば UTF-8）で保存し直してください",
        ),
    )
