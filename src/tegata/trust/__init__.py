"""Keys, seals and the passport. Works offline: neither network nor clock; time and trust are arguments."""

from tegata.trust.derive import derive_key
from tegata.trust.did import decode_did, encode_did
from tegata.trust.fork import verify_fork_document
from tegata.trust.jws import UnverifiedJws, parse_jws, sign_jws, verify_jws
from tegata.trust.key_history import KeyHistory, follow, joined
from tegata.trust.keys import PublicKey, public_key_of
from tegata.trust.mldsa import MlDsaPublicKey
from tegata.trust.mldsa_key import MlDsaKey
from tegata.trust.package import verify_package
from tegata.trust.passport import PASSPORT_TYP, PASSPORT_VERSION, open_passport, release_body, seal
from tegata.trust.sealing import seal_package
from tegata.trust.signing_key import SigningKey
from tegata.trust.verify import verify_passport

__all__ = [
    "PASSPORT_TYP",
    "PASSPORT_VERSION",
    "KeyHistory",
    "MlDsaKey",
    "MlDsaPublicKey",
    "PublicKey",
    "SigningKey",
    "UnverifiedJws",
    "decode_did",
    "derive_key",
    "encode_did",
    "follow",
    "joined",
    "open_passport",
    "parse_jws",
    "public_key_of",
    "release_body",
    "seal",
    "seal_package",
    "sign_jws",
    "verify_fork_document",
    "verify_jws",
    "verify_package",
    "verify_passport",
]
