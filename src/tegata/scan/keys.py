"""Keys that tables of one data set have in common, and what speaks for their telling the same people apart.

A number that an authority or a mail server gives is the same person's wherever it stands. A number that an organisation
gives itself need not be: patient 17 of one clinic is not patient 17 of another. Such a key is believed where the
numbers of one table stand in another of a different shape, as those of visits do in a register.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import polars as pl

from tegata.model.base import Text, t
from tegata.scan.partial import SAMPLE, Partial
from tegata.scan.roles import CountPlan, Key
from tegata.scan.subjects import kinds_of

_CONTAINED: Final = 0.95  # of the numbers compared
_LEAST: Final = 5  # numbers compared

Kinds = tuple[str, ...]


@dataclass(frozen=True)
class TableKey:
    """A key of one table: its columns, whether every row has it, and the smallest hashes of its distinct values.

    `proper`: an organisation's own numbers, which mean nothing elsewhere. The hashes are those of the first column.
    """

    columns: Key
    whole: bool
    proper: bool
    smallest: pl.Series


@dataclass(frozen=True)
class TableKeys:
    """Keys of one table by their kind, the preferred first; and what else tells people apart when keys agree."""

    keys: Mapping[Kinds, TableKey]
    columns: frozenset[str]
    linkable: bool  # its rows are about one person each


def table_keys(plan: CountPlan, columns: Sequence[str], partial: Partial) -> TableKeys:
    """Keys that a table has in common with others, if there are others."""
    keys: dict[Kinds, TableKey] = {}
    for key, whole in plan.whole.items():
        recognisers = [plan.recognisers[column] for column in key]
        proper = any(r.category == "ordinary" or r.listed is None for r in recognisers)
        sample = partial.sample.filter(pl.col("column") == columns.index(key[0]))["hash"].sort()
        keys.setdefault(kinds_of(plan, key), TableKey(key, whole, proper, sample))
    about_people = [role for role in plan.roles if role.unit == "person" and role.keys and not role.element]
    return TableKeys(keys, frozenset(columns), len(about_people) == 1)


def shared_keys(tables: Mapping[str, TableKeys]) -> list[tuple[Kinds, tuple[str, ...]]]:
    """Kinds of keys with the tables that each links, at least two; no table in two of them.

    The key that covers every row of the most tables goes first; of equals, the one that more tables prefer.
    """
    left = {name: table for name, table in tables.items() if table.linkable}
    found: list[tuple[Kinds, tuple[str, ...]]] = []
    while True:
        having: dict[Kinds, list[str]] = {}
        preferred: dict[Kinds, int] = {}
        for name, table in left.items():
            for place, (kinds, key) in enumerate(table.keys.items()):
                if key.whole:
                    having.setdefault(kinds, []).append(name)
                    preferred[kinds] = preferred.get(kinds, 0) - place
        best = max(having, key=lambda kinds: (len(having[kinds]), preferred[kinds], kinds), default=None)
        if best is None or len(having[best]) < 2:
            return found
        found.append((best, tuple(having[best])))
        for name in having[best]:
            del left[name]


@dataclass(frozen=True)
class Comparison:
    """Numbers of one table looked for in another: of so many compared so many stand there."""

    compared: int
    found: int

    @property
    def contained(self) -> bool:
        return self.compared >= _LEAST and self.found >= _CONTAINED * self.compared

    def told(self, own: str, other: str) -> Text:
        return t(
            f"of {self.compared} numbers of `{own}` compared, {self.found} stand in `{other}` too",
            f"比較した `{own}` の番号 {self.compared} 件のうち {self.found} 件が `{other}` にもあります",
        )


def compare(own: pl.Series, other: pl.Series) -> Comparison:
    """Of two samples of smallest hashes: those that both would hold if both tables had them."""
    within = own.filter(own <= other.max()) if len(other) == SAMPLE else own
    return Comparison(len(within), int(within.is_in(other.implode()).sum()))
