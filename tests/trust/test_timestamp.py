"""Time-stamps: tokens of others are judged as their makers say, ours hold, and spoilt ones do not.

OpenSSL judges them too: `tests/trust/judge`.
"""

from __future__ import annotations

import datetime as dt
import hashlib

import pytest
from cryptography.hazmat.primitives.serialization import Encoding

from tegata.model.errors import VerificationError
from tegata.trust import der
from tegata.trust.certificates import load_certificates
from tegata.trust.certified import CertifiedKey
from tegata.trust.cms import read_signed
from tegata.trust.cms_sign import sign_data
from tegata.trust.content import digest_of
from tegata.trust.private_key import PrivateKey
from tegata.trust.timestamp import (
    TST_INFO,
    Imprint,
    check_answer,
    check_valid,
    pinned,
    read_request,
    read_token,
    token_of,
    verify_token,
    write_request,
)
from tegata.trust.tsa import BAD_DATA_FORMAT, UNACCEPTED_EXTENSION, UNACCEPTED_POLICY, Issuer, refusal
from tests.shared_data import shared_data
from tests.trust.certificates import KEYS, authority, certificate, certified, private

POLICY = "1.3.6.1.4.1.57264.2"
CONTENT = b"what existed"
AT = dt.datetime(2026, 11, 25, 1, 2, 3, 40_000, tzinfo=dt.UTC)
ACCURACY = dt.timedelta(seconds=1, milliseconds=20)
REQUEST = write_request(Imprint("sha256", hashlib.sha256(CONTENT).digest()), nonce=2**63 + 5, policy=POLICY)
TRUST = pinned([authority()[1].x509])


def issuer(kind: str = "p256", key: CertifiedKey | None = None) -> Issuer:
    return Issuer(key or certified(kind), POLICY, ACCURACY, ordering=True)


def answer(kind: str = "p256", key: CertifiedKey | None = None, at: dt.datetime = AT) -> bytes:
    return issuer(kind, key).issue(read_request(REQUEST), 77, at)


# Tokens that others made, judged by what their makers expect of them.


def others(name: str, chain: str, content: bytes, at: dt.datetime | None = None) -> str:
    folder = shared_data("timestamps")
    above = load_certificates(folder / chain)
    raw = [one.public_bytes(Encoding.DER) for one in above]
    token = token_of((folder / name).read_bytes())
    stamp, trusted = verify_token(token, digest_of(content), pinned(above), raw)
    if at is not None:
        signed = read_signed(token)
        check_valid(signed.certificate_of(signed.signers[0], raw), at)
    assert stamp.at.year > 2000
    return trusted


@pytest.mark.parametrize(
    ("name", "chain"),
    [
        ("test_tsa/response.tsr", "test_tsa/ts_chain.pem"),
        ("sigstage/response-sha256.tsr", "sigstage/ts_chain.pem"),
        ("sigstage/response-sha384.tsr", "sigstage/ts_chain.pem"),
        ("sigstage/response-sha512.tsr", "sigstage/ts_chain.pem"),
        ("sigstage/response-no-embedded-cert.tsr", "sigstage/ts_chain.pem"),
        ("identrust/issue-104.tsr", "identrust/ts_chain.pem"),
    ],
)
def test_good_tokens_of_others(name: str, chain: str) -> None:
    assert others(name, chain, b"hello")


def test_a_token_outlives_its_certificate_but_is_not_made_after_it() -> None:
    payload = (shared_data("timestamps") / "sigstore.mock" / "payload").read_bytes()
    expired = ("sigstore.mock/response-expired.tsr", "sigstore.mock/ts_chain.pem", payload)
    assert others(*expired)
    with pytest.raises(VerificationError, match="not valid at that time"):
        others(*expired, at=dt.datetime(2025, 7, 21, tzinfo=dt.UTC))


@pytest.mark.parametrize(
    ("name", "chain", "content", "why"),
    [
        ("test_tsa/response.tsr", "test_tsa/ts_chain.pem", b"other", "other content"),
        ("test_tsa/response.tsr", "sigstage/ts_chain.pem", b"hello", "do not trust"),
        ("sigstage/response-invalid-signature.tsr", "sigstage/ts_chain.pem", b"hello", "does not hold"),
    ],
)
def test_bad_tokens_of_others(name: str, chain: str, content: bytes, why: str) -> None:
    with pytest.raises(VerificationError, match=why):
        others(name, chain, content)


def test_the_signer_is_named_and_not_guessed_among_injected_certificates() -> None:
    assert "Spoofed" not in others("test_tsa/response-injected-certs.tsr", "test_tsa/ts_chain.pem", b"hello")


