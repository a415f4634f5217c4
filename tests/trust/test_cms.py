"""CMS: what is built is read again, nothing else is. OpenSSL judges it too: `tests/trust/judge`."""

from __future__ import annotations

import datetime as dt
import shutil
from pathlib import Path

import pytest
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa

from tegata.model.errors import TegataError, VerificationError
from tegata.trust import algorithms, der
from tegata.trust.certified import CertifiedKey
from tegata.trust.cms import (
    DATA,
    SIGNATURE_TIME_STAMP,
    SIGNING_TIME,
    SignedData,
    attribute,
    check_reference,
    read_signed,
    verify_signer,
)
from tegata.trust.cms_sign import sign_data
from tegata.trust.content import digest_of
from tegata.trust.public_key import WeakError
from tests.trust.certificates import KEYS, certified, private, write_pem

CONTENT = b"what is to be signed"
AT = dt.datetime(2026, 11, 25, 1, 2, 3, tzinfo=dt.UTC)


def made(kind: str = "p256", *, detached: bool = False, content: bytes = CONTENT) -> bytes:
    return sign_data(DATA, content, certified(kind), {SIGNING_TIME: der.time(AT)}, detached=detached)


def verified(data: bytes, content: bytes | None = None) -> SignedData:
    signed = read_signed(data)
    (signer,) = signed.signers
    verify_signer(signed, signer, signed.certificate_of(signer), digest_of(content) if content is not None else None)
    return signed


@pytest.mark.parametrize("kind", KEYS)
def test_every_kind_of_key_signs_and_is_verified(kind: str) -> None:
    data = made(kind)
    signed = verified(data)
    assert signed.encode() == data
    assert der.time_of(der.read(signed.signers[0].signed[SIGNING_TIME][0])) == AT
    check_reference(signed.signers[0].signed, certified(kind).x509, required=True)


def test_content_may_stand_beside_the_signature() -> None:
    data = made(detached=True)
    verified(data, CONTENT)
    with pytest.raises(VerificationError, match="other content"):
        verified(data, CONTENT + b".")
    with pytest.raises(VerificationError, match="not inside"):
        verified(data)


def test_unsigned_attributes_are_added_without_touching_what_was_signed() -> None:
    before = read_signed(made())
    token = der.sequence(der.octets(b"token"))
    after = verified(before.with_unsigned(SIGNATURE_TIME_STAMP, token).encode())
    assert after.signers[0].unsigned == {SIGNATURE_TIME_STAMP: (token,)}
    assert after.signers[0].signed_bytes == before.signers[0].signed_bytes


def test_every_flipped_byte_is_noticed_or_changes_nothing_that_was_signed() -> None:
    data = made(content=b"x")
    signed = read_signed(data)
    accepted = []
    for at in range(len(data)):
        spoilt = data[:at] + bytes([data[at] ^ 1]) + data[at + 1 :]
        try:
            found = verified(spoilt)
        except TegataError:
            continue
        assert found.content == signed.content
        assert found.signers[0].signed_bytes == signed.signers[0].signed_bytes
        accepted.append(at)
    # What remains: the version, the list of digests in front, and the certificate above the signer's.
    assert len(accepted) < len(certified().chain[0]) + 24


def test_a_signature_without_attributes_is_refused() -> None:
    """Else a signature over attributes could be shown as one over content that is those attributes."""
    signed = read_signed(made())
    signer = signed.signers[0]
    forged = signed._replace(content=signer.signed_bytes, signers=(signer._replace(signed_attributes=None),))
    with pytest.raises(VerificationError, match="no signed attributes"):
        verified(forged.encode())


@pytest.mark.parametrize("kind", KEYS)
def test_no_algorithm_but_the_keys_own_is_accepted(kind: str) -> None:
    own, message = certified(kind), b"message"
    signature = own.sign(message)
    key = own.x509.public_key()
    for other in KEYS:
        stated = certified(other).algorithm
        if stated == own.algorithm:
            algorithms.verify_signature(key, der.read(stated.identifier), stated.digest, signature, message)
            continue
        with pytest.raises(VerificationError):
            algorithms.verify_signature(key, der.read(stated.identifier), stated.digest, signature, message)
    with pytest.raises(VerificationError):
        algorithms.verify_signature(key, der.read(own.algorithm.identifier), "sha3_256", signature, message)


_SHA3 = {"sha3_256": hashes.SHA3_256(), "sha3_384": hashes.SHA3_384(), "sha3_512": hashes.SHA3_512()}


