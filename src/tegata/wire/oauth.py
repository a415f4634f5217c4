"""OAuth 2.0 as far as programs need it that log in by themselves: client credentials in, a bearer token out.

Pure. References: RFC 6749 (sections 2.3.1, 4.4, 5), RFC 6750, metadata of the server RFC 8414, of a resource RFC 9728,
resource indicators RFC 8707.
"""

from __future__ import annotations

import base64
import binascii
import re
from typing import Any, Final, NamedTuple
from urllib.parse import parse_qsl, unquote_plus

import msgspec

from tegata.model.errors import ProtocolError

MAX_BYTES: Final = 8 << 10
SCOPE: Final = "read"
"""All that anybody is given here, whatever scope was asked for (RFC 6749, section 3.3)."""

FORM: Final = "application/x-www-form-urlencoded"
_GRANT: Final = "client_credentials"
_MOST_FIELDS: Final = 20
_METHODS: Final = ("client_secret_basic", "client_secret_post")
_PLAIN: Final = re.compile(r"[\x20-\x21\x23-\x5b\x5d-\x7e]*")
"""What a description may consist of (section 5.2)."""


class OAuthError(ProtocolError):
    """A request for a token that is answered with an error code of section 5.2."""

    def __init__(self, name: str, what: str, status: int = 400) -> None:
        super().__init__(what, status=status)
        self.name = name


class TokenRequest(NamedTuple):
    """Who asks for a token, and for which resources, if it names any."""

    client: str
    secret: str
    resources: tuple[str, ...]


def read_token_request(media: str, authorization: str, body: bytes) -> TokenRequest:
    """A request for a token.

    Raises:
        OAuthError: it does not read, names a client in two ways or not at all, or asks for another grant.
    """
    fields = _fields(media, body)
    told = dict(fields)
    if told.get("grant_type") != _GRANT:
        raise OAuthError("unsupported_grant_type", f"the only grant is {_GRANT}")
    resources = tuple(value for name, value in fields if name == "resource")
    if not authorization:
        return TokenRequest(told.get("client_id", ""), told.get("client_secret", ""), resources)
    if "client_secret" in told:
        raise OAuthError("invalid_request", "the client is named in two ways")
    client, secret = _basic(authorization)
    if told.get("client_id", client) != client:
        raise OAuthError("invalid_request", "the client is named in two ways")
    return TokenRequest(client, secret, resources)


def _fields(media: str, body: bytes) -> list[tuple[str, str]]:
    if media.partition(";")[0].strip().lower() != FORM:
        raise OAuthError("invalid_request", f"the request must be {FORM}")
    try:
        fields = parse_qsl(body.decode("ascii"), keep_blank_values=True, max_num_fields=_MOST_FIELDS, errors="strict")
    except ValueError:
        raise OAuthError("invalid_request", "the request does not read") from None
    single = [name for name, _ in fields if name != "resource"]
    if len(single) != len(set(single)):
        raise OAuthError("invalid_request", "a parameter comes twice")
    return fields


def _basic(authorization: str) -> tuple[str, str]:
    """Id and secret of the `Authorization` header, each encoded like a form (section 2.3.1)."""
    scheme, _, encoded = authorization.partition(" ")
    try:
        client, colon, secret = base64.b64decode(encoded.strip(), validate=True).decode().partition(":")
    except (binascii.Error, ValueError):
        scheme = colon = client = secret = ""
    if scheme.lower() != "basic" or not colon:
        raise OAuthError("invalid_client", "the client does not read", 401)
    return unquote_plus(client), unquote_plus(secret)


def token(access: str, seconds: int) -> bytes:
    """The answer to who is known (section 5.1)."""
    said = {"access_token": access, "token_type": "Bearer", "expires_in": seconds, "scope": SCOPE}
    return msgspec.json.encode(said)


def error_body(name: str, message: str) -> bytes:
    """The answer to who is not (section 5.2)."""
    plain = "".join(c if _PLAIN.fullmatch(c) else "'" for c in message)
    return msgspec.json.encode({"error": name, "error_description": plain})


def server_metadata(issuer: str, token_endpoint: str, authorization_endpoint: str) -> bytes:
    """Metadata of the server. An endpoint for people is named although no grant here uses it, since clients exist that
    do not read metadata without one; it tells people what to do instead."""
    said: dict[str, Any] = {
        "issuer": issuer,
        "authorization_endpoint": authorization_endpoint,
        "token_endpoint": token_endpoint,
        "token_endpoint_auth_methods_supported": _METHODS,
        "grant_types_supported": [_GRANT],
        "response_types_supported": [],
        "scopes_supported": [SCOPE],
    }
    return msgspec.json.encode(said)


def resource_metadata(resource: str, name: str, server: str) -> bytes:
    """Metadata of a protected resource, and which server gives tokens for it."""
    said = {
        "resource": resource,
        "resource_name": name,
        "authorization_servers": [server],
        "scopes_supported": [SCOPE],
        "bearer_methods_supported": ["header"],
    }
    return msgspec.json.encode(said)
