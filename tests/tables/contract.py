"""What every reader of a table and every reader of several tables must do, whatever the form is."""

from __future__ import annotations

import re
from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from pathlib import Path

import polars as pl
import pytest

from tegata.model.errors import InputError
from tegata.tables import Collection, Source, open_collection

Table = Sequence[Sequence[str]]  # a header and records; "" is an empty cell

PEOPLE: Table = [
    ("code", "name", "note"),
    ("a1", "花子", "x, y"),
    ("", "", ""),
    ("b2", "", 'say "hi"'),
    ("c3", "Zoë", "two\nlines"),
]
FILLED = [tuple(cell or None for cell in row) for row in PEOPLE[1:] if any(row)]
DIGEST = re.compile("sha256:[0-9a-f]{64}")


def rows_of(source: Source) -> list[tuple[str | None, ...]]:
    return [row for frame in source.batches() for row in frame.rows()]


class SourceContract(ABC):
    """One table. Subclasses say how it is written."""

    keeps_columns = True  # of a table without records

    @abstractmethod
    def write(self, folder: Path, table: Table) -> Path:
        """The table in a new place below `folder`; the same place when it is called again."""

    def remove(self, place: Path) -> None:
        place.unlink()

    def source(self, folder: Path, table: Table = PEOPLE) -> Source:
        return open_collection(self.write(folder, table)).parts[0].open()

    def test_cells_are_text_and_records_without_cells_are_none(self, tmp_path: Path) -> None:
        source = self.source(tmp_path)
        assert source.columns == PEOPLE[0]
        assert all(dtype == pl.String() for frame in source.batches() for dtype in frame.dtypes)
        assert rows_of(source) == FILLED

    def test_each_pass_gives_the_same_rows_and_the_same_digest(self, tmp_path: Path) -> None:
        source = self.source(tmp_path)
        with pytest.raises(RuntimeError):
            _ = source.digest
        first = rows_of(source), source.digest
        assert (rows_of(source), source.digest) == first
        assert DIGEST.fullmatch(source.digest)

    def test_another_cell_is_another_digest(self, tmp_path: Path) -> None:
        found = []
        for last in ("two\nlines", "two lines"):
            source = self.source(tmp_path, [*PEOPLE[:-1], ("c3", "Zoë", last)])
            rows_of(source)
            found.append(source.digest)
        assert found[0] != found[1]

    def test_a_table_without_records_keeps_its_columns(self, tmp_path: Path) -> None:
        if not self.keeps_columns:
            pytest.skip("this form names columns by its records")
        (frame,) = self.source(tmp_path, PEOPLE[:1]).batches()
        assert (tuple(frame.columns), frame.height) == (PEOPLE[0], 0)

    def test_a_source_that_disappears_is_told(self, tmp_path: Path) -> None:
        place = self.write(tmp_path, PEOPLE)
        source = open_collection(place).parts[0].open()
        self.remove(place)
        with pytest.raises(InputError) as told:
            rows_of(source)
        assert told.value.parts("ja") != told.value.parts("en")

    def test_progress_ends_where_it_said(self, tmp_path: Path) -> None:
        told: list[tuple[int, int]] = []
        source = self.source(tmp_path)
        list(source.batches(lambda done, of: told.append((done, of))))
        assert told == sorted(told)
        assert told[-1][0] == told[-1][1]


TABLES: Mapping[str, Table] = {
    "people": PEOPLE,
    "sites & Orte": [("place", "n"), ("Tōkyō", "1"), ("Osaka", "2")],
}


class CollectionContract(ABC):
    """Several tables. Subclasses say how they are written and what a table is called then."""

    @abstractmethod
    def write(self, folder: Path, tables: Mapping[str, Table]) -> Path:
        """The tables in a new place below `folder`; the same place when it is called again."""

    def name(self, table: str) -> str:
        return table

    def collection(self, folder: Path, tables: Mapping[str, Table] = TABLES) -> Collection:
        return open_collection(self.write(folder, tables))

    def digest(self, folder: Path, tables: Mapping[str, Table] = TABLES) -> str:
        found, digests = self.collection(folder, tables), {}
        for part in found.parts:
            source = part.open()
            rows_of(source)
            digests[part.name] = source.digest
        return found.digest(digests)

    def test_every_table_is_a_part_and_reads_as_it_stands(self, tmp_path: Path) -> None:
        found = self.collection(tmp_path)
        assert [part.name for part in found.parts] == [self.name(table) for table in TABLES]
        assert (found.unread, found.single) == ((), False)
        for part, table in zip(found.parts, TABLES.values(), strict=True):
            source = part.open()
            assert source.columns == table[0]
            assert rows_of(source) == [tuple(cell or None for cell in row) for row in table[1:] if any(row)]

    def test_parts_outlive_the_collection(self, tmp_path: Path) -> None:
        source = self.collection(tmp_path).parts[0].open()
        assert rows_of(source) == rows_of(source) == FILLED

    def test_the_digest_follows_every_table_and_its_name(self, tmp_path: Path) -> None:
        digests = [
            self.digest(tmp_path / "1"),
            self.digest(tmp_path / "2"),
            self.digest(tmp_path / "3", {**TABLES, "people": PEOPLE[:-1]}),
            self.digest(tmp_path / "4", {"persons": PEOPLE, "sites & Orte": TABLES["sites & Orte"]}),
            self.digest(tmp_path / "5", {"people": PEOPLE}),
        ]
        assert DIGEST.fullmatch(digests[0])
        assert digests[0] == digests[1]
        assert len(set(digests)) == 4

    def test_a_table_is_found_by_its_name(self, tmp_path: Path) -> None:
        found = self.collection(tmp_path)
        assert found.part(self.name("people")).open().columns == PEOPLE[0]
        with pytest.raises(InputError, match="has no table `nobody`") as told:
            found.part("nobody")
        assert self.name("people") in told.value.parts("ja")[2]
