"""JSON: one object per line, or one document that holds a table; nested objects become dotted columns."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from decimal import Decimal
from pathlib import Path
from typing import Any, Final, NoReturn

import msgspec
import polars as pl

from tegata.model.base import Progress, t
from tegata.model.errors import InputError
from tegata.model.profile import SourceFormat
from tegata.tables.encoding import Transcoder, detect_encoding
from tegata.tables.geojson import as_record, records_of
from tegata.tables.header import unique_names
from tegata.tables.source import BLOCK, MAX_COLUMNS, Intake, Source, changed, file_size, frame_rows, too_many_columns
from tegata.tables.tear import Tear

MAX_RECORD: Final = 16 << 20  # bytes of one line
MAX_DOCUMENT: Final = 64 << 20  # bytes of a file that is one document
_DEPTH: Final = 32  # objects below this depth stay JSON text
_ENCODER: Final = msgspec.json.Encoder(decimal_format="number")

Place = tuple[str, ...]  # keys from the outside to the inside
Record = dict[Place, str]


class JsonSource(Source):
    """JSON lines, or one document of at most 64 MiB (`geojson.records_of`). Numbers keep their digits; lists stay JSON
    text.

    Records need not have the same keys. The columns are all keys of the file, so it is read once to learn them.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self.size = file_size(path)
        encoding, self.notes = detect_encoding(path)
        self.format = SourceFormat(format="jsonl", encoding=encoding, header_row=-1)
        self._document = self._is_document()
        self._places: dict[Place, None] = {}
        with Intake(path) as intake:
            for records in Tear().until(self._records(intake)):  # whoever reads them is told where they break off
                self._places.update(dict.fromkeys(place for record in records for place in record))
                if len(self._places) > MAX_COLUMNS:
                    raise too_many_columns(path, len(self._places))
        self.columns = unique_names([".".join(place) for place in self._places])

    def _is_document(self) -> bool:
        """Whether the first line is no record among others: it is not finished there, or is all that there is."""
        with Intake(self.path) as intake:
            data, whole = next(intake.blocks(BLOCK))
        text = next(Transcoder(self.path, self.format.encoding).texts(data, final=whole)).lstrip(b" \t\r\n")
        line, end, rest = text.partition(b"\n")
        try:
            first = json.loads(line)
        except (ValueError, RecursionError):
            return text.startswith(b"[") or bool(end) or len(text) < MAX_RECORD
        return not isinstance(first, dict) or (whole and not rest.strip())

    def _read(self, progress: Progress | None) -> Iterator[pl.DataFrame]:
        with Intake(self.path, progress) as intake:
            rows = frame_rows(len(self.columns))
            for records in self._records(intake):
                for start in range(0, len(records), rows):
                    yield self._frame(records[start : start + rows])
            self._digest = intake.digest

    def _records(self, intake: Intake) -> Iterator[list[Record]]:
        texts = self._texts(intake)
        if self._document:
            yield self._of_document(texts)
            return
        line, rest = 1, b""
        for text in texts:
            *lines, rest = (rest + text).split(b"\n")
            yield from self._of_lines(lines, line)
            line += len(lines)
            if len(rest) > MAX_RECORD:
                raise self._malformed(line, "longer than 16 MiB", "16 MiB を超えています")
        yield from self._of_lines([rest], line)

    def _of_lines(self, lines: Sequence[bytes], first: int) -> Iterator[list[Record]]:
        """Records of some lines; where one is none, those before it, and then the error."""
        records: list[Record] = []
        try:
            for number, data in enumerate(lines, first):
                if data.strip():
                    records.append(self._record(data, number))
        finally:
            if records:
                yield records

    def _texts(self, intake: Intake) -> Iterator[bytes]:
        transcoder = Transcoder(self.path, self.format.encoding)
        for data, last in intake.blocks(BLOCK):
            yield from transcoder.texts(data, final=last)

    def _of_document(self, texts: Iterator[bytes]) -> list[Record]:
        held = bytearray()
        for text in texts:
            held += text
            if len(held) > MAX_DOCUMENT:
                raise _too_long(self.path)
        document = self._decoded(bytes(held), 1)
        records = records_of(document) if isinstance(document, list | dict) else None
        if records is None:
            raise self._malformed(
                1, "the list holds something else than objects", "配列にオブジェクト以外の要素があります"
            )
        return [flat(item) for item in records]

    def _record(self, data: bytes, line: int) -> Record:
        item = self._decoded(data, line)
        if not isinstance(item, dict):
            raise self._malformed(line, "not an object", "オブジェクトではありません")
        return flat(as_record(item))

    def _decoded(self, data: bytes, line: int) -> Any:
        try:
            return json.loads(
                data, object_pairs_hook=_object, parse_float=Decimal, parse_constant=_no_constant, parse_int=Decimal
            )
        except RecursionError:
            raise self._malformed(line, "nested too deeply", "入れ子が深すぎます") from None
        except json.JSONDecodeError as error:
            raise self._malformed(line + error.lineno - 1, error.msg, error.msg) from None
        except (ValueError, ArithmeticError) as error:
            raise self._malformed(line, str(error), str(error)) from None

    def _frame(self, records: list[Record]) -> pl.DataFrame:
        if any(place not in self._places for record in records for place in record):
            raise changed(self.path)
        columns = {
            name: [record.get(place) or None for record in records]
            for name, place in zip(self.columns, self._places, strict=True)
        }
        try:
            return pl.DataFrame(columns, schema=dict.fromkeys(self.columns, pl.String()))
        except UnicodeEncodeError as error:
            raise self._malformed(
                1, f"text with half a character: {error.reason}", "不完全な文字が含まれています"
            ) from None

    def _malformed(self, line: int, en: str, ja: str) -> InputError:
        return InputError(
            t(f"`{self.path}` is not JSON lines", f"`{self.path}` は JSON Lines ではありません"),
            why=t(f"line {line}: {en}", f"{line} 行目: {ja}"),
            hint=t("write one JSON object per line", "1 行に 1 つの JSON オブジェクトを書いてください"),
        )


def _too_long(path: Path) -> InputError:
    return InputError(
        t(f"`{path}` is one long JSON document", f"`{path}` は 1 つの長い JSON 文書です"),
        why=t("one of more than 64 MiB is not read", "64 MiB を超える文書は読み取れません"),
        hint=t(
            "write it as JSON lines: one object per line",
            "1 行に 1 オブジェクトの JSON Lines 形式で保存してください",
        ),
    )


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """RFC 8259 leaves repeated names open; here nothing may be hidden behind one, so they are refused."""
    item = dict(pairs)
    if len(item) != len(pairs):
        raise ValueError("a name occurs twice in one object")
    return item


def _no_constant(name: str) -> NoReturn:
    raise ValueError(f"{name} is not JSON")


def flat(item: dict[str, Any], above: Place = ()) -> Record:
    """Leaves of an object by their place, as text; lists and what is too deep are JSON text."""
    record: Record = {}
    for key, value in item.items():
        place = (*above, key)
        if isinstance(value, dict) and value and len(place) < _DEPTH:
            record.update(flat(value, place))
        else:
            record[place] = _text(value)
    return record


def _text(value: Any) -> str:
    """Text of a leaf; "" for null."""
    if value is None:
        return ""
    if isinstance(value, str):
        return value
    return _ENCODER.encode(value).decode()
