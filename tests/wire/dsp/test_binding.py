"""Paths, error bodies and data addresses of the HTTPS binding."""

from __future__ import annotations

import json
import re

import pytest

from tegata.model.errors import ProtocolError
from tegata.wire.dsp import messages as m
from tegata.wire.dsp.address import HTTP_ENDPOINT, HttpAddress, data_address, http_address
from tegata.wire.dsp.codec import decode, encode
from tegata.wire.dsp.dcat import CatalogRequestMessage
from tegata.wire.dsp.errors import FAMILIES, error_body
from tegata.wire.dsp.machine import Machine
from tegata.wire.dsp.negotiation import NEGOTIATION
from tegata.wire.dsp.paths import ENDPOINTS, address, endpoint_for
from tegata.wire.dsp.transfer import TRANSFER
from tests.wire.dsp.schemas import schema_says

# Side, method and path as the binding pages list them, one line each, typed in by hand.
BINDING = """
P POST /catalog/request 200
P GET /catalog/datasets/{} 200
P GET /negotiations/{} 200
P POST /negotiations/request 201
P POST /negotiations/{}/request 200
P POST /negotiations/{}/events 200
P POST /negotiations/{}/agreement/verification 200
P POST /negotiations/{}/termination 200
C GET /negotiations/{} 200
C POST /negotiations/offers 201
C POST /negotiations/{}/offers 200
C POST /negotiations/{}/agreement 200
C POST /negotiations/{}/events 200
C POST /negotiations/{}/termination 200
P GET /transfers/{} 200
P POST /transfers/request 201
P POST /transfers/{}/start 200
P POST /transfers/{}/completion 200
P POST /transfers/{}/suspension 200
P POST /transfers/{}/termination 200
C GET /transfers/{} 200
C POST /transfers/{}/start 200
C POST /transfers/{}/completion 200
C POST /transfers/{}/suspension 200
C POST /transfers/{}/termination 200
"""


def test_every_operation_of_the_binding() -> None:
    ours = [
        f"{endpoint.served_by[0].upper()} {endpoint.method} {endpoint.path.replace('{id}', '{}')} {endpoint.success}"
        for endpoint in ENDPOINTS
    ]
    assert ours == BINDING.split("\n")[1:-1]


@pytest.mark.parametrize("machine", [NEGOTIATION, TRANSFER], ids=lambda machine: machine.name)
def test_every_legal_message_has_a_place_to_go(machine: Machine) -> None:
    for row in machine.table:
        kind = getattr(m, row.event.partition(":")[0])
        receiver = "consumer" if row.sender == "provider" else "provider"
        endpoint = endpoint_for(kind, receiver, first=row.state is None)
        assert endpoint.method == "POST"
        assert endpoint.success == (201 if row.state is None else 200)


def test_a_message_for_the_wrong_side_has_none() -> None:
    with pytest.raises(LookupError, match="the consumer does not take `ContractRequestMessage`"):
        endpoint_for(m.ContractRequestMessage, "consumer", first=True)


@pytest.mark.parametrize("base", ["https://c.example/cb", "https://c.example/cb/", "https://c.example/cb//"])
def test_slashes_at_the_end_of_a_callback_address(base: str) -> None:
    endpoint = endpoint_for(m.ContractAgreementMessage, "consumer")
    assert address(base, endpoint, "urn:uuid:1") == "https://c.example/cb/negotiations/urn:uuid:1/agreement"


def test_an_id_of_the_peer_cannot_leave_its_segment() -> None:
    endpoint = endpoint_for(m.TransferStartMessage, "consumer")
    url = address("https://c.example", endpoint, "../../admin?x=1#y %2e")
    assert re.fullmatch(r"https://c\.example/transfers/[^/?#]+/start", url)


def test_catalogue_requests_begin_nothing_that_has_an_id() -> None:
    assert endpoint_for(CatalogRequestMessage, "provider", first=True).family == "catalog"