def test_answers_are_held_against_requests() -> None:
    folder = shared_data("timestamps") / "test_tsa"
    token, request = token_of((folder / "response.tsr").read_bytes()), (folder / "request.der").read_bytes()
    stamp = check_answer(request, token)
    assert (stamp.nonce, stamp.policy) == (3937359519792308179, POLICY)
    assert stamp.serial == 693290210947147715387173185458430793885588677084
    assert (stamp.at, stamp.accuracy) == (dt.datetime(2024, 10, 8, 15, 40, 32, tzinfo=dt.UTC), dt.timedelta(seconds=1))
    imprint = stamp.imprint
    for other, why in [
        (write_request(imprint, nonce=1), "nonce"),
        (write_request(imprint, nonce=stamp.nonce, policy="1.2.3.4"), "policy"),
        (write_request(Imprint(imprint.digest, bytes(64)), nonce=stamp.nonce), "imprint"),
    ]:
        with pytest.raises(VerificationError, match=why):
            check_answer(other, token)


# Tokens of our own.


@pytest.mark.parametrize("kind", KEYS)
def test_what_is_issued_is_verified(kind: str) -> None:
    token = token_of(answer(kind))
    stamp, name = verify_token(token, digest_of(CONTENT), TRUST)
    assert check_answer(REQUEST, token) == stamp
    assert (stamp.at, stamp.accuracy, stamp.serial, stamp.ordering) == (AT, ACCURACY, 77, True)
    assert f"example {kind} 0" in name
    assert read_signed(token).encode() == token  # what was put together from pieces is DER


def test_the_key_must_be_for_time_stamping_alone_valid_then_and_trusted() -> None:
    root_key, root = authority()

    def token(**how: object) -> bytes:
        own = certificate(private("p256"), "example", root, signing_key=root_key, **how)  # type: ignore[arg-type]
        return token_of(answer(key=CertifiedKey(PrivateKey(private("p256")), own)))

    for how, why in [
        ({"usage": ("code", True)}, "for time-stamping alone"),
        ({"usage": ("time_stamping", False)}, "for time-stamping alone"),
        ({"usage": None}, "for time-stamping alone"),
        ({"start": AT + dt.timedelta(seconds=1)}, "not valid at that time"),
        ({"end": AT - dt.timedelta(seconds=1)}, "not valid at that time"),
    ]:
        with pytest.raises(VerificationError, match=why):
            verify_token(token(**how), digest_of(CONTENT), TRUST)
    with pytest.raises(VerificationError, match="do not trust"):
        verify_token(token(), digest_of(CONTENT), pinned([]))
    with pytest.raises(VerificationError, match="do not trust"):  # a certificate for time-stamps certifies nobody
        verify_token(token(), digest_of(CONTENT), pinned([certified("p384").x509]))


def test_requests_that_are_refused() -> None:
    own, plain = issuer(), read_request(REQUEST)
    assert own.refuses(plain) is None
    assert own.refuses(plain._replace(policy="1.2.3")) == UNACCEPTED_POLICY
    assert own.refuses(plain._replace(extended=True)) == UNACCEPTED_EXTENSION
    with pytest.raises(VerificationError, match="not granted: no such digest"):
        token_of(refusal(BAD_DATA_FORMAT, "no such digest"))


@pytest.mark.parametrize(
    "data",
    [
        b"",
        REQUEST[:-1],
        REQUEST + b"\x00",
        der.sequence(der.integer(2)),
        write_request(Imprint("sha256", bytes(31)), nonce=None),
        write_request(Imprint("sha256", bytes(32)), nonce=2**600),
        REQUEST.replace(der.oid("2.16.840.1.101.3.4.2.1"), der.oid("2.16.840.1.101.3.4.2.4")),
    ],
)
def test_malformed_requests(data: bytes) -> None:
    with pytest.raises(VerificationError):
        read_request(data)


@pytest.mark.parametrize(("critical", "holds"), [(b"", True), (der.boolean(False), True), (der.boolean(True), False)])
def test_extensions_are_passed_over_unless_they_are_critical(critical: bytes, holds: bool) -> None:
    """Qualified time-stamps of the EU say that they are in one that is not (EN 319 422)."""
    stated = der.sequence(der.oid("1.3.6.1.5.5.7.1.3"), critical, der.octets(der.sequence()))
    parts = [part.raw for part in der.parts(der.read(read_signed(token_of(answer())).content or b""))]
    info = der.sequence(*parts, der.as_tag(der.read(der.sequence(stated)), 0xA1).raw)
    token = sign_data(TST_INFO, info, certified(), {})
    if holds:
        assert verify_token(token, digest_of(CONTENT), TRUST)[0] == read_token(token_of(answer()))[1]
    else:
        with pytest.raises(VerificationError, match="critical extension"):
            verify_token(token, digest_of(CONTENT), TRUST)


def test_no_mutant_of_a_token_says_anything_else() -> None:
    token = token_of(answer())
    said = read_token(token)[1]
    for at in range(len(token)):
        for mask in (1, 0x80):
            spoilt = token[:at] + bytes([token[at] ^ mask]) + token[at + 1 :]
            try:
                stamp, _ = verify_token(spoilt, digest_of(CONTENT), TRUST)
            except VerificationError:
                continue
            assert stamp == said
