"""Data addresses of HTTP: where a consumer fetches the data (pull) or has it brought to (push), with which token, and
where the passport lies or is to be brought.

DSP 2025-1 has a term for the endpoint and leaves the names of all other properties open. Eclipse EDC neither writes nor
reads that term: its endpoint is a property too, and the names of its properties begin with a namespace. Both forms are
read; written are plain names, with the endpoint in both places.
"""

from __future__ import annotations

from typing import Final

import msgspec

from tegata.model.errors import ProtocolError
from tegata.wire.dsp.messages import DataAddress, EndpointProperty

HTTP_PULL: Final = "HttpData-PULL"
"""Transfer format: the consumer fetches over HTTP."""

HTTP_PUSH: Final = "HttpData-PUSH"
"""Transfer format: the provider brings the data to an address of the consumer, by POST."""

DOORS_PULL: Final = "Doors-PULL"
"""Transfer format of ours: the data stays with the provider, and ordinary tools open it there with an access key."""

HTTP_ENDPOINT: Final = "https://w3id.org/idsa/v4.1/HTTP"
"""`endpointType` of an HTTP address, as in the examples of DSP 2025-1."""


_EDC: Final = "https://w3id.org/edc/v0.0.1/ns/"


class HttpAddress(msgspec.Struct, frozen=True, kw_only=True):
    """What is needed to fetch from it or to bring to it. `passport` and `chunks` (the digests of
    its chunks, see `transfer.chunks`) are empty when none is named; `flight` is where Flight SQL opens the same,
    `contents` which tables and files there are (`transfer.contents`)."""

    endpoint: str
    authorization: str
    auth_type: str = "bearer"
    passport: str = ""
    chunks: str = ""
    flight: str = ""
    contents: str = ""


def data_address(pull: HttpAddress) -> DataAddress:
    """The wire form, for the TransferStartMessage."""
    properties = {
        "endpoint": pull.endpoint,
        "authorization": pull.authorization,
        "authType": pull.auth_type,
        "passport": pull.passport,
        "chunks": pull.chunks,
        "flight": pull.flight,
        "contents": pull.contents,
    }
    return DataAddress(
        endpoint_type=HTTP_ENDPOINT,
        endpoint=pull.endpoint,
        endpoint_properties=tuple(EndpointProperty(name=n, value=v) for n, v in properties.items() if v),
    )


def http_address(address: DataAddress) -> HttpAddress:
    """Read a peer's data address.

    Raises:
        ProtocolError: it is not an HTTP address, names none or two endpoints, or names a property twice.
    """
    said = _said(address)
    endpoint = said.get("endpoint", "")
    if address.endpoint_type != HTTP_ENDPOINT or not endpoint:
        raise ProtocolError(
            f"the data address of type `{address.endpoint_type}` cannot be fetched from",
            hint=f"an endpoint of type `{HTTP_ENDPOINT}` is needed",
        )
    return HttpAddress(
        endpoint=endpoint,
        authorization=said.get("authorization", ""),
        auth_type=said.get("authType", "bearer"),
        passport=said.get("passport", ""),
        chunks=said.get("chunks", ""),
        flight=said.get("flight", ""),
        contents=said.get("contents", ""),
    )


def _said(address: DataAddress) -> dict[str, str]:
    """The properties by their plain names, the endpoint among them."""
    said: dict[str, str] = {}
    for part in address.endpoint_properties:
        name = part.name.removeprefix(_EDC)
        if name in said:
            raise ProtocolError(f"the data address names the property `{name}` twice")
        said[name] = part.value
    if address.endpoint and said.setdefault("endpoint", address.endpoint) != address.endpoint:
        raise ProtocolError("the data address names two endpoints")
    return said
