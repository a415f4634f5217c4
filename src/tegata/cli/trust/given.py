"""What the commands of `tegata trust` are given: certificates, moments, folders of lists."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from tegata.cli.command import F, option
from tegata.model.base import t
from tegata.model.errors import InputError, why_of

if TYPE_CHECKING:
    from tegata.trust.pki import Certificate, RevocationList, StatusAnswer

FILE = click.Path(path_type=Path)


def at_option(function: F) -> F:
    about = t("the time in question (default: now)", "判定する時点（既定: 現在）")
    forms = click.DateTime(["%Y-%m-%d", "%Y-%m-%dT%H:%M:%S", "%Y-%m-%dT%H:%M:%S%z"])
    return option("--at", metavar="TIME", type=forms, about=about)(function)


def moment(at: dt.datetime | None) -> dt.datetime:
    """A time without zone is UTC."""
    from tegata.clock import SystemClock

    if at is None:
        return SystemClock().now()
    return at if at.tzinfo else at.replace(tzinfo=dt.UTC)


def read_certificates(paths: Iterable[Path]) -> list[Certificate]:
    """All certificates of the files. InputError names the file."""
    from cryptography.hazmat.primitives.serialization import Encoding

    from tegata.trust.certificates import load_certificates
    from tegata.trust.pki import Certificate

    found = []
    for path in paths:
        for parsed in load_certificates(path):
            with naming(path):
                found.append(Certificate.read(parsed.public_bytes(Encoding.DER)))
    return found


def read_lists(paths: Iterable[Path]) -> list[RevocationList]:
    """The revocation list of each file, DER or PEM. InputError names the file."""
    from tegata.trust.pki import RevocationList

    found = []
    for path in paths:
        data = read_bytes(path)
        with naming(path):
            found.append(RevocationList.read(_unarmoured(data)))
    return found


def read_answers(paths: Iterable[Path]) -> list[StatusAnswer]:
    """The OCSP answer of each file. InputError names the file."""
    from tegata.trust.pki import StatusAnswer

    found = []
    for path in paths:
        data = read_bytes(path)
        with naming(path):
            found.append(StatusAnswer.read(data))
    return found


def _unarmoured(data: bytes) -> bytes:
    """DER, also out of PEM."""
    from cryptography import x509
    from cryptography.hazmat.primitives.serialization import Encoding

    if not data.lstrip().startswith(b"-----BEGIN"):
        return data
    try:
        return x509.load_pem_x509_crl(data).public_bytes(Encoding.DER)
    except ValueError:
        return b""


class naming:  # noqa: N801 - reads as a word where it is used
    """InputErrors inside speak of the file."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def __enter__(self) -> None:
        pass

    def __exit__(self, kind: object, error: object, trace: Any) -> None:
        if isinstance(error, InputError):
            raise InputError(
                t(f"cannot use `{self.path}`", f"`{self.path}` を使えません"), why=error.why or error.what
            ) from None


def read_bytes(path: Path) -> bytes:
    """A file of any size that fits in memory; what reads it sets the bound. InputError names it."""
    try:
        return path.read_bytes()
    except OSError as error:
        raise InputError(t(f"cannot read `{path}`", f"`{path}` を読めません"), why=why_of(error)) from None


def files_in(paths: Iterable[Path]) -> Iterator[Path]:
    """The files named, and those of the folders named that look like lists."""
    for path in paths:
        if path.is_dir():
            yield from sorted(file for file in path.iterdir() if file.suffix in (".xml", ".json", ".xtsl"))
        else:
            yield path
