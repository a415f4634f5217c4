"""Where the row groups of a Parquet file are, which the columnar engine does not tell: read from the file's footer.

Reference: Apache Parquet format, `parquet.thrift` (FileMetaData, RowGroup, ColumnChunk, ColumnMetaData), in the compact
protocol of Apache Thrift. Everything that is not asked for is skipped; nothing is believed beyond the footer's bytes.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import Any, Final

_MAGIC: Final = b"PAR1"
_LONGEST: Final = 4 << 20  # bytes of a footer; of longer ones (very many columns) the groups are not read
_DEPTH: Final = 16
_TRUE, _FALSE, _BYTE, _DOUBLE, _BINARY, _LIST, _SET, _STRUCT = 1, 2, 3, 7, 8, 9, 10, 12
_INTEGERS: Final = (4, 5, 6)

Struct = dict[int, Any]
"""Fields of a structure by their number."""


@dataclass(frozen=True)
class RowGroup:
    """So many rows, whose first column begins at byte `start`; `unpacked`: bytes of its pages, as the footer states."""

    rows: int
    start: int
    unpacked: int = 0


@dataclass(frozen=True)
class Footer:
    """The row groups in their order, and the byte at which the footer itself begins."""

    groups: tuple[RowGroup, ...]
    start: int


def read_footer(path: Path, rows: int) -> Footer | None:
    """The footer of a file of so many rows; None where it is too long or makes no sense."""
    try:
        with path.open("rb") as file:
            end = file.seek(-8, 2)
            length = int.from_bytes(file.read(4), "little")
            if file.read(4) != _MAGIC or not 0 < length <= min(end, _LONGEST):
                return None
            file.seek(end - length)
            fields = _Compact(file.read(length)).struct(0)
        footer = Footer(tuple(_group(one) for one in fields[4]), end - length)
    except (OSError, ValueError, IndexError, KeyError, TypeError):
        return None
    return footer if _is_plausible(footer, rows) else None


def _is_plausible(footer: Footer, rows: int) -> bool:
    places = [0, *(group.start for group in footer.groups), footer.start]
    rising = all(before < after for before, after in pairwise(places))
    return rising and sum(group.rows for group in footer.groups) == rows and all(g.rows > 0 for g in footer.groups)


def _group(fields: Struct) -> RowGroup:
    data = [dict(chunk[3]) for chunk in fields[1]]
    places = [one.get(11) or one[9] for one in data]  # of the dictionary, else of the first page
    return RowGroup(int(fields[3]), min(places), sum(int(one[6]) for one in data))


class _Compact:
    """Thrift's compact protocol, as far as a footer has it."""

    def __init__(self, data: bytes) -> None:
        self._data = data
        self._at = 0

    def struct(self, depth: int) -> Struct:
        fields: Struct = {}
        number = 0
        while head := self._byte():
            number = number + (head >> 4) if head >> 4 else self._integer()
            kind = head & 15
            fields[number] = kind == _TRUE if kind in (_TRUE, _FALSE) else self._value(kind, depth)
        return fields

    def _value(self, kind: int, depth: int) -> Any:
        if depth > _DEPTH:
            raise ValueError("nested too deeply")
        if kind in (_TRUE, _FALSE, _BYTE):
            return self._byte()
        if kind in _INTEGERS:
            return self._integer()
        if kind in (_BINARY, _DOUBLE):
            start = self._skip(8 if kind == _DOUBLE else self._varint())
            return self._data[start : self._at]
        if kind in (_LIST, _SET):
            head = self._byte()
            count = head >> 4 if head >> 4 < 15 else self._varint()
            return [self._value(head & 15, depth + 1) for _ in range(count)]
        if kind == _STRUCT:
            return self.struct(depth + 1)
        raise ValueError("no such type in a footer")

    def _byte(self) -> int:
        self._skip(1)
        return self._data[self._at - 1]

    def _skip(self, count: int) -> int:
        start = self._at
        self._at += count
        if self._at > len(self._data):
            raise ValueError("the footer ends too soon")
        return start

    def _varint(self) -> int:
        value = shift = 0
        while True:
            byte = self._byte()
            value |= (byte & 127) << shift
            shift += 7
            if byte < 128:
                return value
            if shift > 63:
                raise ValueError("no number of 64 bits")

    def _integer(self) -> int:
        value = self._varint()
        return value >> 1 ^ -(value & 1)
