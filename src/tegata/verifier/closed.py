"""What the verifier never does, held by the interpreter itself (PEP 578) and not by good intentions."""

from __future__ import annotations

import os
import sys
from typing import Any, Final

_REFUSED: Final = ("socket.", "subprocess.", "os.", "shutil.", "tempfile.", "ctypes.", "urllib.", "ftplib.", "smtplib.")
_HARMLESS: Final = frozenset({"os.listdir", "os.scandir", "os.walk", "os.fwalk", "os.putenv", "os.unsetenv"})
_WRITING: Final = os.O_WRONLY | os.O_RDWR | os.O_CREAT | os.O_TRUNC | os.O_APPEND


def close() -> None:
    """From here on this process opens no connection, starts no program, and makes, changes or removes no file.

    There is no way back. Whatever tries gets PermissionError.
    """
    sys.dont_write_bytecode = True
    sys.addaudithook(_refuse)


def _refuse(event: str, arguments: tuple[Any, ...]) -> None:
    writes = event == "open" and isinstance(arguments[2], int) and arguments[2] & _WRITING
    if writes or (event.startswith(_REFUSED) and event not in _HARMLESS):
        raise PermissionError(f"this program only reads: {event}")
