"""JAdES (ETSI TS 119 182-1): a JWS that names its signer's certificate, when it was made and what it is about.

Made are baseline signatures of level B-B as compact JWS: over a payload inside, or over files beside it by their
digests (`sigD`, mechanism ObjectIdByURIHash, with unencoded payload so that the digests are of the very bytes).
"""

from __future__ import annotations

import base64
import binascii
import datetime as dt
import hashlib
import hmac
import json
from collections.abc import Iterable, Mapping
from typing import Any, Final, NoReturn

from cryptography import x509
from cryptography.exceptions import UnsupportedAlgorithm

from tegata.model.base import Text, t
from tegata.model.errors import VerificationError
from tegata.trust.ades import jades_values
from tegata.trust.ades.signature import (
    MAX_OBJECTS,
    MAX_SIGNATURE,
    Ades,
    Contents,
    NoCertificateError,
    find,
    other_content,
)
from tegata.trust.certified import CertifiedKey
from tegata.trust.jose import jose_form, jose_names, verify_jose
from tegata.trust.jws import base64url, read_header, unbase64url
from tegata.trust.public_key import VerifyingKey, acceptable

BY_HASH: Final = "http://uri.etsi.org/19182/ObjectIdByURIHash"
_HASHES: Final = {"S256": "sha256", "S384": "sha384", "S512": "sha512"}
_UNDERSTOOD: Final = frozenset({"b64", "sigD", "sigT", "iat", "x5t#o", "sigX5ts", "cty", "x5t#S256"})
_REFUSED: Final = frozenset({"jwk", "jku", "zip", "enc"})
_MAX_HEADER: Final = 2 << 20
_MAX_CHAIN: Final = 32


def sign_payload(payload: bytes, certified: CertifiedKey, at: dt.datetime, cty: str = "") -> str:
    """A compact JWS with the payload inside. `cty`: its media type."""
    header = _header(certified, at) | ({"cty": cty} if cty else {})
    return _signed(header, base64url(payload), certified)


def sign_digests(digests: Mapping[str, bytes], certified: CertifiedKey, at: dt.datetime) -> str:
    """A compact JWS over files beside it, by name and SHA-256."""
    mentioned = {
        "mId": BY_HASH,
        "pars": list(digests),
        "hashM": "S256",
        "hashV": [base64url(digest) for digest in digests.values()],
    }
    header = _header(certified, at) | {"b64": False, "sigD": mentioned, "crit": ["b64", "sigD"]}
    return _signed(header, "", certified)


def read_jades(document: bytes, contents: Contents) -> Ades:
    """A compact JWS, or a flattened one in JSON, with one signature. Raises VerificationError.

    NoCertificateError when it does not tell by whose certificate it is to be verified.
    """
    protected, payload, encoded, unsigned = _parts(document)
    signature = unbase64url(encoded)
    header = read_header(unbase64url(protected), _MAX_HEADER)
    _check(header)
    chain = _chain(header)
    certificate = _meant(header, chain)
    signed = f"{protected}.{payload}".encode()

    def holds() -> Text:
        key = _key(certificate)
        verify_jose(key, header["alg"], signature, signed)
        return t(
            f"the key of the certificate signed this ({header['alg']})", f"証明書の鍵が署名しました（{header['alg']}）"
        )

    def same() -> Text:
        return _same(header, payload, contents)

    held = jades_values.read(unsigned)
    others = tuple(one for one in (*chain, *held.certificates) if one != certificate)
    return Ades(
        "JAdES",
        certificate,
        others,
        held.lists,
        _time(header),
        same,
        holds,
        encoded.encode(),
        held.stamps,
        held.answers,
    )


def stamped_value(document: bytes) -> bytes:
    """What a time-stamp on the signature is over (clause 5.3.4): its value, as encoded. Raises VerificationError."""
    return _parts(document)[2].encode()


def with_stamp(document: bytes, token: bytes) -> bytes:
    """The signature with a time-stamp on it: level B-T. It is JSON then (RFC 7515 section 7.2.2)."""
    return _with(document, jades_values.stamp(token))


def with_values(
    document: bytes, certificates: Iterable[bytes], lists: Iterable[bytes], answers: Iterable[bytes] = ()
) -> bytes:
    """The signature with all that its verdict needs: level B-LT. `answers`: OCSP responses (DER)."""
    return _with(document, *jades_values.values(certificates, lists, answers))


def _with(document: bytes, *more: str) -> bytes:
    protected, payload, signature, unsigned = _parts(document)
    held = unsigned.get("etsiU", [])
    jws = {"payload": payload, "protected": protected, "header": {"etsiU": [*held, *more]}, "signature": signature}
    return json.dumps(jws, separators=(",", ":")).encode()