@pytest.mark.parametrize("family", FAMILIES.values())
def test_error_bodies_are_valid(family: str) -> None:
    schema = {
        "catalog": "catalog/catalog-error",
        "negotiation": "negotiation/contract-negotiation-error",
        "transfer": "transfer/transfer-error",
    }[family]
    refused = ProtocolError("not legal", why="it is final", hint="ask for its state")
    body = error_body(family, refused, provider_pid="urn:uuid:1", consumer_pid="urn:uuid:2")
    assert schema_says(schema, json.loads(encode(body)))
    assert (body.code, body.reason) == ("400", ("not legal", "it is final", "ask for its state"))
    assert schema_says(schema, json.loads(encode(error_body(family, ProtocolError("no")))))


@pytest.mark.parametrize("family", FAMILIES.values())
def test_unknown_and_not_allowed_look_the_same(family: str) -> None:
    unknown = ProtocolError("no such negotiation", status=404)
    not_allowed = ProtocolError("belongs to somebody else", status=404, why="`did:key:z1` is not its consumer")
    assert encode(error_body(family, unknown)) == encode(error_body(family, not_allowed))


@pytest.mark.parametrize("passport", ["", "https://p.example/passports/1"])
def test_http_address_goes_there_and_back(passport: str) -> None:
    pull = HttpAddress(endpoint="https://p.example/data/1", authorization="token", passport=passport)
    raw = encode(data_address(pull))
    assert schema_says("transfer/data-address", json.loads(raw))
    assert http_address(decode(m.DataAddress, raw).message) == pull


TOKEN = m.EndpointProperty(name="authorization", value="token")
EDC = "https://w3id.org/edc/v0.0.1/ns/"
EDC_TOKEN = m.EndpointProperty(name=EDC + "authorization", value="token")
EDC_ENDPOINT = m.EndpointProperty(name=EDC + "endpoint", value="https://p.example")


def test_an_address_as_eclipse_edc_writes_it() -> None:
    """Recorded from EDC 0.15.1: no term for the endpoint, names in its own namespace, a type that repeats the type."""
    properties = {"endpoint": "http://127.0.0.1:41489/glue/data", "authType": "bearer"}
    properties |= {"endpointType": HTTP_ENDPOINT, "authorization": "eyJr"}
    named = [{"@type": "EndpointProperty", "name": EDC + name, "value": value} for name, value in properties.items()]
    raw = json.dumps({"@type": "DataAddress", "endpointType": HTTP_ENDPOINT, "endpointProperties": named})
    assert http_address(decode(m.DataAddress, raw.encode()).message) == HttpAddress(
        endpoint=properties["endpoint"], authorization="eyJr"
    )


def test_eclipse_edc_finds_our_endpoint() -> None:
    """It reads properties only, and its consumers ask for `endpoint`."""
    written = data_address(HttpAddress(endpoint="https://p.example/data/1", authorization="token"))
    assert {part.name: part.value for part in written.endpoint_properties}["endpoint"] == written.endpoint


@pytest.mark.parametrize(
    "unusable",
    [
        m.DataAddress(endpoint_type="s3", endpoint="https://p.example"),
        m.DataAddress(endpoint_type=HTTP_ENDPOINT),
        m.DataAddress(endpoint_type=HTTP_ENDPOINT, endpoint="https://p.example", endpoint_properties=(TOKEN, TOKEN)),
        m.DataAddress(endpoint_type=HTTP_ENDPOINT, endpoint_properties=(EDC_ENDPOINT, TOKEN, EDC_TOKEN)),
        m.DataAddress(endpoint_type=HTTP_ENDPOINT, endpoint="https://q.example", endpoint_properties=(EDC_ENDPOINT,)),
    ],
)
def test_addresses_that_cannot_be_fetched_from(unusable: m.DataAddress) -> None:
    with pytest.raises(ProtocolError, match="data address"):
        http_address(unusable)
