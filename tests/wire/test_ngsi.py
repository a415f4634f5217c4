"""Entities for context brokers, and what brokers say of them."""

from __future__ import annotations

import json
import re
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tegata.wire.ngsi import V2, LinkedData, Refused, refusals

SCORPIO = b"""{"success":["urn:x:q2"],"errors":[{"id":"urn:x:q1","ProblemDetails":{"type":
"https://uri.etsi.org/ngsi-ld/errors/BadRequestData","title":"Bad Request Data.","detail":"Invalid pair","status":400},
"type":"Upsert"}]}"""
STANDARD = b"""{"success": [], "errors": [{"entityId": "urn:x:1", "error": {"type": "about:blank", "title": "Bad"}}]}"""

SAID: list[tuple[int, bytes, list[Refused]]] = [
    (201, b'["urn:x:1"]', []),
    (204, b"", []),
    (207, STANDARD, [Refused("urn:x:1", "Bad")]),
    (207, SCORPIO, [Refused("urn:x:q1", "Bad Request Data.: Invalid pair")]),
    (400, SCORPIO, [Refused("urn:x:q1", "Bad Request Data.: Invalid pair")]),
    (207, b'{"errors": ["x", {"entityId": 7}]}', [Refused("None", ""), Refused("7", "")]),
    (400, b'{"error": "BadRequest", "description": "no\\u001b[31m"}', [Refused("", "400 BadRequest: no [31m")]),
    (500, b"<html>", [Refused("", "500")]),
    (207, b"[" * 100_000, [Refused("", "207")]),
]


@pytest.mark.parametrize(("status", "body", "told"), SAID)
def test_what_brokers_refuse(status: int, body: bytes, told: list[Refused]) -> None:
    assert refusals(status, body) == told


@given(
    status=st.integers(200, 599),
    body=st.recursive(
        st.none() | st.booleans() | st.integers() | st.text(max_size=5),
        lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(["errors", "error", "id"]), inner),
        max_leaves=8,
    ),
)
def test_whatever_a_broker_says_is_told_in_few_plain_signs(status: int, body: Any) -> None:
    for one in refusals(status, json.dumps(body).encode()):
        assert len(one.id + one.why) <= 410
        assert not re.search(r"[\x00-\x1f\x7f-\x9f\u202e]", one.id + one.why)


@given(cell=st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=20))
def test_every_name_becomes_an_id_that_brokers_take_and_two_stay_two(cell: str) -> None:
    assert re.fullmatch(r"[A-Za-z][A-Za-z0-9+.-]*:[!-~]+", LinkedData().identity(cell, "Sensor"))
    assert re.fullmatch(r"[!$%*+,.0-9:@A-Z\[\]^_`a-z{|}~-]+", V2().identity(cell, "Sensor"))
    assert LinkedData().identity(cell, "Sensor") != LinkedData().identity(cell + "x", "Sensor")


def test_the_kind_of_an_id_is_the_last_word_of_its_type() -> None:
    assert LinkedData().identity("a b", "https://x.example/ns#Sensor") == "urn:ngsi-ld:Sensor:a%20b"
    assert V2().identity("a-b", "Sensor") == "a-b"
