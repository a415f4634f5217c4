"""The files of a pack as they are written: shapes only, decoded strictly."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

import msgspec

from tegata.model.base import Noun, Text, t
from tegata.model.decision import Citation, Outcome
from tegata.model.errors import PackError
from tegata.rules.strict_yaml import YamlError, read_yaml

T = TypeVar("T")
STATUSES = ("in_force", "promulgated", "proposal", "repealed")


class Head(Noun, frozen=True, kw_only=True, rename={"from_": "from"}):
    """pack.yaml. `applies` is an expression; `default` the outcome when no rule holds, explained by `default_say`."""

    id: str
    version: str
    jurisdiction: str
    title: Text
    sources: tuple[Citation, ...]
    status: str = "in_force"
    review_after: dt.date
    from_: dt.date
    applies: str
    default: Outcome
    default_say: Text | None = None
    not_applicable: Text


class Dated(Noun, frozen=True, kw_only=True, rename={"from_": "from"}):
    """A value from one day on, up to and without another."""

    from_: dt.date
    until: dt.date | None = None
    value: Any


class Parameter(Noun, frozen=True, kw_only=True):
    """A number, text, list of text or map of category to number that the law sets."""

    id: str
    cite: str
    url: str = ""
    unit: str = ""
    values: tuple[Dated, ...]


class Definition(Noun, frozen=True, kw_only=True):
    """A term of the law: `when` for predicates, `value` for numbers, sets and counts. Exactly one of the two."""

    id: str
    cite: str
    url: str = ""
    when: str | None = None
    value: str | None = None
    say: Text | None = None


class RuleCondition(Noun, frozen=True, kw_only=True):
    """What must be done where the rule holds. Parameters of the pack may stand in `params` as `{param: id, key: k}`."""

    verb: str
    params: dict[str, Any] = {}
    means: tuple[str, ...] = ()
    say: Text


class Rule(Noun, frozen=True, kw_only=True, rename={"from_": "from"}):
    """A provision. It is an exception to the rules that it `overrides`.

    `no_cure` says, where this rule stands in the way, which usual safeguards do not help.
    """

    id: str
    cite: tuple[Citation, ...]
    status: str = "in_force"
    from_: dt.date | None = None
    until: dt.date | None = None
    outcome: Outcome
    when: str
    overrides: tuple[str, ...] = ()
    say: Text
    conditions: tuple[RuleCondition, ...] = ()
    no_cure: Text | None = None


class Lever(Noun, frozen=True, kw_only=True):
    """A change of one fact that is in the parties' power, feasible where `when` holds.

    `to` is a value, `{param: id}`, `{param: id, key: k}`, `{cap: id}` (at most the limits of that map, per category) or
    `{cap_lowest: id}` (at most the lowest limit of any category that the data holds, for all of them). A cap may name
    in `less` a counts or int fact that uses up a part of the limit.
    """

    id: str
    fact: str
    to: Any
    when: str = "true"
    say: Text


class Example(Noun, frozen=True, kw_only=True):
    """A worked example beside the provision that it illustrates: a golden test. `as_of`: 2026-06-01 if absent."""

    id: str
    section: str
    source: str = ""
    facts: dict[str, Any]
    as_of: dt.date | None = None
    expect: dict[str, Any]
    why: str = ""


class PackFiles(Noun, frozen=True, kw_only=True):
    """Everything that is written in a pack's folder."""

    head: Head
    parameters: tuple[Parameter, ...]
    definitions: tuple[Definition, ...]
    rules: tuple[Rule, ...]
    levers: tuple[Lever, ...]
    examples: tuple[Example, ...]


def read_files(folder: Path) -> PackFiles:
    """The files of a pack's folder.

    Raises:
        PackError: a file is missing, not plain YAML, or not of the shape above; the message names file and place.
    """
    return PackFiles(
        head=_read(folder, "pack.yaml", Head),
        parameters=_list(folder, "parameters.yaml", Parameter),
        definitions=_list(folder, "definitions.yaml", Definition),
        rules=_list(folder, "rules.yaml", Rule),
        levers=_list(folder, "levers.yaml", Lever),
        examples=_list(folder, "examples.yaml", Example),
    )


def _list(folder: Path, name: str, kind: type[T]) -> tuple[T, ...]:
    """Items of an optional file, each with an id of its own."""
    if name != "rules.yaml" and not (folder / name).exists():
        return ()
    read: Callable[..., Any] = _read
    items: tuple[Any, ...] = read(folder, name, tuple[kind, ...])  # type: ignore[valid-type]
    seen: set[str] = set()
    for item in items:
        if item.id in seen:
            raise PackError(t(f"`{item.id}` stands twice in `{name}`", f"`{name}` に `{item.id}` が二度あります"))
        seen.add(item.id)
    return items


def _read(folder: Path, name: str, kind: type[T]) -> T:
    path = folder / name
    try:
        document = read_yaml(path.read_bytes())
        return msgspec.convert(document, kind, strict=True)
    except OSError as error:
        raise PackError(_unreadable(path), why=error.strerror or str(error)) from None
    except YamlError as error:
        raise PackError(_unreadable(path), why=error.why) from None
    except msgspec.ValidationError as error:
        raise PackError(_unreadable(path), why=f"{_place(document, str(error))}{error}") from None


def _unreadable(path: Path) -> Text:
    return t(f"the rule pack file `{path}` cannot be used", f"ルールパックのファイル `{path}` を使えません")


def _place(document: Any, message: str) -> str:
    """The id of the item that a message such as "... at `$[3].when`" speaks of."""
    _, found, rest = message.partition("`$[")
    if not found or not isinstance(document, list):
        return ""
    item = document[int(rest.partition("]")[0])]
    return f"`{item['id']}`: " if isinstance(item, dict) and "id" in item else ""
