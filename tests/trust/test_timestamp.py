"""Time-stamps: tokens of others are judged as their makers say, ours by OpenSSL, and the other way round."""

from __future__ import annotations

import datetime as dt
import hashlib
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.serialization import Encoding

from tegata.model.errors import VerificationError
from tegata.trust import der
from tegata.trust.certified import CertifiedKey, load_certificates
from tegata.trust.cms import read_signed
from tegata.trust.content import digest_of
from tegata.trust.private_key import PrivateKey
from tegata.trust.timestamp import (
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
from tests.trust.certificates import KEYS, authority, certificate, certified, private, write_pem
from tests.trust.test_cms import openssl

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


# OpenSSL, in both directions.


@pytest.mark.parametrize("kind", ["p256", "p384", "rsa"])
def test_openssl_accepts_our_tokens(tmp_path: Path, kind: str) -> None:
    write_pem(tmp_path, certified(kind), private(kind))
    (tmp_path / "content").write_bytes(CONTENT)
    asked = openssl(tmp_path, "ts", "-query", "-data", "content", "-sha512", "-cert", "-out", "asked.tsq")
    assert asked.returncode == 0, asked.stderr
    request = read_request((tmp_path / "asked.tsq").read_bytes())
    (tmp_path / "answer.tsr").write_bytes(issuer(kind).issue(request, 2**120, AT))
    done = openssl(tmp_path, "ts", "-verify", "-in", "answer.tsr", "-queryfile", "asked.tsq", "-CAfile", "root.pem")
    assert "Verification: OK" in done.stdout, done.stderr
    done = openssl(tmp_path, "ts", "-verify", "-in", "answer.tsr", "-data", "content", "-CAfile", "root.pem")
    assert "Verification: OK" in done.stdout, done.stderr
    (tmp_path / "content").write_bytes(b"other")
    done = openssl(tmp_path, "ts", "-verify", "-in", "answer.tsr", "-data", "content", "-CAfile", "root.pem")
    assert done.returncode != 0


CONFIG = """[tsa]
default_tsa = t
[t]
serial = serial
default_policy = 1.2.3.4
digests = sha256, sha384, sha512
accuracy = secs:1, millisecs:500
signer_digest = sha256
ess_cert_id_alg = sha256
"""


def test_tokens_of_openssl_are_accepted_here(tmp_path: Path) -> None:
    write_pem(tmp_path, certified("rsa"), private("rsa"))
    (tmp_path / "tsa.cnf").write_text(CONFIG)
    (tmp_path / "asked.tsq").write_bytes(write_request(Imprint("sha384", hashlib.sha384(CONTENT).digest()), nonce=9))
    words = ("-config", "tsa.cnf", "-signer", "certificate.pem", "-inkey", "key.pem", "-out", "answer.tsr")
    done = openssl(tmp_path, "ts", "-reply", "-queryfile", "asked.tsq", *words)
    assert done.returncode == 0, done.stderr
    token = token_of((tmp_path / "answer.tsr").read_bytes())
    stamp, _ = verify_token(token, digest_of(CONTENT), TRUST)
    assert stamp == check_answer((tmp_path / "asked.tsq").read_bytes(), token)
    assert stamp.accuracy == dt.timedelta(seconds=1.5)
