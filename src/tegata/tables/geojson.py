"""JSON documents that hold a table: a list, GeoJSON (RFC 7946), a FHIR bundle, an object around one list of objects."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from typing import Any, Final

Item = dict[str, Any]

_ENVELOPES: Final = (("type", "FeatureCollection", "features"), ("resourceType", "Bundle", "entry"))
_POSITIONS: Final = 1_000_000  # of one geometry that are looked at for the finest


def records_of(document: Any) -> list[Item] | None:
    """Records of a whole document; None where it is a list of something else.

    What stands beside the one list of an object belongs to each of its records, so that nothing is passed over.
    """
    if isinstance(document, list):
        return [as_record(item) for item in document] if all(isinstance(item, dict) for item in document) else None
    name = _table(document)
    if name is None:
        return [as_record(document)]
    beside = {other: value for other, value in document.items() if other not in (name, "type")}
    return [{**beside, **as_record(item)} for item in document[name]]


def _table(document: Item) -> str | None:
    """Name of the list that an object is there for."""
    for mark, kind, name in _ENVELOPES:
        if document.get(mark) == kind and _is_table(document.get(name)):
            return name
    lists = [name for name, value in document.items() if isinstance(value, list | dict)]
    return lists[0] if len(lists) == 1 and _is_table(document[lists[0]]) and len(document[lists[0]]) > 1 else None


def as_record(item: Item) -> Item:
    """A feature (RFC 7946, 3.2) as a record: its properties, and its place in columns of their own; others as they are.

    A line or an area has many positions: the finest one stands for it, since it tells most.
    """
    geometry, properties = item.get("geometry"), item.get("properties")
    if (
        item.get("type") != "Feature"
        or not isinstance(geometry, dict | None)
        or not isinstance(properties, dict | None)
    ):
        return item
    own = {name: value for name, value in item.items() if name not in ("type", "geometry", "properties")}
    told = properties or {}
    if {"geometry", *own} & told.keys():
        told = {"properties": told}
    return {**own, **told, "geometry": _place(geometry)} if geometry else {**own, **told}


def _place(geometry: Item) -> Item:
    finest = max(_positions(geometry), key=_digits, default=None)
    if finest is None:
        return geometry
    place = {"longitude": finest[0], "latitude": finest[1]}
    return place if geometry.get("type") == "Point" and len(geometry["coordinates"]) == 2 else {**place, **geometry}


def _positions(geometry: Item) -> Iterator[list[Decimal]]:
    """Positions of a geometry, and of those that it collects (RFC 7946, 3.1.8)."""
    waiting, left = [geometry.get("coordinates"), geometry.get("geometries")], _POSITIONS
    while waiting and left:
        value = waiting.pop()
        if isinstance(value, dict):
            waiting += [value.get("coordinates"), value.get("geometries")]
        elif isinstance(value, list) and len(value) > 1 and all(isinstance(one, Decimal) for one in value):
            left -= 1
            yield value
        elif isinstance(value, list):
            waiting += value


def _digits(position: list[Decimal]) -> int:
    """Digits behind the point."""
    return max(-int(number.as_tuple().exponent) for number in position[:2])


def _is_table(value: Any) -> bool:
    return isinstance(value, list) and bool(value) and all(isinstance(item, dict) for item in value)