def looks_like(document: bytes) -> bool:
    """Whether to read a document as JAdES: a JWS that brings certificates, or one in JSON."""
    start = document.lstrip()
    if start.startswith(b"{"):
        return b'"protected"' in document or b'"signatures"' in document
    try:
        header = read_header(unbase64url(start.partition(b".")[0].decode("ascii")), _MAX_HEADER)
    except (VerificationError, UnicodeDecodeError):
        return False
    return not header.keys().isdisjoint(("x5c", "x5t#S256", "x5t#o", "sigX5ts", "sigD"))


def payload_of(document: bytes) -> bytes:
    """What is inside, unverified. Raises VerificationError."""
    return unbase64url(_parts(document)[1])


def _header(certified: CertifiedKey, at: dt.datetime) -> dict[str, Any]:
    raw = (certified.certificate, *certified.chain)
    name = jose_names(acceptable(certified.x509.public_key()))[0]
    return {
        "alg": "EdDSA" if name == "Ed25519" else name,  # the name that readers of JAdES know (RFC 8037)
        "typ": "jose",
        "iat": int(at.timestamp()),
        "x5t#S256": base64url(hashlib.sha256(raw[0]).digest()),
        "x5c": [base64.b64encode(one).decode() for one in raw],
    }


def _signed(header: dict[str, Any], payload: str, certified: CertifiedKey) -> str:
    protected = base64url(json.dumps(header, separators=(",", ":"), ensure_ascii=False).encode())
    signature = certified.sign(f"{protected}.{payload}".encode())
    return f"{protected}.{payload}.{base64url(jose_form(signature, certified.x509.public_key()))}"


def _parts(document: bytes) -> tuple[str, str, str, dict[str, Any]]:
    """Protected header, payload and signature, as encoded, and the header that is not signed."""
    if len(document) > MAX_SIGNATURE:
        _refuse("it is too long", "長すぎます")
    try:
        text = document.decode("ascii").strip() if not document.lstrip().startswith(b"{") else ""
    except UnicodeDecodeError:
        _refuse("it is not a JWS", "JWS ではありません")
    if not text:
        return _flattened(read_header(document.strip(), MAX_SIGNATURE))
    parts = text.split(".")
    if len(parts) != 3:
        _refuse("it does not have three parts", "三つの部分から成っていません")
    return parts[0], parts[1], parts[2], {}


def _flattened(jws: dict[str, Any]) -> tuple[str, str, str, dict[str, Any]]:
    """RFC 7515 section 7.2. Of the general form only what holds one signature."""
    many = jws.pop("signatures", None)
    if isinstance(many, list) and len(many) == 1 and isinstance(many[0], dict) and not many[0].keys() & jws.keys():
        jws |= many[0]
    elif many is not None:
        _refuse("it has not exactly one signature", "署名がちょうど一つではありません")
    protected, payload, signature = (jws.get(name, "") for name in ("protected", "payload", "signature"))
    unsigned = jws.get("header", {})
    if not all(isinstance(part, str) for part in (protected, payload, signature)) or not isinstance(unsigned, dict):
        _refuse("its parts are not text", "部分が文字列ではありません")
    if unsigned.keys() - {"etsiU"}:
        _refuse("its header that is not signed says something", "署名対象外のヘッダーに内容があります")
    return protected, payload, signature, unsigned


def _check(header: dict[str, Any]) -> None:
    """RFC 7515 section 4.1.11, RFC 7797 section 6, TS 119 182-1 clause 5.1."""
    if not isinstance(header.get("alg"), str) or not _REFUSED.isdisjoint(header):
        _refuse("its header carries what is not accepted", "認められない項目がヘッダーにあります")
    critical = header.get("crit", [])
    if not isinstance(critical, list) or not all(isinstance(name, str) for name in critical):
        _refuse("its list of critical names is malformed", "必須項目の一覧の形式が誤っています")
    if ("crit" in header and not critical) or len(set(critical)) != len(critical) or not set(critical) <= set(header):
        _refuse("its list of critical names is malformed", "必須項目の一覧の形式が誤っています")
    if unknown := set(critical) - _UNDERSTOOD:
        _refuse(f"it demands what is not understood: {min(unknown)}", f"解釈できない必須項目: {min(unknown)}")
    if any(name in header and name not in critical for name in ("b64", "sigD")):
        _refuse("a name that must be critical is not", "必須と示すべき項目が示されていません")
    if "b64" in header and not isinstance(header["b64"], bool):
        _refuse("`b64` is neither true nor false", "`b64` が真偽値ではありません")


