"""A ZIP in one fixed form, shaped as ASiC-E (ETSI EN 319 162-1): the same files are always the same bytes.

The reader takes nothing that the writer would not write. So there are no bombs (nothing is compressed), no second
reading (two names, two directories, bytes in front or between), and no path that leads out of a folder.
"""

from __future__ import annotations

import io
import re
import struct
import zipfile
import zlib
from collections.abc import Mapping
from typing import Final

from tegata.model.base import t
from tegata.model.errors import VerificationError

MIMETYPE: Final = "application/vnd.etsi.asic-e+zip"
MAX_CONTAINER: Final = 256 << 20
_NAME = re.compile(r"(?:[A-Za-z0-9][A-Za-z0-9._-]*/)*[A-Za-z0-9][A-Za-z0-9._-]*")
_EPOCH: Final = (1980, 1, 1, 0, 0, 0)


def write_container(files: Mapping[str, bytes]) -> bytes:
    """The files in the order of their names, behind the entry `mimetype` that comes first and says what it is."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_STORED) as archive:
        for name, data in (("mimetype", MIMETYPE.encode()), *sorted(files.items())):
            member = zipfile.ZipInfo(name, _EPOCH)
            member.create_system = 3
            member.external_attr = 0o644 << 16
            archive.writestr(member, data)
    return out.getvalue()


def read_container(data: bytes) -> dict[str, bytes]:
    """Files by name, without `mimetype`. Raises VerificationError for any bytes but those of `write_container`."""
    if len(data) > MAX_CONTAINER:
        raise _refused("it is too large", "大きすぎます")
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            members = archive.infolist()
            apart = sum(member.file_size for member in members) <= len(data)  # no two share their bytes
            if not apart or any(member.compress_type or not _NAME.fullmatch(member.filename) for member in members):
                raise _refused("it holds what is not accepted", "認められないものが含まれています")
            files = {member.filename: archive.read(member) for member in members}
    except (zipfile.BadZipFile, struct.error, zlib.error, ArithmeticError, EOFError, OSError, RuntimeError, ValueError):
        raise _refused("it is no ZIP", "ZIP ではありません") from None
    if files.pop("mimetype", None) != MIMETYPE.encode() or write_container(files) != data:
        raise _refused("its bytes are not in the one fixed form", "バイト列が定められた形ではありません")
    return files


def is_name(name: str) -> bool:
    """Whether a file in a container may be called so."""
    return bool(_NAME.fullmatch(name))


def _refused(en: str, ja: str) -> VerificationError:
    return VerificationError(t("the container is not acceptable", "コンテナーが認められません"), why=t(en, ja))
