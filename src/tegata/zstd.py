"""Zstandard (RFC 8878): `library` is the standard library's from Python 3.14 on, and its backport before. What others
packed is unpacked by what stands below, which bounds the memory that it takes."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Final

if sys.version_info >= (3, 14):
    from compression import zstd as library
else:
    from backports import zstd as library

if TYPE_CHECKING:
    from typing import BinaryIO

    from backports.zstd import ZstdCompressor, ZstdDecompressor, ZstdFile

WINDOW_LOG: Final = 23
"""What unpacks takes a window of 8 MiB at most, as RFC 9659 has it for HTTP: all levels below `--ultra` keep to it."""
DamageError: Final = library.ZstdError
_BOUNDED: Final[dict[int, int]] = {library.DecompressionParameter.window_log_max: WINDOW_LOG}


def packer(level: int) -> ZstdCompressor:
    """One frame, with a sum behind it."""
    parameter = library.CompressionParameter
    return library.ZstdCompressor(options={parameter.compression_level: level, parameter.checksum_flag: 1})


def unpacker() -> ZstdDecompressor:
    """One frame, within the window; none that needs a dictionary."""
    return library.ZstdDecompressor(options=_BOUNDED)


def unpacking(file: BinaryIO) -> ZstdFile:
    """All frames of a file, within the window, as they are read."""
    return library.ZstdFile(file, options=_BOUNDED)
