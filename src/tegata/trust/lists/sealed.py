"""A list in JSON under a compact JAdES signature, level B-B, as TS 119 602 asks. The signer is known by its bytes."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection

from tegata.model.base import t
from tegata.model.errors import VerificationError
from tegata.model.trusted_list import TrustedList
from tegata.trust.ades.jades import payload_of, read_jades, sign_payload
from tegata.trust.certified import CertifiedKey
from tegata.trust.lists.json_list import read_json_list
from tegata.trust.lists.json_write import write_json_list


def write_sealed_list(trusted_list: TrustedList, signer: CertifiedKey, at: dt.datetime) -> bytes:
    """The list in JSON as a compact JWS, signed at a time."""
    return sign_payload(write_json_list(trusted_list), signer, at).encode()


def open_sealed_list(data: bytes, signers: Collection[bytes]) -> TrustedList:
    """A list that one of the signers (certificates, DER) signed. Raises InputError, VerificationError."""
    payload = sealed_payload(data)
    signature = read_jades(data, {})
    if signature.certificate not in signers:
        raise _refused("it is signed by somebody who may not sign it", "署名の権限がない者によって署名されています")
    signature.data()
    signature.signature()
    return read_json_list(payload)


def sealed_payload(data: bytes) -> bytes:
    """What is inside, whoever signed it. Raises VerificationError, also when it is about something beside it."""
    payload = payload_of(data)
    if not payload:
        raise _refused("the list is not inside", "リストが署名の内部にありません")
    return payload


def _refused(en: str, ja: str) -> VerificationError:
    return VerificationError(
        t("the signature of the list does not hold", "リストの署名が成り立ちません"), why=t(en, ja)
    )
