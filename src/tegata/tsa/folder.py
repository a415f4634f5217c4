"""The folder of an authority.

DIR/tsa.yaml             settings, for people to edit; read again while it runs
DIR/keys/NAME.key        a signing key (PEM, PKCS #8, mode 0600)
DIR/keys/NAME.pem        its certificate, then those above it
DIR/serial               which serial numbers were reserved
DIR/journal/             what was given out (`tegata.tsa.journal`)
"""

from __future__ import annotations

import datetime as dt
import re
from pathlib import Path
from typing import Final

import msgspec

from tegata import durable
from tegata.model.base import Noun, t
from tegata.model.errors import InputError, StoreError, UsageError, why_of
from tegata.trust.certified import CertifiedKey
from tegata.trust.keyfile import write_secret
from tegata.tsa.time_source import TimeSource

SETTINGS: Final = "tsa.yaml"
_OID = re.compile(r"[0-2](\.(0|[1-9]\d{0,18})){1,16}")
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,63}")


class AuthoritySettings(Noun, frozen=True, kw_only=True):
    """How an authority works. `key`: the name of the key that signs now."""

    policy: str
    key: str
    listen: str = "127.0.0.1:8318"
    accuracy_ms: int = 1000
    ordering: bool = False
    time_source: TimeSource = "kernel"

    @property
    def accuracy(self) -> dt.timedelta:
        return dt.timedelta(milliseconds=self.accuracy_ms)

    def __post_init__(self) -> None:
        if not _OID.fullmatch(self.policy):
            raise ValueError(f"`{self.policy}` is not an object identifier")
        if not _NAME.fullmatch(self.key):
            raise ValueError(f"`{self.key}` is not the name of a key")
        if not 1 <= self.accuracy_ms <= 60_000:
            raise ValueError("the accuracy lies between 1 ms and 60 s")


def make_folder(folder: Path, settings: AuthoritySettings, key: bytes, certificates: bytes) -> None:
    """A new authority with this key (PEM) and its certificates (PEM). UsageError: there is one already."""
    if (folder / SETTINGS).exists():
        raise UsageError(
            t(f"`{folder}` already holds an authority", f"`{folder}` には既に認証局があります"),
            hint=t("choose another folder", "別のフォルダを選んでください"),
        )
    try:
        durable.make_folder(folder / "keys")
        _put_key(folder, settings.key, key, certificates)
        durable.replace(folder / SETTINGS, msgspec.yaml.encode(settings))
    except OSError as error:
        raise _cannot(folder, error) from None


def add_key(folder: Path, key: bytes, certificates: bytes, name: str) -> AuthoritySettings:
    """A new key that signs from now on, also in an authority that is running. Earlier keys stay."""
    settings = msgspec.structs.replace(read_settings(folder), key=name)
    try:
        _put_key(folder, name, key, certificates)
        durable.replace(folder / SETTINGS, msgspec.yaml.encode(settings))
    except OSError as error:
        raise _cannot(folder, error) from None
    return settings


def read_settings(folder: Path) -> AuthoritySettings:
    """InputError when there is no authority, or its settings do not read."""
    path = folder / SETTINGS
    try:
        return msgspec.yaml.decode(path.read_bytes(), type=AuthoritySettings)
    except FileNotFoundError:
        raise InputError(
            t(f"`{folder}` holds no time-stamping authority", f"`{folder}` に時刻認証局がありません"),
            hint=t("make one with `tegata tsa init DIR`", "`tegata tsa init DIR` で作成します"),
        ) from None
    except (msgspec.MsgspecError, ValueError, OSError) as error:
        raise InputError(t(f"`{path}` cannot be read", f"`{path}` を読めません"), why=str(error)) from None


def current_key(folder: Path, settings: AuthoritySettings) -> CertifiedKey:
    """The key that signs now. InputError, UsageError or VerificationError when it cannot."""
    return CertifiedKey.load(folder / "keys" / f"{settings.key}.key", folder / "keys" / f"{settings.key}.pem")


def _put_key(folder: Path, name: str, key: bytes, certificates: bytes) -> None:
    """Key first, then certificate; both are tried out before anything says that they sign."""
    write_secret(folder / "keys" / f"{name}.key", key)
    try:
        durable.replace(folder / "keys" / f"{name}.pem", certificates)
        CertifiedKey.load(folder / "keys" / f"{name}.key", folder / "keys" / f"{name}.pem")
    except BaseException:
        for ending in ("key", "pem"):
            (folder / "keys" / f"{name}.{ending}").unlink(missing_ok=True)
        raise


def _cannot(folder: Path, error: OSError) -> StoreError:
    return StoreError(t(f"cannot write `{folder}`", f"`{folder}` に書き込めません"), why=why_of(error))
