"""Vaults of a node: one for each agreement, so that nothing links what left under two of them.

`AGREEMENT.vault` and, beside it, its key: `tegata vault` opens it as any other.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from tegata import durable
from tegata.model.errors import StoreError, why_of
from tegata.trust.keyfile import read_secret, write_secret
from tegata.vault.file import cannot_write
from tegata.vault.vault import Vault, key_beside, remove


@dataclass(frozen=True)
class Keeping:
    """Where the tokens of one release are kept, and when it is made."""

    path: Path
    at: dt.datetime

    def open(self) -> Vault:
        """Raises InputError: it is gone, or was changed. StoreError: it cannot be opened."""
        return Vault(self.path, read_secret(key_beside(self.path)))


@dataclass(frozen=True)
class Vaults:
    """Those of one folder."""

    folder: Path

    def path_of(self, agreement: str) -> Path:
        return self.folder / f"{agreement.rpartition(':')[2]}.vault"

    def holds(self, agreement: str) -> bool:
        """Whether it is there, and its key."""
        path = self.path_of(agreement)
        return path.exists() and key_beside(path).exists()

    def make(self, agreement: str, name: str, at: dt.datetime, random: bytes) -> Path:
        """The vault of an agreement, made unless it is there: whole, also where a crash cut an earlier attempt short.

        Args:
            name: of the data set.
            random: `KEY_BYTES` bytes for its key, never used twice.

        Raises:
            StoreError: it cannot be written.
        """
        path = self.path_of(agreement)
        try:
            durable.make_folder(self.folder)
        except OSError as error:
            raise StoreError(cannot_write(path), why=why_of(error)) from None
        key = key_beside(path)
        _there(key, lambda: write_secret(key, random))
        _there(path, lambda: Vault.make(path, read_secret(key), name, at).close())
        return path

    def kept(self) -> list[str]:
        """The agreements of which anything is here, also of a vault whose end was cut short."""
        names = {path.name.partition(".")[0] for path in self.folder.glob("*.vault*")}
        return [f"urn:uuid:{name}" for name in sorted(names - {""})]

    def destroy(self, agreement: str, reason: str, at: dt.datetime) -> None:
        """What there still is of it, the key first. Raises StoreError."""
        path = self.path_of(agreement)
        key = key_beside(path)
        if key.exists() and path.exists():
            with Vault(path, read_secret(key)) as vault:
                vault.destroy(key, reason, at)
        else:
            remove(path, key)


def _there(path: Path, make: Callable[[], None]) -> None:
    """Of two who make it at once, one does, and both have it."""
    try:
        if not path.exists():
            make()
    except StoreError:
        if not path.exists():
            raise
