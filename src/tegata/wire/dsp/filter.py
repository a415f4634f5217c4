"""The filters of a catalogue request that this node understands: constraints in the form of the protocol's own.

DSP 2025-1 leaves the form of `filter` to the parties, and answers what a provider does not understand with an error
(catalog.protocol.md, "Catalog Request Message"). Each filter is an atomic constraint; all of them must hold:

    tegata:text   eq    "hospital visits"        every word stands in title, description or id, in any language
    dct:modified  gteq  "2026-11-01T00:00:00Z"   published or changed since then

Eclipse EDC sends a query of its own with every request, also when it asks for everything. From that one the size of a
page is taken; a query that filters, sorts or skips is refused, never answered with too much:

    {"@type": "QuerySpec", "limit": 50, "offset": 0, "sortOrder": "ASC", "filterExpression": []}
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from typing import Annotated, Any, Final, Literal, TypeVar

import msgspec
from msgspec import Meta

from tegata.model.base import Noun
from tegata.model.errors import ProtocolError

T = TypeVar("T")

TEXT: Final = "tegata:text"
MODIFIED: Final = "dct:modified"
_OPERATORS: Final = {TEXT: "eq", MODIFIED: "gteq"}
LONGEST_TEXT: Final = 200  # characters
_HINT: Final = (
    f'use {{"leftOperand": "{TEXT}", "operator": "eq"}} or {{"leftOperand": "{MODIFIED}", "operator": "gteq"}}'
)


class Filter(Noun, frozen=True, kw_only=True):
    """What a catalogue is asked for. Everything where nothing is said."""

    text: str = ""
    since: dt.datetime | None = None
    limit: int = 2**31 - 1  # data sets on a page of the answer


class _Constraint(msgspec.Struct, frozen=True, rename="camel", forbid_unknown_fields=True):
    left_operand: str
    operator: str
    right_operand: str


class _Query(
    msgspec.Struct, frozen=True, rename="camel", tag_field="@type", tag="QuerySpec", forbid_unknown_fields=True
):
    """What is taken of a query of EDC: everything, from the start, so many at a time."""

    limit: Annotated[int, Meta(ge=1, le=2**31 - 1)]
    offset: Literal[0] = 0
    sort_order: Literal["ASC", "DESC"] = "ASC"  # of a field that it does not name
    filter_expression: Annotated[list[Any], Meta(max_length=0)] = []


def read_filter(terms: Sequence[Any]) -> Filter:
    """The filter of a request.

    Raises:
        ProtocolError: status 400: it is not one of ours, says something twice, or is too long.
    """
    said: dict[str, Any] = {}
    for term in terms:
        name, value = _read(term)
        if name in said:
            raise _refused(f"`{name}` stands twice")
        said[name] = value
    return Filter(**said)


def filter_terms(filter: Filter) -> tuple[dict[str, str], ...]:
    """The wire form, for a request of ours."""
    said = {TEXT: filter.text, MODIFIED: filter.since.isoformat() if filter.since else ""}
    return tuple(
        {"leftOperand": name, "operator": _OPERATORS[name], "rightOperand": value}
        for name, value in said.items()
        if value
    )


def _read(term: Any) -> tuple[str, Any]:
    """What a term says: the field of the filter, and its value."""
    if isinstance(term, dict) and "@type" in term:
        return "limit", _converted(term, _Query).limit
    constraint = _converted(term, _Constraint)
    name, value = constraint.left_operand, constraint.right_operand
    if _OPERATORS.get(name) != constraint.operator:
        raise _refused(f"`{name}` with `{constraint.operator}` is not a filter of this catalogue")
    return ("text", _text(value)) if name == TEXT else ("since", _time(value))


def _converted(term: Any, kind: type[T]) -> T:
    try:
        return msgspec.convert(term, kind)
    except msgspec.ValidationError as error:
        raise _refused(str(error)) from error


def _text(text: str) -> str:
    if len(text) > LONGEST_TEXT:
        raise _refused(f"`{TEXT}` is longer than {LONGEST_TEXT} characters")
    return text


def _time(text: str) -> dt.datetime:
    try:
        time = dt.datetime.fromisoformat(text)
        return (time if time.tzinfo else time.replace(tzinfo=dt.UTC)).astimezone(dt.UTC)
    except (ValueError, OverflowError) as error:
        raise _refused(f"`{text}` is no date: {error}") from error


def _refused(why: str) -> ProtocolError:
    return ProtocolError("the filter is not supported", why=why, hint=_HINT)
