"""JAdES (ETSI TS 119 182-1): a JWS that names its signer's certificate, when it was made and what it is about.

Made are baseline signatures of level B-B as compact JWS: over a payload inside, or over files beside it by their
digests (`sigD`, mechanism ObjectIdByURIHash, with unencoded payload so that the digests are of the very bytes).
"""

from __future__ import annotations

import base64
import binascii
import datetime as dt
import functools
import hashlib
import hmac
import json
from collections.abc import Callable, Collection, Iterable, Mapping
from typing import Any, Final

from cryptography import x509
from cryptography.exceptions import UnsupportedAlgorithm

from tegata.model.base import Text, t
from tegata.model.errors import VerificationError
from tegata.trust.ades import jades_values
from tegata.trust.ades.jades_content import HASHES, archived, mentioned, same
from tegata.trust.ades.jades_form import Jws, only, read_jws, refuse
from tegata.trust.ades.signature import Ades, Archive, Contents, NoCertificateError
from tegata.trust.certified import CertifiedKey
from tegata.trust.content import DigestOf
from tegata.trust.jose import jose_form, jose_names, verify_jose
from tegata.trust.jws import base64url, read_header, unbase64url
from tegata.trust.public_key import VerifyingKey, acceptable

_UNDERSTOOD: Final = frozenset({"b64", "sigD", "sigT", "iat", "x5t#o", "sigX5ts", "cty", "x5t#S256", "etsiU"})
_STATED: Final = frozenset(
    {"srCms", "sigPl", "srAts", "adoTst", "sigPId"}
)  # what its signer says, by which nothing is judged
_REFUSED: Final = frozenset({"jwk", "jku", "zip", "enc"})
_MAX_HEADER: Final = 2 << 20
_MAX_CHAIN: Final = 32


def sign_payload(payload: bytes, certified: CertifiedKey, at: dt.datetime, cty: str = "") -> str:
    """A compact JWS with the payload inside. `cty`: its media type."""
    header = _header(certified, at) | ({"cty": cty} if cty else {})
    return _signed(header, base64url(payload), certified)


def sign_digests(digests: Mapping[str, bytes], certified: CertifiedKey, at: dt.datetime) -> str:
    """A compact JWS over files beside it, by name and SHA-256."""
    header = _header(certified, at) | {"b64": False, "sigD": mentioned(digests), "crit": ["b64", "sigD"]}
    return _signed(header, "", certified)


def read_jades(document: bytes, contents: Contents) -> Ades:
    """A compact JWS, or one in JSON, with one signature. Raises VerificationError.

    NoCertificateError when it does not tell by whose certificate it is to be verified.
    """
    return _read(only(document), contents)


def signatures(document: bytes, contents: Contents) -> list[Callable[[], Ades]]:
    """Each signature of a document, to be read. Raises VerificationError; reading one raises like `read_jades`."""
    return [functools.partial(_read, jws, contents) for jws in read_jws(document)]


def _read(jws: Jws, contents: Contents) -> Ades:
    signature = unbase64url(jws.signature)
    header = read_header(unbase64url(jws.protected), _MAX_HEADER)
    _check(header, jws.unsigned)
    chain = _chain(header)
    certificate = _meant(header, chain)
    held = jades_values.read(jws.parts)

    def holds() -> Text:
        verify_jose(_key(certificate), header["alg"], signature, f"{jws.protected}.{jws.payload}".encode())
        return t(
            f"the key of the certificate signed this ({header['alg']})", f"証明書の鍵が署名しました（{header['alg']}）"
        )

    own = f".{jws.protected}.{jws.signature}."
    return Ades(
        form="JAdES",
        certificate=certificate,
        others=tuple(one for one in (*chain, *held.certificates) if one != certificate),
        lists=held.lists,
        signed_at=_time(header),
        data=lambda: same(header, jws.payload, contents),
        signature=holds,
        value=jws.signature.encode(),
        stamps=held.stamps,
        answers=held.answers,
        archives=tuple(
            Archive(token, archived(f"{own}{before}".encode(), header, jws.payload, contents), covered)
            for token, before, covered in held.archives
        ),
    )


