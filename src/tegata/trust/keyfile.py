"""Files that hold a secret: written whole or not at all, readable by their owner only."""

from __future__ import annotations

import contextlib
import os
import stat
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.serialization import load_pem_private_key

from tegata.durable import sync
from tegata.model.base import Text, t
from tegata.model.errors import InputError, StoreError, why_of
from tegata.trust.age import MAGIC, decrypt

_MAX_SIZE: Final = 4096
_OTHERS: Final = stat.S_IRWXG | stat.S_IRWXO


def read_secret(path: Path) -> bytes:
    """Bytes of a secret of at most 4 KiB. Raises InputError when it is not there or others may read or change it."""
    try:
        handle = os.open(path, os.O_RDONLY | os.O_CLOEXEC | os.O_NONBLOCK)  # a pipe must not hold us up
        try:
            _check_private(path, os.fstat(handle))  # of the file that is open: the path may mean another one by now
            return os.read(handle, _MAX_SIZE)
        finally:
            os.close(handle)
    except OSError as error:
        raise InputError(_cannot("read", path), why=why_of(error)) from None


def open_secret(path: Path, passphrase: Callable[[], str]) -> bytes:
    """The secret of a file, also of one under a passphrase, which is asked for then. Raises InputError."""
    data = read_secret(path)
    return decrypt(data, passphrase()) if data.startswith(MAGIC) else data


def load_private(secret: bytes, pin: Callable[[], str] | None = None) -> Any:
    """The private key that a secret is: PKCS #8 in PEM, or the name of a key in a token (RFC 7512). None for others.

    Args:
        pin: what a token is opened with, where its name does not say in which file that lies.
    """
    if secret.startswith(b"pkcs11:"):
        from tegata.trust.token import private_key, read_uri

        return private_key(read_uri(secret.decode("utf-8", "replace").strip()), pin)
    with contextlib.suppress(ValueError, TypeError, UnsupportedAlgorithm):  # what they say may quote the secret
        return load_pem_private_key(secret, password=None)
    return None


def write_secret(path: Path, data: bytes) -> None:
    """Writes a new file with mode 0600, durable on return. Raises StoreError; never replaces an existing file."""
    temporary: str | None = None
    try:
        handle, temporary = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")  # mode 0600
        with os.fdopen(handle, "wb") as file:
            file.write(data)
            file.flush()
            os.fsync(handle)
        os.link(temporary, path)  # fails where rename would replace
        sync(path.parent)
    except FileExistsError:
        raise StoreError(
            t(f"the key `{path}` exists already", f"鍵 `{path}` は既にあります"),
            hint=t("a key is never overwritten: choose another place", "鍵は上書きしません。別の場所を選んでください"),
        ) from None
    except OSError as error:
        raise StoreError(_cannot("write", path), why=why_of(error)) from None
    finally:
        if temporary is not None:
            Path(temporary).unlink(missing_ok=True)


def _check_private(path: Path, status: os.stat_result) -> None:
    if not stat.S_ISREG(status.st_mode):
        raise InputError(_cannot("read", path), why=t("it is not a regular file", "通常のファイルではありません"))
    if status.st_mode & _OTHERS:
        raise InputError(
            t(f"the key `{path}` is open to other users", f"鍵 `{path}` が他の利用者に開かれています"),
            hint=t(f"close it: chmod 600 {path}", f"閉じてください: chmod 600 {path}"),
        )


def _cannot(verb: str, path: Path) -> Text:
    return t(f"cannot {verb} the key `{path}`", f"鍵 `{path}` を{'読め' if verb == 'read' else '書け'}ません")
