"""The passport as a W3C credential: it says what the passport says, and nothing else is taken for one."""

from __future__ import annotations

import json
import random

import pytest

from tegata.model.errors import UsageError
from tegata.trust import seal, sign_jws
from tegata.trust.credential import CREDENTIAL_TYP, is_credential, issue_credential, verify_credential
from tegata.trust.jws import unbase64url
from tests.trust.samples import DATA, KEY, OTHER, sound

PASSPORT = seal(sound(), KEY)
MADE = issue_credential(PASSPORT, KEY)
TRUSTED = {KEY.did: "us"}


def told(text: str) -> tuple[str, str]:
    from tegata.model.base import sha256

    result = verify_credential(text, (sha256(DATA), len(DATA)), TRUSTED)
    return result.verdict, result.checks[0].name if result.verdict == "total-failed" else ""


def document() -> dict[str, object]:
    return json.loads(unbase64url(MADE.split(".")[1]))  # type: ignore[no-any-return]


def test_it_is_a_credential_of_data_model_2() -> None:
    header = json.loads(unbase64url(MADE.split(".")[0]))
    assert (header["typ"], header["alg"]) == ("vc+jwt", "Ed25519")
    assert header["kid"] == f"{KEY.did}#{KEY.did.removeprefix('did:key:')}"
    said = document()
    assert said["@context"][0] == "https://www.w3.org/ns/credentials/v2"  # type: ignore[index]
    assert said["type"] == ["VerifiableCredential", "DataPassport"]
    assert said["issuer"] == KEY.did
    assert {"vc", "iss", "sub"}.isdisjoint(said)  # VC-JOSE-COSE section 3.1.1: the payload is the credential itself
    assert said["evidence"] == {"type": "TegataPassport", "passport": PASSPORT}


def test_it_holds_as_its_passport_does() -> None:
    assert is_credential(MADE)
    assert not is_credential(PASSPORT)
    assert told(MADE) == ("total-passed", "")
    assert verify_credential(MADE, None, {}).verdict == "indeterminate"


def test_only_the_provider_issues_it() -> None:
    with pytest.raises(UsageError):
        issue_credential(PASSPORT, OTHER)
    stolen = sign_jws(unbase64url(MADE.split(".")[1]), OTHER, typ=CREDENTIAL_TYP)
    assert told(stolen) == ("total-failed", "credential")


@pytest.mark.parametrize(
    "change",
    [
        {"issuer": "did:key:zOther"},
        {"validFrom": "2020-01-01T00:00:00Z"},
        {"@context": ["https://www.w3.org/ns/credentials/v2", {"DataPassport": "https://example.org/other"}]},
        {"type": ["VerifiableCredential"]},
        {"credentialSubject": {}},
        {"credentialStatus": {"id": "https://example.org"}},
        {"evidence": {"type": "TegataPassport"}},
        {"evidence": {"type": "TegataPassport", "passport": 1}},
        {"evidence": None},
    ],
)
def test_it_says_nothing_that_its_passport_does_not(change: dict[str, object]) -> None:
    """Even the provider cannot: a reader of the credential and one of the passport learn the same."""
    payload = json.dumps(document() | change, sort_keys=True, separators=(",", ":")).encode()
    assert told(sign_jws(payload, KEY, typ=CREDENTIAL_TYP)) == ("total-failed", "credential")


@pytest.mark.parametrize("payload", [b"", b"[]", b"1", b"\xff", b'{"evidence":' * 5000])
def test_payloads_that_are_none(payload: bytes) -> None:
    assert told(sign_jws(payload, KEY, typ=CREDENTIAL_TYP)) == ("total-failed", "credential")


def test_no_changed_letter_holds() -> None:
    dice = random.Random(1)
    for _ in range(200):
        place = dice.randrange(len(MADE))
        changed = MADE[:place] + dice.choice("ABCabc012-_.=") + MADE[place + 1 :]
        assert changed == MADE or told(changed) == ("total-failed", "credential")
