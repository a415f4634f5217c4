"""Signed requests of S3 (AWS Signature Version 4), in the header or in the query (presigned), as a server reads them.

Pure: the parts of a request in, whether a secret made its signature out. Reference: AWS, "Signature Version 4 signing
process" and "Authenticating requests (AWS Signature Version 4)" of the S3 API reference.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import hmac
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final
from urllib.parse import quote, unquote_to_bytes

from tegata.model.errors import ProtocolError

_ALGORITHM: Final = "AWS4-HMAC-SHA256"
_UNSIGNED: Final = "UNSIGNED-PAYLOAD"
_CREDENTIAL: Final = re.compile(r"([A-Za-z0-9_-]{1,128})/([0-9]{8})/([a-z0-9-]{1,64})/s3/aws4_request")
_SIGNATURE: Final = re.compile(r"[0-9a-f]{64}")
_TIME: Final = re.compile(r"([0-9]{8})T[0-9]{6}Z")
_PART: Final = re.compile(r"\s*([A-Za-z]+)=([^\s,]+)\s*")

SKEW_SECONDS: Final = 15 * 60
"""So far the clock of a client may be from ours."""

_LONGEST: Final = 7 * 24 * 3600
"""Seconds that a presigned address may be good for, as S3 has it."""


@dataclass(frozen=True)
class Signed:
    """A signature that came with a request. It is good from `since` up to `until` (seconds since 1970)."""

    key_id: str
    since: float
    until: float
    _scope: tuple[str, str] = field(repr=False)  # day and region
    _text: str = field(repr=False)
    _signature: str = field(repr=False)

    def made_by(self, secret: str) -> bool:
        """Whether the holder of this secret has made it."""
        day, region = self._scope
        key = ("AWS4" + secret).encode()
        for part in (day, region, "s3", "aws4_request"):
            key = hmac.new(key, part.encode(), hashlib.sha256).digest()
        made = hmac.new(key, self._text.encode(), hashlib.sha256).hexdigest()
        return hmac.compare_digest(made, self._signature)


@dataclass(frozen=True)
class Asked:
    """A request as it came: path and query still encoded, names of fields in lower case, each field once or more."""

    method: str
    path: str
    query: str
    headers: Sequence[tuple[str, str]]


def read_signature(asked: Asked) -> Signed:
    """The signature of a request, of either form.

    Raises:
        ProtocolError: 401 when there is none, 400 when it does not read or leaves out what must be signed.
    """
    said, told = dict(asked.headers), pairs(asked.query)
    if said.get("authorization", "").startswith(_ALGORITHM):
        return _from_header(asked, said, told)
    named = dict(told)
    if named.get("X-Amz-Algorithm") == _ALGORITHM:
        return _from_query(asked, named, told)
    raise ProtocolError("the request is not signed", status=401)


def pairs(query: str) -> list[tuple[str, str]]:
    """Names and values of a query, decoded; a plus sign stands for itself."""
    parts = (part.partition("=") for part in query.split("&") if part)
    return [(_decoded(name), _decoded(value)) for name, _, value in parts]


def _from_header(asked: Asked, said: Mapping[str, str], told: Sequence[tuple[str, str]]) -> Signed:
    rest = said["authorization"].removeprefix(_ALGORITHM)
    parts = {found[1]: found[2] for part in rest.split(",") if (found := _PART.fullmatch(part))}
    names, at = _names(parts.get("SignedHeaders", "")), _time(said.get("x-amz-date", ""))
    payload = said.get("x-amz-content-sha256", _UNSIGNED)
    window = (at - SKEW_SECONDS, at + SKEW_SECONDS)
    signature = parts.get("Signature", "")
    return _signed(
        asked, parts.get("Credential", ""), said.get("x-amz-date", ""), names, told, payload, signature, window
    )


def _from_query(asked: Asked, named: Mapping[str, str], told: Sequence[tuple[str, str]]) -> Signed:
    names, at = _names(named.get("X-Amz-SignedHeaders", "")), _time(named.get("X-Amz-Date", ""))
    seconds = named.get("X-Amz-Expires", "")
    if not (seconds.isascii() and seconds.isdigit() and len(seconds) <= 6 and 0 < int(seconds) <= _LONGEST):
        raise _unreadable("X-Amz-Expires")
    others = [(name, value) for name, value in told if name != "X-Amz-Signature"]
    window = (at - SKEW_SECONDS, at + int(seconds))
    credential, signature = named.get("X-Amz-Credential", ""), named.get("X-Amz-Signature", "")
    return _signed(asked, credential, named.get("X-Amz-Date", ""), names, others, _UNSIGNED, signature, window)


def _signed(
    asked: Asked,
    credential: str,
    time: str,
    names: Sequence[str],
    told: Iterable[tuple[str, str]],
    payload: str,
    signature: str,
    window: tuple[float, float],
) -> Signed:
    scope = _CREDENTIAL.fullmatch(credential)
    if scope is None or not _SIGNATURE.fullmatch(signature) or scope[2] != time[:8]:
        raise _unreadable("Credential")
    _check_signed(names, asked.headers)
    canonical = "\n".join(
        (
            asked.method,
            quote(unquote_to_bytes(asked.path), safe="/-_.~"),
            "&".join(sorted(f"{_encoded(name)}={_encoded(value)}" for name, value in told)),
            *(f"{name}:{_value(asked.headers, name)}" for name in names),
            "",
            ";".join(names),
            payload,
        )
    )
    place = f"{scope[2]}/{scope[3]}/s3/aws4_request"
    text = "\n".join((_ALGORITHM, time, place, hashlib.sha256(canonical.encode()).hexdigest()))
    return Signed(scope[1], *window, (scope[2], scope[3]), text, signature)


def _check_signed(names: Sequence[str], headers: Sequence[tuple[str, str]]) -> None:
    """The host and all that S3 gives a meaning must be signed, or somebody on the way could change it."""
    unsigned = {name for name, _ in headers if name == "host" or name.startswith("x-amz-")} - set(names)
    if unsigned or "host" not in names:
        raise ProtocolError("there are fields which are not signed", why=", ".join(sorted(unsigned)) or "host")


def _value(headers: Sequence[tuple[str, str]], name: str) -> str:
    return ",".join(" ".join(value.split()) for found, value in headers if found == name)


def _names(text: str) -> list[str]:
    names = text.split(";")
    if names != sorted(set(names)) or text != text.lower():
        raise _unreadable("SignedHeaders")
    return names


def _time(text: str) -> float:
    try:
        if _TIME.fullmatch(text):
            return dt.datetime.strptime(text, "%Y%m%dT%H%M%SZ").replace(tzinfo=dt.UTC).timestamp()
    except ValueError:
        pass
    raise _unreadable("X-Amz-Date")


def _decoded(text: str) -> str:
    return unquote_to_bytes(text).decode("utf-8", "surrogateescape")


def _encoded(text: str) -> str:
    return quote(text.encode("utf-8", "surrogateescape"), safe="-_.~")


def _unreadable(part: str) -> ProtocolError:
    return ProtocolError(f"the signature does not read: `{part}`")
