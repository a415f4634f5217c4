"""Records inside cells: JSON and HL7 v2 messages, unfolded into columns that are scanned like any others.

A cell is taken apart value by value: the columnar engine has no form for records that differ from each other. Depth,
breadth and length are bounded; whatever lies beyond them stays text, and is searched as text.
"""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Final

import polars as pl

ELEMENTS: Final = 8  # of a list of records that get columns of their own
_DEPTH: Final = 16
_PATHS: Final = 128  # columns that one column unfolds into, those that most cells have
_COLUMNS: Final = 2048  # that all columns together unfold into; the others are searched as text
_LONGEST: Final = 1 << 20  # characters of a cell that is taken apart
_SHARE: Final = 0.9  # of the cells that must be records
_REST: Final = "[*]"  # what no other column of the unfolded ones has

_STARTS: Final = r"^\s*(?:[{\[]|MSH\|)"
_VALUE: Final = re.compile(r"@|[0-9]{4}|.{50}", re.DOTALL)  # a key that is one, as in records kept by somebody's number
_INDEX: Final = re.compile(r"\[[0-9]+\]")
_ELEMENT: Final = re.compile(r"^.*\[[1-9][0-9]*\]")

# Fields of HL7 v2.5.1 that say something of a person, by what a header would call them (chapters 3, 6 and 7).
_FIELDS: Final = {
    "PID-3": "patient id", "PID-5": "patient name", "PID-6": "mother's maiden name", "PID-7": "birth date",
    "PID-8": "sex", "PID-10": "race", "PID-11": "address", "PID-13": "phone", "PID-14": "work phone",
    "PID-17": "religion", "PID-18": "account number", "PID-19": "ssn", "PID-20": "drivers license",
    "PID-22": "ethnic group", "PID-28": "nationality", "NK1-2": "contact name", "NK1-4": "address", "NK1-5": "phone",
    "PV1-19": "visit id", "DG1-3": "diagnosis code", "DG1-4": "diagnosis", "AL1-3": "allergy", "OBX-5": "test result",
    "IN1-36": "insured number", "RXE-2": "medication",
}  # fmt: skip

Leaf = tuple[str, str]
"""Path from the cell to a value, and the value as text."""


@dataclass(frozen=True)
class Unfolding:
    """Columns that unfold, and into which paths. `columns` names the new ones, in the order of `applied`."""

    paths: Mapping[str, tuple[str, ...]]

    def __bool__(self) -> bool:
        return bool(self.paths)

    @cached_property
    def parents(self) -> dict[str, str]:
        """New column -> the column it came out of."""
        return {name + path: name for name, paths in self.paths.items() for path in (*paths, _REST)}

    def covers(self, other: Unfolding) -> bool:
        """Whether nothing of another unfolding would be missed."""
        return all(name in self.paths and set(paths) <= set(self.paths[name]) for name, paths in other.paths.items())

    def applied(self, batch: pl.DataFrame) -> tuple[pl.DataFrame, int]:
        """A batch with the new columns, and how many elements of lists are beyond those that get columns."""
        beyond = 0
        for name, paths in self.paths.items():
            rows = [_by_path(cell, frozenset(paths)) for cell in batch.get_column(name)]
            lists = {name + path: [values.get(path) for values, _ in rows] for path in (*paths, _REST)}
            batch = batch.hstack(pl.DataFrame(lists, schema=dict.fromkeys(lists, pl.String)))
            beyond += sum(more for _, more in rows)
        return batch, beyond


NOTHING: Final = Unfolding({})


def unfolding(columns: Sequence[str], sample: pl.DataFrame) -> Unfolding:
    """What sampled cells (`column`, its number, and `cell`) unfold into."""
    share = pl.col("cell").str.contains(_STARTS).mean()
    starts = sample.group_by("column").agg(share.alias("share")).filter(pl.col("share") >= _SHARE)
    found: dict[str, tuple[str, ...]] = {}
    room = _COLUMNS
    for number in sorted(n for n in starts.get_column("column") if n < len(columns)):
        cells = sample.filter(pl.col("column") == number).get_column("cell")
        taken = [leaves for leaves in map(_leaves, cells) if leaves is not None]
        if len(taken) >= _SHARE * len(cells):
            paths = _commonest(path for leaves in taken for path in {path for path, _ in leaves})
            new = {columns[number] + path for path in (*paths, _REST)}
            room -= len(new)
            if room >= 0 and not new.intersection(columns):
                found[columns[number]] = paths
    return Unfolding(found)


