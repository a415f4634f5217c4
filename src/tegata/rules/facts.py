"""The fact schema: which facts there are, which values they take, and how they are read."""

from __future__ import annotations

import datetime as dt
import difflib
import functools
import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from tegata.documents import read_yaml
from tegata.model.base import Text, t
from tegata.model.categories import CATEGORIES
from tegata.model.decision import Fact, FactValue
from tegata.model.errors import FactError, PackError
from tegata.rules.counts import Counts, counted

HERE = Path(__file__).parent
PARTIES = {"provider": ("the provider", "提供元"), "recipient": ("the recipient", "提供先")}
CATEGORY_FACT = "data.categories"
MAX_COUNT = 10**12  # more people or metres than there are; keeps arithmetic and messages sane

Value = bool | int | float | str | dt.date | frozenset[str] | Counts | None
"""A fact as expressions see it; None is unknown."""


@functools.cache
def countries() -> frozenset[str]:
    """ISO 3166-1 alpha-2 codes."""
    lines = (HERE / "countries.txt").read_text("utf-8").splitlines()
    return frozenset(code for line in lines if not line.startswith("#") for code in line.split())


@functools.cache
def category_heads() -> frozenset[str]:
    """Canonical categories and the words that they start with (`special`)."""
    return frozenset(CATEGORIES) | {category.split(".", 1)[0] for category in CATEGORIES}


@dataclass(frozen=True, slots=True)
class FactType:
    """`kind` is bool, int, number, text, date, set or counts; `domain` holds the members that text may take, `most` is
    the largest number."""

    kind: str
    label: str  # as the schema writes it
    domain: frozenset[str] | None = None
    of: str = ""  # what the members are: country, category, enum or ``
    most: int = MAX_COUNT


@dataclass(frozen=True, slots=True)
class FactSpec:
    """One fact of the schema. `index` is its place in a list of values."""

    name: str
    type: FactType
    question: Text
    why: str
    index: int
    absent_unknown: bool = False  # counts: a category that is left out was not counted


def parse_type(label: str) -> FactType:
    """`set of enum [a, b]` and its like as a `FactType`.

    Raises:
        PackError: the schema names a type that does not exist.
    """
    if label.startswith("set of "):
        member = parse_type(label.removeprefix("set of "))
        return FactType("set", label, member.domain, member.of)
    if label == "country":
        return FactType("text", label, countries(), "country")
    if label == "category":
        return FactType("text", label, frozenset(CATEGORIES), "category")
    if found := re.fullmatch(r"enum \[(.+)\]", label, re.DOTALL):
        return FactType("text", label, frozenset(word.strip() for word in found[1].split(",")), "enum")
    if label == "percent":
        return FactType("number", label, most=100)
    if label in ("bool", "int", "number", "text", "date", "counts"):
        return FactType(label, label)
    raise PackError(t(f"the fact schema has no type `{label}`", f"事実スキーマに型 `{label}` はありません"))


class FactSchema:
    """All facts, by name and in the order in which they are asked."""

    def __init__(self, specs: Iterable[FactSpec]) -> None:
        self.specs = tuple(specs)
        self.by_name = {spec.name: spec for spec in self.specs}
        self.groups = frozenset(name.rpartition(".")[0] for name in self.by_name if "." in name)
        self._counting = tuple(spec for spec in self.specs if spec.type.kind == "counts")
        self._categories = self.by_name[CATEGORY_FACT].index
        self._direct = {spec.name: (spec.index, _direct(spec.type)) for spec in self.specs}

    def spec(self, name: str) -> FactSpec:
        """The fact called `name`.

        Raises:
            FactError: there is none; the nearest known name is the hint.
        """
        spec = self.by_name.get(name)
        if spec is None:
            raise FactError(
                t(f"there is no fact called `{name}`", f"`{name}` という事実はありません"),
                hint=did_you_mean(name, self.by_name.keys() | {full.partition(".")[0] for full in self.by_name}),
            )
        return spec

    def values(self, facts: Mapping[str, Fact]) -> list[Value]:
        """The facts of a flow as a list by `FactSpec.index`.

        Raises:
            FactError: unknown fact, or a value that does not fit its type.
        """
        values: list[Any] = [None] * len(self.specs)
        for name, fact in facts.items():  # most facts fit as they are stated: what does not is looked at closely
            index, seen = self._direct.get(name, _NOT_DIRECT)
            value = seen(fact.value)
            if value is None:
                value = to_value(self.spec(name), check_value(self.spec(name), fact.value))
            values[index] = value
        return self.counted(values)

    def to_values(self, stated: Mapping[str, FactValue]) -> list[Value]:
        """Checked values as a list by `FactSpec.index`."""
        values: list[Any] = [None] * len(self.specs)
        for name, value in stated.items():
            spec = self.by_name[name]
            values[spec.index] = to_value(spec, value)
        return self.counted(values)

    def counted(self, values: list[Any]) -> list[Value]:
        """Maps of numbers of people as `Counts`: they get their meaning from the categories that the data holds."""
        held = values[self._categories]
        for spec in self._counting:
            values[spec.index] = counted(values[spec.index], held, spec.absent_unknown)
        return values


def _never(_raw: FactValue) -> Any:
    """Nothing is seen as it is stated: `check_value` says what it is, or what is wrong with it."""
    return None


_NOT_DIRECT: Final = (0, _never)


