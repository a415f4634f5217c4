"""S3: answers of a read-only object store in XML (Amazon S3 API reference, 2006-03-01)."""

from __future__ import annotations

import base64
import binascii
import datetime as dt
from collections.abc import Mapping, Sequence
from typing import Final, NamedTuple
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


def listing(bucket: str, objects: Sequence[Stored], query: Mapping[str, str]) -> bytes:
    """ListObjectsV2, or the first version where the query does not name the second. Objects are in order of keys.

    Raises:
        ProtocolError: a number or token does not read.
    """
    second = query.get("list-type") == "2"
    prefix, delimiter = query.get("prefix", ""), query.get("delimiter", "")
    after = _after(query) if second else query.get("marker", "")
    found = [(one, _group(one.key, prefix, delimiter)) for one in objects if one.key.startswith(prefix)]
    behind = [(one, group) for one, group in found if (group or one.key) > after]
    names = list(dict.fromkeys(group or one.key for one, group in behind))
    most = _number(query.get("max-keys", ""))
    shown, more = set(names[:most]), len(names) > most
    root = Element("ListBucketResult", xmlns=_NAMESPACE)
    _put(root, Name=bucket, Prefix=prefix, MaxKeys=str(most), IsTruncated="true" if more else "false")
    if delimiter:
        _put(root, Delimiter=delimiter)
    if query.get("encoding-type") == "url":
        _put(root, EncodingType="url")
    last = names[most - 1] if more and most else ""
    if second:
        _put(root, KeyCount=str(len(shown)))
        if last:
            _put(root, NextContinuationToken=base64.urlsafe_b64encode(last.encode()).decode())
    else:
        _put(root, Marker=after)
        if last:
            _put(root, NextMarker=last)
    for one, group in behind:
        if not group and one.key in shown:
            _object(SubElement(root, "Contents"), one)
    for group in dict.fromkeys(group for _, group in behind if group in shown):
        _put(SubElement(root, "CommonPrefixes"), Prefix=group)
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