@pytest.mark.parametrize("place", range(3))
def test_signatures_over_sha3_are_named_as_rfc_9688_has_it(place: int) -> None:
    name, digest = list(_SHA3.items())[place]
    rsa_key, ec_key = private("rsa"), private("p256")
    made = {
        "rsa": (f"2.16.840.1.101.3.4.3.{14 + place}", rsa_key.sign(b"message", padding.PKCS1v15(), digest), der.NULL),
        "p256": (f"2.16.840.1.101.3.4.3.{10 + place}", ec_key.sign(b"message", ec.ECDSA(digest)), b""),
    }
    for kind, (oid, signature, parameters) in made.items():
        key, stated = private(kind).public_key(), der.read(der.sequence(der.oid(oid), parameters))
        algorithms.verify_signature(key, stated, name, signature, b"message")
        for other in {*_SHA3, "sha256"} - {name}:
            with pytest.raises(VerificationError):
                algorithms.verify_signature(key, stated, other, signature, b"message")


def test_a_weak_digest_or_key_is_told_from_what_is_false() -> None:
    """WeakError: it is true, and nothing to build on (EN 319 102-1 clauses 5.2.7 and 5.2.8)."""
    small = rsa.generate_private_key(65537, 1024)
    sha1 = der.read(der.sequence(der.oid("1.2.840.113549.1.1.5"), der.NULL))
    sha256 = der.read(der.sequence(der.oid("1.2.840.113549.1.1.11"), der.NULL))
    by_sha1 = private("rsa").sign(b"message", padding.PKCS1v15(), hashes.SHA1())
    by_small = small.sign(b"message", padding.PKCS1v15(), hashes.SHA256())
    for key, stated, digest, signature in (
        (private("rsa").public_key(), sha1, "sha1", by_sha1),
        (small.public_key(), sha256, "sha256", by_small),
    ):
        with pytest.raises(WeakError):
            algorithms.verify_signature(key, stated, digest, signature, b"message")
        with pytest.raises(VerificationError, match="does not hold"):
            algorithms.verify_signature(key, stated, digest, signature, b"another")


def test_a_certificate_put_in_beside_is_not_taken_for_the_signers() -> None:
    signed = read_signed(made())
    injected = signed._replace(certificates=(certified("p384").certificate, *signed.certificates))
    assert injected.certificate_of(injected.signers[0]) == certified().x509
    alone = signed._replace(certificates=(certified("p384").certificate,))
    with pytest.raises(VerificationError, match="not there"):
        alone.certificate_of(alone.signers[0])


def test_a_reference_to_another_certificate_and_repeated_attributes_are_refused() -> None:
    signed = read_signed(made())
    with pytest.raises(VerificationError, match="another certificate"):
        check_reference(signed.signers[0].signed, certified("p384").x509)
    with pytest.raises(VerificationError, match="does not name"):
        check_reference({}, certified().x509, required=True)
    signer = signed.signers[0]
    twice = der.as_tag(der.read(der.set_of([attribute(SIGNING_TIME, der.time(AT))] * 2)), 0xA0)
    with pytest.raises(VerificationError, match="repeated"):
        _ = signer._replace(signed_attributes=twice).signed


def indefinite(element: der.Element) -> bytes:
    """The same in BER: indefinite lengths, and octet strings in two pieces."""
    if element.tag == der.OCTET_STRING and len(element.content) > 1:
        return b"\x24\x80" + der.octets(element.content[:1]) + der.octets(element.content[1:]) + b"\x00\x00"
    if not element.tag & 0x20:
        return element.raw
    return bytes([element.tag]) + b"\x80" + b"".join(map(indefinite, der.parts(element))) + b"\x00\x00"


def test_indefinite_lengths_are_read_as_what_they_stand_for() -> None:
    data = made()
    ber = indefinite(der.read(data))
    assert der.definite(ber) == data
    assert verified(ber).encode() == data
    for cut in range(2, len(ber)):
        with pytest.raises(VerificationError):
            der.definite(ber[:cut])


def test_nesting_is_read_as_deep_as_archived_signatures_reach_and_no_deeper() -> None:
    assert der.definite(b"\x30\x80" * 40 + b"\x00\x00" * 40)
    with pytest.raises(VerificationError, match="deeply"):
        der.definite(b"\x30\x80" * 5000 + b"\x00\x00" * 5000)


def test_keys_are_refused_with_a_certificate_of_another(tmp_path: Path) -> None:
    key, certificate, _ = write_pem(tmp_path, certified("p384"), private("p256"))
    with pytest.raises(TegataError, match="of another key"):
        CertifiedKey.load(key, certificate)
    with pytest.raises(TegataError, match="no private key"):
        CertifiedKey.load(Path(shutil.copy(certificate, tmp_path / "k")).chmod(0o600) or tmp_path / "k", certificate)
