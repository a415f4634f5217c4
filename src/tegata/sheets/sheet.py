"""A document in the making: headings, facts, tables and a code to scan, one below the other on A4."""

from __future__ import annotations

import io
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Any, Final

from tegata.model.base import Language, Text, t
from tegata.model.errors import InputError
from tegata.sheets.letters import BOLD, FIXED, PLAIN, markup, register

if TYPE_CHECKING:
    from reportlab.lib.styles import ParagraphStyle
    from reportlab.platypus import Flowable

COLOURS: Final = {"green": "#1a6b35", "yellow": "#8a5a00", "red": "#a3211b", "": "#16191d"}
_GREY: Final = "#5b6470"
_RULE: Final = "#c9ced6"
_WASH: Final = "#f3f5f8"
_MM: Final = 72 / 25.4
_WIDTH: Final = 174 * _MM  # between margins of 18 mm


class Sheet:
    """Gathers what is to stand on the paper; `pdf` draws it.

    Args:
        title: on the first page, and small on every other.
        source: which file it is about, at the foot of every page.

    Raises:
        InputError: reportlab is not installed.
    """

    def __init__(self, language: Language, title: Text, source: str) -> None:
        try:
            register()
        except ImportError:
            raise InputError(
                t("PDF cannot be drawn here", "ここでは PDF を作成できません"),
                why=t("`reportlab` is not installed", "`reportlab` がありません"),
                hint=t("pip install 'tegata[pdf]'", "pip install 'tegata[pdf]'"),
            ) from None
        self._language = language
        self._title, self._source = title.say(language), source
        self._flow: list[Flowable] = [self._paragraph(self._title, size=20, font=BOLD, after=5 * _MM)]

    def say(self, text: str | Text) -> str:
        return text.say(self._language) if isinstance(text, Text) else text

    def heading(self, text: str | Text) -> None:
        self._flow.append(self._paragraph(text, size=11.5, font=BOLD, before=5 * _MM, after=1.6 * _MM, keep=True))

    def line(self, text: str | Text, *, colour: str = "", small: bool = False) -> None:
        self._flow.append(self._paragraph(text, size=8 if small else 9.5, colour=colour, after=1 * _MM))

    def banner(self, word: str | Text, more: str, colour: str) -> None:
        """What matters most, in a frame of its colour."""
        said = self._paragraph(word, size=17, font=BOLD, colour=colour)
        cells = [[said, self._paragraph(more, size=9.5, colour=colour)]]
        style = [("BOX", (0, 0), (-1, -1), 1.4, self._hex(COLOURS[colour])), ("VALIGN", (0, 0), (-1, -1), "MIDDLE")]
        self._flow.append(self._grid(cells, (58 * _MM, _WIDTH - 58 * _MM), [*style, *_padding(3 * _MM)]))

    def facts(self, facts: Iterable[tuple[str | Text, str | Text]], *, fixed: Sequence[int] = ()) -> None:
        """Names and what they are; those whose place is in `fixed` are to be compared letter by letter."""
        cells = [
            [
                self._paragraph(name, size=8.5, colour="grey"),
                self._paragraph(said, size=8.5, font=FIXED if place in fixed else PLAIN),
            ]
            for place, (name, said) in enumerate(facts)
        ]
        self._flow.append(self._grid(cells, (34 * _MM, _WIDTH - 34 * _MM), _padding(0.8 * _MM)))

    def table(
        self,
        titles: Sequence[str | Text],
        rows: Iterable[Sequence[str | Text]],
        widths: Sequence[float],
        mark: int = -1,
    ) -> None:
        """A table whose columns have these shares of the width. In column `mark` stands a mark (`MARKS`), coloured."""
        shares = [_WIDTH * width / sum(widths) for width in widths]
        head = [self._paragraph(title, size=8, colour="grey") for title in titles]
        body = [[self._cell(value, place == mark) for place, value in enumerate(row)] for row in rows]
        rules = [
            ("LINEBELOW", (0, 0), (-1, -1), 0.4, self._hex(_RULE)),
            ("BACKGROUND", (0, 0), (-1, 0), self._hex(_WASH)),
        ]
        self._flow.append(self._grid([head, *body], shares, [*rules, *_padding(1.1 * _MM)], repeat=1))

    def code(self, content: str, beside: str | Text) -> None:
        """A code to scan that says `content`, and beside it what it is for and what it says."""
        from reportlab.graphics.barcode.qr import QrCodeWidget
        from reportlab.graphics.shapes import Drawing

        widget, size = QrCodeWidget(content, barLevel="M"), 30 * _MM
        left, bottom, right, top = widget.getBounds()
        scale = size / max(right - left, top - bottom)
        drawing = Drawing(size, size, transform=[scale, 0, 0, scale, 0, 0])
        drawing.add(widget)
        said = [self._paragraph(beside, size=8.5, after=1 * _MM), self._paragraph(content, size=7.5, font=FIXED)]
        self._flow.append(self._grid([[drawing, said]], (36 * _MM, _WIDTH - 36 * _MM), _padding(0)))

    def pdf(self) -> bytes:
        """The document. It states no time of its making."""
        from reportlab.lib.pagesizes import A4
        from reportlab.platypus import SimpleDocTemplate

        out = io.BytesIO()
        margin = 18 * _MM
        made = SimpleDocTemplate(
            out,
            pagesize=A4,
            leftMargin=margin,
            rightMargin=margin,
            topMargin=margin,
            bottomMargin=20 * _MM,
            title=self._title,
            author="Tegata",
            lang=self._language,
            invariant=1,
        )
        made.build(self._flow, onFirstPage=self._foot, onLaterPages=self._foot)
        return out.getvalue()

    def _foot(self, canvas: Any, document: Any) -> None:
        """Title, file and number of the page."""
        said = [self._paragraph(f"{self._title}: {self._source}", size=7, colour="grey")]
        foot = self._grid([[said, self._paragraph(str(document.page), size=7)]], (_WIDTH - 12 * _MM, 12 * _MM), ())
        foot.wrapOn(canvas, _WIDTH, 10 * _MM)
        foot.drawOn(canvas, 18 * _MM, 9 * _MM)

    def _cell(self, value: str | Text, is_mark: bool) -> Flowable:
        from tegata.sheets.words import MARKS

        if is_mark and value in MARKS:
            word, colour = MARKS[str(value)]
            return self._paragraph(word, size=8.5, font=BOLD, colour=colour)
        return self._paragraph(value, size=8.5)

    def _paragraph(
        self,
        text: str | Text,
        *,
        size: float,
        font: str = PLAIN,
        colour: str = "",
        before: float = 0,
        after: float = 0,
        keep: bool = False,
    ) -> Any:
        from reportlab.platypus import Paragraph

        return Paragraph(markup(self.say(text)), self._style(size, font, colour, before, after, keep))

    def _style(self, size: float, font: str, colour: str, before: float, after: float, keep: bool) -> ParagraphStyle:
        from reportlab.lib.styles import ParagraphStyle

        return ParagraphStyle(
            "said",
            fontName=font,
            fontSize=size,
            leading=size * 1.38,
            textColor=self._hex(COLOURS.get(colour, _GREY)),
            spaceBefore=before,
            spaceAfter=after,
            keepWithNext=keep,
            wordWrap="CJK" if self._language == "ja" or font == FIXED else None,
        )

    def _grid(
        self, cells: Sequence[Sequence[Any]], widths: Sequence[float], style: Sequence[Any], repeat: int = 0
    ) -> Flowable:
        from reportlab.platypus import Table, TableStyle

        whole = [("VALIGN", (0, 0), (-1, -1), "TOP"), ("LEFTPADDING", (0, 0), (0, -1), 0), *style]
        return Table(cells, colWidths=widths, style=TableStyle(whole), repeatRows=repeat, hAlign="LEFT")

    def _hex(self, colour: str) -> Any:
        from reportlab.lib.colors import HexColor

        return HexColor(colour)


def _padding(size: float) -> list[Any]:
    every = ("LEFTPADDING", "RIGHTPADDING", "TOPPADDING", "BOTTOMPADDING")
    return [(name, (0, 0), (-1, -1), max(size, 2) if name == "RIGHTPADDING" else size) for name in every]
