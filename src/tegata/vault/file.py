"""The file of a vault, open under its key."""

from __future__ import annotations

import contextlib
import datetime as dt
import os
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import apsw

from tegata import durable
from tegata.model.base import Text, t
from tegata.model.errors import InputError, StoreError, why_of
from tegata.vault import sql
from tegata.vault.acts import record
from tegata.vault.sealing import Sealing

VERSION: Final = 1


class VaultFile:
    """One SQLite database, readable by its owner only. Several processes may have it open."""

    def __init__(self, path: Path, key: bytes) -> None:
        """Raises InputError: it is no vault, or the key is of another. StoreError: it cannot be opened."""
        if not path.is_file():
            raise InputError(
                t(f"there is no vault `{path}`", f"保管庫 `{path}` がありません"),
                hint=t("make one: `tegata vault new`", "作成するには `tegata vault new`"),
            )
        self.path = path
        self.sealing = Sealing(key)
        self.database = _connected(path)
        try:
            self.name, self.made_at = self._checked()
        except BaseException:
            self.database.close()
            raise

    @contextlib.contextmanager
    def writing(self) -> Iterator[apsw.Connection]:
        """One transaction, durable at the end. Nobody else writes meanwhile, so that no value gets two tokens."""
        with told(self.path):
            self.database.execute("BEGIN IMMEDIATE")
            try:
                yield self.database
                self.database.execute("COMMIT")
            except BaseException:
                with contextlib.suppress(apsw.Error):
                    self.database.execute("ROLLBACK")
                raise

    def _checked(self) -> tuple[str, dt.datetime]:
        try:
            ((version, name, made_at, proof),) = self.database.execute(sql.VAULT)
        except (apsw.Error, ValueError):
            raise InputError(t(f"`{self.path}` is no vault", f"`{self.path}` は保管庫ではありません")) from None
        if version != VERSION or not isinstance(proof, bytes):
            raise InputError(t(f"`{self.path}` is a vault of another version", f"`{self.path}` は別の版の保管庫です"))
        if not self.sealing.fits(proof):
            raise InputError(t(f"the key is not that of `{self.path}`", f"鍵が `{self.path}` のものではありません"))
        return str(name), dt.datetime.fromisoformat(str(made_at))


def make_file(path: Path, key: bytes, name: str, at: dt.datetime) -> None:
    """A new vault for the data set of this name, which appears whole. Raises StoreError, also where the file is there
    already."""
    try:
        handle, temporary = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")  # mode 0600
        os.close(handle)
    except OSError as error:
        raise StoreError(cannot_write(path), why=why_of(error)) from None
    try:
        with told(path), contextlib.closing(_connected(Path(temporary))) as database, database:
            database.execute(sql.SCHEMA)
            database.execute(sql.NEW_VAULT, (VERSION, name, at.isoformat(), Sealing(key).proof()))
            record(database, at, "made", name)
        os.link(temporary, path)  # fails where rename would replace
    except OSError as error:
        raise StoreError(cannot_write(path), why=why_of(error)) from None
    finally:
        for ending in ("", "-wal", "-shm"):
            Path(temporary + ending).unlink(missing_ok=True)
    durable.sync(path.parent)


@contextlib.contextmanager
def told(path: Path) -> Iterator[None]:
    """What the database cannot do, as StoreError."""
    try:
        yield
    except apsw.FullError:
        raise StoreError(cannot_write(path), why=t("the disk is full", "ディスクに空きがありません")) from None
    except apsw.Error as error:
        raise StoreError(cannot_write(path), why=str(error)) from None


def _connected(path: Path) -> apsw.Connection:
    """A file that is no database is told by the first question that is put to it."""
    with told(path):
        database = apsw.Connection(str(path), flags=apsw.SQLITE_OPEN_READWRITE)
        with contextlib.suppress(apsw.NotADBError):
            for _ in database.execute(sql.SETUP):
                pass  # each setting answers, and the next is not made before
        return database


def cannot_write(path: Path) -> Text:
    return t(f"the vault `{path}` cannot be written", f"保管庫 `{path}` に書き込めません")
