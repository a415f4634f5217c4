"""From text to a syntax tree.

any        = all ("or" all)*
all        = negation ("and" negation)*
negation   = "not" negation | comparison
comparison = primary [("==" | "!=" | "<" | "<=" | ">" | ">=" | "in" | "intersects" | "within") primary]
primary    = "(" any ")" | "[" literal ("," literal)* "]" | literal | name | name "(" any ("," any)* ")"
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import NoReturn

from tegata.model.base import Text, t

MAX_DEPTH = 40
MAX_LENGTH = 4000
COMPARISONS = frozenset({"==", "!=", "<", "<=", ">", ">=", "in", "intersects", "within"})
Constant = bool | int | float | str | dt.date


class ExpressionError(Exception):
    """What is wrong with an expression, and at which column (from 1)."""

    def __init__(self, what: Text, at: int) -> None:
        super().__init__(what.en)
        self.what = what
        self.at = at + 1


@dataclass(frozen=True, slots=True)
class Literal:
    value: Constant
    at: int = field(compare=False)


@dataclass(frozen=True, slots=True)
class ListOf:
    values: tuple[str, ...]
    at: int = field(compare=False)


@dataclass(frozen=True, slots=True)
class Name:
    """A fact, a definition, `as_of`, or a parameter (`param.<id>`)."""

    name: str
    at: int = field(compare=False)


@dataclass(frozen=True, slots=True)
class Not:
    item: Node
    at: int = field(compare=False)


@dataclass(frozen=True, slots=True)
class Junction:
    """`op` (`and` or `or`) over two or more items."""

    op: str
    items: tuple[Node, ...]
    at: int = field(compare=False)


@dataclass(frozen=True, slots=True)
class Compare:
    op: str
    left: Node
    right: Node
    at: int = field(compare=False)


@dataclass(frozen=True, slots=True)
class Call:
    function: str
    arguments: tuple[Node, ...]
    at: int = field(compare=False)


Node = Literal | ListOf | Name | Not | Junction | Compare | Call

_TOKEN = re.compile(
    r"""\s*(?:(?P<date>\d{4}-\d\d-\d\d)
    |(?P<number>\d+(?:\.\d+)?)
    |(?P<text>"[^"\\\n]*")
    |(?P<name>[A-Za-z_][A-Za-z0-9_]*(?:\.[A-Za-z0-9_]+)*)
    |(?P<op>==|!=|<=|>=|<|>|\(|\)|\[|\]|,)
    |(?P<end>$))""",
    re.VERBOSE,
)


@dataclass(frozen=True, slots=True)
class Token:
    kind: str
    text: str
    at: int


def tokens(source: str) -> list[Token]:
    """Raises ExpressionError at the first character that starts no token."""
    if len(source) > MAX_LENGTH:
        raise ExpressionError(t("the expression is too long", "式が長すぎます"), MAX_LENGTH)
    result: list[Token] = []
    position = 0
    while not result or result[-1].kind != "end":
        found = _TOKEN.match(source, position)
        if found is None or found.lastgroup is None:
            at = position + len(source[position:]) - len(source[position:].lstrip())
            raise ExpressionError(
                t(f"`{source[at]}` is not understood here", f"`{source[at]}` はここでは解釈できません"), at
            )
        result.append(Token(found.lastgroup, found[found.lastgroup], found.start(found.lastgroup)))
        position = found.end()
    return result


def parse(source: str) -> Node:
    """The syntax tree of an expression.

    Raises:
        ExpressionError: the text is no expression, or nested deeper than 40 levels.
    """
    parser = _Parser(tokens(source))
    node = parser.any(0)
    parser.expect("end", "")
    return node


def names(node: Node) -> Iterator[str]:
    """Every name that occurs in the tree."""
    if isinstance(node, Name):
        yield node.name
    for child in children(node):
        yield from names(child)


def children(node: Node) -> tuple[Node, ...]:
    """The parts of a node, in their order."""
    match node:
        case Not():
            return (node.item,)
        case Junction():
            return node.items
        case Compare():
            return (node.left, node.right)
        case Call():
            return node.arguments
    return ()


class _Parser:
    def __init__(self, found: list[Token]) -> None:
        self.tokens = found
        self.position = 0

    @property
    def next(self) -> Token:
        return self.tokens[self.position]

    def take(self) -> Token:
        token = self.next
        self.position += 1
        return token

    def expect(self, kind: str, text: str) -> None:
        token = self.next
        if token.kind != kind or token.text != text:
            self.refuse(text or "the end")
        self.take()

    def refuse(self, wanted: str) -> NoReturn:
        found = self.next.text or "the end"
        raise ExpressionError(
            t(f"`{found}` stands where `{wanted}` was expected", f"`{wanted}` があるべき所に `{found}` があります"),
            self.next.at,
        )

    def any(self, depth: int) -> Node:
        if depth > MAX_DEPTH:
            raise ExpressionError(t("the expression is nested too deeply", "式の入れ子が深すぎます"), self.next.at)
        return self.junction("or", depth)

    def junction(self, op: str, depth: int) -> Node:
        at = self.next.at
        items = [self.junction("and", depth) if op == "or" else self.negation(depth)]
        while (self.next.kind, self.next.text) == ("name", op):
            self.take()
            items.append(self.junction("and", depth) if op == "or" else self.negation(depth))
        return items[0] if len(items) == 1 else Junction(op, tuple(items), at)

    def negation(self, depth: int) -> Node:
        if (self.next.kind, self.next.text) != ("name", "not"):
            return self.comparison(depth)
        if depth > MAX_DEPTH:
            self.any(depth)
        at = self.take().at
        return Not(self.negation(depth + 1), at)

    def comparison(self, depth: int) -> Node:
        left = self.primary(depth)
        if self.next.text not in COMPARISONS or self.next.kind not in ("op", "name"):
            return left
        token = self.take()
        return Compare(token.text, left, self.primary(depth), token.at)

    def primary(self, depth: int) -> Node:
        token = self.take()
        if token.kind == "name" and token.text not in ("and", "or", "not", "in", "intersects", "within"):
            return self.named(token, depth)
        if token.text == "(" and token.kind == "op":
            node = self.any(depth + 1)
            self.expect("op", ")")
            return node
        if token.text == "[" and token.kind == "op":
            return self.list_of(token.at)
        if token.kind in ("date", "number", "text"):
            return Literal(_constant(token), token.at)
        self.position -= 1
        return self.refuse("a value")

    def named(self, token: Token, depth: int) -> Node:
        if token.text in ("true", "false"):
            return Literal(token.text == "true", token.at)
        if (self.next.kind, self.next.text) != ("op", "("):
            return Name(token.text, token.at)
        self.take()
        arguments = [self.any(depth + 1)]
        while self.next.text == "," and self.next.kind == "op":
            self.take()
            arguments.append(self.any(depth + 1))
        self.expect("op", ")")
        return Call(token.text, tuple(arguments), token.at)

    def list_of(self, at: int) -> Node:
        values = [self.list_item()]
        while self.next.text == "," and self.next.kind == "op":
            self.take()
            values.append(self.list_item())
        self.expect("op", "]")
        return ListOf(tuple(values), at)

    def list_item(self) -> str:
        if self.next.kind != "text":
            self.refuse('"text"')
        return self.take().text[1:-1]


def _constant(token: Token) -> Constant:
    if token.kind == "text":
        return token.text[1:-1]
    if token.kind == "date":
        try:
            return dt.date.fromisoformat(token.text)
        except ValueError:
            raise ExpressionError(
                t(f"`{token.text}` is no date", f"`{token.text}` は日付ではありません"), token.at
            ) from None
    return float(token.text) if "." in token.text else int(token.text)
