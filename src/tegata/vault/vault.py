"""A vault of tokens: which token stands for which value, for the steward of one data set."""

from __future__ import annotations

import datetime as dt
import os
from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Self

import msgspec

from tegata.model.base import t
from tegata.model.errors import StoreError, why_of
from tegata.model.vault import VaultAct, VaultEntries, VaultEntry, VaultRelease, VaultState
from tegata.vault import sql
from tegata.vault.acts import acts_of, record, unbroken
from tegata.vault.file import VaultFile, make_file, told
from tegata.vault.sealing import changed

if TYPE_CHECKING:
    from tegata.model.plan import Release
    from tegata.protect.means import Tokens
    from tegata.vault.handing import Handing


def key_beside(vault: Path) -> Path:
    """Where the key of a vault lies, unless somebody says otherwise."""
    return vault.with_name(f"{vault.name}.key")


class Vault:
    """Open under its key. Whatever is looked up or taken out is on record before it is told."""

    def __init__(self, path: Path, key: bytes) -> None:
        """Raises InputError: it is no vault, or the key is of another. StoreError: it cannot be opened."""
        self._file = VaultFile(path, key)

    @classmethod
    def make(cls, path: Path, key: bytes, name: str, at: dt.datetime) -> Self:
        """A new one for the data set of this name. Raises StoreError, also where the file is there already."""
        make_file(path, key, name, at)
        return cls(path, key)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        self._file.database.close()

    def release(self, source: str, at: dt.datetime) -> Handing:
        """Hands out tokens for one copy of the table `source`."""
        from tegata.vault.handing import Handing  # here, because it loads the columnar engine

        return Handing(self._file, source, at)

    def released(self, source: str, at: dt.datetime, make: Callable[[Tokens], Release]) -> tuple[Release, VaultAct]:
        """The copy of the table `source` that `make` makes with tokens of this vault, and the act that it came about.
        Raises what `make` raises: its tokens stay, and stand in nothing."""
        handing = self.release(source, at)
        release = make(handing.tokens)
        return release, handing.left(release.digest, at)

    def state(self) -> VaultState:
        """Raises VerificationError: it is not as it was written."""
        try:
            return self._state()
        except (ValueError, msgspec.MsgspecError):  # times or acts that we have not written
            raise changed() from None

    def _state(self) -> VaultState:
        database, acts = self._file.database, acts_of(self._file.database)
        return VaultState(
            name=self._file.name,
            made_at=self._file.made_at,
            values={str(name): int(str(count)) for name, count in database.execute(sql.DOMAINS)},
            releases=tuple(one for _, one in self._releases()),
            acts=acts,
            sound=unbroken(acts),
        )

    def find(self, tokens: Sequence[str], reason: str, at: dt.datetime) -> VaultEntries:
        """The values that tokens stand for; those that are not there are passed over."""
        numbers = (self._file.sealing.number(token) for token in dict.fromkeys(tokens))
        keys = [number for number in numbers if number is not None]
        return self._looked_up(
            sql.BY_NUMBER, keys, "found", reason, at, lambda found: _missing(tokens, (one.token for one in found))
        )

    def export(self, values: Sequence[str], reason: str, at: dt.datetime) -> VaultEntries:
        """All entries of values, of whatever kind."""
        keys = self._places(values)
        return self._looked_up(
            sql.BY_PLACE, keys, "exported", reason, at, lambda found: _missing(values, (one.value for one in found))
        )

    def forget(self, values: Sequence[str], reason: str, at: dt.datetime) -> list[VaultEntry]:
        """The entries of values, which are gone afterwards: nobody can tell any more whose tokens these were."""
        with self._file.writing() as database:
            places = self._places(values)
            gone = self._entries(sql.BY_PLACE, places)
            database.executemany(sql.FORGET, [(place,) for place in places])
            missing = _missing(values, (one.value for one in gone))
            record(database, at, "forgotten", reason, [one.token for one in gone], missing)
        with told(self._file.path):
            database.execute("PRAGMA wal_checkpoint(TRUNCATE)")  # what was there is overwritten in the file too
        return gone

    def holding(self, values: Sequence[str]) -> list[str]:
        """The tokens of values."""
        return [one.token for one in self._entries(sql.BY_PLACE, self._places(values))]

    def destroy(self, key_file: Path, reason: str, at: dt.datetime) -> VaultAct:
        """The key first: without it the rest is noise. What is left of it in backups is not ours to reach.

        Raises:
            StoreError: a file cannot be removed.
        """
        with self._file.writing() as database:
            done = record(database, at, "destroyed", reason)
        remove(self._file.path, key_file, self.close)
        return done

    def _looked_up(
        self,
        query: str,
        keys: Sequence[bytes | int],
        act: str,
        reason: str,
        at: dt.datetime,
        missing: Callable[[Sequence[VaultEntry]], int],
    ) -> VaultEntries:
        with self._file.writing() as database:
            found = self._entries(query, keys)
            answer = VaultEntries(entries=tuple(found), missing=missing(found))
            record(database, at, act, reason, [one.token for one in found], answer.missing)
        return answer

    def _places(self, values: Sequence[str]) -> list[bytes]:
        import polars as pl

        column = pl.Series(list(dict.fromkeys(values)), dtype=pl.String)
        domains = [str(name) for name, _ in self._file.database.execute(sql.DOMAINS)]
        return [bytes.fromhex(place) for domain in domains for place in self._file.sealing.places(domain, column)]

    def _entries(self, query: str, keys: Sequence[bytes | int]) -> list[VaultEntry]:
        releases, sealing = list(self._releases()), self._file.sealing
        rows = [row for key in keys for row in self._file.database.execute(query, (key,))]
        return [
            VaultEntry(
                token=sealing.tokens([number])[0],
                value=sealing.open(sealed, place, number),
                domain=domain,
                releases=tuple(one for at, one in releases if at >= first),
            )
            for number, place, sealed, domain, first in rows
        ]

    def _releases(self) -> Iterator[tuple[int, VaultRelease]]:
        for number, at, source, digest in self._file.database.execute(sql.RELEASES):
            when = dt.datetime.fromisoformat(str(at))
            yield int(str(number)), VaultRelease(at=when, source=str(source), digest=str(digest))


def remove(vault: Path, key: Path, close: Callable[[], None] = lambda: None) -> None:
    """The files of a vault, its key first, as far as they are there. Raises StoreError."""
    try:
        if key.exists():
            _overwritten(key)
        close()
        for name in ("", "-wal", "-shm"):
            Path(f"{vault}{name}").unlink(missing_ok=True)
    except OSError as error:
        raise StoreError(t("the vault cannot be destroyed", "保管庫を破棄できません"), why=why_of(error)) from None


def _missing(asked: Iterable[str], there: Iterable[str]) -> int:
    return len(set(asked).difference(there))


def _overwritten(file: Path) -> None:
    """And removed. Disks that spread writes may keep a copy; that is said in the how-to."""
    with file.open("r+b") as key:
        key.write(bytes(file.stat().st_size))
        key.flush()
        os.fsync(key.fileno())
    file.unlink()
