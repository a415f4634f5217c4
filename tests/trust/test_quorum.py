"""The quorum of an agreement, as a verifier sees it: in the passport, and in both implementations alike."""

from __future__ import annotations

from typing import Any

import pytest

from tegata.log import ED25519_COSIGNATURE, ML_DSA_44, Roll, Signer, cosign, with_signatures, write_roll, write_vkey
from tegata.model.base import t
from tegata.model.catalog import WITNESSED
from tegata.model.decision import Condition
from tegata.model.evidence import ObligationMet, Passport
from tegata.trust import SigningKey, seal, verify_passport
from tests.trust.samples import AT_HAND, CONDITION, KEY, OTHER, RECIPIENT, TRUSTED, but, sound

A, B = SigningKey.generate(b"a" * 32), SigningKey.generate(b"b" * 32)
VKEY_A, VKEY_B = (write_vkey(name, ED25519_COSIGNATURE, key.raw) for name, key in (("w.example/a", A), ("wb", B)))
QUORUM: dict[str, Any] = {"at_least": 2, "of": ["counterparty", VKEY_A, VKEY_B], "within_minutes": 10}
COUNTERPARTY: tuple[str, Signer] = (RECIPIENT.did, RECIPIENT)


def asking(*quorums: Any, by: tuple[tuple[str, Signer], ...] = (), **said: Any) -> Passport:
    """A passport whose agreement asks for witnesses, with those cosignatures under its checkpoint."""
    duties = [Condition(verb=WITNESSED, params=params, say=t("witnesses", "証人")) for params in quorums]
    met = tuple(ObligationMet(condition=one, how=t("cosigned", "連署"), met=True) for one in (CONDITION, *duties))
    passport = sound(obligations=met)
    stated = passport.proof.checkpoint
    note = with_signatures(stated.note, [cosign(stated.note, name, key, 7) for name, key in by])
    proof = but(passport.proof, checkpoint=but(stated, note=said.get("note", note)))
    return but(passport, proof=proof, rolls=said.get("rolls", ()))


def sealed(*quorums: Any, by: tuple[tuple[str, Signer], ...] = (), **said: Any) -> str:
    return seal(asking(*quorums, by=by, **said), KEY)


def _but(**changes: Any) -> dict[str, Any]:
    return QUORUM | changes


LATER = SigningKey.generate(b"l" * 32)
ROLL = write_roll(Roll(RECIPIENT.did, 1, 3, "superseded", LATER.did), RECIPIENT, LATER)
"""The counterparty has handed its name on to another key."""