def _chain(header: dict[str, Any]) -> list[bytes]:
    stated = header.get("x5c", [])
    if not isinstance(stated, list) or len(stated) > _MAX_CHAIN:
        _refuse("its certificates are malformed", "証明書の形式が誤っています")
    chain = []
    for one in stated:
        try:
            raw = base64.b64decode(one, validate=True)
        except (ValueError, TypeError, binascii.Error):
            raw = b""
        if not raw or base64.b64encode(raw).decode() != one:
            _refuse("its certificates are malformed", "証明書の形式が誤っています")
        chain.append(raw)
    return chain


def _meant(header: dict[str, Any], chain: list[bytes]) -> bytes:
    """The certificate that the signed references mean; the first when they are inside themselves (clause 5.1.7)."""
    if not chain:
        raise NoCertificateError(t("it brings no certificate of its signer", "署名者の証明書が含まれていません"))
    references = _references(header)
    if not references:
        return chain[0]
    name, digest = references[0]  # of a list, the first is that of the signer
    for raw in chain:
        if hmac.compare_digest(hashlib.new(name, raw).digest(), digest):
            return raw
    raise NoCertificateError(t("its certificate is not the one that it means", "証明書が、署名の示すものと異なります"))


def _references(header: dict[str, Any]) -> list[tuple[str, bytes]]:
    """Hash and digest of the signer's certificate, in the order in which the header may state them."""
    found: list[Any] = []
    if "x5t#S256" in header:
        found.append({"digAlg": "S256", "digVal": header["x5t#S256"]})
    found += [header["x5t#o"]] if "x5t#o" in header else []
    more = header.get("sigX5ts", [])
    found += more if isinstance(more, list) else [None]
    references = []
    for one in found:
        if not isinstance(one, dict) or one.get("digAlg") not in _HASHES or not isinstance(one.get("digVal"), str):
            _refuse("the reference to its certificate is malformed", "証明書への参照の形式が誤っています")
        references.append((_HASHES[one["digAlg"]], unbase64url(one["digVal"])))
    return references


def _same(header: dict[str, Any], payload: str, contents: Contents) -> Text:
    if "sigD" not in header:
        if header.get("b64") is False:
            _refuse("its payload is not encoded", "ペイロードが符号化されていません")
        size = len(unbase64url(payload))
        return t(f"what was signed is inside: {size} bytes", f"署名されたものは内側にあります（{size} バイト）")
    names, digests, hash_name = _mentioned(header["sigD"])
    if payload or header.get("b64") is not False:
        _refuse("what it is about stands in two places", "署名対象が二通りに示されています")
    for name, digest in zip(names, digests, strict=True):
        if not hmac.compare_digest(find(contents, name)(hash_name), digest):
            raise other_content(name)
    count = len(names)
    return t(f"the files at hand are those signed: {count}", f"手元の {count} 件は署名されたものです")


def _mentioned(stated: object) -> tuple[list[str], list[bytes], str]:
    """Clause 5.2.8: names, digests and the hash."""
    if not isinstance(stated, dict) or stated.get("mId") != BY_HASH or stated.get("hashM") not in _HASHES:
        _refuse("it says what it is about in an unknown way", "署名対象の示し方が未知のものです")
    names, digests = stated.get("pars"), stated.get("hashV")
    if not isinstance(names, list) or not isinstance(digests, list) or len(names) != len(digests):
        _refuse("what it is about is malformed", "署名対象の形式が誤っています")
    if not 0 < len(names) <= MAX_OBJECTS or not all(isinstance(one, str) for one in (*names, *digests)):
        _refuse("what it is about is malformed", "署名対象の形式が誤っています")
    if len(set(names)) != len(names):
        _refuse("it names a file twice", "同じファイルを二度示しています")
    return names, [unbase64url(one) for one in digests], _HASHES[stated["hashM"]]


def _time(header: dict[str, Any]) -> dt.datetime | None:
    """`iat` (seconds), or the older `sigT` (clause 5.2.1)."""
    stated = header.get("iat", header.get("sigT"))
    try:
        if isinstance(stated, int) and not isinstance(stated, bool):
            return dt.datetime.fromtimestamp(stated, dt.UTC)
        if isinstance(stated, str) and stated.endswith("Z"):
            return dt.datetime.fromisoformat(stated)
    except (ValueError, OverflowError, OSError):
        pass
    if stated is not None:
        _refuse("its time is malformed", "時刻の形式が誤っています")
    return None


def _key(certificate: bytes) -> VerifyingKey:
    try:
        return acceptable(x509.load_der_x509_certificate(certificate).public_key())
    except (ValueError, UnsupportedAlgorithm):
        raise NoCertificateError(t("the certificate cannot be read", "証明書を読み取れません")) from None


def _refuse(en: str, ja: str) -> NoReturn:
    raise VerificationError(t("the signature is not acceptable JAdES", "JAdES として認められません"), why=t(en, ja))
