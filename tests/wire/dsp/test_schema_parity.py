"""Our decoder and the official schemas give the same verdict: on every official example, and on damaged ones."""

from __future__ import annotations

import copy
import json
from collections import Counter
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
        assert schema_says(name, json.loads(written)) or _versions_document(json.loads(raw))
        seen += 1
    assert seen == 27


@pytest.mark.parametrize("reason", DIFFERENCES)
def test_each_difference_is_one(reason: str) -> None:
    applies, ours, name, document = DIFFERENCES[reason]
    data = json.dumps(document).encode()
    assert applies(document)
    assert decoder_says(name, data) is ours
    assert schema_says(name, document) is not ours


CONSTRAINTS: Final[list[Any]] = [
    {"leftOperand": "spatial", "operator": "eq", "rightOperand": "EU"},
    {"leftOperand": "spatial", "operator": "isAnyOf", "rightOperand": ["EU", {"@id": "x"}]},
    {"andSequence": [{"leftOperand": "spatial", "operator": "eq", "rightOperand": {}}, {"or": []}]},
]
OFFER: Final = {
    "@id": "urn:uuid:2",
    "@type": "Offer",
    "profile": ["https://example.org/profile"],
    "permission": [{"action": "use", "constraint": CONSTRAINTS}],
    "prohibition": [{"action": "sell"}],
    "obligation": [{"action": "delete", "constraint": CONSTRAINTS[:1]}],
}
SERVICE: Final = {"@id": "urn:uuid:4", "@type": "DataService", "endpointURL": "https://provider.example"}
DATASET: Final = {
    "@id": "urn:uuid:3",
    "@type": "Dataset",
    "hasPolicy": [OFFER],
    "distribution": [
        {"@type": "Distribution", "format": "HttpData-PULL", "accessService": SERVICE, "hasPolicy": [OFFER]}
    ],
}
ADDRESS: Final = {
    "@type": "DataAddress",
    "endpointType": "x",
    "endpoint": "y",
    "endpointProperties": [{"@type": "EndpointProperty", "name": "a", "value": "b"}],
}
PIDS: Final = {"providerPid": "urn:uuid:5", "consumerPid": "urn:uuid:6"}
OUR_OWN: Final[list[tuple[str, Any]]] = [
    (
        "catalog/catalog",
        {
            "@context": [DSP_CONTEXT],
            "@type": "Catalog",
            "@id": "urn:uuid:7",
            "participantId": "did:example:1",
            "service": [{**SERVICE, "servesDataset": [DATASET]}],
            "catalog": [{"@type": "Catalog", "@id": "urn:uuid:8", "dataset": [DATASET], "service": [SERVICE]}],
        },
    ),
    (
        "negotiation/contract-agreement-message",
        {
            "@context": ["https://example.org/own.jsonld", DSP_CONTEXT],
            "@type": "ContractAgreementMessage",
            **PIDS,
            "agreement": {
                **OFFER,
                "@type": "Agreement",
                "target": "urn:uuid:3",
                "assigner": "did:example:1",
                "assignee": "did:example:2",
                "timestamp": "2023-01-01T01:00:00Z",
            },
        },
    ),
    ("transfer/data-address", ADDRESS),
]
ODD: Final[list[Any]] = [None, 1, "", "text", [], [1], {}, [{}]]
PECULIAR: Final[dict[str, list[Any]]] = {
    "@context": [DSP_CONTEXT, [DSP_CONTEXT], ["https://example.org/own.jsonld"], {"@context": DSP_CONTEXT}],
    "timestamp": ["2023-01-01T25:00:00Z", "on 0023-12-31T24:00:00.0+14:00", "-12023-01-01T00:00:00.5", "2023-01-01"],
    "serviceEndpoint": [
        "https://p.example/catalog\n",
        "see http:///catalog",
        "http://\r/catalog",
        "http://\u2028/catalog",
        "ftp://p.example/catalog",
        "/catalog",
    ],
    "eventType": ["REQUESTED"],
    "state": ["INITIAL"],
    "hasPolicy": [[{**OFFER, "target": "x"}], [{**OFFER, "permission": []}]],
    "constraint": [[{**CONSTRAINTS[0], "operator": "odd"}], [{"and": [], "xone": []}], [{"xone": [{"and": [{}]}]}]],
    "catalog": [[{"@id": "x", "@type": "Catalog", "hasPolicy": [OFFER]}]],
    "dataset": [[{**DATASET, "distribution": []}], [{**DATASET, "@type": 1}]],
}


