"""Witnesses that are no participants: whoever runs one (C2SP tlog-witness) and knows this log cosigns it as well."""

from __future__ import annotations

from typing import NamedTuple

from tegata.log import Verifier
from tegata.model.base import t
from tegata.model.errors import InputError, VerificationError
from tegata.trust.cosigner import cosigner_key


class PublicWitness(NamedTuple):
    """Its name and key, and its submission prefix."""

    name: str
    key: Verifier
    url: str


def public_witness(vkey: str, url: str) -> PublicWitness:
    """The witness that settings name. InputError when its key is not one that cosigns, or it is a participant."""
    try:
        name, key = cosigner_key(vkey)
    except VerificationError as error:
        raise InputError(
            t(f"`{vkey[:60]}` is not the key of a witness", f"`{vkey[:60]}` は証人の鍵ではありません"),
            why=error.what,
            hint=t(
                "take the vkey that its operator publishes: NAME+ID+KEY, of type 4 or 6",
                "運営者が公開する vkey（NAME+ID+KEY、種別 4 または 6）を書いてください",
            ),
        ) from None
    if name.startswith("did:"):
        raise InputError(
            t(f"`{name}` is a participant", f"`{name}` は参加者です"),
            hint=t("enter it with `tegata node peer add`", "`tegata node peer add` で登録してください"),
        )
    return PublicWitness(name, key, url.rstrip("/"))
