"""The seal of a rule pack: one form, one signer, one statement."""

from __future__ import annotations

import base64
import datetime as dt
import json
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tegata.model.base import encode
from tegata.model.errors import UsageError, VerificationError
from tegata.trust import SigningKey, sign_jws
from tegata.trust.pack_seal import PACK_TYP, PackStatement, open_pack_seal, seal_pack

KEY = SigningKey.generate(b"k" * 32)
OTHER = SigningKey.generate(b"o" * 32)
STATEMENT = PackStatement(
    pack="house.own",
    version="1",
    digest="sha256:" + "0" * 64,
    signer=KEY.did,
    signed_on=dt.date(2026, 11, 1),
    expires=dt.date(2027, 11, 1),
)
SEAL = seal_pack(STATEMENT, KEY)


def test_what_was_sealed_is_what_is_opened() -> None:
    assert open_pack_seal(SEAL) == STATEMENT


@given(st.integers(0, len(SEAL) - 1), st.characters(min_codepoint=33, max_codepoint=126))
def test_no_changed_character_goes_unseen(place: int, letter: str) -> None:
    changed = SEAL[:place] + letter + SEAL[place + 1 :]
    if changed != SEAL:
        with pytest.raises(VerificationError):
            open_pack_seal(changed)


def test_nobody_signs_in_the_name_of_another() -> None:
    with pytest.raises(UsageError):
        seal_pack(STATEMENT, OTHER)
    forged = sign_jws(encode(STATEMENT), OTHER, typ=PACK_TYP)
    with pytest.raises(VerificationError):
        open_pack_seal(forged)


def test_a_signature_ends_after_it_begins() -> None:
    backwards = msgspec.structs.replace(STATEMENT, expires=dt.date(2026, 10, 31))
    with pytest.raises(UsageError):
        seal_pack(backwards, KEY)
    with pytest.raises(VerificationError):
        open_pack_seal(sign_jws(encode(backwards), KEY, typ=PACK_TYP))


@pytest.mark.parametrize(
    "payload",
    [
        {},
        [],
        {**json.loads(encode(STATEMENT)), "more": 1},
        {**json.loads(encode(STATEMENT)), "expires": "never"},
        {**json.loads(encode(STATEMENT)), "signer": "did:web:example.com"},
    ],
)
def test_nothing_but_a_statement_is_taken_for_one(payload: Any) -> None:
    with pytest.raises(VerificationError):
        open_pack_seal(sign_jws(json.dumps(payload).encode(), KEY, typ=PACK_TYP))


def test_a_statement_has_one_spelling() -> None:
    spaced = json.dumps(json.loads(encode(STATEMENT)), indent=1).encode()
    with pytest.raises(VerificationError):
        open_pack_seal(sign_jws(spaced, KEY, typ=PACK_TYP))


def test_what_was_signed_for_another_use_is_no_seal() -> None:
    with pytest.raises(VerificationError):
        open_pack_seal(sign_jws(encode(STATEMENT), KEY, typ="tegata-passport+jws"))
    none = base64.urlsafe_b64encode(b'{"alg":"none","typ":"tegata-pack+jws"}').rstrip(b"=").decode()
    with pytest.raises(VerificationError):
        open_pack_seal(f"{none}.{SEAL.split('.')[1]}.")