ENOUGH: dict[str, str] = {
    "two of three": sealed(QUORUM, by=(COUNTERPARTY, ("wb", B))),
    "all three": sealed(QUORUM, by=(COUNTERPARTY, ("wb", B), ("w.example/a", A))),
    "by default so long": sealed({"at_least": 1, "of": [VKEY_B]}, by=(("wb", B),)),
    "two quorums": sealed(QUORUM, _but(at_least=1), by=(COUNTERPARTY, ("wb", B))),
    "a counterparty with a new key": sealed(QUORUM, by=((RECIPIENT.did, LATER), ("wb", B)), rolls=(ROLL,)),
    "one that had another before": sealed(QUORUM, by=(COUNTERPARTY, ("wb", B)), rolls=(ROLL,)),
    "others beside": sealed(QUORUM, by=(COUNTERPARTY, ("wb", B), ("wc", OTHER))),
}
TOO_FEW: dict[str, str] = {
    "nobody": sealed(QUORUM),
    "one of two": sealed(QUORUM, by=(COUNTERPARTY,)),
    "one twice": sealed(QUORUM, by=(("wb", B), ("wb", B))),
    "under the name of another": sealed(QUORUM, by=(COUNTERPARTY, ("wb", A))),
    "a counterparty whose new key nobody shows": sealed(QUORUM, by=((RECIPIENT.did, LATER), ("wb", B))),
    "a stranger": sealed(QUORUM, by=(COUNTERPARTY, ("wc", OTHER))),
    "the second quorum": sealed(_but(at_least=1), QUORUM, by=(COUNTERPARTY,)),
    "the log itself": sealed(QUORUM, by=(COUNTERPARTY, (KEY.did, KEY))),
}
MALFORMED: dict[str, Any] = {
    "none needed": _but(at_least=0),
    "more than there are": _but(at_least=4),
    "a negative number": _but(at_least=-1),
    "a truth value": _but(at_least=True),
    "a fraction": _but(at_least=2.0),
    "a very large number": _but(at_least=2**64 - 1),
    "nobody named": _but(of=[]),
    "seventeen": _but(of=["counterparty"] * 17),
    "no list": _but(of="counterparty"),
    "a number among them": _but(of=["counterparty", 1]),
    "twice the counterparty": _but(of=["counterparty", "counterparty"]),
    "one key, two names": _but(of=["counterparty", VKEY_A, write_vkey("wx", ED25519_COSIGNATURE, A.raw)]),
    "one name, two keys": _but(of=["counterparty", VKEY_A, write_vkey("w.example/a", ED25519_COSIGNATURE, B.raw)]),
    "the counterparty by a name": _but(of=["counterparty", write_vkey("wx", ED25519_COSIGNATURE, RECIPIENT.raw)]),
    "the owner of the log": _but(of=["counterparty", write_vkey("wx", ED25519_COSIGNATURE, KEY.raw)]),
    "a did as a name": _but(of=["counterparty", write_vkey(B.did, ED25519_COSIGNATURE, B.raw)]),
    "a key of another kind": _but(of=["counterparty", write_vkey("wb", b"\x01", B.raw)]),
    "a key that browsers do not know": _but(of=["counterparty", write_vkey("wb", ML_DSA_44, bytes(1312))]),
    "a key of small order": _but(of=["counterparty", write_vkey("wb", ED25519_COSIGNATURE, bytes(32))]),
    "a short key": _but(of=["counterparty", write_vkey("wb", ED25519_COSIGNATURE, b"b" * 31)]),
    "a wrong key id": _but(of=["counterparty", VKEY_B.replace("+", "+0", 1)]),
    "no vkey": _but(of=["counterparty", "wb"]),
    "an unknown parameter": _but(more=1),
    "no parameters": {},
    "no time": _but(within_minutes=0),
    "more than a day": _but(within_minutes=1441),
    "a time that is none": _but(within_minutes=None),
}


def _witnesses(passport: str) -> str:
    return {one.name: one.verdict for one in verify_passport(passport, AT_HAND, TRUSTED).checks}["witnesses"]


@pytest.mark.parametrize("name", ENOUGH)
def test_as_many_as_agreed(name: str) -> None:
    result = verify_passport(ENOUGH[name], AT_HAND, TRUSTED)
    assert result.verdict == "total-passed", [one for one in result.checks if one.verdict != "passed"]


@pytest.mark.parametrize("name", TOO_FEW)
def test_fewer_than_agreed(name: str) -> None:
    assert _witnesses(TOO_FEW[name]) == "failed"


@pytest.mark.parametrize("name", MALFORMED)
def test_a_quorum_that_is_none(name: str) -> None:
    """However many have cosigned."""
    assert _witnesses(sealed(MALFORMED[name], by=(COUNTERPARTY, ("wb", B), ("w.example/a", A)))) == "failed"


def test_a_cosignature_of_another_checkpoint_does_not_hold() -> None:
    note = asking(QUORUM).proof.checkpoint.note
    line = cosign(note, RECIPIENT.did, RECIPIENT, 7)
    moved = with_signatures(note, [line._replace(signature=line.signature[:-1] + b"\0"), cosign(note, "wb", B, 7)])
    assert _witnesses(sealed(QUORUM, note=moved)) == "failed"


def test_who_is_missing_is_told_in_both_languages() -> None:
    (check,) = (one for one in verify_passport(TOO_FEW["one of two"], None, {}).checks if one.name == "witnesses")
    assert check.say.en == (
        "2 of 3 agreed witnesses are needed; the counterparty cosigned, `w.example/a`, `wb` did not"
    )
    assert check.say.ja == "合意された証人 3 者のうち 2 者が必要。連署: 相手方、未連署: `w.example/a`, `wb`"
