"""Delta Sharing: what its clients send and read (protocol of delta-io/delta-sharing, PROTOCOL.md; bearer profile).

Pure: names and figures in, JSON out. A table has one file in each version; response format `parquet`.
"""

from __future__ import annotations

import base64
import binascii
import datetime as dt
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final, NamedTuple, TypeVar

import msgspec

from tegata.model.errors import ProtocolError
from tegata.wire import strict_json

NDJSON: Final = "application/x-ndjson; charset=utf-8"
CAPABILITIES: Final = "responseformat=parquet"
"""What we answer with, whatever else a client could read."""

VERSION_HEADER: Final = "Delta-Table-Version"
_MAX_QUERY: Final = 64 << 10
_MAX_DEPTH: Final = 32
_MOST_RESULTS: Final = 1000

T = TypeVar("T")


class Query(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """What a client wants of a table. Predicates and limits are hints: the client applies them itself."""

    version: int | None = None
    timestamp: str | None = None
    starting_version: int | None = None
    ending_version: int | None = None
    limit_hint: int | None = None
    predicate_hints: tuple[str, ...] = ()
    json_predicate_hints: str = ""


class Field(NamedTuple):
    """A column. `type` is a primitive type of Delta; `low` and `high` bound its values where known."""

    name: str
    type: str
    nulls: int
    low: Any = None
    high: Any = None


class DataFile(NamedTuple):
    """A file of a table, where it can be fetched until then, and the version in which it came."""

    url: str
    id: str
    size: int
    rows: int
    expires: dt.datetime
    version: int
    at: dt.datetime


class Span(msgspec.Struct, frozen=True, kw_only=True):
    """Versions that a client wants to know of, by number or by time; to the newest where no end is said."""

    start: int | None = None
    end: int | None = None
    start_time: dt.datetime | None = None
    end_time: dt.datetime | None = None


def read_query(body: bytes) -> Query:
    """The body of a query. Predicates and limits are hints.

    Raises:
        ProtocolError: it does not read.
    """
    try:
        said = strict_json.loads(body or b"{}", max_bytes=_MAX_QUERY, max_depth=_MAX_DEPTH)
        query = msgspec.convert({name: value for name, value in said.items() if value is not None}, Query)
    except (msgspec.ValidationError, AttributeError) as error:
        raise ProtocolError("the query does not read", why=str(error)) from None
    if query.version is not None and query.timestamp is not None:
        raise ProtocolError("a query has a version or a timestamp, not both")
    return query


def read_span(query: Mapping[str, str]) -> Span:
    """Which versions `/changes` is asked for. ProtocolError when that does not read, or no beginning is said."""
    start, end = query.get("startingVersion", ""), query.get("endingVersion", "")
    times = [read_time(query[name]) if name in query else None for name in ("startingTimestamp", "endingTimestamp")]
    if (start == "") == (times[0] is None) or (end and times[1] is not None):
        raise ProtocolError("changes begin, and end, at a version or at a timestamp")
    return Span(
        start=_number(start, 0) if start else None,
        end=_number(end, 0) if end else None,
        start_time=times[0],
        end_time=times[1],
    )


def read_number(text: str) -> int | None:
    """A number of a version, None for nothing. ProtocolError for what is none."""
    return _number(text, 0) if text else None


def read_time(text: str) -> dt.datetime:
    """ProtocolError for what is no time by ISO 8601; one without a zone is UTC."""
    try:
        at = dt.datetime.fromisoformat(text)
        return (at if at.tzinfo else at.replace(tzinfo=dt.UTC)).astimezone(dt.UTC)
    except (ValueError, OverflowError):
        raise ProtocolError("the timestamp does not read", hint="write it by ISO 8601") from None


def profile(endpoint: str, token: str, expires: dt.datetime) -> bytes:
    """A profile file, version 1: what a client is given."""
    return msgspec.json.format(
        msgspec.json.encode(
            {
                "shareCredentialsVersion": 1,
                "endpoint": endpoint,
                "bearerToken": token,
                "expirationTime": _timestamp(expires),
            }
        )
    )


def oauth_profile(endpoint: str, token_endpoint: str, client: str, secret: str) -> bytes:
    """A profile file, version 2: a client that fetches short tokens itself (OAuth client credentials)."""
    said = {
        "shareCredentialsVersion": 2,
        "type": "oauth_client_credentials",
        "endpoint": endpoint,
        "tokenEndpoint": token_endpoint,
        "clientId": client,
        "clientSecret": secret,
    }
    return msgspec.json.format(msgspec.json.encode(said))


def page(items: Sequence[Mapping[str, str]], query: Mapping[str, str]) -> bytes:
    """One page of a list. ProtocolError for a page that there is not."""
    start, most = _start(query.get("pageToken", "")), _number(query.get("maxResults", ""), _MOST_RESULTS)
    end = start + min(most, _MOST_RESULTS)
    document: dict[str, Any] = {"items": items[start:end]}
    if end < len(items):
        document["nextPageToken"] = base64.urlsafe_b64encode(str(end).encode()).decode()
    return msgspec.json.encode(document)


def share(name: str) -> bytes:
    return msgspec.json.encode({"share": {"name": name, "id": name}})


def metadata_lines(table_id: str, name: str, fields: Iterable[Field], size: int, *, changes: bool = False) -> bytes:
    """Protocol and metadata of a table, as NDJSON. `changes`: it has a change data feed."""
    schema = {
        "type": "struct",
        "fields": [{"name": f.name, "type": f.type, "nullable": True, "metadata": {}} for f in fields],
    }
    metadata = {
        "id": table_id,
        "name": name,
        "format": {"provider": "parquet"},
        "schemaString": msgspec.json.encode(schema).decode(),
        "configuration": {"enableChangeDataFeed": "true"} if changes else {},
        "partitionColumns": [],
        "numFiles": 1,
        "size": size,
    }
    return _lines({"protocol": {"minReaderVersion": 1}}, {"metaData": metadata})


def file_line(file: DataFile, fields: Sequence[Field]) -> bytes:
    """The file of a table, as NDJSON."""
    return _lines({"file": _told(file) | {"stats": _stats(file, fields), "version": file.version}})


def add_line(file: DataFile, fields: Sequence[Field]) -> bytes:
    """A file all rows of which came with its version."""
    return _lines({"add": _told(file) | _when(file) | {"stats": _stats(file, fields)}})


def remove_line(file: DataFile) -> bytes:
    """A file all rows of which went with that version."""
    return _lines({"remove": _told(file) | _when(file)})


def cdf_line(file: DataFile) -> bytes:
    """A file of changes, in which the column `_change_type` says what each row is."""
    return _lines({"cdf": _told(file) | _when(file)})


def _told(file: DataFile) -> dict[str, Any]:
    expires = int(file.expires.timestamp() * 1000)
    told = {"url": file.url, "id": file.id, "partitionValues": {}, "size": file.size}
    return told | {"expirationTimestamp": expires}


def _when(file: DataFile) -> dict[str, Any]:
    return {"version": file.version, "timestamp": int(file.at.timestamp() * 1000)}


def _stats(file: DataFile, fields: Sequence[Field]) -> str:
    stats = {
        "numRecords": file.rows,
        "minValues": {f.name: f.low for f in fields if f.low is not None},
        "maxValues": {f.name: f.high for f in fields if f.high is not None},
        "nullCount": {f.name: f.nulls for f in fields},
    }
    return msgspec.json.encode(stats).decode()


def error_body(code: str, message: str) -> bytes:
    return msgspec.json.encode({"errorCode": code, "message": message})


def _lines(*documents: Any) -> bytes:
    return b"".join(msgspec.json.encode(document) + b"\n" for document in documents)


def _timestamp(at: dt.datetime) -> str:
    return at.astimezone(dt.UTC).strftime("%Y-%m-%dT%H:%M:%S.000Z")


def _start(token: str) -> int:
    try:
        return _number(base64.b64decode(token.encode(), altchars=b"-_", validate=True).decode(), 0)
    except (binascii.Error, ValueError):
        raise ProtocolError("there is no such page", hint="use the token of an earlier answer") from None


def _number(text: str, otherwise: int) -> int:
    if not text:
        return otherwise
    if not text.isascii() or not text.isdigit() or len(text) > 9:
        raise ProtocolError(f"`{text[:40]}` is no number")
    return int(text)
