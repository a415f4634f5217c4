"""A folder of keys: each has a name, a purpose and versions; one version is in use, the others still tell what was.

    DIR/NAME.VERSION.key     the private key: an age file under a passphrase, PEM, or its name in a token (PKCS #11);
                             only its owner may read it
    DIR/NAME.VERSION.json    what may be known of it: purpose, public key, certificates, until when it stood and why
    DIR/NAME.VERSION.issued  of a certification authority: what it issued and what it took back

A key is written before its record, so that a record always has its key. Records are replaced whole. Who changes a
folder holds its lock (`locked`).
"""

from __future__ import annotations

import contextlib
import datetime as dt
import fcntl
import os
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Final, Literal, TypeVar

import msgspec
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from tegata import durable
from tegata.model.base import Noun, pretty, t
from tegata.model.errors import InputError, StoreError, UsageError, why_of
from tegata.trust.did import encode_did
from tegata.trust.keyfile import open_secret, read_secret, write_secret
from tegata.trust.private_key import PrivateKey
from tegata.trust.public_key import VerifyingKey, load_public, public_pem
from tegata.trust.token.uri import SCHEME, read_uri

Purpose = Literal["seal", "signature", "device", "timestamp", "list", "pack", "ca"]
Status = Literal["active", "retired", "revoked"]
_NAME = re.compile(r"[a-z0-9][a-z0-9_-]{0,39}")
_MAX_RECORD: Final = 64 << 20
R = TypeVar("R")


class KeyRecord(Noun, frozen=True, kw_only=True):
    """What is known of one version of a key by who may not use it. Times are UTC, PEM is text."""

    name: str
    version: int
    purpose: Purpose
    algorithm: str  # kind of key, in one short word
    public_key: str  # SubjectPublicKeyInfo, PEM
    did: str = ""  # of Ed25519 keys
    created_at: dt.datetime
    status: Status = "active"
    ended_at: dt.datetime | None = None
    reason: str = ""
    certificates: tuple[str, ...] = ()  # PEM, its own first, then those that lead to an anchor

    @property
    def public(self) -> VerifyingKey:
        return load_public(self.public_key.encode())

    @property
    def file(self) -> str:
        return f"{self.name}.{self.version}"


