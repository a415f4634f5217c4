"""The data address of a pull: where the consumer fetches the data, with which token, and where the passport lies."""

from __future__ import annotations

from typing import Final

import msgspec

from tegata.model.errors import ProtocolError
from tegata.wire.dsp.messages import DataAddress, EndpointProperty

HTTP_PULL: Final = "HttpData-PULL"
"""Transfer format: the consumer fetches over HTTP."""

HTTP_ENDPOINT: Final = "https://w3id.org/idsa/v4.1/HTTP"
"""`endpointType` of an HTTP address, as in the examples of DSP 2025-1."""


class PullAddress(msgspec.Struct, frozen=True, kw_only=True):
    """What a consumer needs to fetch. `passport` is empty when the provider names none."""

    endpoint: str
    authorization: str
    auth_type: str = "bearer"
    passport: str = ""


def data_address(pull: PullAddress) -> DataAddress:
    """The wire form, for the TransferStartMessage."""
    properties = {"authorization": pull.authorization, "authType": pull.auth_type, "passport": pull.passport}
    return DataAddress(
        endpoint_type=HTTP_ENDPOINT,
        endpoint=pull.endpoint,
        endpoint_properties=tuple(EndpointProperty(name=n, value=v) for n, v in properties.items() if v),
    )


def pull_address(address: DataAddress) -> PullAddress:
    """Read a provider's data address.

    Raises:
        ProtocolError: it is not an HTTP address, or names no endpoint, or names a property twice.
    """
    properties = {part.name: part.value for part in address.endpoint_properties}
    if address.endpoint_type != HTTP_ENDPOINT or not address.endpoint:
        raise ProtocolError(
            f"the data address of type `{address.endpoint_type}` cannot be fetched from",
            hint=f"an endpoint of type `{HTTP_ENDPOINT}` is needed",
        )
    if len(properties) != len(address.endpoint_properties):
        raise ProtocolError("the data address names an endpoint property twice")
    return PullAddress(
        endpoint=address.endpoint,
        authorization=properties.get("authorization", ""),
        auth_type=properties.get("authType", "bearer"),
        passport=properties.get("passport", ""),
    )
