"""A context broker in this process, written from the two specifications and as strict as they are: it takes entities in
the normalised form, and gives them in the simplified one."""

from __future__ import annotations

import json
import re
from typing import Any

from tests.cli.web_servers import Handler

LINKED, V2 = "/ngsi-ld/v1", "/v2"
_URI = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*:\S+")
_V2_FIELD = re.compile(r"[!-~]{1,256}")
_V2_FORBIDDEN = set("<>\"'=;()")  # in any text


class ContextBroker(Handler):
    """Entities are in `server.entities`, by id; `server.refuses`: ids that it does not take; `server.links`: contexts
    that requests named; `server.busy`: so many requests are answered with 503."""

    server: Any

    def do_GET(self) -> None:  # noqa: N802
        if self.where not in (f"{LINKED}/entities", f"{V2}/entities"):
            self.answer(404)
            return
        wanted = [one for one in self.server.entities.values() if one["type"] in self.query.get("type", [one["type"]])]
        offset, limit = int(self.query["offset"][0]), int(self.query["limit"][0])
        found = [simplified(one) for one in wanted][offset : offset + limit]
        name = "NGSILD-Results-Count" if self.where.startswith(LINKED) else "Fiware-Total-Count"
        self.answer(200, json.dumps(found).encode(), **{name: str(len(wanted))})

    def do_POST(self) -> None:  # noqa: N802
        data = self.body()
        if data is None:
            return
        if self.server.busy:
            self.server.busy -= 1
            self.answer(503)
            return
        if self.headers["Content-Type"] != "application/json":
            self.answer(415)
            return
        self.server.links.append(self.headers["Link"])
        done = {
            f"{LINKED}/entityOperations/query": self.search,
            f"{V2}/op/query": self.search,
            f"{LINKED}/entityOperations/upsert": self.upsert,
            f"{V2}/op/update": self.update,
        }.get(self.where)
        if done is None:
            self.answer(404)
        else:
            done(json.loads(data))

    def search(self, asked: dict[str, Any]) -> None:
        linked = self.where.startswith(LINKED)
        if (asked.pop("type", "Query") != "Query") or asked.keys() != {"entities"} or not asked["entities"]:
            self.problem(400, "no query")
            return
        limit = int(self.query.get("limit", ["20"])[0])
        if not 0 < limit <= 1000 or self.query["options"] != ["keyValues"]:
            self.problem(400, "no such page")
            return
        known = [self.server.entities.get(one["id"]) for one in asked["entities"]]
        found = [one for one, its in zip(known, asked["entities"], strict=True) if one and one["type"] == its["type"]]
        assert linked or all(len(one["id"]) <= 256 for one in asked["entities"])
        self.answer(200, json.dumps([simplified(one) for one in found[:limit]]).encode())

    def upsert(self, entities: list[dict[str, Any]]) -> None:
        """CIM 009, 6.15.3.1."""
        success, created, errors = [], [], []
        for entity in entities:
            why = linked_fault(entity) or ("not wanted" if entity["id"] in self.server.refuses else "")
            if why:
                problem = {"type": "https://uri.etsi.org/ngsi-ld/errors/BadRequestData", "title": "Bad", "detail": why}
                errors.append({"entityId": entity["id"], "error": problem})
                continue
            if entity["id"] not in self.server.entities:
                created.append(entity["id"])
            self.server.entities[entity["id"]] = entity
            success.append(entity["id"])
        if errors:
            self.answer(207, json.dumps({"success": success, "errors": errors}).encode())
        else:
            self.answer(201 if created else 204, json.dumps(created).encode() if created else b"")

    def update(self, asked: dict[str, Any]) -> None:
        """Entity after entity, up to the first that fails."""
        for entity in asked["entities"]:
            there = self.server.entities.get(entity["id"])
            why = v2_fault(entity) or ("not wanted" if entity["id"] in self.server.refuses else "")
            if why:
                self.problem(400, why)
                return
            if asked["actionType"] == "replace" and there is None:
                self.problem(404, "The requested entity has not been found")
                return
            kept = there if asked["actionType"] == "append" and there else {}
            self.server.entities[entity["id"]] = kept | entity
        self.answer(204)

    def problem(self, status: int, why: str) -> None:
        own = {"error": "BadRequest", "description": why} if self.where.startswith(V2) else {"title": why}
        self.answer(status, json.dumps(own).encode())


def simplified(entity: dict[str, Any]) -> dict[str, Any]:
    own = {name: said.get("value", said.get("object")) for name, said in entity.items() if isinstance(said, dict)}
    return {"id": entity["id"], "type": entity["type"]} | own


def linked_fault(entity: dict[str, Any]) -> str:
    """4.5.1, 4.6.2: what is wrong with an entity in the normalised form."""
    if not _URI.fullmatch(entity["id"]) or not entity["type"]:
        return "no URI, or no type"
    for name, said in entity.items():
        if name in ("id", "type"):
            continue
        if not re.fullmatch(r"[^\W\d_]\w*|https?://\S+", name):
            return f"{name} is no name"
        member = {"Property": "value", "GeoProperty": "value", "Relationship": "object"}.get(said.get("type"), "")
        if said.keys() != {"type", member} or said[member] is None:
            return f"{name} is no attribute"
        if member == "object" and not _URI.fullmatch(said["object"]):
            return f"{name} leads to no URI"
        if said["type"] == "GeoProperty" and not isinstance(said["value"]["coordinates"], list):
            return f"{name} is no geometry"
    return ""


def v2_fault(entity: dict[str, Any]) -> str:
    """ "Field syntax restrictions", and what brokers take in values."""
    for name, said in entity.items():
        names = [said] if name in ("id", "type") else [name, said["type"]]
        if not all(_V2_FIELD.fullmatch(one) and not set(one) & (_V2_FORBIDDEN | set("&?#")) for one in names):
            return f"{name} is not allowed"
        if name not in ("id", "type") and isinstance(said["value"], str) and _V2_FORBIDDEN & set(said["value"]):
            return f"{name} holds what is forbidden"
    return ""
