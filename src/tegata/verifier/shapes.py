"""Whether a plain value of JSON has the shape that the annotations of a noun ask for."""

from __future__ import annotations

import dataclasses
import datetime as dt
import enum
import functools
import re
import types
import typing
from collections.abc import Callable, Mapping
from typing import Any, Final

_TIME: Final = re.compile(
    r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d{6})?(?:Z|[+-]\d\d:\d\d)?",
    re.ASCII,
)
_DATE: Final = re.compile(r"\d{4}-\d\d-\d\d", re.ASCII)
_NAMES: Final = {bool: "bool", int: "int", float: "float", str: "str", list: "array", tuple: "array", dict: "object"}


class MisfitError(ValueError):
    """What was expected, what there is, and where (`$` is the whole)."""

    def __init__(self, said: str, place: str) -> None:
        super().__init__(said if place == "$" else f"{said} - at `{place}`")


def fitted(value: Any, kind: Any, place: str = "$") -> Any:
    """The value as this kind of thing: plain types, enumerations, dates, lists, tables and nouns. MisfitError."""
    if kind is Any:
        return value
    if dataclasses.is_dataclass(kind):
        return _record(value, kind, place)
    if isinstance(kind, type) and issubclass(kind, enum.Enum):
        return _member(value, kind, place)
    return _READERS.get(typing.get_origin(kind) or kind, _plain)(value, kind, place)


def _record(value: Any, kind: Any, place: str) -> Any:
    given, hints = _of(value, dict, "object", place), _hints(kind)
    for name in given.keys() - hints.keys():
        raise MisfitError(f"Object contains unknown field `{name}`", place)
    for field in dataclasses.fields(kind):
        if field.name not in given and field.default is field.default_factory is dataclasses.MISSING:
            raise MisfitError(f"Object missing required field `{field.name}`", place)
    return kind(**{name: fitted(one, hints[name], f"{place}.{name}") for name, one in given.items()})


@functools.cache
def _hints(kind: type) -> Mapping[str, Any]:
    names = {field.name for field in dataclasses.fields(kind)}
    return {name: hint for name, hint in typing.get_type_hints(kind, include_extras=True).items() if name in names}


def _member(value: Any, kind: type[enum.Enum], place: str) -> enum.Enum:
    try:
        return kind(_of(value, str, "str", place))
    except MisfitError:
        raise
    except ValueError:
        raise MisfitError(f"Invalid enum value '{value}'", place) from None


def _plain(value: Any, kind: Any, place: str) -> Any:
    return _of(value, kind, _NAMES.get(kind, "null"), place)


def _float(value: Any, _: Any, place: str) -> float:
    return float(value) if type(value) is int else _of(value, float, "float", place)


def _nothing(value: Any, _: Any, place: str) -> None:
    _of(value, types.NoneType, "null", place)


def _moment(value: Any, _: Any, place: str) -> dt.datetime:
    found: dt.datetime = _dated(value, _TIME, dt.datetime.fromisoformat, "datetime", place)
    return found


def _day(value: Any, _: Any, place: str) -> dt.date:
    found: dt.date = _dated(value, _DATE, dt.date.fromisoformat, "date", place)
    return found


def _dated(value: Any, form: re.Pattern[str], read: Callable[[str], Any], what: str, place: str) -> Any:
    """Only the spelling that is also written: whoever decodes compares bytes afterwards."""
    if form.fullmatch(_of(value, str, "str", place)):
        try:
            return read(value)
        except ValueError:
            pass
    raise MisfitError(f"Invalid RFC3339 encoded {what}", place)


def _elements(value: Any, kind: Any, place: str) -> Any:
    origin, (item, *_) = typing.get_origin(kind), typing.get_args(kind)
    given = value if isinstance(value, tuple) else _of(value, list, "array", place)
    return origin(fitted(one, item, f"{place}[{number}]") for number, one in enumerate(given))


def _table(value: Any, kind: Any, place: str) -> dict[str, Any]:
    _, item = typing.get_args(kind)
    return {name: fitted(one, item, f"{place}[...]") for name, one in _of(value, dict, "object", place).items()}


def _either(value: Any, kind: Any, place: str) -> Any:
    for one in typing.get_args(kind):
        try:
            return fitted(value, one, place)
        except MisfitError as error:
            last = error
    raise last


def _bounded(value: Any, kind: Any, place: str) -> Any:
    inner, *bounds = typing.get_args(kind)
    if typing.get_origin(inner) is not None and not isinstance(value, list | tuple):
        raise _unexpected("array", value, place)
    for bound in bounds:
        _check_length(value, bound, place) if isinstance(value, list | tuple) else _check_size(value, bound, place)
    return fitted(value, inner, place)


def _check_size(value: Any, bound: Any, place: str) -> None:
    number = _of(value, int, "int", place)
    if bound.ge is not None and number < bound.ge:
        raise MisfitError(f"Expected `int` >= {bound.ge}", place)
    if bound.le is not None and number > bound.le:
        raise MisfitError(f"Expected `int` <= {bound.le}", place)


def _check_length(value: Any, bound: Any, place: str) -> None:
    if bound.min_length is not None and len(value) < bound.min_length:
        raise MisfitError(f"Expected `array` of length >= {bound.min_length}", place)
    if bound.max_length is not None and len(value) > bound.max_length:
        raise MisfitError(f"Expected `array` of length <= {bound.max_length}", place)


def _of(value: Any, kind: type, name: str, place: str) -> Any:
    """The value, where it is of exactly this type: True is no number."""
    if type(value) is not kind:
        raise _unexpected(name, value, place)
    return value


def _unexpected(name: str, value: Any, place: str) -> MisfitError:
    return MisfitError(f"Expected `{name}`, got `{_NAMES.get(type(value), 'null')}`", place)


_READERS: Final[Mapping[Any, Callable[[Any, Any, str], Any]]] = {
    float: _float,
    types.NoneType: _nothing,
    dt.datetime: _moment,
    dt.date: _day,
    tuple: _elements,
    list: _elements,
    dict: _table,
    typing.Union: _either,
    types.UnionType: _either,
    typing.Annotated: _bounded,
}
