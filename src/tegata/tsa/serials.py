"""Serial numbers that are never given twice, whatever happens: blocks of them are reserved on disk before use."""

from __future__ import annotations

from pathlib import Path
from typing import Final

from tegata import durable
from tegata.model.base import t
from tegata.model.errors import StoreError, why_of

BLOCK: Final = 100_000


class Serials:
    """After a crash the numbers that were left of a block are passed over, not used again. StoreError."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._next = self._end = self._reserved()

    def take(self) -> int:
        """The next number. StoreError when a new block cannot be made durable: then none is given."""
        if self._next == self._end:
            self._reserve()
        self._next += 1
        return self._next - 1

    def _reserve(self) -> None:
        try:
            durable.replace(self._path, f"{self._end + BLOCK}\n".encode())
        except OSError as error:
            raise StoreError(
                t("no serial numbers can be reserved", "シリアル番号を確保できません"), why=why_of(error)
            ) from None
        self._end += BLOCK

    def _reserved(self) -> int:
        try:
            text = self._path.read_text("ascii")
        except FileNotFoundError:
            return 1
        except (OSError, UnicodeDecodeError):
            text = ""
        if not text.strip().isdigit():
            raise StoreError(
                t(f"`{self._path}` is not readable", f"`{self._path}` を読めません"),
                why=t("it says which serial numbers were used", "使用済みのシリアル番号を示すファイルです"),
                hint=t(
                    "write a number above every serial of the journal into it",
                    "記録にあるどのシリアル番号よりも大きい数を書いてください",
                ),
            )
        return int(text)
