"""Merged cells of a sheet: a group label above several names, a name or a value that stands for several rows.

A file has the text of a merged range in its first cell only, the others are blank.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from tegata.tables.header import Layout, Row, looks_like_data, unique_names

_HEADER_ROWS: Final = 8  # of one header, at most
_COMPARED: Final = 20  # rows


@dataclass(frozen=True, order=True)
class Merged:
    """A range of cells that are one; rows and columns count from 0, the last ones belong to it."""

    top: int
    left: int
    bottom: int
    right: int


class MergedCells:
    """All ranges of a sheet of which rows are given whole, and columns from `first_column` on."""

    def __init__(self, ranges: Iterable[tuple[tuple[int, int], tuple[int, int]]], first_column: int) -> None:
        placed = (
            Merged(top, left - first_column, bottom, right - first_column) for (top, left), (bottom, right) in ranges
        )
        self._ranges = sorted(one for one in placed if one.left >= 0)

    def layout(self, rows: Sequence[Row], found: Layout) -> Layout:
        """The same layout with a header of all rows that merged cells tie together: names are joined from the outside
        to the inside, as `contact.telephone`, and a label that stands for several rows is said once.
        """
        if found.header_row < 0:
            return found
        header = [one for one in self._ranges if one.top < len(rows) and not _is_title(rows[one.top], one)]
        top, bottom = _top(header, rows, found.header_row), _bottom(header, rows, found.header_row)
        if top == bottom:
            return found
        return Layout(bottom, bottom + 1, unique_names(_joined(_spread(header, rows, top, bottom))))

    def filled_down(self, rows: Iterable[Sequence[Any]], first: int) -> Iterator[Sequence[Any]]:
        """Records from the row `first` on. A value that stands for several rows is in each of them that holds anything;
        one that stands for several columns is in the first of these only."""
        waiting = iter([one for one in self._ranges if one.bottom > one.top >= first])
        following = next(waiting, None)
        held: dict[int, tuple[int, Any]] = {}  # by column: the last row, and the value
        for number, row in enumerate(rows, first):
            yield _filled(row, held) if held and any(cell != "" for cell in row) else row
            while following is not None and following.top <= number:
                if following.top == number and following.left < len(row):
                    held[following.left] = (following.bottom, row[following.left])
                following = next(waiting, None)
            held = {place: (last, value) for place, (last, value) in held.items() if last > number}


def _filled(row: Sequence[Any], held: Mapping[int, tuple[int, Any]]) -> list[Any]:
    return [held[place][1] if cell == "" and place in held else cell for place, cell in enumerate(row)]


def _is_title(row: Row, one: Merged) -> bool:
    """Whether a label stands alone above the table: it names the whole, no column."""
    return one.left == 0 and not any(cell.strip() for cell in row[one.right + 1 :])


def _top(header: Sequence[Merged], rows: Sequence[Row], row: int) -> int:
    """The first row of a header: where labels begin that reach down into it, or that stand above groups of columns.
    Nothing may stand beside them: what is no label would be published in a name."""
    least = max(0, row - _HEADER_ROWS)
    while True:
        reaching = [one.top for one in header if least <= one.top < row <= one.bottom]
        groups = [one.top for one in header if least <= one.top and one.bottom == row - 1 and one.right > one.left]
        first = min([row, *reaching, *groups])
        if first == row or not all(_all_merged(header, rows[number], number) for number in range(first, row)):
            return row
        row = first


def _all_merged(header: Sequence[Merged], row: Row, number: int) -> bool:
    """Whether all that stands in a row stands in merged cells."""
    labels = {one.left for one in header if one.top <= number <= one.bottom}
    return labels.issuperset(place for place, cell in enumerate(row) if cell.strip())


def _bottom(header: Sequence[Merged], rows: Sequence[Row], row: int) -> int:
    """The last row of a header: labels reach down to it, or it tells the columns of groups apart."""
    last = min(row + _HEADER_ROWS, len(rows) - 1)
    while row < last:
        within = [one for one in header if one.top <= row <= one.bottom]
        deepest = max((one.bottom for one in within), default=row)
        groups = [one for one in within if one.right > one.left and one.bottom == row]
        if row < deepest <= last:
            row = deepest
        elif deepest == row and groups and _names(rows, row + 1, groups):
            row += 1
        else:
            break
    return row


def _names(rows: Sequence[Row], number: int, groups: Sequence[Merged]) -> bool:
    """Whether a row below groups holds names, never the first record (names of columns are published): it has something
    in each column of a group and nothing beside them, and is without the numbers and dates that stand below it."""
    row, below = rows[number], rows[number + 1 : number + 1 + _COMPARED]
    under = {place for one in groups for place in range(one.left, one.right + 1)}
    filled = {place for place, cell in enumerate(row) if cell.strip()}
    if filled != under or any(looks_like_data(row[place].strip()) for place in filled):
        return False
    return any(_mostly_data([cell for other in below if (cell := other[place].strip())]) for place in under)


def _mostly_data(cells: Sequence[str]) -> bool:
    return 2 * sum(map(looks_like_data, cells)) > len(cells)


def _spread(header: Sequence[Merged], rows: Sequence[Row], top: int, bottom: int) -> list[list[str]]:
    """The rows of a header with the label of each range in all of its cells."""
    spread = [list(row) for row in rows[top : bottom + 1]]
    for one in header:
        if top <= one.top and one.bottom <= bottom and one.left < len(rows[one.top]):
            label = rows[one.top][one.left]
            for row in spread[one.top - top : one.bottom - top + 1]:
                row[one.left : one.right + 1] = [label] * len(row[one.left : one.right + 1])
    return spread


def _joined(rows: Sequence[Row]) -> list[str]:
    columns = ([cell.strip() for cell in column] for column in zip(*rows, strict=True))
    return [".".join(dict.fromkeys(label for label in column if label)) for column in columns]
