"""The few sentences of SQL with which tables of an agreement can be asked: one SELECT over one of them, and no more.

    SELECT * | column, figure ... FROM table [WHERE column op value AND ...] [GROUP BY column, ...]
    [ORDER BY column [ASC | DESC], ...] [LIMIT n]

A sentence becomes a `Question`, which can say nothing else: there are no functions of files, no other tables, and
nothing is handed to an engine as text.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from typing import Final, NamedTuple, NoReturn, TypeVar

from tegata.doors.names import TableName
from tegata.doors.query import Figure, Order, Question, Value, Where
from tegata.model.base import t
from tegata.model.errors import UsageError

_MOST: Final = 16 << 10
_MOST_PARTS: Final = 200
_WORDS: Final = re.compile(
    r"""(?P<space>\s+)|(?P<name>[^\W\d]\w*)|"(?P<quoted>(?:[^"]|"")+)"|'(?P<text>(?:[^']|'')*)'"""
    r"""|(?P<number>[+-]?[0-9]{1,30}(?:\.[0-9]{1,30})?)|(?P<mark><=|>=|<>|!=|[=<>(),.*;])"""
)
_OPS: Final = {"=": "=", "<>": "!=", "!=": "!=", "<": "<", "<=": "<=", ">": ">", ">=": ">="}
_FIGURES: Final = {"count": "count", "sum": "sum", "avg": "mean", "min": "min", "max": "max"}
_CLAUSES: Final = frozenset({"from", "where", "group", "order", "limit", "and", "asc", "desc"})
_HELP: Final = t(
    "one SELECT over an agreed table: columns or count, sum, avg, min, max; WHERE with AND, =, <>, <, <=, >, >=, IN, "
    "IS NULL; GROUP BY, ORDER BY, LIMIT",
    "合意された表への SELECT を一つ書きます。列または count、sum、avg、min、max。WHERE には AND と"
    " =、<>、<、<=、>、>=、IN、IS NULL。ほかに GROUP BY、ORDER BY、LIMIT",
)

T = TypeVar("T")


class Word(NamedTuple):
    kind: str
    text: str


class Selection(NamedTuple):
    """What is asked: the names of the answer in order (none: all columns), and at most how many rows (None: all)."""

    question: Question
    names: tuple[str, ...]
    limit: int | None


def asked_table(text: str, tables: Sequence[TableName]) -> TableName:
    """Which of the tables a sentence is about.

    Raises:
        UsageError: it does not read, or is about something else.
    """
    words = _words(text)
    for at, word in enumerate(words):
        if (word.kind, word.text.lower()) == ("name", "from"):
            said, _ = _dotted(words, at + 1)
            for table in tables:
                if [part.lower() for part in said] == list(table)[-len(said) :]:
                    return table
            break
    raise _no_table([table.table for table in tables])


def read_sql(text: str, table: TableName, columns: Sequence[str]) -> Selection:
    """A sentence about a table with these columns. Raises as `asked_table`."""
    return _Sentence(_words(text), table, columns).read()


def _dotted(words: Sequence[Word], at: int) -> tuple[list[str], int]:
    """Names between full stops from a place on, and where they end."""
    said = [word.text for word in words[at : at + 1]]
    while words[at + 1 : at + 2] == [Word("mark", ".")] and words[at + 2 : at + 3]:
        at += 2
        said.append(words[at].text)
    return said, at + 1


def _no_table(names: Sequence[str]) -> UsageError:
    some = ", ".join(f"`{name}`" for name in names[:20])
    return UsageError(
        t("there is no such table here", "そのような表はここにありません"),
        hint=t(f"agreed tables: {some}", f"合意された表: {some}"),
    )


def _words(text: str) -> list[Word]:
    if len(text) > _MOST:
        _refuse(f"{len(text)}")
    words, at = list[Word](), 0
    while at < len(text):
        found = _WORDS.match(text, at)
        if found is None or found.lastgroup is None:
            _refuse(text[at : at + 20])
        kind, said, at = found.lastgroup, found[found.lastgroup], found.end()
        if kind in ("quoted", "text"):
            mark = '"' if kind == "quoted" else "'"
            said = said.replace(mark * 2, mark)
        if kind != "space":
            words.append(Word(kind, said))
    return words


