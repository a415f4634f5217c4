"""ASiC-S with CAdES (ETSI EN 319 162-1 clause 4.3): one file, and what was signed of it; no manifest stands between."""

from __future__ import annotations

import dataclasses
import functools
from collections.abc import Callable, Mapping
from typing import Final

from tegata.trust.ades.asice import read_archives, with_stamps
from tegata.trust.ades.cades import signatures
from tegata.trust.ades.manifest import Manifest
from tegata.trust.ades.signature import Ades
from tegata.trust.ades.zip import refused
from tegata.trust.content import digest_of

SIGNATURE: Final = "META-INF/signature.p7s"


def only_file(files: Mapping[str, bytes]) -> str:
    """The name of the one file that such a container is about. Raises VerificationError."""
    names = [name for name in files if name != "mimetype" and not name.startswith("META-INF/")]
    if len(names) != 1 or "/" in names[0]:
        raise refused("it is not about one file", "対象がちょうど一つのファイルではありません")
    return names[0]


def read_simple(files: Mapping[str, bytes]) -> list[Callable[[], Ades]]:
    """The signature of each signer, to be read. Raises VerificationError."""
    name, archives = only_file(files), read_archives(files)
    if SIGNATURE not in files:
        raise refused("it has no signature", "署名がありません")
    known = {name, SIGNATURE, "mimetype", *archives, *(one.signature for one in archives.values())}
    if stray := files.keys() - known:
        raise refused(f"nobody signed `{min(stray)}`", f"`{min(stray)}` には署名がありません")
    found = signatures(files[SIGNATURE], {name: digest_of(files[name])}, name)
    return [functools.partial(_reading, one, files, archives, name) for one in found]


def _reading(read: Callable[[], Ades], files: Mapping[str, bytes], archives: Mapping[str, Manifest], name: str) -> Ades:
    signature = dataclasses.replace(read(), form="ASiC-S, CAdES")
    return with_stamps(signature, files, archives, {name, SIGNATURE})
