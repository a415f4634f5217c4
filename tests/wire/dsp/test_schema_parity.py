"""Our decoder and the official schemas give the same verdict: on every official example, and on damaged ones."""

from __future__ import annotations

import copy
import json
from collections.abc import Callable, Iterator
from functools import cache
from typing import Any, Final

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tegata.wire.dsp.codec import decode, encode
from tegata.wire.dsp.term import DSP_CONTEXT
from tests.wire.dsp.schemas import KINDS, PARTS, decoder_says, examples, schema_says, schemas

ATOMIC: Final = {"leftOperand", "operator", "rightOperand"}
LOGICAL: Final = {"and", "andSequence", "or", "xone"}


def _objects(value: Any) -> Iterator[dict[str, Any]]:
    if isinstance(value, dict):
        yield value
    inner = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    for part in inner:
        yield from _objects(part)


def _half_and_half(document: Any) -> bool:
    return any(ATOMIC & part.keys() and LOGICAL & part.keys() for part in _objects(document))


def _versions_document(document: Any) -> bool:
    return isinstance(document, dict) and str(document.get("serviceEndpoint")).endswith("/.well-known/dspace-version")


def _our_own_name(document: Any) -> bool:
    return any("@extra" in part for part in _objects(document))


# reason -> (which documents, our verdict, one of them)
DIFFERENCES: Final[dict[str, tuple[Callable[[Any], bool], bool, str, Any]]] = {
    "a constraint that is half atomic, half logical has no meaning; the schema takes it when one half is broken": (
        _half_and_half,
        False,
        "negotiation/contract-request-message",
        {
            "@context": [DSP_CONTEXT],
            "@type": "ContractRequestMessage",
            "consumerPid": "urn:uuid:1",
            "callbackAddress": "https://consumer.example/",
            "offer": {
                "@id": "urn:uuid:2",
                "@type": "Offer",
                "permission": [{"action": "use", "constraint": [{"and": [], "leftOperand": "spatial"}]}],
            },
        },
    ),
    "the specification's own example of a DataService ends in the versions document, which its schema forbids": (
        _versions_document,
        True,
        "common/did-service",
        {"id": "x", "type": "DataService", "serviceEndpoint": "https://peer.example/.well-known/dspace-version"},
    ),
    "`@extra` has the form of a keyword, which JSON-LD reserves; only an object is taken": (
        _our_own_name,
        False,
        "common/protocol-version",
        {"protocolVersions": [{"version": "2025-1", "path": "/", "binding": "HTTPS"}], "@extra": 1},
    ),
}


def test_every_schema_has_its_kind() -> None:
    assert set(schemas()) == KINDS.keys() | PARTS


def test_official_examples_are_read_and_written_back_valid() -> None:
    seen = 0
    for name, path in examples():
        raw = path.read_bytes()
        received = decode(KINDS[name], raw)
        written = encode(received.message)
        assert received.raw == raw
        assert b"[]" not in written
        assert decode(KINDS[name], written).message == received.message
        assert schema_says(name, written) or _versions_document(json.loads(raw))
        seen += 1
    assert seen == 27


@pytest.mark.parametrize("reason", DIFFERENCES)
def test_each_difference_is_one(reason: str) -> None:
    applies, ours, name, document = DIFFERENCES[reason]
    data = json.dumps(document).encode()
    assert applies(document)
    assert decoder_says(name, data) is ours
    assert schema_says(name, data) is not ours


