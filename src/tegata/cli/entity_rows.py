"""The rows of a table as entities of a context broker: which column says what, and what of it is a number."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final, Literal

import msgspec
import polars as pl

from tegata.model.base import Text, t
from tegata.model.errors import InputError
from tegata.wire.ngsi import Entity, Form, is_context

if TYPE_CHECKING:
    from tegata.tables import Source

MOST: Final = 1_000_000  # entities, whose ids are held against each other in memory
CONTEXT: Final = "@context"
RECEIVED: Final = "tegataReceived"
"""The attribute by which an entity leads to what says under which name it was laid."""
_NO_ATTRIBUTES: Final = frozenset({"id", "type", CONTEXT, RECEIVED})
_LONGEST: Final = 15  # signs of a number: more may not come back with the same digits
_NUMBER: Final = r"^-?(0|[1-9][0-9]*)(\.[0-9]+)?$"
Kind = Literal["text", "number", "boolean", "json"]


@dataclass(frozen=True)
class Names:
    """What the address says. `id`: the column with the names of entities. `type`: of all of them, where no column says
    it. `context`: the one that may be sent. `text`: columns that are text whatever they look like."""

    id: str = "id"
    type: str = ""
    context: str = ""
    text: frozenset[str] = frozenset()


class EntityRows:
    """A table, looked through once: every row has a name of its own and a type, and each column its kind.

    Raises:
        InputError: it cannot be read as entities.
    """

    def __init__(self, source: Source, names: Names, form: Form) -> None:
        self._source = source
        self._names = names
        self._form = form
        self._place = {name: place for place, name in enumerate(source.columns)}
        for name in (names.id, *sorted(names.text)):
            if name not in self._place:
                raise _refused(t(f"it has no column `{name}`", f"`{name}` 列がありません"))
        if names.id != "id" and "id" in self._place:
            raise _refused(t("its column `id` can be no attribute", "`id` 列は属性にできません"))
        self._attributes = _paths([name for name in source.columns if name not in _NO_ATTRIBUTES | {names.id}])
        self._kinds = {name: _Kinds(name in names.text) for name in self._attributes}
        self.count = self._look()

    def entities(self) -> Iterator[Entity]:
        """Each row, in its order. A cell that is empty is no attribute."""
        kinds = {name: known.kind for name, known in self._kinds.items()}
        for row in self._rows():
            values: dict[str, Any] = {}
            for name, path in self._attributes.items():
                cell = row[self._place[name]]
                if cell is not None:
                    _put(values, path, _value(cell, kinds[name]))
            own = {name: self._form.attribute(value) for name, value in values.items()}
            yield {**self._head(row), **own}

    def _look(self) -> int:
        seen: set[int] = set()
        for frame in self._source.batches():
            for name, known in self._kinds.items():
                known.see(frame.get_column(name))
            for row in frame.iter_rows():
                own = hash(self._head(row)["id"])
                if own in seen:
                    raise _refused(
                        t(f"two rows are called `{row[self._place[self._names.id]]}`", "同じ id の行があります")
                    )
                seen.add(own)
            if len(seen) > MOST:
                raise _refused(t(f"it has more than {MOST:,} rows", f"{MOST:,} 行を超えます"))
        return len(seen)

    def _rows(self) -> Iterator[tuple[str | None, ...]]:
        for frame in self._source.batches():
            yield from frame.iter_rows()

    def _head(self, row: Sequence[str | None]) -> Entity:
        kind, name = self._agreed("type", self._names.type, row), row[self._place[self._names.id]]
        context = self._agreed(CONTEXT, self._names.context, row)
        if not name:
            raise _refused(t(f"a row has nothing in `{self._names.id}`", f"`{self._names.id}` が空の行があります"))
        if not kind:
            raise _refused(
                t("a row has no type: say `type=...`", "型のない行があります。`type=...` で指定してください")
            )
        if context and context != self._names.context:
            shown = context if is_context(context) else "?"
            raise _refused(
                t(
                    f"it is of the context {shown}: say `context=...`",
                    f"コンテキストは {shown} です。`context=...` で指定してください",
                )
            )
        return {"id": self._form.identity(name, kind), "type": kind}

    def _agreed(self, column: str, said: str, row: Sequence[str | None]) -> str:
        """What a row says of itself, or the address; both must be the same."""
        cell = (row[self._place[column]] if column in self._place and column != self._names.id else None) or said
        if said and cell != said:
            raise _refused(
                t(f"a row has another `{column}` than `{said}`", f"`{column}` が `{said}` でない行があります")
            )
        return cell


class _Kinds:
    """What every filled cell of a column may be. `text`: that it is nothing else."""

    def __init__(self, text: bool) -> None:
        self._open: set[Kind] = set() if text else {"number", "boolean", "json"}
        self._filled = False

    def see(self, column: pl.Series) -> None:
        cells = column.drop_nulls()
        self._filled |= cells.len() > 0
        for kind, holds in (("number", _numbers), ("boolean", _booleans), ("json", _structures)):
            if kind in self._open and not holds(cells):
                self._open.discard(kind)

    @property
    def kind(self) -> Kind:
        return min(self._open) if self._filled and self._open else "text"


def _numbers(cells: pl.Series) -> bool:
    return bool((cells.str.contains(_NUMBER) & (cells.str.len_bytes() <= _LONGEST)).all())


def _booleans(cells: pl.Series) -> bool:
    return bool(cells.is_in(["true", "false"]).all())


def _structures(cells: pl.Series) -> bool:
    return bool(cells.str.contains(r"^[\[{]").all()) and all(_decoded(cell) is not None for cell in cells)


def _decoded(cell: str) -> Any:
    try:
        return msgspec.json.decode(cell)
    except (msgspec.DecodeError, RecursionError):
        return None


def _value(cell: str, kind: Kind) -> Any:
    return cell if kind == "text" else msgspec.json.decode(cell)


def _paths(columns: Sequence[str]) -> dict[str, tuple[str, ...]]:
    """Dotted columns are parts of one value, as they were at their source; dots in an IRI are its own. Other signs than
    letters, digits and `_`, and that at the ends, are not for names of attributes (CIM 009, 4.6.2): `_topic` is
    `topic`."""
    paths = {}
    for name in columns:
        head = re.match(r"(?:.*[/#])?", name)
        start = head.end() if head else 0
        first, *rest = name[start:].split(".")
        paths[name] = (name[:start] + first if start else _plain(first), *rest)
    if len({*paths.values()}) < len(paths):
        raise _refused(t("two columns would be one attribute", "2 つの列が同じ属性になります"))
    heads = {path[:size] for path in paths.values() for size in range(1, len(path))}
    for name, path in paths.items():
        if not all(path) or path in heads:
            raise _refused(t(f"column `{name}` is a value and a part of one", f"`{name}` 列の名前が他の列と矛盾します"))
    return paths


def _plain(name: str) -> str:
    return re.sub(r"\W+", "_", name).strip("_")


def _put(values: dict[str, Any], path: tuple[str, ...], value: Any) -> None:
    for name in path[:-1]:
        values = values.setdefault(name, {})
    values[path[-1]] = value


def _refused(why: Text) -> InputError:
    return InputError(
        t("the table cannot be laid as entities", "表をエンティティとして置けません"),
        why=why,
        hint=t(
            "name what the broker is to be told: ...?type=Sensor&id=column&text=column",
            "...?type=Sensor&id=列名&text=列名 のように指定してください",
        ),
    )