def stamped_value(document: bytes) -> bytes:
    """What a time-stamp on the signature is over (clause 5.3.4): its value, as encoded. Raises VerificationError."""
    return only(document).signature.encode()


def with_stamp(document: bytes, token: bytes) -> bytes:
    """The signature with a time-stamp on it: level B-T. It is JSON then (RFC 7515 section 7.2.2)."""
    return only(document).with_parts(jades_values.stamp(token))


def with_values(
    document: bytes, certificates: Iterable[bytes], lists: Iterable[bytes], answers: Iterable[bytes] = ()
) -> bytes:
    """The signature with all that its verdict needs: level B-LT. `answers`: OCSP responses (DER)."""
    return only(document).with_parts(*jades_values.values(certificates, lists, answers))


def with_archive(document: bytes, contents: Contents, token: Callable[[DigestOf], bytes]) -> bytes:
    """The signature with a time-stamp over its data and all of it (clause 5.3.6): level B-LTA, and again later.

    Args:
        contents: what was signed, unless it is inside.
        token: gives a time-stamp over what has these digests.

    Raises VerificationError, OpenError when the data are not at hand.
    """
    jws = only(document)
    parts = jws.parts
    if not all(isinstance(part, str) for part in parts):
        refuse("what stands beside it is not encoded", "署名対象外の部分が符号化されていません")
    before = f".{jws.protected}.{jws.signature}.{''.join(map(str, parts))}".encode()
    header = read_header(unbase64url(jws.protected), _MAX_HEADER)
    return jws.with_parts(jades_values.archive(token(archived(before, header, jws.payload, contents))))


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
    return unbase64url(only(document).payload)


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


def _check(header: dict[str, Any], unsigned: Collection[str]) -> None:
    """RFC 7515 section 4.1.11, RFC 7797 section 6, TS 119 182-1 clause 5.1.

    Args:
        unsigned: names of the header that is not signed; what is critical may stand there too.
    """
    if not isinstance(header.get("alg"), str) or not _REFUSED.isdisjoint(header):
        refuse("its header carries what is not accepted", "認められない項目がヘッダーにあります")
    critical = header.get("crit", [])
    if not isinstance(critical, list) or not all(isinstance(name, str) for name in critical):
        refuse("its list of critical names is malformed", "必須項目の一覧の形式が誤っています")
    absent = set(critical) - header.keys() - set(unsigned)
    if ("crit" in header and not critical) or len(set(critical)) != len(critical) or absent:
        refuse("its list of critical names is malformed", "必須項目の一覧の形式が誤っています")
    if unknown := set(critical) - _UNDERSTOOD - _STATED:
        refuse(f"it demands what is not understood: {min(unknown)}", f"解釈できない必須項目: {min(unknown)}")
    if any(name in header and name not in critical for name in ("b64", "sigD")):
        refuse("a name that must be critical is not", "必須と示すべき項目が示されていません")
    if "b64" in header and not isinstance(header["b64"], bool):
        refuse("`b64` is neither true nor false", "`b64` が真偽値ではありません")


def _chain(header: dict[str, Any]) -> list[bytes]:
    stated = header.get("x5c", [])
    if not isinstance(stated, list) or len(stated) > _MAX_CHAIN:
        refuse("its certificates are malformed", "証明書の形式が誤っています")
    chain = []
    for one in stated:
        try:
            raw = base64.b64decode(one, validate=True)
        except (ValueError, TypeError, binascii.Error):
            raw = b""
        if not raw or base64.b64encode(raw).decode() != one:
            refuse("its certificates are malformed", "証明書の形式が誤っています")
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
        if not isinstance(one, dict) or one.get("digAlg") not in HASHES or not isinstance(one.get("digVal"), str):
            refuse("the reference to its certificate is malformed", "証明書への参照の形式が誤っています")
        references.append((HASHES[one["digAlg"]], unbase64url(one["digVal"])))
    return references


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
        refuse("its time is malformed", "時刻の形式が誤っています")
    return None


def _key(certificate: bytes) -> VerifyingKey:
    try:
        return acceptable(x509.load_der_x509_certificate(certificate).public_key())
    except (ValueError, UnsupportedAlgorithm):
        raise NoCertificateError(t("the certificate cannot be read", "証明書を読み取れません")) from None
