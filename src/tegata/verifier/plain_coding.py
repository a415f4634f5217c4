"""`tegata.model.coding` without a library: the same names, the same documents taken and refused, the same bytes.

The small verifier carries this module in the place of the other. `tests/verifier/test_plain_coding.py` compares them.
"""

from __future__ import annotations

import dataclasses
import datetime as dt
import enum
import inspect
import json
from collections.abc import Iterable, Iterator, Mapping
from decimal import Decimal
from typing import Any, Final, NamedTuple, TypeVar, dataclass_transform

from tegata.model.nesting import check_depth
from tegata.verifier.shapes import fitted

__all__ = ["Meta", "Struct", "convert", "decode", "encode", "pretty", "read", "replace"]

N = TypeVar("N", bound="Struct")
S = TypeVar("S")
_MUTABLE: Final = (dict, list, set)


class Meta(NamedTuple):
    """Bounds of a number or of the length of a list."""

    ge: int | None = None
    le: int | None = None
    min_length: int | None = None
    max_length: int | None = None


@dataclass_transform(frozen_default=True, kw_only_default=True)
class Struct:
    """A frozen record. Its subclasses are made as those of the library are, by the words behind their bases."""

    omits_defaults = False

    def __init_subclass__(
        cls,
        frozen: bool = False,
        kw_only: bool = False,
        forbid_unknown_fields: bool = True,
        omit_defaults: bool = False,
    ) -> None:
        if not (frozen and kw_only and forbid_unknown_fields):
            raise TypeError("only frozen records, made by names, without unknown fields")
        cls.omits_defaults = omit_defaults
        for name in inspect.get_annotations(cls):
            default = cls.__dict__.get(name)
            if isinstance(default, _MUTABLE):
                setattr(cls, name, dataclasses.field(default_factory=type(default)))
        dataclasses.dataclass(frozen=True, kw_only=True)(cls)


def replace(struct: S, /, **changes: Any) -> S:
    """The same with other values."""
    return dataclasses.replace(struct, **changes)  # type: ignore[type-var]


def decode(data: bytes, kind: type[N]) -> N:
    """The noun that a JSON document holds. Raises ValueError for anything else."""
    value: N = fitted(read(data), kind)
    return value


def read(data: bytes) -> Any:
    """The plain value of a JSON document. Raises ValueError for what is none."""
    check_depth(data)
    return json.loads(data.decode(), parse_constant=_refuse)


def convert(value: Mapping[str, Any], kind: type[N]) -> N:
    """A noun of plain values that were read before. Raises ValueError, which says what is wrong."""
    found: N = fitted(dict(value), kind)
    return found


def encode(value: Any) -> bytes:
    """JSON bytes of a noun with sorted keys and no white space: the fixed bytes that are hashed and signed."""
    return "".join(_written(value, None)).encode()


def pretty(value: Any) -> bytes:
    """The same JSON for people: two spaces of indent."""
    return "".join(_written(value, "\n")).encode()


def _written(value: Any, line: str | None) -> Iterator[str]:
    """`line`: what begins a line at this depth; None for no lines."""
    if isinstance(value, Struct):
        value = _members(value)
    if isinstance(value, Mapping):
        named = ((_text(name) + (":" if line is None else ": "), value[name]) for name in sorted(value))
        yield from _enclosed("{}", named, line)
    elif isinstance(value, list | tuple):
        yield from _enclosed("[]", (("", one) for one in value), line)
    else:
        yield _scalar(value)


def _enclosed(marks: str, items: Iterable[tuple[str, Any]], line: str | None) -> Iterator[str]:
    inner, separator = (None if line is None else line + "  "), ""
    yield marks[0]
    for head, item in items:
        yield f"{separator}{inner or ''}{head}"
        yield from _written(item, inner)
        separator = ","
    yield (line or "" if separator else "") + marks[1]


def _members(struct: Struct) -> dict[str, Any]:
    fields = dataclasses.fields(struct)  # type: ignore[arg-type]
    return {one.name: getattr(struct, one.name) for one in fields if not _left_out(struct, one)}


def _left_out(struct: Struct, field: dataclasses.Field[Any]) -> bool:
    if not struct.omits_defaults:
        return False
    made = field.default_factory
    default = field.default if made is dataclasses.MISSING else made()
    return bool(getattr(struct, field.name) == default)


def _scalar(value: Any) -> str:
    if value is None or isinstance(value, bool):
        return {None: "null", True: "true", False: "false"}[value]
    if isinstance(value, enum.Enum):
        return _scalar(value.value)
    if isinstance(value, int):
        return str(value)
    if isinstance(value, float):
        return _float(value)
    if isinstance(value, dt.datetime):
        return _text(value.isoformat().replace("+00:00", "Z"))
    return _text(value.isoformat() if isinstance(value, dt.date) else value)


def _text(value: str) -> str:
    return json.dumps(value, ensure_ascii=False)


def _float(value: float) -> str:
    """The shortest digits that mean this number: with a point from 1e-5 to 1e16, else with an exponent."""
    if value - value != 0:  # no number, or without end
        return "null"
    if value == 0 or 1e-5 <= abs(value) < 1e16:
        return repr(value) if "e" not in repr(value) else f"{Decimal(repr(value)):f}"
    digits, _, exponent = repr(value).partition("e")
    return f"{digits}e{int(exponent)}"


def _refuse(word: str) -> None:
    raise ValueError(f"{word} is no JSON")
