"""Where a table begins: preamble, header row, and names for the columns."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from itertools import pairwise
from typing import Final, NamedTuple

Row = Sequence[str]  # cells as text, "" for an empty one

_SEARCHED: Final = 50  # rows in which a header may stand
_LONGEST_NAME: Final = 1_000  # characters
_MARKERS: Final = ("#property", "property")  # header mark of municipal open data tables that carry a typed preamble
_TYPE_ROWS: Final = ("object_type_xsd", "property_context")  # rows after such a header that name types
_DATA_LIKE: Final = re.compile(
    r"""[-+]?\d{1,3}(?:,\d{3})*(?:\.\d+)?%?      # a number, grouped or not
      | [-+]?\d+(?:\.\d+)?(?:[eE][-+]?\d+)?
      | [-+]?\.\d+
      | [-+]?\d[\d\ ()-]{5,}\d                    # telephone, postal code, card
      | \d{1,4}[-/.]\d{1,2}[-/.]\d{1,4}(?:[T\ ].*)?   # a date
      | \d{1,2}:\d{2}(?::\d{2})?
      | [^@\s]+@[^@\s]+\.[^@\s]+                  # an e-mail address
      | \d+\.\d+\.\d+\.\d+
      | [0-9a-fA-F]{8}-[0-9a-fA-F-]{27}
      | (?:明治|大正|昭和|平成|令和|[MTSHR])\d{1,2}[年./].*""",
    re.VERBOSE,
)


class Layout(NamedTuple):
    """`header_row` -1: there is no header, and `first_record` is 0."""

    header_row: int
    first_record: int
    names: tuple[str, ...]


def find_layout(rows: Sequence[Row]) -> Layout:
    """Header and first record among the first rows of a table.

    A row that a marker names is the header. Else it is the first row that fills more than its first cell and at least
    half of the usual number of cells: titles above a table do not. A row of merged group labels above a row of
    distinct ones is preamble too. A candidate that looks like a record (numbers, dates, addresses, or values that
    come again below it) means that the table has no header; nothing is skipped then.
    """
    for index, row in enumerate(rows[:_SEARCHED]):
        if row and row[0].strip() in _MARKERS:
            return Layout(index, _after_type_rows(rows, index + 1), unique_names(row))
    usual = _usual_filled(rows)
    for index, row in enumerate(rows[:_SEARCHED]):
        if not _may_be_header(row, usual):
            continue
        below = rows[index + 1 :]
        if _is_group_row(row, below):
            continue
        if _looks_like_record(row, below):
            break
        return Layout(index, index + 1, unique_names(row))
    return Layout(-1, 0, unique_names([""] * max(map(len, rows), default=0)))


def unique_names(cells: Row) -> tuple[str, ...]:
    """Names as written, stripped; a blank one becomes `column_N` (from 1), a repeated one `name_2`, `name_3` ...

    The columnar engine takes `*` and `^...$` for patterns over names: such a name gets a leading `_`.
    """
    written = [_literal(cell.strip()) for cell in cells]
    taken = set(written)
    last: Counter[str] = Counter()  # number that was last appended to a name
    names: dict[str, None] = {}
    for place, cell in enumerate(written, 1):
        plain = cell or f"column_{place}"
        name, free = plain, plain not in names and (bool(cell) or plain not in taken)
        while not free:
            last[plain] = max(last[plain], 1) + 1
            name = f"{plain}_{last[plain]}"
            free = name not in names and name not in taken
        names[name] = None
    return tuple(names)


def _literal(name: str) -> str:
    return f"_{name}" if name == "*" or (name.startswith("^") and name.endswith("$")) else name


def _after_type_rows(rows: Sequence[Row], index: int) -> int:
    while index < len(rows) and rows[index] and rows[index][0].strip().lstrip("#") in _TYPE_ROWS:
        index += 1
    return index


def _filled(row: Row) -> int:
    return sum(1 for cell in row if cell.strip())


def _usual_filled(rows: Sequence[Row]) -> int:
    counts = Counter(filled for row in rows if (filled := _filled(row)))
    return max(counts, key=lambda count: (counts[count], count), default=0)


def _may_be_header(row: Row, usual: int) -> bool:
    filled = _filled(row)
    only_first = filled == 1 and bool(row[0].strip())
    return filled > 0 and 2 * filled >= usual and not (only_first and usual > 1)


def _is_group_row(row: Row, below: Sequence[Row]) -> bool:
    """Merged labels above the real header: repeated here, while the next row is distinct, fuller, and no record."""
    if not below:
        return False
    labels, following = [c.strip() for c in row if c.strip()], [c.strip() for c in below[0] if c.strip()]
    repeated, distinct = len(set(labels)) < len(labels), len(set(following)) == len(following)
    return repeated and distinct and len(following) >= len(labels) and not any(map(looks_like_data, following))


def _looks_like_record(row: Row, below: Sequence[Row]) -> bool:
    cells = [(place, cell.strip()) for place, cell in enumerate(row) if cell.strip()]
    if any(len(cell) > _LONGEST_NAME for _, cell in cells):
        return True
    labels = _counting_labels([cell for _, cell in cells])
    if any(looks_like_data(cell) and cell not in labels for _, cell in cells):
        return True
    others = [other for other in below if list(other) != list(row)]  # the same header again is still a header
    again = sum(1 for place, cell in cells if any(place < len(o) and o[place].strip() == cell for o in others))
    return 2 * again >= len(cells)


def looks_like_data(cell: str) -> bool:
    """Whether a cell is a number, a date or an address, which names of columns are not."""
    return _DATA_LIKE.fullmatch(cell) is not None


def _counting_labels(cells: Sequence[str]) -> frozenset[str]:
    """Numbers that label columns: whole, and each one more than the one before (years, hours, months, ranks)."""
    numbers = [cell for cell in cells if cell.isdecimal() and len(cell) <= 4]
    values = [int(number) for number in numbers]
    counting = len(values) > 1 and all(after - before == 1 for before, after in pairwise(values))
    return frozenset(numbers) if counting else frozenset()