class Keyring:
    """The keys of one folder. Passphrases are asked for when one is needed, and only then."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def records(self) -> list[KeyRecord]:
        """All versions of all keys, by name and version. Raises InputError for a record that does not read."""
        found = [self.read(path, KeyRecord) for path in self.folder.glob("*.*.json") if not path.name.startswith(".")]
        return sorted(found, key=lambda record: (record.name, record.version))

    def newest(self, name: str) -> KeyRecord:
        """The last version of a key. UsageError when there is no such key."""
        versions = [record for record in self.records() if record.name == name]
        if versions:
            return versions[-1]
        known = ", ".join(sorted({record.name for record in self.records()}))
        raise UsageError(
            t(f"there is no key `{name}` in `{self.folder}`", f"`{self.folder}` に鍵 `{name}` はありません"),
            why=t(f"there are: {known}", f"あるもの: {known}") if known else "",
            hint=t("make one with `tegata keys new`", "`tegata keys new` で作成します"),
        )

    def in_use(self, name: str, *purposes: Purpose) -> KeyRecord:
        """The version with which to sign for one of these purposes. UsageError when it may not sign for them."""
        record = self.newest(name)
        if record.status != "active":
            raise UsageError(
                t(f"the key `{name}` is {record.status}", f"鍵 `{name}` は使えません（{record.status}）"),
                hint=t(f"make its next version: tegata keys rotate {name}", f"次の版を作る: tegata keys rotate {name}"),
            )
        if record.purpose not in purposes:
            wanted = ", ".join(purposes)
            raise UsageError(
                t(f"the key `{name}` is not for this", f"鍵 `{name}` はこの用途のものではありません"),
                why=t(f"it is for: {record.purpose}; wanted: {wanted}", f"用途: {record.purpose}、必要: {wanted}"),
            )
        return record

    def private(self, record: KeyRecord, passphrase: Callable[[], str]) -> PrivateKey:
        """The private key of a record. Raises InputError when it does not open or is not the key of the record."""
        key = PrivateKey.of_secret(open_secret(self.folder / f"{record.file}.key", passphrase), passphrase)
        if public_pem(key.public) != record.public_key:
            raise InputError(t(f"the key of `{record.file}` is another one", f"`{record.file}` の鍵が別のものです"))
        return key

    def token(self, record: KeyRecord) -> str | None:
        """The token that holds the private key of a record, without the name of the key; None: it is in the folder."""
        secret = read_secret(self.folder / f"{record.file}.key")
        if not secret.startswith(SCHEME.encode()):
            return None
        return str(read_uri(secret.decode("utf-8", "replace").strip())._replace(label="", id=b""))

    def next_file(self, name: str) -> str:
        """What the next version of a key will be called. UsageError when that is no name for a key."""
        if not _NAME.fullmatch(name):
            raise UsageError(
                t(f"`{name}` is no name for a key", f"`{name}` は鍵の名前にできません"),
                hint=t("use up to 40 small letters, digits, - and _", "小文字・数字・- _ で 40 字まで"),
            )
        return f"{name}.{max((one.version for one in self.records() if one.name == name), default=0) + 1}"

    def add(self, name: str, purpose: Purpose, key: PrivateKey, secret: bytes, now: dt.datetime) -> KeyRecord:
        """Keeps a key as the next version of `name`; the version before it retires.

        Args:
            secret: what its file holds: the PEM of the key, that under a passphrase, or its name in a token.
        """
        version = int(self.next_file(name).rpartition(".")[2])
        before = [record for record in self.records() if record.name == name]
        record = KeyRecord(
            name=name,
            version=version,
            purpose=purpose,
            algorithm=key.kind,
            public_key=public_pem(key.public),
            did=encode_did(key.public.public_bytes_raw()) if isinstance(key.public, Ed25519PublicKey) else "",
            created_at=now,
        )
        write_secret(self.folder / f"{record.file}.key", secret)
        self.write(f"{record.file}.json", record)
        for older in before:
            if older.status == "active":
                self.end(older, "retired", now, f"replaced by version {record.version}")
        return record

    def end(self, record: KeyRecord, status: Status, now: dt.datetime, reason: str) -> KeyRecord:
        """The record of a key that signs no more. What it signed before is judged by when and why it ended."""
        ended = msgspec.structs.replace(record, status=status, ended_at=now, reason=reason)
        self.write(f"{record.file}.json", ended)
        return ended

    def read(self, path: Path, kind: type[R]) -> R:
        """A record of the folder. Raises InputError."""
        try:
            with path.open("rb") as file:
                return msgspec.json.decode(file.read(_MAX_RECORD), type=kind)
        except (OSError, ValueError) as error:
            raise InputError(t(f"cannot read `{path}`", f"`{path}` を読めません"), why=str(error)) from None

    def write(self, name: str, record: Noun) -> None:
        """Replaces a record, durable on return. Raises StoreError."""
        try:
            durable.replace(self.folder / name, pretty(record) + b"\n")
        except OSError as error:
            raise _unwritable(self.folder, error) from None

    @contextlib.contextmanager
    def locked(self) -> Iterator[None]:
        """Others who would change this folder wait meanwhile. Makes the folder when it is not there."""
        try:
            durable.make_folder(self.folder)
            handle = os.open(self.folder / ".lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        except OSError as error:
            raise _unwritable(self.folder, error) from None
        try:
            fcntl.flock(handle, fcntl.LOCK_EX)
            yield
        finally:
            os.close(handle)


def _unwritable(folder: Path, error: OSError) -> StoreError:
    return StoreError(t(f"cannot write in `{folder}`", f"`{folder}` に書き込めません"), why=why_of(error))
