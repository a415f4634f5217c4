"""Levels B-T and B-LT: a time-stamp that holds moves the judgement back to its time; no other does."""

from __future__ import annotations

import dataclasses
import datetime as dt
import json
from types import ModuleType

import pytest

from tegata.model.evidence import Verification
from tegata.trust.ades import cades, jades, jades_values
from tegata.trust.ades.jades_form import Jws
from tegata.trust.ades.paths import Trust
from tegata.trust.ades.verdict import judge
from tegata.trust.authority import Issued
from tegata.trust.content import digest_of
from tegata.trust.jws import base64url
from tegata.trust.pki import StatusAnswer
from tests.trust.ades.samples import (
    BESIDE,
    CONTENT,
    NOW,
    PASSED,
    TRUST,
    YEAR,
    answer,
    certified,
    crl,
    said,
    stamped,
    token,
    token_of,
)
from tests.trust.ades.test_jades import DIGESTS

AFTER = NOW + dt.timedelta(hours=2)
LATER = dataclasses.replace(TRUST, at=NOW + dt.timedelta(days=30))
REVOKED = crl(Issued(serial="7", subject="", until=YEAR.until, certificate="", revoked_at=AFTER, reason="superseded"))
KNOWS = dataclasses.replace(LATER, lists=(REVOKED,))
MADE = {
    jades: jades.sign_digests(DIGESTS, certified(), NOW).encode(),
    cades: cades.sign_detached(CONTENT, certified(), NOW),
}
FORMS = pytest.mark.parametrize("form", [jades, cades], ids=["jades", "cades"])


def told(form: ModuleType, document: bytes, trust: Trust = LATER) -> Verification:
    read = jades.read_jades if form is jades else cades.read_cades
    return judge(lambda: read(document, {"": BESIDE["contract.json"]}), trust)


@FORMS
def test_what_was_revoked_later_stands_with_a_time_stamp_only(form: ModuleType) -> None:
    early, late = stamped(form, MADE[form]), stamped(form, MADE[form], AFTER + dt.timedelta(seconds=9))
    assert said(told(form, MADE[form], KNOWS)) == ("indeterminate", "REVOKED_NO_POE")
    assert said(told(form, early, KNOWS)) == PASSED
    assert said(told(form, late, KNOWS)) == ("indeterminate", "REVOKED_NO_POE")
    two = form.with_stamp(late, token(form.stamped_value(late), NOW))  # the earliest one counts
    assert said(told(form, two, KNOWS)) == PASSED
    assert "level" not in told(form, early).checks[0].say.en
    assert told(form, early).checks[0].say.en.endswith("B-T")


@FORMS
def test_after_the_end_of_the_certificate(form: ModuleType) -> None:
    ended = dataclasses.replace(TRUST, at=YEAR.until + dt.timedelta(days=90))
    assert said(told(form, MADE[form], ended)) == ("indeterminate", "TRY_LATER")  # its list has ended with it
    assert said(told(form, stamped(form, MADE[form]), ended)) == ("indeterminate", "TRY_LATER")  # as its clock
    unasked = dataclasses.replace(ended, revocation=False)
    assert said(told(form, MADE[form], unasked)) == ("indeterminate", "OUT_OF_BOUNDS_NO_POE")


@FORMS
def test_all_that_the_verdict_needs_is_inside(form: ModuleType) -> None:
    bare = dataclasses.replace(LATER, lists=())
    assert said(told(form, stamped(form, MADE[form]), bare)) == ("indeterminate", "CERTIFICATE_CHAIN_GENERAL_FAILURE")
    whole = stamped(form, MADE[form], NOW, crl().der)
    assert said(told(form, whole, bare)) == PASSED
    assert told(form, whole, bare).checks[0].say.en.endswith("B-LT")


@FORMS
@pytest.mark.parametrize("kind", ["other content", "not trusted", "not for time-stamps", "junk"])
def test_a_time_stamp_that_does_not_hold_proves_nothing(form: ModuleType, kind: str) -> None:
    value, trust = form.stamped_value(MADE[form]), KNOWS
    if kind == "not trusted":
        trust = dataclasses.replace(KNOWS, lists=(REVOKED_CLOCK,))
    made = {
        "other content": token(b"another"),
        "not trusted": token(value),
        "not for time-stamps": _by_a_seal(value),
        "junk": b"\x30\x03\x02\x01\x05",
    }[kind]
    result = told(form, form.with_stamp(MADE[form], made), trust)
    assert result.verdict == "indeterminate"
    assert [check.verdict for check in result.checks if check.name == "time-stamp"] == ["indeterminate"]


@FORMS
def test_stamps_that_anybody_adds_cost_no_more_than_a_few(form: ModuleType) -> None:
    document, junk = stamped(form, MADE[form]), token(b"another")
    for _ in range(40):
        document = form.with_stamp(document, junk)
    result = told(form, document, KNOWS)
    assert (said(result), [check.name for check in result.checks].count("time-stamp")) == (PASSED, 16)


