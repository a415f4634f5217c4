"""A connection to a database through an ADBC driver. https://arrow.apache.org/adbc/

An address is `adbc:DRIVER:URI`: DRIVER is the end of the name of an installed package (`adbc-driver-DRIVER`), URI what
that driver takes. No other library is ever loaded.
"""

from __future__ import annotations

import contextlib
import importlib
import re
import weakref
from collections.abc import Callable, Iterator
from typing import Any, Final
from urllib.parse import urlsplit

import adbc_driver_manager as adbc
import polars as pl

from tegata.model.base import t
from tegata.model.errors import InputError, Say, TegataError

_ADDRESS: Final = re.compile(r"adbc:(?P<driver>[a-z][a-z0-9_]{0,40}):(?P<uri>.+)", re.DOTALL)
_TABLES: Final = frozenset(("table", "base table", "partitioned table"))  # no views: they may run anything
_INTERNAL: Final = re.compile(r"(?i)information_schema|pg_.*|sys|sqlite_.*")


class Link:
    """A connection; it ends with the last who holds it.

    Args:
        failed: the error to raise, made of the place as it may be shown and of what the driver says.

    Raises:
        InputError: the address is none, or there is no such driver here. What `failed` makes: it cannot be reached.
    """

    def __init__(self, address: str, failed: Callable[[str, Say], TegataError]) -> None:
        if not (found := _ADDRESS.fullmatch(address)):
            raise failed(address, t("an address is `adbc:DRIVER:URI`", "アドレスは `adbc:ドライバー:URI` です"))
        self._uri, self._failed = found["uri"], failed
        self.shown = f"adbc:{found['driver']}:{_without_password(self._uri)}"
        package = _package(found["driver"])
        with self.told():
            database = package.connect(self._uri)
            self.connection = adbc.AdbcConnection(database)
        weakref.finalize(self, _end, self.connection, database)

    def begin(self) -> None:
        """From here on all is one transaction."""
        with self.told():
            self.connection.set_autocommit(False)

    def tables(self) -> list[tuple[str, str]]:
        """Schema ('' for none) and name of each table that is no view and not the system's."""
        with self.told():
            found = pl.DataFrame(self.connection.get_objects(adbc.GetObjectsDepth.TABLES)).to_dicts()
        return sorted(
            (schema["db_schema_name"] or "", table["table_name"])
            for catalog in found
            for schema in catalog["catalog_db_schemas"] or ()
            for table in schema["db_schema_tables"] or ()
            if table["table_type"].lower() in _TABLES
            and not _INTERNAL.fullmatch(schema["db_schema_name"] or "")
            and not _INTERNAL.fullmatch(table["table_name"])
        )

    def statement(self, sentence: str = "") -> contextlib.closing[Any]:
        """A statement of the driver, to be closed."""
        statement = adbc.AdbcStatement(self.connection)
        if sentence:
            statement.set_sql_query(sentence)
        return contextlib.closing(statement)

    @contextlib.contextmanager
    def told(self) -> Iterator[None]:
        """What goes wrong in the driver, without the password that its words may hold."""
        try:
            yield
        except (adbc.Error, pl.exceptions.PolarsError, OSError, ValueError, RuntimeError) as error:
            said = str(error).splitlines()[0] if str(error) else type(error).__name__
            if password := urlsplit(self._uri).password:
                said = said.replace(password, "***")
            raise self._failed(self.shown, said) from None


def _end(connection: Any, database: Any) -> None:
    """What is only forgotten stays open in the driver, with its locks."""
    with contextlib.suppress(adbc.Error):
        connection.close()
        database.close()


def _package(driver: str) -> Any:
    try:
        return importlib.import_module(f"adbc_driver_{driver}")
    except ImportError as error:
        raise InputError(
            t(f"there is no ADBC driver `{driver}` here", f"ADBC ドライバー `{driver}` がありません"),
            hint=f"pip install adbc-driver-{driver.replace('_', '-')}",
        ) from error


def _without_password(uri: str) -> str:
    """As it may be shown: without what stands before the host, and without settings."""
    parts = urlsplit(uri)
    return f"{parts.scheme}://{parts.hostname or ''}{parts.path}" if parts.netloc else parts._replace(query="").geturl()
