"""Writes docs/pictures: the doors with the tools that open them, and what `tegata node doors show` prints, in both
languages. All of it comes from the code that shows the lines: what is added there appears here.
"""

from __future__ import annotations

import datetime as dt
import io
from collections.abc import Iterable
from html import escape
from itertools import groupby
from pathlib import Path
from typing import Final

import msgspec
from rich.cells import cell_len, set_cell_size

from tegata.cli.paper import Paper
from tegata.cli.render import doors as render
from tegata.doors.behind import Behind
from tegata.doors.desk import Doors
from tegata.doors.snippets import Snippet, snippets
from tegata.model.base import Language, Text, t
from tegata.transfer.access import AccessKey, KeyRing
from tegata.transfer.contents import Told

FOLDER: Final = Path(__file__).parent.parent / "docs" / "pictures"
_URL: Final = "https://clinic.example/doors"
_FLIGHT: Final = "grpc+tls://clinic.example:31337"
_TITLE: Final = t("Register", "台帳")
_CONTENTS: Final = (Told(name="register"),)
_PRINTED: Final = ("pandas", "DuckDB-s3", "delta-sharing")
_WIDTH: Final = 118  # cells of a line that is shown
_CELL, _LINE, _ROW = 6.9, 19, 54  # points
_NAMES: Final = {
    "link": t("download links", "ダウンロードリンク"),
    "delta": t("Delta Sharing", "Delta Sharing"),
    "s3": t("S3 object store", "S3 オブジェクトストア"),
    "iceberg": t("Iceberg REST catalogue", "Iceberg REST カタログ"),
    "flight": t("Flight SQL (extra)", "Flight SQL（追加）"),
    "mcp": t("agents (MCP)", "エージェント（MCP）"),
}
_STYLE: Final = (
    "<style>.b{fill:#eef3fb;stroke:#2f5aa8;stroke-width:1.5}.g{fill:#fdf0e3;stroke:#b5651d;stroke-width:1.5}"
    ".h{font-size:15px;font-weight:700;fill:#1a2b4a}.j{font-size:12.5px;fill:#44546f}"
    ".a{stroke:#2f5aa8;stroke-width:1.6;fill:none}</style>"
)
_FONT: Final = "'Noto Sans JP','Noto Sans',sans-serif"
_MONO: Final = "'Noto Sans Mono CJK JP','DejaVu Sans Mono',monospace"


def pictures() -> dict[str, str]:
    """Each picture by the name of its file."""
    return {"doors.svg": _map(_lines("en"))} | {f"doors-show.{one}.svg": _printed(one) for one in ("en", "ja")}


def _key() -> AccessKey:
    """One that opens nothing anywhere, the same every time."""
    since = dt.datetime(2026, 12, 1, tzinfo=dt.UTC)
    return KeyRing(b"only for pictures".ljust(32)).key_of("urn:uuid:4f1f9a5e-0000-4000-8000-000000000001", since)


def _lines(language: Language) -> tuple[Snippet, ...]:
    return snippets(Behind(_key(), _URL, _FLIGHT, _TITLE.say(language), _CONTENTS))


def _map(lines: Iterable[Snippet]) -> str:
    """Release, guard, doors, and who comes through each."""
    doors = [(door, [one.tool for one in of]) for door, of in groupby(lines, lambda one: one.door)]
    height, middle = 30 + _ROW * len(doors), (30 + _ROW * len(doors)) / 2
    parts = [
        _box("b", 12, middle - 34, 170, 68, t("protected release", "保護済みの提供データ"), ""),
        _box("g", 216, middle - 34, 156, 68, t("one guard", "一つの番人"), "one key · 一つのキー"),
        f'<path class="a" d="M182 {middle:g}H216"/>',
    ]
    for number, (door, tools) in enumerate(doors):
        top = 15 + _ROW * number
        parts += [
            f'<path class="a" d="M372 {middle:g}C400 {middle:g} 400 {top + 22:g} 428 {top + 22:g}"/>',
            _box("b", 428, top, 226, 44, _NAMES[door], ""),
            f'<text class="j" x="668" y="{top + 27:g}">{escape(" · ".join(tools))}</text>',
        ]
    label = "One agreement opens all doors; the tools that come through each"
    return _svg(1000, height, label, _FONT, _STYLE + "".join(parts))


def _box(kind: str, x: float, y: float, width: float, height: float, say: Text, below: str) -> str:
    """English above Japanese, one line where both are the same."""
    middle, lines = x + width / 2, [("h", say.en)]
    lines += [("j", text) for text in (say.ja if say.ja != say.en else "", below) if text]
    top = y + height / 2 - 8 * (len(lines) - 1) + 5
    words = "".join(
        f'<text class="{style}" x="{middle:g}" y="{top + 17 * n:g}" text-anchor="middle">{escape(text)}</text>'
        for n, (style, text) in enumerate(lines)
    )
    return f'<rect class="{kind}" x="{x:g}" y="{y:g}" width="{width:g}" height="{height:g}" rx="8"/>{words}'


def _printed(language: Language) -> str:
    """A terminal; lines that are longer than it are cut off, where a terminal would fold them."""
    key = _key()
    shown = Doors(
        transfer=key.transfer,
        agreement="",
        title=_TITLE,
        contents=_CONTENTS,
        role="consumer",
        state="STARTED",
        endpoint=_URL,
        key=key.id,
        secret=key.secret,
        expires=key.expires,
        snippets=tuple(one for one in _lines(language) if one.tool in _PRINTED),
    )
    text = io.StringIO()
    render.show(Paper(language, text), msgspec.structs.replace(shown, flight=_FLIGHT))
    lines = [f"$ tegata {'--lang ja ' if language == 'ja' else ''}node doors show ID", *text.getvalue().splitlines()]
    rows = "".join(
        f'<text x="14" y="{28 + _LINE * n}" fill="{"#8fd18f" if not n else "#e6e6e6"}" xml:space="preserve" '
        f'font-size="13.6">{escape(_cut(line))}</text>'
        for n, line in enumerate(lines)
    )
    width, height = int(_CELL * _WIDTH) + 28, _LINE * len(lines) + 24
    ground = f'<rect width="{width}" height="{height}" rx="8" fill="#1d2430"/>'
    return _svg(width, height, "tegata node doors show", _MONO, ground + rows)


def _cut(line: str) -> str:
    return line if cell_len(line) <= _WIDTH else set_cell_size(line, _WIDTH - 1) + "…"


def _svg(width: float, height: float, label: str, font: str, inside: str) -> str:
    head = (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width:g} {height:g}" font-family="{font}" role="img">'
    )
    return f"{head}<title>{escape(label)}</title>{inside}</svg>\n".replace("><", ">\n<")


def main() -> None:
    FOLDER.mkdir(exist_ok=True)
    for name, text in pictures().items():
        (FOLDER / name).write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
