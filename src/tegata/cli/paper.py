"""The sheet that renderers write on: calm tables, wrapped lines, right widths for Japanese, no hostile characters."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Iterator, Sequence
from typing import IO

from rich.cells import cell_len
from rich.console import Console
from rich.table import Table
from rich.text import Text as Styled

from tegata.model.base import Language, Text

PIPE_WIDTH = 120
"""Columns when nobody watches."""

_CLOSING = "、。，．）」』】］｝〉》：；！？・ー々ゃゅょっャュョッ"
_WIDE = "\u2e80-\uffef"  # CJK blocks of the basic plane
_UNBREAKABLE = re.compile(rf"\s*(?:[^\s{_WIDE}]+|[{_WIDE}])[{_CLOSING}]*\s*")


def harmless(value: str) -> str:
    """Text from elsewhere in one line, without control, bidirectional-override and surrogate characters.

    A column name or the title of a peer's data set could otherwise steer the reader's terminal, or feign lines of ours.
    """
    if value.isascii() and value.isprintable():
        return value
    value = value.replace("\n", " ")
    return "".join("�" if unicodedata.category(c) in ("Cc", "Cf", "Cs") else c for c in value)


def wrapped(text: str, width: int) -> Iterator[str]:
    """Lines of at most `width` columns. Western text breaks at spaces, Japanese anywhere but before closing marks."""
    line = ""
    for piece in _UNBREAKABLE.findall(text):
        if line and cell_len(line) + cell_len(piece.rstrip()) > width:
            yield line.rstrip()
            line = ""
        line += piece
    yield line.rstrip()


class Paper:
    """One stream for people. Strings may be bilingual; they are written in the language of the paper."""

    def __init__(self, language: Language, stream: IO[str]) -> None:
        self.language = language
        watched = stream.isatty()
        self._console = Console(
            file=stream,
            markup=False,
            highlight=False,
            emoji=False,
            soft_wrap=False,
            width=None if watched else PIPE_WIDTH,
        )

    def word(self, text: str | Text) -> str:
        return harmless(text.say(self.language) if isinstance(text, Text) else text)

    def line(self, *parts: str | Text, style: str = "", indent: int = 0, hang: int = 0) -> None:
        """One paragraph, wrapped under its indent; lines after the first stand `hang` columns further in."""
        text = "".join(self.word(part) for part in parts)
        for number, piece in enumerate(wrapped(text, self._console.width - indent - hang)):
            self.exact(piece, indent=indent + (hang if number else 0), style=style)

    def exact(self, text: str, *, indent: int = 0, style: str = "") -> None:
        """A line to copy (a path, a command): never wrapped."""
        self._console.print(Styled(" " * indent + self.word(text), style=style), soft_wrap=True)

    def heading(self, *parts: str | Text, style: str = "bold") -> None:
        self.gap()
        self.line(*parts, style=style)

    def gap(self) -> None:
        self._console.print()

    def table(
        self, titles: Sequence[str | Text], rows: Iterable[Sequence[str | Text]], *, right: Sequence[int] = ()
    ) -> None:
        """A table without rules; columns whose index is in `right` are set flush right."""
        table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0), header_style="dim", show_edge=False)
        for index, title in enumerate(titles):
            table.add_column(Styled(self.word(title)), justify="right" if index in right else "left", overflow="fold")
        for row in rows:
            table.add_row(*(Styled(self.word(cell)) for cell in row))
        with self._console.capture() as drawn:
            self._console.print(table)
        self._console.file.writelines(f"{line.rstrip()}\n" for line in drawn.get().splitlines())
