"""One fact from one line of text: an answer at the terminal, a cell of a table, a value to vary."""

from __future__ import annotations

import datetime as dt
import re
from typing import Any

from tegata.documents import YamlError, read_yaml
from tegata.model.base import t
from tegata.model.decision import FactValue
from tegata.model.errors import FactError
from tegata.rules.facts import FactSchema, FactSpec, check_value
from tegata.rules.flow import UNKNOWN

YES = ("yes", "y", "true", "はい")
NO = ("no", "n", "false", "いいえ")
NONE = ("none", "なし")  # the empty set, or nobody in any category
_WHOLE = re.compile(r"0|[1-9]\d{0,15}", re.ASCII)
_PAIR = re.compile(r"\s*([\w.]+)\s*[=:]\s*(\d+)\s*")


def read_answer(spec: FactSpec, text: str) -> FactValue | None:
    """The value of a fact as people write it; None for an empty text and for `unknown`.

    Members of sets are separated by commas (`US, DE`), counts are written `health=1000, financial=20`; `none` is the
    empty set. What a flow file would hold (`[US, DE]`, `{health: 1000}`) is understood too.

    Raises:
        FactError: the text does not fit the fact.
    """
    text = text.strip()
    if not text or text in UNKNOWN:
        return None
    return check_value(spec, _raw(spec.type.kind, text))


def _raw(kind: str, text: str) -> Any:
    if kind in ("text", "date"):
        return text
    if kind == "bool":
        word = text.lower()
        return True if word in YES else False if word in NO else text
    if kind == "set":
        return _members(text)
    if kind == "counts":
        return _counts(text)
    return _plain(text)


def _plain(text: str) -> Any:
    """`1000` as a number; what is no plain YAML stays text and is refused as such."""
    if _WHOLE.fullmatch(text):
        return int(text)
    try:
        return read_yaml(text.encode())
    except YamlError:
        return text


def _members(text: str) -> Any:
    if text.startswith("["):
        return _plain(text)
    if text.lower() in NONE:
        return []
    return [member.strip() for member in re.split(r"[,、]", text) if member.strip()]


def _counts(text: str) -> Any:
    if text.startswith("{"):
        return _plain(text)
    if text.lower() in NONE:
        return {}
    pairs = [_PAIR.fullmatch(part) for part in re.split(r"[,、]", text)]
    return {pair[1]: int(pair[2]) for pair in pairs if pair} if all(pairs) else text


def fact_and_part(schema: FactSchema, name: str) -> tuple[FactSpec, str]:
    """The fact that a column or an axis stands for, and its category where it is one number of a counts fact.

    `subjects.us_persons.health` is the number for `health` of the fact `subjects.us_persons`.

    Raises:
        FactError: there is no such fact or category.
    """
    if name not in schema.by_name:
        for spec in schema.specs:
            if spec.type.kind == "counts" and name.startswith(spec.name + "."):
                part = name.removeprefix(spec.name + ".")
                check_value(spec, {part: 0})
                return spec, part
    return schema.spec(name), ""


def read_number(spec: FactSpec, part: str, text: str) -> int | None:
    """The number of people of one category; None where it is unknown.

    Raises:
        FactError: it is no whole number.
    """
    text = text.strip()
    if not text or text in UNKNOWN:
        return None
    raw = _plain(text)
    if isinstance(raw, bool | dt.date) or not isinstance(raw, int):
        raise FactError(
            t(
                f"`{spec.name}.{part}` cannot be `{text[:60]}`",
                f"`{spec.name}.{part}` は `{text[:60]}` にはなり得ません",
            ),
            why=t("it takes a whole number", "整数です"),
        )
    checked = check_value(spec, {part: raw})
    return checked[part] if isinstance(checked, dict) else None
