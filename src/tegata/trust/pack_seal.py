"""The seal of a rule pack: a compact JWS by which somebody stands for the law that the pack states, until a day."""

from __future__ import annotations

import datetime as dt
from typing import Final

import msgspec

from tegata.model.base import Noun, encode, t
from tegata.model.errors import UsageError, VerificationError
from tegata.trust.jws import parse_jws, sign_jws
from tegata.trust.keys import public_key_of
from tegata.trust.signing_key import SigningKey

PACK_TYP: Final = "tegata-pack+jws"


class PackStatement(Noun, frozen=True, kw_only=True):
    """What is signed. `digest` is the pack's own, over all that it says; `signer` the did:key of who signs."""

    pack: str
    version: str
    digest: str
    signer: str
    signed_on: dt.date
    expires: dt.date  # the last day on which the signer stands for it


def seal_pack(statement: PackStatement, key: SigningKey) -> str:
    """The statement signed. UsageError when it names another signer, or ends before it begins."""
    if key.did != statement.signer:
        raise UsageError(
            t(f"the statement names the signer `{statement.signer}`", f"署名者は `{statement.signer}` です"),
            why=t(f"the key is that of `{key.did}`", f"鍵は `{key.did}` のものです"),
        )
    if statement.expires < statement.signed_on:
        raise UsageError(
            t(
                f"a signature of {statement.signed_on} cannot end on {statement.expires}",
                f"{statement.signed_on} の署名は {statement.expires} に終われません",
            )
        )
    return sign_jws(encode(statement), key, typ=PACK_TYP)


def open_pack_seal(text: str) -> PackStatement:
    """What a seal states, signed by whom it names; who that is, and whether to trust it, is the reader's question.

    Raises VerificationError for any other form or key, and for a statement that no `seal_pack` writes.
    """
    sealed = parse_jws(text, typ=PACK_TYP)
    try:
        statement = msgspec.json.decode(sealed.payload, type=PackStatement, strict=True)
    except (msgspec.MsgspecError, UnicodeDecodeError) as error:
        raise _no_statement(str(error)) from None
    sealed.verify(public_key_of(statement.signer))
    if encode(statement) != sealed.payload or statement.expires < statement.signed_on:
        raise _no_statement("")
    return statement


def _no_statement(why: str) -> VerificationError:
    what = t(
        "the signature is over something that is no statement on a pack",
        "署名の対象がパックについての陳述ではありません",
    )
    return VerificationError(what, why=why)
