"""What Flight SQL tells of the tables that there are: those of the transfer whose key was shown."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from typing import Any, Final

import pyarrow as pa

from tegata.doors.names import TableName
from tegata.model.errors import ProtocolError
from tegata.wire.flight_sql import Command

_TEXT: Final = pa.string()
_KIND: Final = "TABLE"
_SCHEMAS: Final = {
    "CommandGetCatalogs": pa.schema([pa.field("catalog_name", _TEXT, nullable=False)]),
    "CommandGetDbSchemas": pa.schema(
        [pa.field("catalog_name", _TEXT), pa.field("db_schema_name", _TEXT, nullable=False)]
    ),
    "CommandGetTables": pa.schema(
        [
            pa.field("catalog_name", _TEXT),
            pa.field("db_schema_name", _TEXT),
            pa.field("table_name", _TEXT, nullable=False),
            pa.field("table_type", _TEXT, nullable=False),
        ]
    ),
    "CommandGetTableTypes": pa.schema([pa.field("table_type", _TEXT, nullable=False)]),
}
_WITH_SCHEMA: Final = 5


def answer(command: Command, names: Sequence[TableName], schema_of: Callable[[TableName], pa.Schema]) -> pa.Table:
    """The answer to a command about tables; `schema_of`: the columns of one, asked for where they are wanted.
    ProtocolError for other commands: clients then do without."""
    schema = _SCHEMAS.get(command.name)
    if schema is None:
        raise ProtocolError(f"`{command.name[:80]}` is not offered")
    wanted = [name for name in names if _asked_for(command, name)]
    rows: list[list[Any]] = {
        "CommandGetCatalogs": [[share] for share in dict.fromkeys(name.share for name in wanted)],
        "CommandGetDbSchemas": [list(pair) for pair in dict.fromkeys(name[:2] for name in wanted)],
        "CommandGetTables": [[*name, _KIND] for name in wanted],
        "CommandGetTableTypes": [[_KIND]],
    }[command.name]
    if command.name == "CommandGetTables" and command.fields.get(_WITH_SCHEMA):
        schema = schema.append(pa.field("table_schema", pa.binary(), nullable=False))
        rows = [[*row, schema_of(name).serialize().to_pybytes()] for row, name in zip(rows, wanted, strict=True)]
    return pa.Table.from_arrays(
        [pa.array(cells, f.type) for cells, f in zip(_turned(rows, schema), schema, strict=True)], schema=schema
    )


def _turned(rows: list[list[Any]], schema: pa.Schema) -> list[list[Any]]:
    return [[row[n] for row in rows] for n in range(len(schema))]


def _asked_for(command: Command, name: TableName) -> bool:
    """Whether the filters of a command let the table through: a catalogue by name, the others by patterns of LIKE."""
    if command.name == "CommandGetCatalogs" or command.name == "CommandGetTableTypes":
        return True
    if command.text(1) not in (None, name.share):
        return False
    patterns = ((2, name.schema), (3, name.table if command.name == "CommandGetTables" else ""))
    kinds = command.name != "CommandGetTables" or command.text(4) in (None, _KIND)
    return kinds and all(_like(command.text(number), text) for number, text in patterns)


def _like(pattern: str | None, text: str) -> bool:
    if pattern is None:
        return True
    parts = (".*" if c == "%" else "." if c == "_" else re.escape(c) for c in re.sub("%+", "%", pattern[:200]))
    return re.fullmatch("".join(parts), text, re.IGNORECASE | re.DOTALL) is not None
