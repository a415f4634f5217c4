"""XML that holds a table: what repeats below the outermost elements is a record. No DTD, nothing is fetched."""

from __future__ import annotations

import codecs
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final
from xml.parsers import expat

import polars as pl

from tegata.model.base import Progress, Text, t
from tegata.model.errors import InputError
from tegata.model.profile import SourceFormat
from tegata.tables.encoding import BrokenTextError, Transcoder, detect_encoding
from tegata.tables.header import unique_names
from tegata.tables.jsonl import Place, Record, flat
from tegata.tables.packed import BrokenOffError
from tegata.tables.rows import Row, framed
from tegata.tables.source import MAX_COLUMNS, Intake, Source, changed, file_size, too_many_columns
from tegata.tables.tear import Tear

_DEPTH: Final = 64
_RECORD: Final = 16 << 20  # characters of one record, and its elements and attributes
_HEAD: Final = 1024
_STATED: Final = re.compile(rb"""^<\?xml[^>]{0,200}?\bencoding\s*=\s*["']([A-Za-z0-9._-]{1,40})["']""")
_MEANT: Final = {"shift_jis": "cp932", "windows-31j": "cp932", "x-sjis": "cp932"}
_BETWEEN: Final = t(
    "text between the records of the XML was not read", "XML のレコードの間にある文字列は読み取っていません"
)


