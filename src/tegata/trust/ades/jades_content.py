"""What a JAdES signature is about (TS 119 182-1 clause 5.2.8): the payload inside, or files beside it (`sigD`)."""

from __future__ import annotations

import base64
import hmac
from collections.abc import Iterator, Mapping
from typing import Any, Final

from tegata.model.base import Text, t
from tegata.model.errors import VerificationError
from tegata.trust.ades.jades_form import refuse
from tegata.trust.ades.signature import MAX_OBJECTS, Contents, absent, find, other_content
from tegata.trust.content import Content
from tegata.trust.jws import base64url, unbase64url

BY_HASH: Final = "http://uri.etsi.org/19182/ObjectIdByURIHash"
HASHES: Final = {"S256": "sha256", "S384": "sha384", "S512": "sha512"}


def mentioned(digests: Mapping[str, bytes]) -> dict[str, Any]:
    """The `sigD` of files by name and SHA-256."""
    values = [base64url(digest) for digest in digests.values()]
    return {"mId": BY_HASH, "pars": list(digests), "hashM": "S256", "hashV": values}


def same(header: dict[str, Any], payload: str, contents: Contents) -> Text:
    """That the data at hand are those signed. Raises VerificationError, OpenError when they are not at hand."""
    if "sigD" not in header:
        if header.get("b64") is False:
            refuse("its payload is not encoded", "ペイロードが符号化されていません")
        if not payload and contents:
            refuse("what it is about is nowhere stated", "署名対象が示されていません")
        if not payload:
            raise absent("DATA")
        size = len(unbase64url(payload))
        return t(f"what was signed is inside: {size} bytes", f"署名されたものは内側にあります（{size} バイト）")
    try:
        names, digests, hash_name = _stated(header["sigD"])
    except VerificationError:
        if contents:
            raise
        raise absent("DATA") from None  # there is nothing to hold against it
    if payload:
        refuse("what it is about stands in two places", "署名対象が二通りに示されています")
    found = [find(contents, name) for name in names]  # all must be at hand before any is compared
    for name, content, digest in zip(names, found, digests, strict=True):
        if not hmac.compare_digest(_taken(header, content)(hash_name), digest):
            raise other_content(name)
    count = len(names)
    return t(f"the files at hand are those signed: {count}", f"手元の {count} 件は署名されたものです")


def blocks(header: dict[str, Any], payload: str, contents: Contents) -> Iterator[bytes]:
    """The signed data as an archive time-stamp takes them (clause 5.3.6.3.1). Raises like `same`."""
    if "sigD" not in header:
        yield payload.encode()
        return
    for name in _stated(header["sigD"])[0]:
        yield from _taken(header, find(contents, name))


def _taken(header: dict[str, Any], content: Content) -> Content:
    """A file as it is digested: its very bytes, or encoded (RFC 7797 section 3)."""
    return content if header.get("b64") is False else Content(lambda: _encoded(content))


def _encoded(content: Content) -> Iterator[bytes]:
    rest = b""
    for block in content:
        held = rest + block
        whole = len(held) - len(held) % 3
        yield base64.urlsafe_b64encode(held[:whole])
        rest = held[whole:]
    yield base64.urlsafe_b64encode(rest).rstrip(b"=")


def _stated(stated: object) -> tuple[list[str], list[bytes], str]:
    """Names, digests and the hash."""
    if not isinstance(stated, dict) or stated.get("mId") != BY_HASH or stated.get("hashM") not in HASHES:
        refuse("it says what it is about in an unknown way", "署名対象の示し方が未知のものです")
    names, digests = stated.get("pars"), stated.get("hashV")
    if not isinstance(names, list) or not isinstance(digests, list) or len(names) != len(digests):
        refuse("what it is about is malformed", "署名対象の形式が誤っています")
    if not 0 < len(names) <= MAX_OBJECTS or not all(isinstance(one, str) for one in (*names, *digests)):
        refuse("what it is about is malformed", "署名対象の形式が誤っています")
    if len(set(names)) != len(names):
        refuse("it names a file twice", "同じファイルを二度示しています")
    return names, [unbase64url(one) for one in digests], HASHES[stated["hashM"]]


def archived(before: bytes, header: dict[str, Any], payload: str, contents: Contents) -> Content:
    """What an archive time-stamp is over: the signed data, then `before`, signature and what stood beside it."""

    def taken() -> Iterator[bytes]:
        same(header, payload, contents)  # else it would be over other data
        yield from blocks(header, payload, contents)
        yield before

    return Content(taken)
