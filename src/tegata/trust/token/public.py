"""The public half of a key in a token: from its public object, else from the certificate beside it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from typing import Any, Final

from cryptography import x509
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import load_der_public_key

from tegata.model.base import t
from tegata.model.errors import InputError, VerificationError
from tegata.trust import der

_EC: Final = "1.2.840.10045.2.1"
_ED25519: Final = "1.3.101.112"


def public_key(session: Any, private: Any) -> Any:
    """A public key of `cryptography`. InputError when the token tells none. PKCS11Error of the binding may pass."""
    from pkcs11 import Attribute, ObjectClass

    beside = (
        {Attribute.ID: private[Attribute.ID]} if private[Attribute.ID] else {Attribute.LABEL: private[Attribute.LABEL]}
    )
    for one in session.get_objects({Attribute.CLASS: ObjectClass.PUBLIC_KEY, **beside}):
        return _read(one)
    for one in session.get_objects({Attribute.CLASS: ObjectClass.CERTIFICATE, **beside}):
        with suppress(ValueError, UnsupportedAlgorithm):
            return x509.load_der_x509_certificate(one[Attribute.VALUE]).public_key()
    raise InputError(
        t("the token does not tell the public key", "トークンに公開鍵がありません"),
        hint=t(
            "put the public key or the certificate beside it, under the same id",
            "公開鍵か証明書を同じ id で置いてください",
        ),
    )


def _read(public: Any) -> Any:
    from pkcs11 import Attribute, KeyType

    if public.key_type == KeyType.RSA:
        e, n = (int.from_bytes(public[name], "big") for name in (Attribute.PUBLIC_EXPONENT, Attribute.MODULUS))
        return rsa.RSAPublicNumbers(e, n).public_key()
    if public.key_type not in (KeyType.EC, KeyType.EC_EDWARDS):
        raise InputError(t("keys of this kind are not used in tokens", "この種類の鍵はトークンでは使えません"))
    parameters, edwards = public[Attribute.EC_PARAMS], public.key_type == KeyType.EC_EDWARDS
    algorithm = der.sequence(der.oid(_ED25519)) if edwards else der.sequence(der.oid(_EC), parameters)
    for point in _points(public[Attribute.EC_POINT]):
        with suppress(ValueError, UnsupportedAlgorithm):
            return load_der_public_key(der.sequence(algorithm, der.tlv(der.BIT_STRING, b"\0" + point)))
    raise InputError(t("the public key in the token cannot be read", "トークンの公開鍵を読み取れません"))


def _points(stated: bytes) -> Iterator[bytes]:
    """The point inside an OCTET STRING, as PKCS #11 v2.20 has it, or as it is, as some drivers do."""
    with suppress(VerificationError):
        inner = der.read(stated)
        if inner.tag == der.OCTET_STRING:
            yield inner.content
    yield stated