class XmlSource(Source):
    """An XML file. Attributes are columns `@name`, elements in a record dotted columns, repeated ones JSON text.

    Records are the elements of the first depth at which there are several. What stands above them, as attributes, is
    in a column of each record; text between them is named as not read.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self.size = file_size(path)
        self._encoding, self.notes = _encoding(path)
        self.format = SourceFormat(format="xml", encoding=self._encoding, header_row=-1)
        shape = _Shape()
        with Intake(path) as intake:
            for _ in Tear().until(self._parsed(shape, intake)):
                pass
        self._level = shape.level
        if shape.text_above(self._level):
            self.notes = (*self.notes, _BETWEEN)
        places: dict[Place, None] = {}
        with Intake(path) as intake:
            for record in Tear().until(self._records(intake)):  # whoever reads them is told where they break off
                places.update(dict.fromkeys(record))
                if len(places) > MAX_COLUMNS:
                    raise too_many_columns(path, len(places))
        self._places = tuple(places)
        self.columns = unique_names([".".join(place) for place in places])

    def _read(self, progress: Progress | None) -> Iterator[pl.DataFrame]:
        with Intake(self.path, progress) as intake:
            yield from framed(self.columns, map(self._row, self._records(intake)))
            self._digest = intake.digest

    def _row(self, record: Record) -> Row:
        if not record.keys() <= set(self._places):
            raise changed(self.path)
        return [record.get(place) for place in self._places]

    def _records(self, intake: Intake) -> Iterator[Record]:
        builder = _Builder(self._level)
        for _ in self._parsed(builder, intake):
            yield from map(flat, builder.finished)
            builder.finished.clear()

    def _parsed(self, handler: _Shape | _Builder, intake: Intake) -> Iterator[None]:
        """Stops after each block, when the handler has seen it, and before it tells of what is no XML."""
        parser = expat.ParserCreate("utf-8")
        parser.buffer_text = True
        parser.StartElementHandler, parser.EndElementHandler = handler.start, handler.end
        parser.CharacterDataHandler, parser.StartDoctypeDeclHandler = handler.text, _refuse_dtd
        transcoder = Transcoder(self.path, self._encoding)
        try:
            for data, last in intake.blocks():
                for text in transcoder.texts(data, final=last):
                    parser.Parse(text, False)
                parser.Parse(b"", last)
                yield
        except (BrokenTextError, BrokenOffError):
            yield
            raise
        except expat.ExpatError as error:
            yield
            raise _malformed(self.path, t(str(error), str(error))) from None
        except _Refused as error:
            yield
            raise _malformed(self.path, error.why) from None


class _Refused(Exception):  # noqa: N818 no error of the program
    def __init__(self, why: Text) -> None:
        self.why = why


def _too_deep() -> _Refused:
    return _Refused(t(f"nested more than {_DEPTH} deep", f"入れ子が {_DEPTH} 段を超えています"))


class _Shape:
    """How many elements there are at each depth, and where text stands."""

    def __init__(self) -> None:
        self._depth = 0
        self._counts = [0] * _DEPTH
        self._texts = [False] * _DEPTH

    @property
    def level(self) -> int:
        """Depth of the records: the first at which there are several elements, else that below the outermost."""
        several = (depth for depth, n in enumerate(self._counts) if n > 1)
        return next(several, 1 if self._counts[1] else 0)

    def text_above(self, level: int) -> bool:
        return any(self._texts[:level])

    def start(self, _name: str, _attributes: dict[str, str]) -> None:
        if self._depth == _DEPTH:
            raise _too_deep()
        self._counts[self._depth] += 1
        self._depth += 1

    def end(self, _name: str) -> None:
        self._depth -= 1

    def text(self, data: str) -> None:
        if not data.isspace():
            self._texts[self._depth - 1] = True


class _Builder:
    """Records as they end, each as a JSON object would be: names and values, lists where a name comes again."""

    def __init__(self, level: int) -> None:
        self.finished: list[dict[str, Any]] = []
        self._level, self._size = level, 0
        self._open: list[dict[str, Any]] = []
        self._texts: list[list[str]] = []
        self._above: dict[str, Any] = {}

    def start(self, name: str, attributes: dict[str, str]) -> None:
        if len(self._open) == _DEPTH:
            raise _too_deep()
        self._take(1 + len(attributes) + sum(map(len, attributes.values())))
        held: dict[str, Any] = {f"@{key}": value for key, value in attributes.items()}
        if len(self._open) < self._level and held:
            self._above[name] = held
        self._open.append(held)
        self._texts.append([])

    def text(self, data: str) -> None:
        self._take(len(data))
        self._texts[-1].append(data)

    def end(self, name: str) -> None:
        held, text = self._open.pop(), "".join(self._texts.pop()).strip()
        value: Any = {**held, "#text": text} if held and text else held or text
        depth = len(self._open)
        if depth == self._level:
            self.finished.append({**self._above, **(value if isinstance(value, dict) else {name: value})})
            self._size = 0
        elif depth > self._level:
            _add(self._open[-1], name, value)

    def _take(self, size: int) -> None:
        self._size += size
        if self._size > _RECORD:
            raise _Refused(t("a record is longer than 16 MiB", "16 MiB を超えるレコードがあります"))


def _add(held: dict[str, Any], name: str, value: Any) -> None:
    if name not in held:
        held[name] = value
    elif isinstance(held[name], list):
        held[name].append(value)
    else:
        held[name] = [held[name], value]


def _encoding(path: Path) -> tuple[str, tuple[Text, ...]]:
    """What the file says of itself (XML 1.0, 4.3.3); without that, what its bytes look like."""
    with Intake(path) as intake:
        head = intake.peek(_HEAD)
    stated = _STATED.match(head.lstrip(codecs.BOM_UTF8))
    if stated is None or head.startswith(codecs.BOM_UTF8):
        return detect_encoding(path)
    name = stated[1].decode().lower()
    try:
        known = codecs.lookup(_MEANT.get(name, name))
    except LookupError:
        raise _malformed(path, t(f"unknown encoding `{name}`", f"未知の文字コード `{name}`")) from None
    if not known._is_text_encoding:
        raise _malformed(path, t(f"unknown encoding `{name}`", f"未知の文字コード `{name}`"))
    return known.name, ()


def _refuse_dtd(*_declared: object) -> None:
    raise _Refused(t("it declares a document type (DTD)", "文書型宣言（DTD）があります"))


def _malformed(path: Path, why: Text) -> InputError:
    return InputError(
        t(f"`{path}` cannot be read as XML", f"`{path}` を XML として読み取れません"),
        why=why,
        hint=t("export the data as CSV, or without a DTD", "CSV として、または DTD なしで書き出してください"),
    )
