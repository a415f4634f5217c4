"""A ZIP that somebody else wrote, read within bounds and in one way only.

Refused is what two readers could understand differently: bytes in front of, between or behind the members, two names
for one file, members that share bytes, names that lead elsewhere, a directory that says other than the members do.
"""

from __future__ import annotations

import io
import re
import struct
import unicodedata
import zipfile
import zlib
from typing import Final

from tegata.model.base import t
from tegata.model.errors import VerificationError

MAX_ZIP: Final = 256 << 20
_MAX_FILES: Final = 10_000
_LOCAL_SIZE: Final = 30  # of a local header before its name (ZIP appnote section 4.3.7)
_DESCRIBED: Final = 1 << 3  # sizes follow the member, in 12 to 24 bytes
_ENCRYPTED: Final = 1 | 1 << 6 | 1 << 13
_LONGEST_DESCRIPTOR: Final = 24
_PART = re.compile(r"[^/\\\x00-\x1f\x7f:]+")


def read_zip(data: bytes) -> dict[str, bytes]:
    """Files by name. Raises VerificationError."""
    if len(data) > MAX_ZIP:
        raise refused("it is too large", "大きすぎます")
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            members = [member for member in archive.infolist() if not member.is_dir()]
            _check_names(archive.infolist())
            _check_places(data, archive)
            if sum(member.file_size for member in members) > MAX_ZIP:
                raise refused("it is too large when unpacked", "展開すると大きすぎます")
            return {member.filename: _content(archive, member) for member in members}
    except (zipfile.BadZipFile, struct.error, zlib.error, ArithmeticError, EOFError, OSError, RuntimeError, ValueError):
        raise refused("it is no ZIP", "ZIP ではありません") from None
    except NotImplementedError:
        raise refused("it is packed in an unknown way", "未知の方法で圧縮されています") from None


def _content(archive: zipfile.ZipFile, member: zipfile.ZipInfo) -> bytes:
    """Never more than the directory says, whatever the packed bytes would make."""
    with archive.open(member) as file:
        content = file.read(member.file_size)
        if len(content) != member.file_size or file.read(1):
            raise refused("a file is not of its size", "ファイルの大きさが記載と異なります")
    return content


def _check_names(members: list[zipfile.ZipInfo]) -> None:
    names = [unicodedata.normalize("NFC", member.filename).casefold() for member in members]
    if len(members) > _MAX_FILES or len(set(names)) != len(names):
        raise refused("two files have one name, or there are too many", "名前が重複しているか、多すぎます")
    for member in members:
        parts = member.filename.removesuffix("/").split("/")
        if not all(_PART.fullmatch(part) and part not in (".", "..") for part in parts):
            raise refused("a name leads elsewhere", "名前が外を指しています")
        if member.flag_bits & _ENCRYPTED or member.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
            raise refused("a file is encrypted or packed in an unknown way", "暗号化または未知の方法で圧縮されています")


def _check_places(data: bytes, archive: zipfile.ZipFile) -> None:
    """The members follow one another from the first byte to the directory, and say the same as it does."""
    place, slack = 0, 0
    for member in sorted(archive.infolist(), key=lambda one: one.header_offset):
        if not 0 <= member.header_offset - place <= slack:
            raise refused("bytes stand between its files", "ファイルの間に余分なバイトがあります")
        mark, _, flags, method = struct.unpack_from("<4s3H", data, member.header_offset)
        packed, size, name, extra = struct.unpack_from("<2I2H", data, member.header_offset + 18)
        slack = _LONGEST_DESCRIPTOR if flags & _DESCRIBED else 0
        stated = (member.compress_size, member.file_size)
        agree = (packed, size) == stated or (slack and (packed, size) == (0, 0))
        if mark != b"PK\x03\x04" or not agree or (flags, method) != (member.flag_bits, member.compress_type):
            raise refused("its directory says other than its files", "目録とファイルの記載が異なります")
        place = member.header_offset + _LOCAL_SIZE + name + extra + member.compress_size
    if not 0 <= archive.start_dir - place <= slack:
        raise refused("bytes stand between its files", "ファイルの間に余分なバイトがあります")
    _check_end(data, archive.start_dir)


def _check_end(data: bytes, directory: int) -> None:
    """Directory, its end record and the comment of this, one behind the other, are all there is (section 4.3.16)."""
    end = data.rfind(b"PK\x05\x06", directory)
    *_, size, start, comment = struct.unpack_from("<4s4H2IH", data, end)
    if (start, start + size, end + 22 + comment) != (directory, end, len(data)):
        raise refused("bytes stand behind its directory", "目録の後に余分なバイトがあります")


def refused(en: str, ja: str) -> VerificationError:
    return VerificationError(t("the container is not acceptable", "コンテナーが認められません"), why=t(en, ja))