@cache
def _originals() -> list[tuple[str, str]]:
    """Valid documents of every kind, as text."""
    found = [(name, path.read_text()) for name, path in examples()]
    found += [(name, json.dumps(document)) for name, document in OUR_OWN]
    return [(name, text) for name, text in found if schema_says(name, json.loads(text))]


@cache
def _candidates() -> dict[str, list[Any]]:
    """For every term that a schema defines, what may be put there: odd things, the values that schemas name for it,
    and the first few that stand under it in valid documents."""
    found: dict[str, list[Any]] = {"x:unknown": [1]}
    for part in _objects(list(schemas().values())):
        for name, schema in part.get("properties", {}).items():
            named = [*schema.get("enum", ()), *([schema["const"]] if "const" in schema else ())]
            found.setdefault(name, [*ODD, *PECULIAR.get(name, ())]).extend(named)
    for _, text in reversed(_originals()):
        for part in _objects(json.loads(text)):
            for name, value in part.items():
                if len(found.get(name, ())) in range(1, 18) and value not in found[name]:
                    found[name].append(value)
    return dict(sorted(found.items()))


def _places(value: Any, under: str) -> Iterator[tuple[tuple[str, frozenset[str]], dict[str, Any]]]:
    """Every object of a document with what it looks like from outside: what it stands under, and its terms."""
    if isinstance(value, dict):
        yield (under, frozenset(value)), value
        under = str(value.get("@type", under))
    for name, part in value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ():
        yield from _places(part, f"{under} {name}" if isinstance(name, str) else under)


def same_verdict(name: str, document: Any) -> bool:
    raw = json.dumps(document).encode()
    ours, theirs = decoder_says(name, raw), schema_says(name, document)
    excused = {verdict for applies, verdict, _, _ in DIFFERENCES.values() if applies(document)}
    assert ours == theirs or ours in excused, (name, raw, ours)
    return ours


def _single_damages(name: str, document: Any, seen: set[Any]) -> Iterator[None]:
    """Damage the document in one place after the other; places that look like one in `seen` are left out."""
    for looks, place in list(_places(document, name)):
        if looks in seen:
            continue
        seen.add(looks)
        whole = dict(place)
        for term, values in _candidates().items():
            for value in values:
                place[term] = value
                yield
            del place[term]
            if term in whole:
                yield
            place.clear()
            place.update(whole)


def test_same_verdict_on_every_single_damage() -> None:
    """Each kind of object in the valid documents: each of its terms taken away, and set to each candidate."""
    verdicts: Counter[bool] = Counter()
    seen: set[Any] = set()
    for name, text in reversed(_originals()):
        document = json.loads(text)
        for _ in _single_damages(name, document, seen):
            verdicts[same_verdict(name, document)] += 1
    assert min(verdicts.values()) > 4_000


@settings(max_examples=400, deadline=None)
@given(st.data())
def test_same_verdict_on_several_damages(data: st.DataObject) -> None:
    name, text = data.draw(st.sampled_from(_originals()))
    document = json.loads(text)
    for _ in range(data.draw(st.integers(2, 4))):
        place = data.draw(st.sampled_from(list(_objects(document))))
        term = data.draw(st.sampled_from([*place, *_candidates()]))
        if data.draw(st.booleans()):
            place.pop(term, None)
        else:
            place[term] = copy.deepcopy(data.draw(st.sampled_from(_candidates().get(term, ODD))))
    same_verdict(name, document)


@settings(max_examples=500, deadline=None)
@given(st.data())
def test_what_is_read_is_written_valid_with_its_unknown_terms(data: st.DataObject) -> None:
    name, text = data.draw(st.sampled_from(_originals()))
    document = json.loads(text)
    for _ in range(data.draw(st.integers(0, 3))):
        place = data.draw(st.sampled_from(list(_objects(document))))
        place["x:" + data.draw(st.text(max_size=2))] = copy.deepcopy(data.draw(st.sampled_from([*ODD, OFFER])))
    raw = json.dumps(document).encode()
    written = json.loads(encode(decode(KINDS[name], raw).message))
    assert written == {term: value for term, value in document.items() if (term, value) != ("filter", [])}
