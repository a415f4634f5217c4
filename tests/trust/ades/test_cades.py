"""CAdES: what is made holds; what OpenSSL makes without naming its certificate does not; no changed byte holds."""

from __future__ import annotations

import hashlib

import pytest
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding

from tegata.trust import der
from tegata.trust.ades.cades import read_cades, sign_detached
from tegata.trust.ades.verdict import judge
from tegata.trust.cms import (
    ALGORITHM_PROTECTION,
    DATA,
    MESSAGE_DIGEST,
    SIGNATURE_TIME_STAMP,
    SIGNED_DATA,
    SIGNING_CERTIFICATE_V2,
    SIGNING_TIME,
    attribute,
    read_signed,
)
from tegata.trust.cms_sign import sign_data
from tegata.trust.timestamp import TST_INFO
from tests.trust.ades.samples import BESIDE, CONTENT, NOW, PASSED, TRUST, certified, private, said


def told(document: bytes, beside: object = BESIDE) -> tuple[str, str]:
    return said(judge(lambda: read_cades(document, beside, "contract.json"), TRUST))  # type: ignore[arg-type]


MADE = sign_detached(CONTENT, certified(), NOW)


@pytest.mark.parametrize("kind", ["p256", "p384", "ed25519", "rsa"])
def test_what_is_made_holds(kind: str) -> None:
    assert told(sign_detached(CONTENT, certified(kind), NOW)) == PASSED


def test_content_inside_is_used_and_nothing_beside_it() -> None:
    inside = sign_data(DATA, CONTENT, certified(), {SIGNING_TIME: der.time(NOW)})
    assert told(inside, {}) == PASSED
    assert told(inside.replace(b"contract", b"contrast"), BESIDE) == ("total-failed", "HASH_FAILURE")


def test_other_data_and_none() -> None:
    from tegata.trust.cms import digest_of

    assert told(MADE, {"": digest_of(b"")}) == ("total-failed", "HASH_FAILURE")
    assert told(MADE, {}) == ("indeterminate", "SIGNED_DATA_NOT_FOUND")


def test_a_certificate_put_in_beside_is_not_looked_at() -> None:
    signed = read_signed(MADE)
    other = certified("p384").certificate
    assert told(signed._replace(certificates=(other, *signed.certificates)).encode()) == PASSED
    without = signed._replace(certificates=(other,))
    assert told(without.encode()) == ("total-failed", "SIG_CRYPTO_FAILURE") or told(without.encode())[1].startswith(
        "NO_"
    )


def test_a_signature_that_does_not_name_its_certificate() -> None:
    signed = read_signed(MADE)
    signer = signed.signers[0]
    assert signer.signed_attributes is not None
    kept = [part.raw for part in der.parts(signer.signed_attributes) if der.oid(SIGNING_CERTIFICATE_V2) not in part.raw]
    stripped = signer._replace(signed_attributes=der.read(der.set_of(kept, 0xA0)))
    assert told(signed._replace(signers=(stripped,)).encode()) == ("indeterminate", "NO_SIGNING_CERTIFICATE_FOUND")


def test_two_signers_or_none_are_not_read() -> None:
    signed = read_signed(MADE)
    assert told(signed._replace(signers=signed.signers * 2).encode())[0] == "total-failed"
    assert told(signed._replace(signers=()).encode())[0] == "total-failed"


def test_no_changed_byte_holds_unless_it_is_of_no_consequence() -> None:
    """What nobody signed may change: the version (to another one that is known) and certificates that came along."""
    free = set(range(place := MADE.index(certified().chain[0]), place + len(certified().chain[0])))
    for place in sorted(set(range(len(MADE))) - free):
        changed = bytearray(MADE)
        changed[place] ^= 1
        assert told(bytes(changed)) != PASSED, place


def test_unsigned_attributes_do_not_change_the_verdict() -> None:
    assert told(read_signed(MADE).with_unsigned(SIGNATURE_TIME_STAMP, der.NULL).encode()) == PASSED


def over_sha1(content: bytes, *, spoilt: bool = False) -> bytes:
    """Signed in RSA with SHA-1, as many were until 2012."""
    sha1 = der.sequence(der.oid("1.3.14.3.2.26"), der.NULL)
    signed = read_signed(sign_data(DATA, content, certified("rsa"), {SIGNING_TIME: der.time(NOW)}, detached=True))
    signer = signed.signers[0]
    digest = attribute(MESSAGE_DIGEST, der.octets(hashlib.sha1(content).digest()))
    kept = [
        attribute(oid, *values)
        for oid, values in signer.signed.items()
        if oid not in (MESSAGE_DIGEST, ALGORITHM_PROTECTION)
    ]
    attributes = der.read(der.set_of([*kept, digest], 0xA0))
    changed = signer._replace(
        digest_algorithm=der.read(sha1),
        signed_attributes=attributes,
        signature_algorithm=der.read(der.sequence(der.oid("1.2.840.113549.1.1.5"), der.NULL)),
    )
    message = changed.signed_bytes + b"." * spoilt
    signature = private("rsa").sign(message, padding.PKCS1v15(), hashes.SHA1())
    whole = signed._replace(
        digest_algorithms=der.read(der.set_of([sha1])), signers=(changed._replace(signature=signature),)
    )
    return whole.encode()


def test_what_was_good_enough_once_is_computed_before_it_is_left_open() -> None:
    """EN 319 102-1 clauses 5.2.7 and 5.2.8: what is not even true has failed."""
    assert told(over_sha1(CONTENT)) == ("indeterminate", "CRYPTO_CONSTRAINTS_FAILURE_NO_POE")
    assert told(over_sha1(CONTENT, spoilt=True)) == ("total-failed", "SIG_CRYPTO_FAILURE")
    assert told(over_sha1(b"other")) == ("total-failed", "HASH_FAILURE")


def test_weak_content_with_a_strong_signature_stays_open() -> None:
    """The digest of the content is asked for strength too, not only that which was signed."""
    data = judge(lambda: read_cades(over_sha1(CONTENT), BESIDE, "contract.json"), TRUST).checks[2]
    assert (data.name, data.verdict) == ("data", "indeterminate")


@pytest.mark.parametrize(("kind", "expected"), [(SIGNED_DATA, PASSED), (TST_INFO, ("total-failed", "FORMAT_FAILURE"))])
def test_cms_may_be_signed_and_a_time_stamp_is_no_signature_of_a_document(kind: str, expected: tuple[str, str]) -> None:
    assert told(sign_data(kind, MADE, certified(), {SIGNING_TIME: der.time(NOW)}), {}) == expected
