"""Whether the packs of the package are the bytes that were installed: by the record that the installer kept of them.

A wheel carries the digest of each of its files, and the installer keeps that list (`RECORD`, PyPA "Recording installed
projects"). There is no second list of our own to go stale, and no private key in a repository that many can read: that
the package itself is genuine is what its installation checked, or not. A working copy has no such record.
"""

from __future__ import annotations

import base64
import functools
import hashlib
from collections.abc import Mapping
from importlib import metadata

from tegata.rules import Pack
from tegata.rules.pack import BUILTIN
from tegata.rules.pack_folder import digest_of, read_bytes

_INSIDE = "tegata/rules/packs/"


def of_package(pack: Pack) -> bool:
    return pack.folder.is_relative_to(BUILTIN)


def recorded() -> bool:
    """Whether the installer kept a record of the packs."""
    return bool(_record())


def altered(pack: Pack) -> tuple[str, ...]:
    """Files of a pack of the package that are not as they were installed. None are, where nobody kept a record."""
    record = _record()
    return differing(pack, record) if record else ()


def differing(pack: Pack, record: Mapping[str, str]) -> tuple[str, ...]:
    """Files that are there and not recorded, recorded and not there, or of other bytes; `record`: path to sha256."""
    prefix = pack.folder.relative_to(BUILTIN).as_posix() + "/"
    recorded = {path.removeprefix(prefix): digest for path, digest in record.items() if path.startswith(prefix)}
    contents = {path.name: read_bytes(path) for path in sorted(pack.folder.glob("*.yaml"))}
    found = {name: hashlib.sha256(data).hexdigest() for name, data in contents.items()}
    names = {name for name in found.keys() | recorded.keys() if found.get(name) != recorded.get(name)}
    if digest_of(contents) != pack.digest:  # changed since it was loaded
        names.add("pack.yaml")
    return tuple(sorted(names))


@functools.cache
def _record() -> dict[str, str]:
    try:
        files = metadata.distribution("tegata").files or ()
    except metadata.PackageNotFoundError:
        files = ()
    own = (file for file in files if file.as_posix().startswith(_INSIDE) and file.suffix == ".yaml")
    return {file.as_posix().removeprefix(_INSIDE): _hexadecimal(file.hash) for file in own}


def _hexadecimal(recorded: metadata.FileHash | None) -> str:
    """The digest of a line of RECORD: urlsafe base64 without padding. Empty where there is none in sha256."""
    if recorded is None or recorded.mode != "sha256":
        return ""
    return base64.urlsafe_b64decode(recorded.value + "=" * (-len(recorded.value) % 4)).hex()
