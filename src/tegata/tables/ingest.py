"""Tables laid in a database through its ADBC driver, each whole or not at all. All columns are text.

What was laid there is named in a table beside them, `tegata_received`; nothing else is ever replaced.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterable, Iterator
from typing import Final

import polars as pl

from tegata.model.base import t
from tegata.model.errors import Say, StoreError
from tegata.tables.adbc_link import Link
from tegata.tables.sqlite import quoted

RECEIVED: Final = "tegata_received"
_MODE: Final = "adbc.ingest.mode"


class Tables(Link):
    """The tables of a database, one transaction for each change. Names are words of letters, digits and `_`.

    Raises:
        InputError: there is no such driver. StoreError: the database cannot be reached.
    """

    def __init__(self, address: str) -> None:
        super().__init__(address, _not_laid)
        self.begin()

    def is_taken(self, name: str) -> bool:
        """Whether there is such a table, or a document that was kept."""
        with self._transaction():
            return self._holds(name) or name in self._received()

    def lay(self, name: str, columns: Iterable[str], frames: Iterable[pl.DataFrame]) -> None:
        """A table of text, in place of the one that was received under this name.

        Raises:
            StoreError: the database refuses, or the table is somebody else's; all is as it was.
        """
        with self._transaction():
            if self._holds(name):
                if name not in self._received():
                    raise _of_others(self.shown, name)
                self._run(f"DROP TABLE {quoted(name)}")
            self._ingest(name, pl.DataFrame(schema=dict.fromkeys(columns, pl.String())), "create")
            for frame in frames:
                self._ingest(name, frame, "append")
            self._note(name, "")

    def keep(self, name: str, document: str) -> None:
        """A document of that name, in place of an earlier one. StoreError: the database refuses."""
        with self._transaction():
            self._note(name, document)

    def _holds(self, name: str) -> bool:
        return any(table == name for _, table in self.tables())

    def _received(self) -> frozenset[str]:
        if not self._holds(RECEIVED):
            return frozenset()
        with self.told(), self.statement(f"SELECT name FROM {RECEIVED}") as statement:  # noqa: S608 a constant
            return frozenset(pl.DataFrame(statement.execute_query()[0]).to_series().to_list())

    def _note(self, name: str, document: str) -> None:
        if name in self._received():
            self._run(f"DELETE FROM {RECEIVED} WHERE name = '{name}'")  # noqa: S608 a word
        self._ingest(RECEIVED, pl.DataFrame({"name": [name], "document": [document]}), "create_append")

    def _ingest(self, table: str, frame: pl.DataFrame, mode: str) -> None:
        with self.told(), self.statement() as statement:
            statement.set_options(**{"adbc.ingest.target_table": table, _MODE: f"{_MODE}.{mode}"})
            statement.bind_stream(frame)
            statement.execute_update()

    def _run(self, sentence: str) -> None:
        with self.told(), self.statement(sentence) as statement:
            statement.execute_update()

    @contextlib.contextmanager
    def _transaction(self) -> Iterator[None]:
        try:
            yield
            with self.told():
                self.connection.commit()
        except BaseException:
            with contextlib.suppress(StoreError), self.told():
                self.connection.rollback()
            raise


def _not_laid(place: str, why: Say) -> StoreError:
    return StoreError(
        t(f"`{place}` cannot be written", f"`{place}` に書き込めません"),
        why=why,
        hint=t(
            "check the address, and that its user may make tables there",
            "アドレスと、そこに表を作る権限があるか確認してください",
        ),
    )


def _of_others(place: str, name: str) -> StoreError:
    return StoreError(
        t(f"`{name}` is a table that was not received", f"`{name}` は受信した表ではありません"),
        why=t(f"`{RECEIVED}` in `{place}` does not name it", f"`{place}` の `{RECEIVED}` に記載がありません"),
        hint=t("move it away, or choose another place", "別の場所に移すか、置き場所を変えてください"),
    )
