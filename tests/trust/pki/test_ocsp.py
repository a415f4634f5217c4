"""Answers of OCSP responders: taken from who may give them, for the time they speak of, and from nobody else."""

from __future__ import annotations

import contextlib
import datetime as dt
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509 import ocsp
from cryptography.x509.oid import ExtendedKeyUsageOID
from hypothesis import given
from hypothesis import strategies as st

from tegata.model.errors import InputError
from tegata.trust.pki import Anchor, PathResult, StatusAnswer, validate_path
from tests.trust.pki.authority import END, Party

NOON = dt.datetime(2026, 6, 1, 12, tzinfo=dt.UTC)
DAY = dt.timedelta(days=1)
ROOT = Party("root")
LEAF = Party("leaf", ROOT, authority=False)
OTHER = Party("other", ROOT, authority=False)
OCSP = x509.ExtendedKeyUsage([ExtendedKeyUsageOID.OCSP_SIGNING])
DELEGATE = Party("responder", ROOT, authority=False, extensions=[(OCSP, False), (x509.OCSPNoCheck(), False)])
CHECKED = Party("responder", ROOT, authority=False, extensions=[(OCSP, False)])
PLAIN = Party("responder", ROOT, authority=False)
STRANGER = Party("responder", Party("root"), authority=False, extensions=[(OCSP, False), (x509.OCSPNoCheck(), False)])


def answer(
    by: Party = ROOT,
    about: Party = LEAF,
    *,
    issuer: Party = ROOT,
    revoked: dt.datetime | None = None,
    issued: dt.datetime = NOON - DAY,
    until: dt.datetime | None = NOON + DAY,
    algorithm: Any = None,
    strength: Any = None,
) -> StatusAnswer:
    built = ocsp.OCSPResponseBuilder().add_response(
        about.certificate.parsed,
        issuer.certificate.parsed,
        algorithm or hashes.SHA1(),  # as a name of the issuer: nothing rests on it
        ocsp.OCSPCertStatus.REVOKED if revoked else ocsp.OCSPCertStatus.GOOD,
        issued,
        until,
        revoked,
        x509.ReasonFlags.key_compromise if revoked else None,
    )
    built = built.responder_id(ocsp.OCSPResponderEncoding.HASH, by.certificate.parsed)
    if by is not ROOT:
        built = built.certificates([by.certificate.parsed])
    return StatusAnswer.read(built.sign(by.key, strength or hashes.SHA256()).public_bytes(Encoding.DER))


def judge(*answers: StatusAnswer, at: dt.datetime = NOON, **more: Any) -> PathResult:
    return validate_path(LEAF.certificate, anchors=[Anchor(ROOT.certificate)], answers=answers, at=at, **more)


@pytest.mark.parametrize("by", [ROOT, DELEGATE])
@pytest.mark.parametrize("algorithm", [hashes.SHA1(), hashes.SHA256()])
def test_the_issuer_and_its_delegate_are_taken(by: Party, algorithm: Any) -> None:
    assert judge(answer(by, algorithm=algorithm)).passed
    revoked = judge(answer(by, revoked=NOON - DAY, algorithm=algorithm))
    assert revoked.verification.sub_indication == "REVOKED_NO_POE"
    assert revoked.revoked is not None


@pytest.mark.parametrize(
    "other",
    [
        answer(PLAIN),  # not for answers
        answer(STRANGER),  # certified by a namesake
        answer(CHECKED),  # may have been revoked itself, and nothing says that it was not
        answer(about=OTHER),
        answer(issuer=Party("root")),  # names another key
        answer(issued=END + DAY, until=END + 9 * DAY),  # an expired certificate need not be known any more
    ],
)
def test_other_answers_say_nothing(other: StatusAnswer) -> None:
    assert judge(other).verification.sub_indication == "CERTIFICATE_CHAIN_GENERAL_FAILURE"


@pytest.mark.parametrize("old", [answer(issued=NOON - 9 * DAY, until=NOON - 8 * DAY), answer(until=None)])
def test_newer_word_than_an_old_answer_may_come(old: StatusAnswer) -> None:
    """EN 319 102-1 clause 5.2.5; a list that is in time makes up for it, one that nobody may sign does not."""
    assert judge(old).verification.sub_indication == "TRY_LATER"
    assert judge(old, lists=[ROOT.revokes()]).passed
    assert judge(old, lists=[Party("root").revokes()]).verification.sub_indication == "TRY_LATER"


def test_an_answer_that_is_signed_weakly_is_told_and_not_believed() -> None:
    for weak in (answer(strength=hashes.SHA224()), answer(strength=hashes.SHA224(), revoked=NOON - DAY)):
        assert judge(weak).verification.sub_indication == "CRYPTO_CONSTRAINTS_FAILURE_NO_POE"
        assert judge(weak, lists=[ROOT.revokes()]).passed
        assert judge(weak, answer()).passed


def test_a_delegate_is_good_when_a_list_says_so() -> None:
    assert judge(answer(CHECKED), lists=[ROOT.revokes(LEAF.certificate)]).passed
    lists = [ROOT.revokes(CHECKED.certificate)]
    assert judge(answer(CHECKED, revoked=NOON - DAY), lists=lists).passed  # the answer is passed over, the list is not


def test_what_was_revoked_later_was_not_revoked_then() -> None:
    assert judge(answer(revoked=NOON - DAY, issued=NOON), at=NOON - 2 * DAY).passed


def test_a_responder_that_does_not_answer_is_told() -> None:
    refused = ocsp.OCSPResponseBuilder.build_unsuccessful(ocsp.OCSPResponseStatus.TRY_LATER)
    with pytest.raises(InputError, match="did not answer"):
        StatusAnswer.read(refused.public_bytes(Encoding.DER))


GOOD = answer(DELEGATE)


@given(st.integers(0, 5000), st.binary(min_size=1, max_size=3))
def test_damage_is_refused_or_changes_nothing(place: int, noise: bytes) -> None:
    start = place % len(GOOD.der)
    damaged = GOOD.der[:start] + noise + GOOD.der[start + len(noise) :]
    with contextlib.suppress(InputError):
        result = judge(StatusAnswer.read(damaged))
        assert result.verification.sub_indication in (
            "",
            "TRY_LATER",
            "CERTIFICATE_CHAIN_GENERAL_FAILURE",
            "CRYPTO_CONSTRAINTS_FAILURE_NO_POE",
        )
