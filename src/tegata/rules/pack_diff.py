"""What changed between two packs, in words: parameters, dates, rules and all else that is written in them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, Final, Literal

import msgspec

from tegata.model.base import Noun, Text, t
from tegata.rules.pack import Pack
from tegata.rules.pack_file import EXAMPLES, Definition, Example, Head, Lever, Parameter, Rule

Kind = Literal["added", "removed", "changed"]


class PackChange(Noun, frozen=True, kw_only=True):
    """One change. `field` is what changed of the item (`value from 2025-01-08`), `` for a whole item."""

    file: str
    item: str
    kind: Kind
    field: str = ""
    before: str = ""
    after: str = ""
    say: Text


FILES: Final[Sequence[tuple[str, str, Text]]] = (
    ("parameters", "parameters.yaml", t("parameter", "パラメーター")),
    ("definitions", "definitions.yaml", t("definition", "定義")),
    ("rules", "rules.yaml", t("rule", "規則")),
    ("levers", "levers.yaml", t("change on the path to yes", "改善策")),
)
EXAMPLE: Final = t("example", "事例")
NOTHING: Final = t("nothing", "なし")


def pack_diff(before: Pack, after: Pack) -> tuple[PackChange, ...]:
    """All changes, file by file; empty where the two packs say the same, whatever their layout and comments."""
    word = t("pack", "パック")
    found = list(_changed("pack.yaml", after.id, word, _fields(before.files.head), _fields(after.files.head)))
    for attribute, file, word in FILES:
        found += _items(file, word, getattr(before.files, attribute), getattr(after.files, attribute))
    return (*found, *_items(EXAMPLES, EXAMPLE, before.examples, after.examples))


def _items(file: str, word: Text, before: Iterable[Any], after: Iterable[Any]) -> Iterator[PackChange]:
    olds, news = {item.id: item for item in before}, {item.id: item for item in after}
    for name in olds:
        if name not in news:
            yield _whole(file, word, name, "removed", t("is gone", "が削除されました"))
    for name, new in news.items():
        if name not in olds:
            yield _whole(file, word, name, "added", t("is new", "が追加されました"))
        else:
            yield from _changed(file, name, word, _fields(olds[name]), _fields(new))


def _whole(file: str, word: Text, name: str, kind: Kind, what: Text) -> PackChange:
    say = t(f"{word.en} `{name}` {what.en}", f"{word.ja} `{name}` {what.ja}")
    return PackChange(file=file, item=name, kind=kind, say=say)


def _changed(
    file: str, item: str, word: Text, before: Mapping[str, str], after: Mapping[str, str]
) -> Iterator[PackChange]:
    for name in dict.fromkeys((*before, *after)):
        old, new = before.get(name, ""), after.get(name, "")
        if old != new:
            say = t(
                f"{name} of {word.en} `{item}`: {old or NOTHING.en} -> {new or NOTHING.en}",
                f"{word.ja} `{item}` の {name}: {old or NOTHING.ja} -> {new or NOTHING.ja}",
            )
            yield PackChange(file=file, item=item, kind="changed", field=name, before=old, after=new, say=say)


def _fields(item: Head | Parameter | Definition | Rule | Lever | Example) -> dict[str, str]:
    """Everything that an item says, each in one line under a name that a reader knows from the file."""
    raw = {name: value for name, value in msgspec.to_builtins(item).items() if name not in ("id", "values")}
    flat = dict(_flat(raw, ""))
    if isinstance(item, Parameter):
        for dated in item.values:
            flat |= _flat(msgspec.to_builtins(dated.value), f"value from {dated.from_}")
            flat[f"end of the value from {dated.from_}"] = str(dated.until or "")
    return flat


def _flat(value: Any, name: str) -> Iterator[tuple[str, str]]:
    """Leaves by dotted names; a list of plain values is one leaf, of mappings one for each place."""
    if isinstance(value, dict):
        for key, inner in value.items():
            yield from _flat(inner, f"{name}.{key}" if name else key)
    elif isinstance(value, list | tuple) and any(isinstance(inner, dict) for inner in value):
        for place, inner in enumerate(value, 1):
            yield from _flat(inner, f"{name} {place}")
    elif isinstance(value, list | tuple):
        yield name, ", ".join(map(str, value))
    else:
        yield name, "" if value is None else str(value).strip()