def header(name: str) -> str:
    """What a column is called without the places of elements in their lists."""
    return _INDEX.sub("", name)


def element(name: str) -> str:
    """The element of a list, other than the first, that a column belongs to; "" where it belongs to none."""
    found = _ELEMENT.match(name)
    return found[0] if found else ""


def _commonest(paths: Iterable[str]) -> tuple[str, ...]:
    ordered = sorted(Counter(path for path in paths if path != _REST).items(), key=lambda item: (-item[1], item[0]))
    return tuple(sorted(path for path, _ in ordered[:_PATHS]))


def _by_path(cell: str | None, paths: frozenset[str]) -> tuple[dict[str, str], int]:
    """Values by path, those of no column under the rest; how many elements of lists the rest tells of."""
    leaves = _leaves(cell) if cell else []
    if leaves is None:
        return {_REST: cell or ""}, 0
    values: dict[str, str] = {}
    rest = []
    for path, value in leaves:
        if path not in paths:
            rest.append((path, value))
        else:
            values[path] = f"{values[path]} {value}" if path in values else value
    if rest:
        values[_REST] = " ".join(v if path == _REST else f"{path.rpartition('.')[2]} {v}" for path, v in rest)
    beyond = sum(path == _REST for path, _ in rest) + len({element(path) for path, _ in rest} - {""})
    return values, beyond


def _leaves(cell: str) -> list[Leaf] | None:
    """All values of a cell; None where it is no record."""
    if len(cell) > _LONGEST:
        return None
    if cell.lstrip().startswith("MSH|"):
        return list(_of_message(cell))
    try:
        value = json.loads(cell, object_pairs_hook=_record, parse_float=str, parse_int=str, parse_constant=str)
    except (ValueError, RecursionError):
        return None
    leaves: list[Leaf] = []
    if isinstance(value, dict | list):
        _walk(value, "", 0, leaves)
    if not any(path for path, _ in leaves):
        return None
    return [(_whole(path), _whole(text)) for path, text in leaves] if "\\u" in cell else leaves


def _whole(text: str) -> str:
    """Halves of characters, which an escape can write, are no text."""
    return text.encode(errors="replace").decode()


def _record(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """Nothing may hide behind a name that is used twice: such a cell is text."""
    record = dict(pairs)
    if len(record) < len(pairs):
        raise ValueError("a name occurs twice")
    return record


def _walk(value: Any, path: str, depth: int, into: list[Leaf]) -> None:
    if depth > _DEPTH:
        into.append((_REST, json.dumps(value, ensure_ascii=False)))
    elif isinstance(value, str):
        into.append((path, value))
    elif isinstance(value, dict):
        for key, item in value.items():
            if _VALUE.search(key):
                into.append((_REST, key))
            _walk(item, f"{path}.{'*' if _VALUE.search(key) else key}", depth + 1, into)
    elif isinstance(value, list):
        _walk_list(value, path, depth, into)
    elif value is not None:
        into.append((path, "true" if value else "false"))


def _walk_list(values: list[Any], path: str, depth: int, into: list[Leaf]) -> None:
    if not any(isinstance(item, dict | list) for item in values):
        into.append((path, _listed(values)))
        return
    for place, item in enumerate(values[:ELEMENTS]):
        _walk(item, f"{path}[{place}]", depth + 1, into)
    into += [(_REST, json.dumps(item, ensure_ascii=False)) for item in values[ELEMENTS:]]


def _listed(values: list[Any]) -> str:
    """Words as a text, numbers as the list that they are."""
    texts = [str(value) for value in values if value is not None]
    return " ".join(texts) if any(re.search(r"[^0-9eE.+-]", text) for text in texts) else f"[{', '.join(texts)}]"


def _of_message(cell: str) -> Iterator[Leaf]:
    """Fields of the segments of a message, HL7 v2.5.1, 2.5.3: `PID-5` with its components parted by blanks."""
    seen: Counter[str] = Counter()
    for segment in re.split(r"[\r\n]+", cell.strip()):
        name, *fields = segment.split("|")
        place, seen[name] = seen[name], seen[name] + 1
        for number, text in enumerate(fields, 2 if name == "MSH" else 1):
            said = " ".join(re.split(r"[\^&~]+", text)).strip()
            field = f"{name}-{number}"
            label = f" {_FIELDS[field]}" if field in _FIELDS else ""
            if said and place < ELEMENTS:
                yield f".{name}[{place}]-{number}{label}", said
            elif said:
                yield _REST, said
