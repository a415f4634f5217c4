"""Entities as context brokers take them: NGSI-LD (ETSI GS CIM 009) and NGSIv2, many in one request.

Brokers are strangers: what they answer is read as far as it is what the specifications say, and shown in part.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence, Set
from typing import Any, Final, Protocol
from urllib.parse import quote

import msgspec

Entity = dict[str, Any]
"""As it is sent: `id`, `type`, and attributes."""
_URI: Final = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*:[!-~]+")
_PLAIN: Final = re.compile(r"[!$%*+,.0-9:@A-Z\[\]^_`a-z{|}~-]{1,256}")
_GEOMETRIES: Final = frozenset({"Point", "MultiPoint", "LineString", "MultiLineString", "Polygon", "MultiPolygon"})
_CORE: Final = "https://uri.etsi.org/ngsi-ld/"
_SHOWN: Final = 200  # signs of what a broker says
_CONTEXT: Final = '<{}>; rel="http://www.w3.org/ns/json-ld#context"; type="application/ld+json"'


class Ask(msgspec.Struct, frozen=True):
    """A POST: the path below the broker's root, and its body."""

    path: str
    body: bytes


class Refused(msgspec.Struct, frozen=True):
    """An entity that was not taken; without an id it is all of them."""

    id: str
    why: str


class Form(Protocol):
    """How one of the two interfaces wants it."""

    def identity(self, cell: str, kind: str) -> str:
        """The id of an entity that is called so in its table."""

    def attribute(self, value: Any) -> dict[str, Any]: ...

    def relation(self, entity: str) -> dict[str, Any]:
        """An attribute that leads to another entity."""

    def search(self, entities: Sequence[Entity]) -> Ask:
        """Those that are there already, with all that they have, in the simplified form."""

    def laying(self, entities: Sequence[Entity], there: Set[str]) -> Iterator[Ask]:
        """Each as it stands here, whatever it was; `there`: ids of those that are there."""


class LinkedData:
    """NGSI-LD. Clauses are those of CIM 009 V1.6.1."""

    def identity(self, cell: str, kind: str) -> str:
        """A URI (4.6.2): the cell itself where it is one."""
        return cell if _URI.fullmatch(cell) else _urn(cell, kind)

    def attribute(self, value: Any) -> dict[str, Any]:
        return {"type": "GeoProperty" if _is_geometry(value) else "Property", "value": value}

    def relation(self, entity: str) -> dict[str, Any]:
        return {"type": "Relationship", "object": entity}

    def search(self, entities: Sequence[Entity]) -> Ask:
        """6.23.3.1."""
        asked = {"type": "Query", "entities": _named(entities)}
        return Ask(f"/entityOperations/query?options=keyValues&limit={len(entities)}", msgspec.json.encode(asked))

    def laying(self, entities: Sequence[Entity], there: Set[str]) -> Iterator[Ask]:  # noqa: ARG002
        """6.15.3.1: without options an entity that is there is replaced."""
        yield Ask("/entityOperations/upsert", msgspec.json.encode(entities))


class V2:
    """NGSIv2: https://fiware.github.io/specifications/ngsiv2/stable/"""

    def identity(self, cell: str, kind: str) -> str:
        """What brokers take as an id ("Field syntax restrictions")."""
        return cell if _PLAIN.fullmatch(cell) else _urn(cell, kind)

    def attribute(self, value: Any) -> dict[str, Any]:
        return {"type": _v2_type(value), "value": value}

    def relation(self, entity: str) -> dict[str, Any]:
        return {"type": "Relationship", "value": entity}

    def search(self, entities: Sequence[Entity]) -> Ask:
        return Ask(
            f"/op/query?options=keyValues&limit={len(entities)}", msgspec.json.encode({"entities": _named(entities)})
        )

    def laying(self, entities: Sequence[Entity], there: Set[str]) -> Iterator[Ask]:
        """`append` leaves attributes that are gone; `replace` is for what is there."""
        for action, found in (("replace", True), ("append", False)):
            chosen = [entity for entity in entities if (entity["id"] in there) is found]
            if chosen:
                yield Ask("/op/update", msgspec.json.encode({"actionType": action, "entities": chosen}))


def link(context: str) -> Mapping[str, str]:
    """The header that says what the short names mean (6.3.5); none where there is no context."""
    return {"Link": _CONTEXT.format(context)} if context else {}


def context_of(header: str) -> str:
    """The context that such a header names; "" for none but the core one, which holds everywhere (4.4)."""
    for value in header.split(", "):
        address, _, rest = value.partition(">")
        if 'rel="http://www.w3.org/ns/json-ld#context"' in rest and is_context(address[1:]):
            return "" if address[1:].startswith(_CORE) else address[1:]
    return ""


def is_context(address: str) -> bool:
    """Whether it can stand in that header."""
    return re.fullmatch(r"https?://[!#-;=?-~]+", address) is not None


def found_in(body: bytes) -> list[Entity] | None:
    """Entities in the simplified form; None where it is nothing of the kind."""
    try:
        found = msgspec.json.decode(body)
    except (msgspec.DecodeError, RecursionError):
        return None
    known = isinstance(found, list) and all(isinstance(one, dict) and isinstance(one.get("id"), str) for one in found)
    return found if known else None


def refusals(status: int, body: bytes) -> list[Refused]:
    """What of a request to lay entities was refused: none, some (207, CIM 009 5.2.17), or all. Brokers that are older
    than the clause call the members of an error otherwise."""
    if status in (200, 201, 204):
        return []
    try:
        said = msgspec.json.decode(body)
    except (msgspec.DecodeError, RecursionError):
        said = None
    if isinstance(said, dict) and isinstance(said.get("errors"), list):
        return [_one(error) for error in said["errors"]]
    return [Refused("", f"{status} {_said(said)}".strip())]


def _one(error: object) -> Refused:
    known = error if isinstance(error, dict) else {}
    own, problem = known.get("entityId") or known.get("id"), known.get("error") or known.get("ProblemDetails")
    return Refused(_readable(str(own)), _said(problem))


def _said(problem: object) -> str:
    """RFC 7807 in NGSI-LD; `error` and `description` in NGSIv2."""
    known = problem if isinstance(problem, dict) else {}
    parts = [known[name] for name in ("title", "detail", "error", "description") if isinstance(known.get(name), str)]
    return _readable(": ".join(parts))


def _readable(said: str) -> str:
    """A stranger's words on our terminal."""
    return re.sub(r"[^ -~\u3000-\u9fff]", " ", said)[:_SHOWN]


def _named(entities: Sequence[Entity]) -> list[dict[str, str]]:
    return [{"id": entity["id"], "type": entity["type"]} for entity in entities]


def _urn(cell: str, kind: str) -> str:
    return f"urn:ngsi-ld:{quote(re.split('[/#:]', kind)[-1], safe='')}:{quote(cell, safe='')}"


def _is_geometry(value: Any) -> bool:
    if not isinstance(value, dict) or value.keys() != {"type", "coordinates"}:
        return False
    return value["type"] in _GEOMETRIES and isinstance(value["coordinates"], list)


def _v2_type(value: Any) -> str:
    if _is_geometry(value):
        return "geo:json"
    known = {str: "Text", bool: "Boolean", int: "Number", float: "Number"}
    return known.get(type(value), "StructuredValue")
