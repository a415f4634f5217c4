"""Witnesses that are no participants: whoever runs one (C2SP tlog-witness) and knows this log cosigns it as well."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import msgspec

from tegata.log import ED25519_COSIGNATURE, Verifier, write_vkey
from tegata.model.base import t
from tegata.model.catalog import COUNTERPARTY, Quorum
from tegata.model.errors import InputError, UsageError, VerificationError
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


def quorum_among(wanted: Quorum, known: Sequence[PublicWitness]) -> Quorum:
    """The same quorum with the keys of public witnesses in the place of their names.

    Raises UsageError for a witness that this node does not ask, one without an Ed25519 key, one that is named twice, or
    more that are needed than there are.
    """
    if len(set(wanted.of)) < len(wanted.of) or wanted.at_least > len(wanted.of):
        raise UsageError(
            t(
                f"{wanted.at_least} of {len(set(wanted.of))} different witnesses is no quorum",
                f"証人 {len(set(wanted.of))} 者のうち {wanted.at_least} 者という定めはできません",
            ),
            hint=t("name each once, and at least as many as are needed", "証人は 1 回ずつ、必要数以上を挙げてください"),
        )
    keys = {one.name: one.key for one in known}
    return msgspec.structs.replace(wanted, of=tuple(_keyed(name, keys.get(name)) for name in wanted.of))


def _keyed(name: str, key: Verifier | None) -> str:
    if name == COUNTERPARTY:
        return name
    if key is None:
        raise UsageError(
            t(f"this node asks no witness `{name}`", f"このノードには証人 `{name}` の設定がありません"),
            hint=t(
                f"say `{COUNTERPARTY}`, or the name of a key that stands under `witnesses` in node.yaml",
                f"`{COUNTERPARTY}`、または node.yaml の `witnesses` にある鍵の名前を指定してください",
            ),
        )
    if len(key.raw) != 32:
        raise UsageError(
            t(f"`{name}` does not sign with Ed25519", f"`{name}` の鍵は Ed25519 ではありません"),
            why=t(
                "whoever verifies must be able to check each witness, in a browser too",
                "ブラウザーを含むどの検証者も、各証人を確かめられる必要があります",
            ),
            hint=t("take its key of type 4", "種別 4 の鍵を使ってください"),
        )
    return write_vkey(name, ED25519_COSIGNATURE, key.raw)
