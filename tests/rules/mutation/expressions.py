"""Every small change of one expression."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterator

TOKEN = re.compile(r'"[^"]*"|\d{4}-\d\d-\d\d|[\w.]+|[<>=!]=?|\S')
SWAPS = {
    ">=": (">",),
    "<=": ("<",),
    ">": (">=",),
    "<": ("<=",),
    "==": ("!=",),
    "!=": ("==",),
    "and": ("or",),
    "or": ("and",),
    "not": ("",),
    "intersects": ("within",),
    "within": ("intersects",),
    "true": ("false",),
    "false": ("true",),
}


def changed(source: str) -> Iterator[str]:
    """The expression negated, and with one operator, number, date or truth changed or one member of a list gone."""
    if source:
        yield f"not ({source})"
    for found in TOKEN.finditer(source):
        for other in _others(found[0]):
            yield source[: found.start()] + other + source[found.end() :]
    yield from _without_members(source)


def _others(token: str) -> Iterator[str]:
    yield from SWAPS.get(token, ())
    if re.fullmatch(r"\d+", token):
        yield from (str(int(token) + step) for step in (-1, 1))
    elif re.fullmatch(r"\d{4}-\d\d-\d\d", token):
        yield from (str(dt.date.fromisoformat(token) + dt.timedelta(step)) for step in (-1, 1))


def _without_members(source: str) -> Iterator[str]:
    for found in re.finditer(r"\[([^\]]*)\]", source):
        members = [member.strip() for member in found[1].split(",")]
        for gone in members if len(members) > 1 else ():
            kept = ", ".join(member for member in members if member != gone)
            yield f"{source[: found.start()]}[{kept}]{source[found.end() :]}"
