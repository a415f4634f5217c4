"""The files of a pack as they are written: shapes only, decoded strictly."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Mapping
from typing import Any, Final, TypeVar

import msgspec

from tegata.documents import YamlError, read_yaml
from tegata.model.base import Noun, Text, t
from tegata.model.decision import Citation, Outcome
from tegata.model.errors import PackError
from tegata.rules.addition import Addition
from tegata.rules.faults import Faults
from tegata.rules.owning import Owning

T = TypeVar("T")
HEAD: Final = "pack.yaml"
ID: Final = re.compile(r"[a-z][a-z0-9-]*(\.[a-z0-9][a-z0-9-]*)+")
"""What ids of packs look like: they also name files."""
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
    ledger: Addition | None = None
    ownership: Owning | None = None
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
    """A worked example beside the provision that it illustrates: a golden test. `as_of`: `review_after` if absent.

    `like` names an earlier example whose facts are those of this one too, but for its own `facts`.
    """

    id: str
    section: str
    source: str = ""
    like: str = ""
    facts: dict[str, Any] = {}
    as_of: dt.date | None = None
    expect: dict[str, Any]
    why: str = ""


class Edit(Noun, frozen=True, kw_only=True):
    """What a version of the pack changed (`id` is the version), and in which rules; where it names none, in all."""

    id: str
    on: dt.date
    rules: tuple[str, ...] = ()
    say: Text


class PackFiles(Noun, frozen=True, kw_only=True):
    """What is written in a pack's folder, but for its examples: nobody needs them to judge, and they are the most."""

    head: Head
    parameters: tuple[Parameter, ...]
    definitions: tuple[Definition, ...]
    rules: tuple[Rule, ...]
    levers: tuple[Lever, ...]
    changelog: tuple[Edit, ...] = ()


def read_files(contents: Mapping[str, bytes], faults: Faults) -> PackFiles | None:
    """The files of a pack from their bytes; None where `faults` was told that one is missing, no YAML or misshapen."""
    head: Head | None = None
    with faults.kept():
        head = _converted(_document(contents, HEAD), Head, HEAD, "")
        if not ID.fullmatch(head.id):
            raise _misshapen(HEAD, head.id, t("write for example `house.clinic`", "例：`house.clinic`"))
    files = {name: _list(contents, f"{name}.yaml", kind, faults) for name, kind in _LISTS.items()}
    if head is None or faults.found:
        return None
    return PackFiles(head=head, **files)


def read_examples(contents: Mapping[str, bytes], faults: Faults) -> tuple[Example, ...]:
    """The examples of a pack as they are written: shapes only."""
    return _list(contents, EXAMPLES, Example, faults)


_LISTS: Final[dict[str, type[Any]]] = {
    "parameters": Parameter,
    "definitions": Definition,
    "rules": Rule,
    "levers": Lever,
    "changelog": Edit,
}


EXAMPLES: Final = "examples.yaml"
FILES: Final = (HEAD, *(f"{name}.yaml" for name in _LISTS), EXAMPLES)


def _list(contents: Mapping[str, bytes], name: str, kind: type[T], faults: Faults) -> tuple[T, ...]:
    """Items of a file that is optional but for the rules, each with an id of its own."""
    if name != "rules.yaml" and name not in contents:
        return ()
    items: dict[str, T] = {}
    with faults.kept():
        document = _document(contents, name)
        if not isinstance(document, list):
            raise _misshapen(name, "", t("it is not a list", "一覧になっていません"))
        for place, raw in enumerate(document, 1):
            with faults.kept():
                known = str(raw["id"]) if isinstance(raw, dict) and "id" in raw else f"#{place}"
                if known in items:
                    raise _misshapen(name, known, t(f"`{known}` stands twice", f"`{known}` が二度あります"))
                items[known] = _converted(raw, kind, name, known)
    return tuple(items.values())


def _document(contents: Mapping[str, bytes], name: str) -> Any:
    if name not in contents:
        raise _misshapen(name, "", t("it is missing", "ファイルがありません"))
    try:
        return read_yaml(contents[name])
    except YamlError as error:
        raise _misshapen(name, "", error.why or error.what) from None


def _converted(raw: Any, kind: type[T], name: str, item: str) -> T:
    try:
        return msgspec.convert(raw, kind, strict=True)
    except msgspec.ValidationError as error:
        raise _misshapen(name, item, str(error)) from None


def _misshapen(name: str, item: str, why: Text | str) -> PackError:
    what = t(f"the rule pack file `{name}` cannot be used", f"ルールパックのファイル `{name}` を使えません")
    if item:
        what = t(f"`{item}` in `{name}` cannot be used", f"`{name}` の `{item}` を使えません")
    return PackError(what, why=why, file=name, item=item)
