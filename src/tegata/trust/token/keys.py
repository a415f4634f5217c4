"""Keys in tokens in the shape of `cryptography`: whatever signs with one of its keys signs with these as well."""

from __future__ import annotations

import hashlib
from typing import Any, Final, NoReturn

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa, utils
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15

from tegata.model.base import t
from tegata.model.errors import InputError, UsageError
from tegata.trust import der
from tegata.trust.public_key import VerifyingKey, acceptable, check, own_way
from tegata.trust.token.public import public_key
from tegata.trust.token.session import AskPin, TokenKey, open_session, told
from tegata.trust.token.uri import TokenUri

_RSA: Final = {"sha256": "SHA256_RSA_PKCS", "sha384": "SHA384_RSA_PKCS", "sha512": "SHA512_RSA_PKCS"}
_MAKES: Final = {
    "p256": ("EC", "EC_KEY_PAIR_GEN", der.oid("1.2.840.10045.3.1.7")),
    "ed25519": ("EC_EDWARDS", "EC_EDWARDS_KEY_PAIR_GEN", der.oid("1.3.101.112")),
}
_TRIAL: Final = b"tegata: does this key sign as its public half says?"


def private_key(uri: TokenUri, pin: AskPin | None) -> Any:
    """The key as `cryptography` has private keys, tried out. InputError when it is not there or of no use.

    VerificationError: its kind or size is not acceptable.
    """
    key = TokenKey(uri, pin)
    with told(uri, InputError):
        public = acceptable(public_key(key.session, key.private))
    return _tried(_shaped(key, public))


def make_key(uri: TokenUri, label: str, identifier: bytes, algorithm: str, pin: AskPin) -> TokenUri:
    """Makes a key pair in the token that never leaves it; its name. UsageError when the label is taken there."""
    session = open_session(uri, pin, write=True)
    with told(uri, InputError):
        _generate(session, label, identifier, algorithm)
        session.close()
    return uri._replace(label=label, id=identifier)


def _generate(session: Any, label: str, identifier: bytes, algorithm: str) -> None:
    from pkcs11 import Attribute, KeyType, Mechanism, MechanismFlag, ObjectClass

    if list(session.get_objects({Attribute.CLASS: ObjectClass.PRIVATE_KEY, Attribute.LABEL: label})):
        raise UsageError(
            t(f"the token has a key `{label}` already", f"トークンには既に鍵 `{label}` があります"),
            hint=t(f"use it: add `;object={label}`", f"それを使うには `;object={label}` を加えてください"),
        )
    kind, mechanism, curve = _MAKES[algorithm]
    domain = session.create_domain_parameters(KeyType[kind], {Attribute.EC_PARAMS: curve}, local=True)
    stays = {Attribute.PRIVATE: True, Attribute.SENSITIVE: True, Attribute.EXTRACTABLE: False}
    domain.generate_keypair(
        id=identifier,
        label=label,
        store=True,
        capabilities=MechanismFlag.SIGN | MechanismFlag.VERIFY,
        mechanism=Mechanism[mechanism],
        private_template=stays,
    )


def _tried(private: Any) -> Any:
    """A public half that is of another key would be noticed by others only."""
    public = private.public_key()
    way = own_way(public)
    how = () if way.how is None else (way.how,) if isinstance(way.how, ec.ECDSA) else (way.how, way.digest)
    try:
        check(public, way, private.sign(_TRIAL, *how), _TRIAL)
    except InvalidSignature:
        raise InputError(
            t("the public key in the token is of another key", "トークンの公開鍵が別の鍵のものです")
        ) from None
    return private


def _shaped(key: TokenKey, public: VerifyingKey) -> Any:
    shapes: dict[type, Any] = {
        ec.EllipticCurvePublicKey: _Ecdsa,
        rsa.RSAPublicKey: _Rsa,
        ed25519.Ed25519PublicKey: _Ed25519,
    }
    for kind, shape in shapes.items():
        if isinstance(public, kind):
            return shape(key, public)
    raise InputError(t("keys of this kind are not used in tokens", "この種類の鍵はトークンでは使えません"))


class _Stays:
    """What no key in a token does."""

    def __init__(self, key: TokenKey, public: Any) -> None:
        self._key, self._public = key, public

    def public_key(self) -> Any:
        return self._public

    @property
    def key_size(self) -> int:
        size: int = self._public.key_size
        return size

    def _refuse(self, *_: Any, **__: Any) -> NoReturn:
        raise InputError(t("a key in a token does not leave it", "トークン内の鍵は取り出せません"))

    private_bytes = private_numbers = private_bytes_raw = exchange = decrypt = _refuse
    __copy__ = __deepcopy__ = __reduce__ = _refuse


class _Ecdsa(_Stays, ec.EllipticCurvePrivateKey):
    @property
    def curve(self) -> ec.EllipticCurve:
        curve: ec.EllipticCurve = self._public.curve
        return curve

    def sign(self, data: Any, signature_algorithm: Any) -> bytes:
        """The token draws the nonce."""
        digest: hashes.HashAlgorithm = signature_algorithm.algorithm
        raw = self._key.sign(hashlib.new(digest.name, data).digest(), "ECDSA")
        half = len(raw) // 2
        return utils.encode_dss_signature(int.from_bytes(raw[:half], "big"), int.from_bytes(raw[half:], "big"))


class _Rsa(_Stays, rsa.RSAPrivateKey):
    def sign(self, data: Any, padding: Any, algorithm: Any) -> bytes:
        if not isinstance(padding, PKCS1v15):
            self._refuse()
        return self._key.sign(bytes(data), _RSA[algorithm.name])


class _Ed25519(_Stays, ed25519.Ed25519PrivateKey):
    def sign(self, data: Any) -> bytes:
        return self._key.sign(bytes(data), "EDDSA")
