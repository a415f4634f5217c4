"""What kind of table this is, from the columns that stand together."""

from __future__ import annotations

from collections.abc import Sequence

from tegata.scan.recogniser import Group, TableKind, belongs


def kinds_of(columns: Sequence[frozenset[str]], tables: Sequence[TableKind]) -> tuple[TableKind, ...]:
    """The kinds that hold. `columns` gives, per column, the recognisers that are likely for it."""
    return tuple(table for table in tables if _holds(table, columns))


def _holds(table: TableKind, columns: Sequence[frozenset[str]]) -> bool:
    return all(_met(group, columns) for group in table.all_of) and not any(
        belongs(name, table.none_of) for ids in columns for name in ids
    )


def _met(group: Group, columns: Sequence[frozenset[str]]) -> bool:
    return sum(any(belongs(name, group.of) for name in ids) for ids in columns) >= group.at_least
