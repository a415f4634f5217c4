"""The forms of a JWS (RFC 7515 section 7): compact, and flattened or general JSON. Strings as they are encoded."""

from __future__ import annotations

import json
from typing import Any, Final, NamedTuple, NoReturn

from tegata.model.base import t
from tegata.model.errors import VerificationError
from tegata.trust.ades.signature import MAX_SIGNATURE, MAX_SIGNATURES
from tegata.trust.jws import read_header

_OWN: Final = frozenset({"protected", "header", "signature"})


class Jws(NamedTuple):
    """One signature: protected header, payload and value as encoded, and the header that is not signed."""

    protected: str
    payload: str
    signature: str
    unsigned: dict[str, Any]

    @property
    def parts(self) -> list[object]:
        """What stands beside the signature (TS 119 182-1 clause 5.3.1), in order."""
        stated = self.unsigned.get("etsiU", [])
        return stated if isinstance(stated, list) else []

    def with_parts(self, *more: str) -> bytes:
        """The signature in flattened JSON, with more beside it."""
        header = {"etsiU": [*self.parts, *more]}
        jws = {"payload": self.payload, "protected": self.protected, "header": header, "signature": self.signature}
        return json.dumps(jws, separators=(",", ":")).encode()


def read_jws(document: bytes) -> list[Jws]:
    """The signatures of a document; at least one. Raises VerificationError."""
    if len(document) > MAX_SIGNATURE:
        refuse("it is too long", "長すぎます")
    if document.lstrip().startswith(b"{"):
        return _in_json(read_header(document.strip(), MAX_SIGNATURE))
    try:
        parts = document.decode("ascii").strip().split(".")
    except UnicodeDecodeError:
        refuse("it is not a JWS", "JWS ではありません")
    if len(parts) != 3:
        refuse("it does not have three parts", "三つの部分から成っていません")
    return [Jws(parts[0], parts[1], parts[2], {})]


def only(document: bytes) -> Jws:
    """Of a document with one signature, that. Raises VerificationError."""
    found = read_jws(document)
    if len(found) != 1:
        refuse("it has not exactly one signature", "署名がちょうど一つではありません")
    return found[0]


def _in_json(jws: dict[str, Any]) -> list[Jws]:
    """Flattened, or general with members for each signature; never both."""
    if "signatures" not in jws:
        return [_read(jws, jws.get("payload", ""))]
    many = jws["signatures"]
    if not isinstance(many, list) or not 0 < len(many) <= MAX_SIGNATURES or not _OWN.isdisjoint(jws):
        refuse("its signatures are malformed", "署名の一覧の形式が誤っています")
    return [_read(one if isinstance(one, dict) else {}, jws.get("payload", "")) for one in many]


def _read(one: dict[str, Any], payload: object) -> Jws:
    protected, signature, unsigned = one.get("protected", ""), one.get("signature", ""), one.get("header", {})
    texts = isinstance(protected, str) and isinstance(payload, str) and isinstance(signature, str)
    if not texts or not isinstance(unsigned, dict):
        refuse("its parts are not text", "部分が文字列ではありません")
    if unsigned.keys() - {"etsiU"}:
        refuse("its header that is not signed says something", "署名対象外のヘッダーに内容があります")
    return Jws(protected, str(payload), signature, unsigned)


def refuse(en: str, ja: str) -> NoReturn:
    raise VerificationError(t("the signature is not acceptable JAdES", "JAdES として認められません"), why=t(en, ja))
