"""The bytes of a pack's folder, read once: what is judged by, what is hashed and what is signed are the same bytes."""

from __future__ import annotations

import hashlib
import os
import stat
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Final

from tegata.documents import MAX_BYTES
from tegata.model.base import Text, t
from tegata.model.errors import PackError, why_of
from tegata.rules.faults import Faults

SIGNATURE: Final = "signature.jws"
"""Stands beside the YAML files and is no part of the digest that it signs."""


def read_folder(folder: Path, known: Iterable[str], faults: Faults) -> dict[str, bytes]:
    """Name to bytes of the signature and of each YAML file that a pack may have, as far as they are there.

    A link could mean other bytes to the next reader, and a YAML file that no pack has would be hashed and never read:
    `faults` is told of both, and of what is no file or larger than a document may be.
    """
    found: dict[str, bytes] = {}
    for path in sorted(folder.iterdir(), key=lambda path: path.name):
        with faults.kept():
            if path.name in known or path.name == SIGNATURE:
                found[path.name] = read_bytes(path)
            elif path.suffix.lower() in (".yaml", ".yml"):
                raise _refused(path.name, t("a pack has no such file", "パックにこのようなファイルはありません"))
    return found


def digest_of(contents: Mapping[str, bytes]) -> str:
    """sha256 over name, length and bytes of each YAML file, so that nothing can move from one file to the next."""
    total = hashlib.sha256()
    for name in sorted(contents.keys() - {SIGNATURE}):
        total.update(f"{name}\0{len(contents[name])}\0".encode() + contents[name])
    return "sha256:" + total.hexdigest()


def read_bytes(path: Path) -> bytes:
    """The bytes of one file of a pack. PackError when it is a link, no regular file, or larger than a document."""
    try:
        handle = os.open(path, os.O_RDONLY | os.O_CLOEXEC | os.O_NOFOLLOW | os.O_NONBLOCK)  # nor may a pipe hold us up
        with os.fdopen(handle, "rb") as file:
            if not stat.S_ISREG(os.fstat(handle).st_mode):
                raise _refused(path.name, t("it is not a regular file", "通常のファイルではありません"))
            data = file.read(MAX_BYTES + 1)
    except OSError as error:
        if path.is_symlink():
            why = t("it is a link: put the file itself there", "リンクです。ファイルそのものを置いてください")
            raise _refused(path.name, why) from None
        raise _refused(path.name, why_of(error)) from None
    if len(data) > MAX_BYTES:
        raise _refused(path.name, t(f"it is larger than {MAX_BYTES} bytes", f"{MAX_BYTES} バイトを超えています"))
    return data


def _refused(name: str, why: Text | str) -> PackError:
    what = t(f"the rule pack file `{name}` cannot be used", f"ルールパックのファイル `{name}` を使えません")
    return PackError(what, why=why, file=name)
