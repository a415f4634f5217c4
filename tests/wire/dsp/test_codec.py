"""Bytes kept, kinds chosen by `@type`, refusals that name the place."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tegata.model.errors import ProtocolError
from tegata.wire.dsp import messages as m
from tegata.wire.dsp.codec import decode, encode
from tegata.wire.dsp.dcat import CatalogError, RootCatalog
from tegata.wire.dsp.odrl import MessageOffer, Permission
from tegata.wire.dsp.term import DSP_CONTEXT

REQUEST: dict[str, Any] = {
    "@context": [DSP_CONTEXT, "https://example.org/own.jsonld"],
    "@type": "ContractRequestMessage",
    "consumerPid": "urn:uuid:1",
    "callbackAddress": "https://consumer.example/dsp/",
    "offer": {
        "@id": "urn:uuid:2",
        "@type": "Offer",
        "target": "urn:uuid:3",
        "permission": [{"action": "use", "own:weight": {"constraint": []}}],
        "own:tier": ["gold"],
    },
    "own:trace": {"@extra": "abc"},
}


def _bytes(**changes: Any) -> bytes:
    return json.dumps({**REQUEST, **changes}).encode()


def test_bytes_and_unknown_terms_are_kept() -> None:
    raw = json.dumps(REQUEST, indent=3).encode()
    received = decode(m.ContractRequestMessage, raw)
    assert received.raw == raw
    assert received.message.extra == {"own:trace": {"@extra": "abc"}}
    assert received.message.offer.extra == {"own:tier": ["gold"]}
    assert received.message.offer.permission[0].extra == {"own:weight": {"constraint": []}}
    assert json.loads(encode(received.message)) == REQUEST


def test_digest_is_that_of_the_content() -> None:
    spaced = json.dumps(REQUEST, indent=3, sort_keys=True).encode()
    received = decode(m.ContractRequestMessage, _bytes())
    assert received.digest == decode(m.ContractRequestMessage, spaced).digest
    assert received.digest != decode(m.ContractRequestMessage, _bytes(consumerPid="urn:uuid:9")).digest


def test_type_chooses_among_kinds() -> None:
    kinds = (m.ContractNegotiation, m.ContractNegotiationError)
    body = {"@context": [DSP_CONTEXT], "providerPid": "a", "consumerPid": "b"}
    error = decode(kinds, json.dumps({**body, "@type": "ContractNegotiationError"}).encode()).message
    assert isinstance(error, m.ContractNegotiationError)
    for document in ({**body, "@type": "Catalog"}, body, [], None, {**body, "@type": ["ContractNegotiation"]}):
        with pytest.raises(ProtocolError, match="not expected here"):
            decode(kinds, json.dumps(document).encode())


@pytest.mark.parametrize(
    ("changes", "place"),
    [
        ({"consumerPid": None}, "`$.consumerPid`"),
        ({"providerPid": "x"}, "callbackAddress or providerPid"),
        ({"@context": DSP_CONTEXT}, "`$.@context`"),
        ({"@context": []}, "does not contain"),
        ({"@type": "ContractOfferMessage"}, "`$.@type`"),
        ({"offer": {**REQUEST["offer"], "permission": [{"action": "use"}, {}]}}, r"`\$.offer.permission\[1\]`"),
        ({"offer": {k: v for k, v in REQUEST["offer"].items() if k != "@type"}}, "missing `@type` - at `\\$.offer`"),
    ],
)
def test_refusals_name_the_place(changes: dict[str, Any], place: str) -> None:
    with pytest.raises(ProtocolError, match=place.replace("$.", r"\$.") if "\\" not in place else place) as refused:
        decode(m.ContractRequestMessage, _bytes(**changes))
    assert refused.value.status == 400


@pytest.mark.parametrize(
    "context",
    [
        [DSP_CONTEXT, {"consumerPid": "https://example.org/providerPid"}],
        [{"@vocab": "https://example.org/"}, DSP_CONTEXT],
        [DSP_CONTEXT, {"@base": "https://example.org/"}],
        [DSP_CONTEXT, {"@import": "https://example.org/own.jsonld"}],
        {"@import": DSP_CONTEXT},
        [[DSP_CONTEXT, {"callbackAddress": None}]],
        [DSP_CONTEXT, None],
    ],
)
def test_contexts_that_give_words_another_meaning_are_refused(context: Any) -> None:
    with pytest.raises(ProtocolError, match="@context"):
        decode(m.ContractRequestMessage, _bytes(**{"@context": context}))


def test_a_context_beside_ours_changes_no_word() -> None:
    """It is not fetched, and what it might say of our terms is nothing to us."""
    for other in ("file:///etc/passwd", "http://127.0.0.1:1/own.jsonld", DSP_CONTEXT):
        document = _bytes(**{"@context": [other, DSP_CONTEXT]})
        assert decode(m.ContractRequestMessage, document).message.consumer_pid == REQUEST["consumerPid"]


def test_budgets_hold() -> None:
    with pytest.raises(ProtocolError, match="bytes are more"):
        decode(m.ContractRequestMessage, _bytes(), max_bytes=100)
    with pytest.raises(ProtocolError, match="deeper"):
        decode(m.ContractRequestMessage, _bytes(), max_depth=2)
    nested: Any = {"@id": "x", "@type": "Catalog"}
    for _ in range(200):
        nested = {"@id": "x", "@type": "Catalog", "catalog": [nested]}
    root = {**nested, "@context": [DSP_CONTEXT], "participantId": "x"}
    with pytest.raises(ProtocolError, match="deeper"):
        decode(RootCatalog, json.dumps(root).encode())


def test_our_own_messages_are_whole() -> None:
    """What stands by default in Python stands in the bytes too, and nothing empty does."""
    offer = MessageOffer(id="urn:uuid:2", target="urn:uuid:3", permission=(Permission(action="use"),))
    message = m.ContractRequestMessage(consumer_pid="urn:uuid:1", callback_address="https://c.example", offer=offer)
    assert json.loads(encode(message)) == {
        "@context": [DSP_CONTEXT],
        "@type": "ContractRequestMessage",
        "consumerPid": "urn:uuid:1",
        "callbackAddress": "https://c.example",
        "offer": {"@id": "urn:uuid:2", "@type": "Offer", "target": "urn:uuid:3", "permission": [{"action": "use"}]},
    }
    assert json.loads(encode(CatalogError())) == {"@context": [DSP_CONTEXT], "@type": "CatalogError"}


def test_rules_hold_for_messages_made_here_too() -> None:
    offer = MessageOffer(id="urn:uuid:2", permission=(Permission(action="use"),))
    with pytest.raises(ValueError, match="either callbackAddress"):
        m.ContractRequestMessage(consumer_pid="x", offer=offer)
    with pytest.raises(ValueError, match="names its target"):
        m.ContractOfferMessage(provider_pid="x", consumer_pid="y", offer=offer)
    with pytest.raises(ValueError, match="at least one"):
        MessageOffer(id="urn:uuid:2")


OTHER_FORMS: dict[str, Any] = {
    "a context that is a string": {**REQUEST, "@context": DSP_CONTEXT},
    "a context of its own": {**REQUEST, "@context": [DSP_CONTEXT, {"own": "https://example.org/"}]},
    "no context of this version": {**REQUEST, "@context": ["https://w3id.org/dspace/2024/1/context.json"]},
    "prefixed terms": {f"dspace:{name}" if name[0] != "@" else name: value for name, value in REQUEST.items()},
    "an expanded document": [{"@type": ["https://w3id.org/dspace/2025/1/ContractRequestMessage"]}],
    "a graph": {"@context": [DSP_CONTEXT], "@graph": [REQUEST]},
    "a set in place of a value": {**REQUEST, "consumerPid": [REQUEST["consumerPid"]]},
    "an id in place of a string": {**REQUEST, "consumerPid": {"@id": REQUEST["consumerPid"]}},
}


@pytest.mark.parametrize("form", OTHER_FORMS)
def test_other_forms_of_json_ld_are_refused(form: str) -> None:
    with pytest.raises(ProtocolError) as refused:
        decode((m.ContractRequestMessage,), json.dumps(OTHER_FORMS[form]).encode())
    assert refused.value.status == 400


def test_other_contexts_may_stand_beside_ours() -> None:
    contexts = ["https://w3id.org/catenax/2025/9/policy/context.jsonld", DSP_CONTEXT, "https://w3id.org/edc/v0.0.1"]
    for order in (contexts, contexts[::-1]):
        received = decode((m.ContractRequestMessage,), json.dumps({**REQUEST, "@context": order}).encode())
        assert list(received.message.context) == order
        assert json.loads(encode(received.message)) == {**REQUEST, "@context": order}