@FORMS
def test_ocsp_answers_inside_serve_as_lists_do(form: ModuleType) -> None:
    bare, plain = dataclasses.replace(LATER, lists=()), stamped(form, MADE[form])
    good = form.with_values(plain, [], [], [answer(), answer(21, "timestamp")])
    assert said(told(form, good, bare)) == PASSED
    assert told(form, good, bare).checks[0].say.en.endswith("B-LT")
    bad = form.with_values(plain, [], [], [answer(revoked_at=NOW - dt.timedelta(days=1)), answer(21, "timestamp")])
    assert said(told(form, bad, bare)) == ("indeterminate", "REVOKED_NO_POE")
    assert said(told(form, form.with_values(plain, [], [], [b"\x30\x00"]), bare))[0] == "indeterminate"
    brought = dataclasses.replace(bare, answers=(StatusAnswer.read(answer()),))
    assert said(told(form, MADE[form], brought)) == PASSED


REVOKED_CLOCK = crl(
    Issued(serial="7", subject="", until=YEAR.until, certificate="", revoked_at=AFTER, reason="superseded"),
    Issued(serial="15", subject="", until=YEAR.until, certificate="", revoked_at=NOW, reason="key-compromise"),
)


def _by_a_seal(value: bytes) -> bytes:
    """A token in every way but that its key is for documents."""
    import hashlib

    from tegata.trust.timestamp import Imprint, read_request, write_request
    from tegata.trust.tsa import Issuer

    request = read_request(write_request(Imprint("sha256", hashlib.sha256(value).digest()), nonce=None))
    return Issuer(certified(serial=33), "1.2.3", dt.timedelta(seconds=1)).token(request, 5, NOW)


@pytest.mark.parametrize(
    "unsigned",
    [
        {"etsiU": "x"},
        {"etsiU": [1, None, "=", "AAAA", {"sigTst": 1}, {"sigTst": {"tstTokens": [1, {"val": 1}, {"val": "="}]}}]},
        {"etsiU": [{"xVals": [1, {"x509Cert": {"val": "AAAA"}}]}, {"rVals": {"crlVals": [{"val": "AAAA"}]}}]},
        {"etsiU": [base64url(b"[" * 10_000)] * 100},
    ],
)
def test_what_nobody_signed_and_nobody_understands_is_passed_over(unsigned: dict[str, object]) -> None:
    protected, payload, signature = MADE[jades].decode().split(".")
    jws = {"protected": protected, "payload": payload, "signature": signature, "header": unsigned}
    assert said(told(jades, json.dumps(jws).encode())) == PASSED
    assert isinstance(jades_values.read(Jws("", "", "", unsigned).parts), jades_values.Held)


def test_a_header_that_is_not_signed_says_nothing_about_the_signature() -> None:
    protected, payload, signature = MADE[jades].decode().split(".")
    for name in ("alg", "x5c", "crit", "sigD"):
        jws = {"protected": protected, "payload": payload, "signature": signature, "header": {name: "x"}}
        assert said(told(jades, json.dumps(jws).encode())) == ("total-failed", "FORMAT_FAILURE")


def _clock(reason: str, after: dt.timedelta = dt.timedelta(days=1)) -> Trust:
    """A reader who knows that the seal was taken back, and later the time-stamping authority's key too."""
    taken = NOW + after
    lists = crl(
        Issued(serial="7", subject="", until=YEAR.until, certificate="", revoked_at=AFTER, reason="superseded"),
        Issued(serial="15", subject="", until=YEAR.until, certificate="", revoked_at=taken, reason=reason),
    )
    return dataclasses.replace(LATER, lists=(lists,))


@FORMS
@pytest.mark.parametrize(
    ("reason", "expected"),
    [
        ("superseded", PASSED),
        ("cessation-of-operation", PASSED),
        ("key-compromise", ("indeterminate", "REVOKED_NO_POE")),
        ("unspecified", ("indeterminate", "REVOKED_NO_POE")),
    ],
)
def test_a_key_in_wrong_hands_can_have_made_any_time(form: ModuleType, reason: str, expected: tuple[str, str]) -> None:
    assert said(told(form, stamped(form, MADE[form]), _clock(reason))) == expected


def test_an_archive_by_another_authority_stands_for_itself() -> None:
    def archived(serial: int, at: dt.datetime) -> bytes:
        document = stamped(cades, MADE[cades])
        return cades.with_archive(document, digest_of(CONTENT), lambda digest: token_of(digest("sha256"), at, serial))

    lost = _clock("key-compromise")
    assert said(told(cades, archived(35, NOW + dt.timedelta(minutes=9)), lost)) == PASSED
    assert said(told(cades, archived(35, NOW + dt.timedelta(days=2)), lost)) == ("indeterminate", "REVOKED_NO_POE")
    assert said(told(cades, archived(21, NOW + dt.timedelta(minutes=9)), lost)) == ("indeterminate", "REVOKED_NO_POE")
