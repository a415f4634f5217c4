"""S3: answers of a read-only object store in XML (Amazon S3 API reference, 2006-03-01)."""

from __future__ import annotations

import base64
import binascii
import datetime as dt
from collections.abc import Mapping, Sequence
from typing import Final, NamedTuple
from urllib.parse import quote
from xml.etree.ElementTree import Element, SubElement, tostring

from tegata.model.errors import ProtocolError

XML: Final = "application/xml"
_NAMESPACE: Final = "http://s3.amazonaws.com/doc/2006-03-01/"
_MOST_KEYS: Final = 1000


class Stored(NamedTuple):
    """An object as a list shows it."""

    key: str
    size: int
    etag: str
    modified: dt.datetime


def buckets(names: Sequence[str], since: dt.datetime, owner: str) -> bytes:
    """ListBuckets."""
    root = Element("ListAllMyBucketsResult", xmlns=_NAMESPACE)
    _put(SubElement(root, "Owner"), ID=owner, DisplayName=owner)
    listed = SubElement(root, "Buckets")
    for name in names:
        _put(SubElement(listed, "Bucket"), Name=name, CreationDate=_time(since))
    return _xml(root)


def location() -> bytes:
    """GetBucketLocation: empty, which means the first of all regions."""
    return _xml(Element("LocationConstraint", xmlns=_NAMESPACE))


class Page(NamedTuple):
    """What one answer of a list is about, in order: keys that it tells of by themselves, and prefixes of others."""

    keys: list[str]
    prefixes: list[str]
    most: int
    last: str  # where the next one goes on behind; empty when this is the last


def page(keys: Sequence[str], query: Mapping[str, str]) -> Page:
    """What a query asks for of all keys, which are in order.

    Raises:
        ProtocolError: a number or token does not read.
    """
    prefix, delimiter, after = query.get("prefix", ""), query.get("delimiter", ""), _after(query)
    found = [(key, _group(key, prefix, delimiter)) for key in keys if key.startswith(prefix)]
    names = list(dict.fromkeys(group or key for key, group in found if (group or key) > after))
    most = _number(query.get("max-keys", ""))
    shown, groups = names[:most], {group for _, group in found}
    last = shown[-1] if shown and len(names) > most else ""
    return Page([one for one in shown if one not in groups], [one for one in shown if one in groups], most, last)


def listing(bucket: str, found: Page, objects: Sequence[Stored], query: Mapping[str, str]) -> bytes:
    """ListObjectsV2, or the first version where the query does not name the second. `objects`: those of the keys."""
    coded = quote if query.get("encoding-type") == "url" else str
    root = Element("ListBucketResult", xmlns=_NAMESPACE)
    more = "true" if found.last else "false"
    _put(root, Name=bucket, Prefix=coded(query.get("prefix", "")), MaxKeys=str(found.most), IsTruncated=more)
    if query.get("delimiter", ""):
        _put(root, Delimiter=coded(query["delimiter"]))
    if query.get("encoding-type") == "url":
        _put(root, EncodingType="url")
    if query.get("list-type") == "2":
        _put(root, KeyCount=str(len(found.keys) + len(found.prefixes)))
        if found.last:
            _put(root, NextContinuationToken=base64.urlsafe_b64encode(found.last.encode()).decode())
    else:
        _put(root, Marker=coded(_after(query)))
        if found.last:
            _put(root, NextMarker=coded(found.last))
    for one in objects:
        _object(SubElement(root, "Contents"), one._replace(key=coded(one.key)))
    for prefix in found.prefixes:
        _put(SubElement(root, "CommonPrefixes"), Prefix=coded(prefix))
    return _xml(root)


def error_body(code: str, message: str) -> bytes:
    root = Element("Error")
    _put(root, Code=code, Message=message)
    return _xml(root)


def _group(key: str, prefix: str, delimiter: str) -> str:
    """The prefix under which a key is told together with others, empty when it is told by itself."""
    head, found, _ = key[len(prefix) :].partition(delimiter) if delimiter else ("", "", "")
    return prefix + head + found if found else ""


def _object(into: Element, one: Stored) -> None:
    _put(
        into, Key=one.key, LastModified=_time(one.modified), ETag=one.etag, Size=str(one.size), StorageClass="STANDARD"
    )


def _after(query: Mapping[str, str]) -> str:
    if query.get("list-type") != "2":
        return query.get("marker", "")
    token = query.get("continuation-token", "")
    try:
        return (
            base64.b64decode(token, altchars=b"-_", validate=True).decode() if token else query.get("start-after", "")
        )
    except (binascii.Error, ValueError):
        raise ProtocolError("the continuation token does not read") from None


def _number(text: str) -> int:
    if not text:
        return _MOST_KEYS
    if not (text.isascii() and text.isdigit() and len(text) <= 9):
        raise ProtocolError("`max-keys` is no number")
    return min(int(text), _MOST_KEYS)


def _time(at: dt.datetime) -> str:
    return at.astimezone(dt.UTC).strftime("%Y-%m-%dT%H:%M:%S.000Z")


def _put(into: Element, **texts: str) -> None:
    for name, text in texts.items():
        SubElement(into, name).text = text


def _xml(root: Element) -> bytes:
    written: bytes = tostring(root, encoding="utf-8", xml_declaration=True)
    return written