def _direct(kind: FactType) -> Callable[[FactValue], Any]:
    """What expressions see of a stated value where it fits as it is; None where it has to be looked at closely."""
    domain = kind.domain
    if kind.kind == "bool":
        return lambda raw: raw if raw is True or raw is False else None
    if kind.kind == "text":
        return lambda raw: raw if type(raw) is str and (domain is None or raw in domain) else None
    if kind.kind == "set" and domain is not None:
        return lambda raw: made if type(raw) is list and (made := _set(raw)) is not None and made <= domain else None
    if kind.kind in ("int", "number"):
        return lambda raw: raw if type(raw) is int and 0 <= raw <= kind.most else None
    return _as_counted if kind.kind == "counts" else _never


def _as_counted(raw: FactValue) -> dict[str, int] | None:
    if not isinstance(raw, dict) or not raw.keys() <= category_heads():
        return None
    fits = [type(n) is int and 0 <= n <= MAX_COUNT for n in raw.values()]
    return raw if False not in fits else None


def _set(raw: list[str]) -> frozenset[str] | None:
    try:
        return frozenset(raw)
    except TypeError:
        return None


def to_value(spec: FactSpec, stated: FactValue) -> Any:
    """A checked value as expressions see it; of counts the map, which `FactSchema` makes into `Counts`."""
    if isinstance(stated, list):
        return frozenset(stated)
    if spec.type.kind == "date" and isinstance(stated, str):
        return dt.date.fromisoformat(stated)
    return stated


def check_value(spec: FactSpec, raw: Any) -> FactValue:
    """`raw` as the value of this fact: sets as sorted lists, dates as ISO text.

    Raises:
        FactError: wrong type, unknown country, category or choice, or a number out of range.
    """
    kind = spec.type.kind
    if kind == "bool" and isinstance(raw, bool):
        return raw
    if kind in ("int", "number") and _is_number(raw, whole=kind == "int"):
        return _in_range(spec, raw)
    if kind == "text" and isinstance(raw, str):
        return _member(spec, raw)
    if kind == "date" and isinstance(raw, dt.date | str):
        return _date(spec, raw)
    if kind == "set" and isinstance(raw, list | tuple | set | frozenset) and all(isinstance(item, str) for item in raw):
        return sorted({_member(spec, item) for item in raw})
    if kind == "counts" and isinstance(raw, dict) and all(_is_number(n, whole=True) for n in raw.values()):
        return {_counted_category(spec, key): int(_in_range(spec, n)) for key, n in sorted(raw.items())}
    raise _misfit(spec, raw)


def _is_number(raw: Any, *, whole: bool) -> bool:
    return isinstance(raw, int if whole else int | float) and not isinstance(raw, bool)


def _in_range(spec: FactSpec, raw: float) -> float:
    most = spec.type.most
    if not 0 <= raw <= most:  # also refuses NaN
        raise FactError(
            t(f"`{spec.name}` cannot be `{raw}`", f"`{spec.name}` は `{raw}` にはなり得ません"),
            why=t(f"it lies between 0 and {most}", f"0 以上 {most} 以下の数です"),
        )
    return raw


def _member(spec: FactSpec, raw: str) -> str:
    if spec.type.domain is None or raw in spec.type.domain:
        return raw
    upper = raw.upper()
    hint = upper if upper in spec.type.domain else did_you_mean(raw, spec.type.domain)
    raise FactError(
        t(f"`{raw}` is no value of `{spec.name}`", f"`{raw}` は `{spec.name}` の値ではありません"),
        why=_allowed(spec.type),
        hint=hint,
    )


def _allowed(kind: FactType) -> Text | str:
    if kind.of == "country":
        return t(
            "countries are ISO 3166-1 alpha-2 codes such as `JP`",
            "国は `JP` のような ISO 3166-1 の2文字コードで示します",
        )
    return ", ".join(sorted(kind.domain or ()))


def _counted_category(spec: FactSpec, key: Any) -> str:
    if key in category_heads():
        return str(key)
    raise FactError(
        t(f"`{key}` in `{spec.name}` is no category", f"`{spec.name}` の `{key}` は区分ではありません"),
        hint=did_you_mean(str(key), category_heads()),
    )


def _date(spec: FactSpec, raw: dt.date | str) -> str:
    try:
        return (raw if isinstance(raw, dt.date) else dt.date.fromisoformat(raw)).isoformat()
    except ValueError:
        raise _misfit(spec, raw) from None


def _misfit(spec: FactSpec, raw: Any) -> FactError:
    shown = str(raw)[:60]
    return FactError(
        t(f"`{spec.name}` cannot be `{shown}`", f"`{spec.name}` は `{shown}` にはなり得ません"),
        why=t(f"it takes: {spec.type.label}", f"取り得る値：{spec.type.label}"),
        hint=spec.question,
    )


def did_you_mean(word: str, known: Iterable[str]) -> Text | str:
    """A hint with the nearest known word, `` when nothing is near."""
    near = difflib.get_close_matches(word, sorted(known), n=1, cutoff=0.6)
    return t(f"did you mean `{near[0]}`?", f"`{near[0]}` のことですか") if near else ""


@functools.cache
def fact_schema() -> FactSchema:
    """The schema that comes with the package (`facts.yaml`)."""
    document = read_yaml((HERE / "facts.yaml").read_bytes())
    entries = [dict(entry, party=("", "")) for entry in document["facts"]]
    for party, words in PARTIES.items():
        entries += [dict(entry, name=f"{party}.{entry['name']}", party=words) for entry in document["party"]]
    return FactSchema(_spec(entry, index) for index, entry in enumerate(entries))


def _spec(entry: dict[str, Any], index: int) -> FactSpec:
    en, ja = entry["party"]
    question = Text(en=entry["en"].replace("{party}", en), ja=entry["ja"].replace("{party}", ja))
    absent = entry.get("absent") == "unknown"
    return FactSpec(entry["name"], parse_type(entry["type"]), question, entry["why"], index, absent)
