"""What an ownership file says of the parties of many flows: columns of facts beside those of the table."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from typing import Any

import polars as pl

from tegata.model.decision import FactValue
from tegata.model.errors import FactError
from tegata.rules.cells import Cells, Column, columns_of, groups, in_a_line, read_cells
from tegata.rules.facts import PARTIES, fact_schema, to_value
from tegata.rules.ownership.answer import measure_of
from tegata.rules.ownership.flow import FOLLOWING, contradiction, party_facts
from tegata.rules.ownership.reading import Ownership, party
from tegata.rules.ownership.status import Measure, Standings, standings
from tegata.rules.pack import Pack


class PartyColumns:
    """Row by row the same facts as `with_ownership` adds to one flow.

    Args:
        columns: names of the table's columns. One called `provider` or `recipient` names the entity that is this party
            of the row; where a cell is empty, or there is no such column, it is the one that the file names.
    """

    def __init__(self, ownership: Ownership, packs: Sequence[Pack], today: dt.date, columns: Sequence[str]) -> None:
        self._ownership, self._packs, self._today = ownership, packs, today
        self.naming = tuple(role for role in PARTIES if role in columns)
        self._roles = tuple(role for role in PARTIES if role in columns or role in ownership.parties)
        self._standings: dict[Measure, Standings] = {}
        self._on(today)

    def beside(self, stating: Sequence[Column]) -> tuple[Column, ...]:
        """Columns of facts that may follow and that the table does not have."""
        has = {column.name for column in stating}
        names = (f"{role}.{fact}" for role in self._roles for fact in FOLLOWING)
        return columns_of([name for name in names if name not in has], lambda _: None)

    def complete(self, cells: Mapping[str, Cells], frame: pl.DataFrame) -> dict[str, Cells]:
        """The cells, with what follows; a contradiction or a party that there is not becomes an error of its row."""
        found = dict(cells)
        for role in self._roles:
            for fact, follows in self._following(role, cells.get("as_of"), frame).items():
                stated = cells.get(fact)
                found[fact] = _merged(fact, stated, follows) if stated else follows
        return found

    def _following(self, role: str, days: Cells | None, frame: pl.DataFrame) -> dict[str, Cells]:
        names = frame[role] if role in self.naming else pl.repeat(None, frame.height, dtype=pl.String, eager=True)
        told = read_cells(Column(role, role, "", -1, str.strip), names)
        parts = [told, days] if days else [told]
        first, group = groups(parts, frame.height)
        some: list[Mapping[str, FactValue]] = []
        errors = {}
        for code, (name, day) in enumerate(zip(told.of(first), _days(days, first), strict=True)):
            try:
                some.append(self._facts(role, name, day))
            except FactError as error:
                some.append({})
                errors[code] = in_a_line(error)
        specs = {fact: fact_schema().spec(f"{role}.{fact}") for fact in FOLLOWING}
        return {
            spec.name: Cells(group, [to_value(spec, one[fact]) if fact in one else None for one in some], errors)
            for fact, spec in specs.items()
        }

    def _facts(self, role: str, name: str | None, day: dt.date | None) -> Mapping[str, FactValue]:
        known = self._ownership.parties.get(role)
        entity = party(self._ownership.graph, role, name) if name else known
        return {} if entity is None else party_facts(self._on(day or self._today), entity)

    def _on(self, day: dt.date) -> Standings:
        measure = measure_of(self._packs, day)
        if measure not in self._standings:
            self._standings[measure] = standings(self._ownership.graph, measure)
        return self._standings[measure]


def _days(days: Cells | None, rows: Any) -> list[dt.date | None]:
    return days.of(rows) if days else [None] * len(rows)


def _merged(fact: str, stated: Cells, follows: Cells) -> Cells:
    """One column from what the table states and what follows."""
    first, group = groups([stated, follows], len(stated.codes))
    values, errors = [], {}
    pairs = zip(stated.codes[first].tolist(), follows.codes[first].tolist(), strict=True)
    for code, (one, other) in enumerate(pairs):
        mine, theirs = stated.values[one], follows.values[other]
        values.append(theirs if mine is None else mine)
        if error := stated.errors.get(one) or follows.errors.get(other):
            errors[code] = error
        elif mine is not None and theirs is not None and mine != theirs:
            errors[code] = in_a_line(contradiction(fact, mine, theirs))
    return Cells(group, values, errors)