class _Sentence:
    """Reads words from left to right."""

    def __init__(self, words: list[Word], table: TableName, columns: Sequence[str]) -> None:
        self._words, self._at = [word for n, word in enumerate(words) if n < len(words) - 1 or word.text != ";"], 0
        self._table, self._columns = table, columns

    def read(self) -> Selection:
        self._need("select")
        chosen = [] if self._mark("*") else self._several(self._item)
        self._need("from")
        self._from()
        where = self._several(self._condition, "and") if self._word("where") else []
        groups = self._by("group", self._column)
        order = self._by("order", self._order)
        limit = self._count() if self._word("limit") else None
        if self._at < len(self._words):
            _refuse(self._words[self._at].text)
        return _selection(chosen, where, groups, order, limit)

    def _by(self, word: str, read: Callable[[], T]) -> list[T]:
        if not self._word(word):
            return []
        self._need("by")
        return self._several(read)

    def _several(self, read: Callable[[], T], between: str = ",") -> list[T]:
        found = [read()]
        while self._mark(between) if between == "," else self._word(between):
            found.append(read())
            if len(found) > _MOST_PARTS:
                _refuse(between)
        return found

    def _item(self) -> str | Figure:
        op, after = self._peek(), self._peek(1)
        if op.kind != "name" or op.text.lower() not in _FIGURES or after.text != "(":
            return self._column()
        self._at += 2
        kind = _FIGURES[op.text.lower()]
        if kind == "count" and self._mark("*"):
            figure = Figure(op="count")
        else:
            counts = kind == "count" and self._word("distinct")
            figure = Figure(op="count_distinct" if counts else kind, column=self._column())  # type: ignore[arg-type]
        self._need(")")
        return figure

    def _condition(self) -> Where:
        column = self._column()
        if self._word("is"):
            negated = self._word("not")
            self._need("null")
            return Where(column=column, op="not_null" if negated else "is_null")
        if self._word("in"):
            self._need("(")
            values = tuple(self._several(self._value))
            self._need(")")
            return Where(column=column, op="in", value=values)
        op = self._next()
        if op.kind != "mark" or op.text not in _OPS:
            _refuse(op.text)
        return Where(column=column, op=_OPS[op.text], value=self._value())  # type: ignore[arg-type]

    def _value(self) -> Value:
        word = self._next()
        if word.kind == "name" and word.text.lower() == "date" and self._peek().kind == "text":
            word = self._next()
        if word.kind == "text":
            return word.text
        if word.kind == "number":
            return float(word.text) if "." in word.text else int(word.text)
        if word.kind == "name" and word.text.lower() in ("true", "false"):
            return word.text.lower() == "true"
        return _refuse(word.text)

    def _order(self) -> Order:
        column = self._item()
        name = column if isinstance(column, str) else name_of(column)
        descending = self._word("desc")
        if not descending:
            self._word("asc")
        return Order(column=name, descending=descending)

    def _column(self) -> str:
        """As it is called, or the only one that is called so in other letters where it stands without marks."""
        word = self._next()
        if word.kind not in ("name", "quoted") or (word.kind == "name" and word.text.lower() in _CLAUSES):
            _refuse(word.text)
        alike = [name for name in self._columns if name.lower() == word.text.lower()]
        plain = word.kind == "name" and word.text not in self._columns and len(alike) == 1
        return alike[0] if plain else word.text

    def _from(self) -> None:
        said, self._at = _dotted(self._words, self._at)
        if [part.lower() for part in said] != list(self._table)[-len(said) :]:
            raise _no_table([self._table.table])

    def _count(self) -> int:
        word = self._next()
        if word.kind != "number" or not word.text.isdigit() or len(word.text) > 18:
            _refuse(word.text)
        return int(word.text)

    def _peek(self, further: int = 0) -> Word:
        at = self._at + further
        return self._words[at] if at < len(self._words) else Word("end", "")

    def _next(self) -> Word:
        self._at += 1
        return self._peek(-1)

    def _mark(self, mark: str) -> bool:
        return self._take(Word("mark", mark))

    def _word(self, word: str) -> bool:
        return self._take(Word("name", word))

    def _take(self, wanted: Word) -> bool:
        found = self._peek()
        fits = (found.kind, found.text.lower()) == wanted
        self._at += fits
        return fits

    def _need(self, wanted: str) -> None:
        if not self._take(Word("name" if wanted.isalpha() else "mark", wanted)):
            _refuse(self._peek().text)


def _selection(
    chosen: list[str | Figure], where: list[Where], groups: list[str], order: list[Order], limit: int | None
) -> Selection:
    figures = tuple(dict.fromkeys(one for one in chosen if isinstance(one, Figure)))
    plain = tuple(one for one in chosen if isinstance(one, str))
    grouped = bool(figures or groups)
    if grouped and (not chosen or any(name not in groups for name in plain)):
        _refuse("GROUP BY")
    question = Question(
        columns=() if grouped else plain,
        where=tuple(where),
        group_by=tuple(dict.fromkeys(groups)),
        figures=figures,
        order_by=tuple(order),
    )
    return Selection(question, tuple(one if isinstance(one, str) else name_of(one) for one in chosen), limit)


def name_of(figure: Figure) -> str:
    """What a figure is called in an answer."""
    return f"{figure.op}({figure.column})" if figure.column else figure.op


def _refuse(near: str) -> NoReturn:
    raise UsageError(
        t(f"the query does not read near `{near[:40]}`", f"問い合わせの `{near[:40]}` の近くを読めません"), hint=_HELP
    )
