"""A token is good for one sender, one receiver, one message, once, for five minutes."""

from __future__ import annotations

import asyncio
import base64
import datetime as dt
import itertools
import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tegata.clock import FixedClock
from tegata.identity import TokenClaims, issue_token, verify_token
from tegata.model.base import encode, sha256
from tegata.model.errors import VerificationError
from tegata.store import Store, replay
from tegata.trust import SigningKey, sign_jws

NOW = dt.datetime(2026, 4, 1, 9, tzinfo=dt.UTC)
ALICE, BOB, CAROL = (SigningKey.generate(bytes([n]) * 32) for n in (1, 2, 3))
BODY = b'{"@type":"ContractRequestMessage"}'
TYP = "tegata-dsp+jwt"


def claims(**changes: Any) -> bytes:
    at = int(NOW.timestamp())
    base = {"iss": ALICE.did, "sub": ALICE.did, "aud": BOB.did, "iat": at, "exp": at + 300, "jti": "1"}
    both = base | {"htb": sha256(BODY)} | changes
    return json.dumps({name: value for name, value in both.items() if value is not None}).encode()


def accepted(token: str, *, own: SigningKey = BOB, now: dt.datetime = NOW, body: bytes = BODY) -> bool:
    try:
        verify_token(token, own_did=own.did, now=now, body=body)
    except VerificationError:
        return False
    return True


def test_a_token_says_what_it_was_made_for() -> None:
    token = issue_token(ALICE, BOB.did, NOW, jti="1", body=BODY)
    at = int(NOW.timestamp())
    assert verify_token(token, own_did=BOB.did, now=NOW, body=BODY) == TokenClaims(
        iss=ALICE.did, sub=ALICE.did, aud=BOB.did, iat=at, exp=at + 300, jti="1", htb=sha256(BODY)
    )
    assert json.loads(base64.urlsafe_b64decode(token.split(".")[0] + "==")) == {"alg": "Ed25519", "typ": TYP}


def test_a_request_without_a_body() -> None:
    token = issue_token(ALICE, BOB.did, NOW, jti="1")
    assert accepted(token, body=b"")
    assert not accepted(token, body=b"{}")


def test_only_what_matches_is_accepted() -> None:
    """Every token against every receiver, message and kind: what is off the diagonal is refused."""
    receivers, bodies, kinds = (ALICE, BOB, CAROL), (b"", BODY, BODY + b" "), (TYP, "JWT", "tegata-passport+jws", "")
    made = list(itertools.product(receivers, bodies, kinds))
    for receiver, body, kind in made:
        good = claims(aud=receiver.did, htb=sha256(body) if body else None)
        token = sign_jws(good, ALICE, typ=kind)
        for own, carried in itertools.product(receivers, bodies):
            right = (receiver, body, kind) == (own, carried, TYP)
            assert accepted(token, own=own, body=carried) == right


@pytest.mark.parametrize(
    "changes",
    [
        {"iss": BOB.did, "sub": BOB.did},  # signed by Alice all the same
        {"iss": CAROL.did},
        {"sub": CAROL.did},
        {"iss": "did:web:alice.example", "sub": "did:web:alice.example"},
        {"iss": "", "sub": ""},
        {"aud": [BOB.did]},
        {"aud": [BOB.did, CAROL.did]},
        {"aud": BOB.did.upper()},
        {"aud": BOB.did + "#key"},
        {"aud": ""},
        {"jti": ""},
        {"jti": "x" * 129},
        {"jti": 1},
        {"exp": int(NOW.timestamp()) + 301},
        {"exp": int(NOW.timestamp())},
        {"exp": int(NOW.timestamp()) - 1},
        {"exp": NOW.timestamp() + 300},
        {"exp": str(int(NOW.timestamp()) + 300)},
        {"exp": 10**30},
        {"iat": -(10**30)},
        {"iat": True},
        {"htb": sha256(b"another")},
        {"htb": ""},
        {"htb": "患者"},
        {"nbf": 0},
        {"cnf": {}},
        *({name: None} for name in ("iss", "sub", "aud", "iat", "exp", "jti", "htb")),
    ],
    ids=lambda changes: json.dumps(changes)[:60],
)
def test_claims_that_are_not_right_are_refused(changes: dict[str, Any]) -> None:
    assert accepted(sign_jws(claims(), ALICE, typ=TYP))
    assert not accepted(sign_jws(claims(**changes), ALICE, typ=TYP))


@pytest.mark.parametrize(
    "payload", [b"", b"[]", b"null", b"{", b"\xff", b'{"iss":' + b"[" * 100_000, claims()[:-1] + b',"jti":"\\ud800"}']
)
def test_what_is_not_claims_is_refused(payload: bytes) -> None:
    assert not accepted(sign_jws(payload, ALICE, typ=TYP))


def test_a_token_of_another_key_is_refused() -> None:
    assert not accepted(sign_jws(claims(), CAROL, typ=TYP))


@pytest.mark.parametrize(("second", "right"), [(-61, False), (-60, True), (0, True), (359, True), (360, False)])
def test_times_at_their_limits(second: int, right: bool) -> None:
    """60 s of leeway on both sides of the 300 s."""
    token = issue_token(ALICE, BOB.did, NOW, jti="1", body=BODY)
    assert accepted(token, now=NOW + dt.timedelta(seconds=second)) == right


@settings(deadline=None)
@given(st.text(max_size=200) | st.from_regex(r"[\w-]{0,40}\.[\w-]{0,40}\.[\w-]{0,40}", fullmatch=True))
def test_any_text_is_refused_in_our_words(token: str) -> None:
    assert not accepted(token)


@settings(deadline=None)
@given(st.data())
def test_a_token_with_one_changed_character_is_refused(data: st.DataObject) -> None:
    token = issue_token(ALICE, BOB.did, NOW, jti="1", body=BODY)
    place = data.draw(st.integers(0, len(token) - 1))
    other = data.draw(st.characters(codec="ascii").filter(lambda c: c != token[place]))
    assert not accepted(token[:place] + other + token[place + 1 :])


async def test_a_token_is_spent_with_its_effect_and_never_again(tmp_path: Path) -> None:
    """Also over a restart, and until the moment from which it is refused anyway."""
    clock = FixedClock(NOW)
    token = issue_token(ALICE, BOB.did, clock.now(), jti="1", body=BODY)

    async def spent(store: Store) -> bool:
        known = verify_token(token, own_did=BOB.did, now=clock.now(), body=BODY)
        return await store.write(lambda tx: replay.admit(tx, known.iss, known.jti, known.expires_at))

    store = Store.open(tmp_path)
    assert sum(await asyncio.gather(*(spent(store) for _ in range(100)))) == 1
    store.close()
    store = Store.open(tmp_path)
    clock.advance(dt.timedelta(seconds=359, microseconds=999_999))
    await store.write(lambda tx: replay.purge(tx, clock.now(), 100))
    assert not await spent(store)
    clock.advance(dt.timedelta(microseconds=1))
    await store.write(lambda tx: replay.purge(tx, clock.now(), 100))
    with pytest.raises(VerificationError, match="expired"):
        await spent(store)
    store.close()


def test_claims_are_signed_in_their_fixed_form() -> None:
    payload = issue_token(ALICE, BOB.did, NOW, jti="1").split(".")[1]
    raw = base64.urlsafe_b64decode(payload + "=" * (-len(payload) % 4))
    assert raw == encode(json.loads(raw))
    assert b"htb" not in raw