CONSTRAINT: Final = {"leftOperand": "spatial", "operator": "eq", "rightOperand": "EU"}
OFFER: Final = {"@id": "urn:uuid:2", "@type": "Offer", "permission": [{"action": "use"}]}
DATASET: Final = {
    "@id": "urn:uuid:3",
    "@type": "Dataset",
    "hasPolicy": [OFFER],
    "distribution": [
        {
            "format": "HttpData-PULL",
            "accessService": {"@id": "urn:uuid:4", "@type": "DataService", "endpointURL": "https://provider.example"},
        }
    ],
}
VALUES: Final[list[Any]] = [
    *(None, True, 0, 1.5, "", "text", [], {}, ["text"], [1], [[]], [{}], {"@id": "x"}, [None]),
    *("Offer", "Agreement", "Dataset", "DataService", "ACCEPTED", "FINALIZED", "REQUESTED", "STARTED", "HTTPS"),
    *(DSP_CONTEXT, [DSP_CONTEXT], ["https://example.org/own.jsonld", DSP_CONTEXT], {"@context": DSP_CONTEXT}),
    *("2023-01-01T01:00:00Z", "2023-01-01T25:00:00Z", "on 0023-12-31T24:00:00.0+14:00", "-12023-01-01T00:00:00.5"),
    *("https://provider.example/catalog", "https://provider.example/catalog\n", "term-lteq", "isAllOf", "lteq"),
    *(CONSTRAINT, [CONSTRAINT], {"and": [CONSTRAINT]}, [{"or": []}], [{"xone": [CONSTRAINT, {"and": [{}]}]}]),
    *(OFFER, [OFFER], {**OFFER, "target": "x"}, DATASET, [DATASET], [{**DATASET, "hasPolicy": []}]),
    *([{"@type": "DataService", "@id": "x", "endpointURL": "y", "servesDataset": [DATASET]}], [{"action": "use"}]),
    *([{"@type": "EndpointProperty", "name": "a", "value": "b"}], {"@type": "DataAddress", "endpointType": "x"}),
    *([{"@id": "x", "@type": "Catalog"}], [{"@id": "x", "@type": "Catalog", "hasPolicy": [OFFER]}]),
]


@cache
def _names() -> list[str]:
    """Every term that a schema defines."""
    return sorted(
        {name for schema in schemas().values() for part in _objects(schema) for name in part.get("properties", ())}
    )


@cache
def _originals() -> list[tuple[str, str]]:
    documents = [(name, path.read_text()) for name, path in examples()]
    address = {"@type": "DataAddress", "endpointType": "x", "endpoint": "y", "endpointProperties": VALUES[-4]}
    return [*documents, ("transfer/data-address", json.dumps(address))]


def _places(value: Any) -> list[Any]:
    """All containers of a document, the document itself first."""
    inner = value.values() if isinstance(value, dict) else value if isinstance(value, list) else None
    return [] if inner is None else [value, *(place for part in inner for place in _places(part))]


def _value(data: st.DataObject) -> Any:
    return copy.deepcopy(data.draw(st.sampled_from(VALUES)))


def _damage(document: Any, data: st.DataObject) -> None:
    place = data.draw(st.sampled_from(_places(document)))
    keys = list(place) if isinstance(place, dict) else list(range(len(place)))
    how = data.draw(st.sampled_from(["drop", "retype", "add"] if keys else ["add"]))
    if how == "drop":
        del place[data.draw(st.sampled_from(keys))]
    elif how == "retype":
        place[data.draw(st.sampled_from(keys))] = _value(data)
    elif isinstance(place, dict):
        place[data.draw(st.sampled_from([*_names(), "x:unknown"]))] = _value(data)
    else:
        place.append(_value(data))


@settings(max_examples=1500, deadline=None)
@given(st.data())
def test_same_verdict_on_damaged_documents(data: st.DataObject) -> None:
    name, text = data.draw(st.sampled_from(_originals()))
    document = json.loads(text)
    for _ in range(data.draw(st.integers(1, 3))):
        _damage(document, data)
    raw = json.dumps(document).encode()
    ours, theirs = decoder_says(name, raw), schema_says(name, raw)
    excused = {verdict for applies, verdict, _, _ in DIFFERENCES.values() if applies(document)}
    assert ours == theirs or ours in excused


@settings(max_examples=500, deadline=None)
@given(st.data())
def test_what_is_read_is_written_valid_with_its_unknown_terms(data: st.DataObject) -> None:
    name, text = data.draw(st.sampled_from(_originals()))
    document = json.loads(text)
    for _ in range(data.draw(st.integers(0, 3))):
        place = data.draw(st.sampled_from([part for part in _places(document) if isinstance(part, dict)]))
        place["x:" + data.draw(st.text(max_size=2))] = _value(data)
    raw = json.dumps(document).encode()
    written = json.loads(encode(decode(KINDS[name], raw).message))
    assert written == {term: value for term, value in document.items() if (term, value) != ("filter", [])}
