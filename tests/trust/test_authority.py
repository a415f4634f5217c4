"""The small authority: names, corporate numbers, devices, and certificates that OpenSSL accepts."""

from __future__ import annotations

import datetime as dt
import subprocess
from pathlib import Path
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import Encoding
from hypothesis import given, settings
from hypothesis import strategies as st

from tegata.model.errors import InputError, TegataError
from tegata.trust.authority import (
    Issued,
    Validity,
    issue,
    make_crl,
    make_request,
    make_root,
    read_request,
    subject_of,
    to_pem,
)
from tegata.trust.names import Subject, corporate_number_holds
from tegata.trust.private_key import Algorithm, PrivateKey

NOW = dt.datetime(2026, 11, 25, 12, tzinfo=dt.UTC)
YEAR = Validity(since=NOW, until=NOW + dt.timedelta(days=365))
SEAL = Subject(common_name="Example", organisation="Example KK", country="JP", corporate_number="7000012050002")
DEVICE = Subject(common_name="meter 1", device_oid="1.2.392.200001.5.1", device_serial="A-0001")
ROOT_KEY = PrivateKey.generate("p256", bytes(range(40)))
ROOT = make_root(Subject(common_name="Example Root", country="JP"), ROOT_KEY, YEAR, 1)


def key(number: int, algorithm: Algorithm = "p256") -> PrivateKey:
    return PrivateKey.generate(algorithm, bytes([number]) * 40)


def issued(kind: Any, subject: Subject, of: PrivateKey, serial: int = 7, **more: Any) -> x509.Certificate:
    return issue(
        kind,
        subject,
        of.public,
        authority=ROOT,
        key=ROOT_KEY,
        validity=more.pop("validity", YEAR),
        serial=serial,
        **more,
    )


@given(st.from_regex(r"[0-9]{13}", fullmatch=True))
@settings(max_examples=40, deadline=None)
def test_the_check_digit_is_that_of_stdnum(number: str) -> None:
    jp = pytest.importorskip("stdnum.jp.cn")
    for first in "0123456789":
        assert corporate_number_holds(first + number[1:]) == jp.is_valid(first + number[1:])


@pytest.mark.parametrize("algorithm", ["p256", "ed25519"])
@pytest.mark.parametrize(("kind", "subject"), [("seal", SEAL), ("device", DEVICE)])
def test_a_request_comes_back_as_it_was_asked(kind: str, subject: Subject, algorithm: Algorithm) -> None:
    holder = key(3, algorithm)
    asked, public = read_request(make_request(subject, holder).public_bytes(Encoding.PEM))
    assert (asked, public) == (subject, holder.public)
    assert subject_of(issued(kind, asked, holder)) == subject


@pytest.mark.parametrize("algorithm", ["p256", "ed25519"])
def test_openssl_accepts_the_certificate_until_it_is_revoked(tmp_path: Path, algorithm: Algorithm) -> None:
    made = issued("seal", SEAL, key(4, algorithm), serial=0xABC)
    (tmp_path / "root.pem").write_text(to_pem(ROOT))
    (tmp_path / "seal.pem").write_text(to_pem(made))

    def judged(*taken_back: Issued) -> str:
        crl = make_crl(ROOT, ROOT_KEY, taken_back, 1, YEAR)
        (tmp_path / "list.pem").write_bytes(crl.public_bytes(Encoding.PEM))
        at = str(int((NOW + dt.timedelta(days=1)).timestamp()))
        command = ["openssl", "verify", "-x509_strict", "-attime", at, "-crl_check", "-CAfile", "root.pem"]
        done = subprocess.run(
            [*command, "-CRLfile", "list.pem", "seal.pem"], cwd=tmp_path, capture_output=True, text=True, check=False
        )
        return done.stdout + done.stderr

    standing = Issued(serial="abc", subject="", until=YEAR.until, certificate="")
    revoked = Issued(
        serial="abc", subject="", until=YEAR.until, certificate="", revoked_at=NOW, reason="key-compromise"
    )
    assert "seal.pem: OK" in judged(standing)
    assert "certificate revoked" in judged(revoked)


@pytest.mark.parametrize(
    ("kind", "subject"),
    [
        ("seal", Subject(common_name="x")),
        ("seal", Subject(common_name="x", organisation="x", country="JP")),
        ("seal", Subject(common_name="x", organisation="x", country="JP", corporate_number="7000012050003")),
        ("seal", Subject(common_name="x", organisation="x", country="DE", corporate_number="7000012050002")),
        ("seal", Subject(common_name="x" * 65, organisation="x", country="DE")),
        ("seal", Subject(common_name="x", organisation="x", country="de")),
        ("device", SEAL),
        ("device", Subject(common_name="x", device_oid="1.2", device_serial="")),
        ("device", Subject(common_name="x", device_oid="3.2.1", device_serial="1")),
        ("device", Subject(common_name="x", device_oid="1.40.1", device_serial="1")),
        ("device", Subject(common_name="x", device_oid="1.2.3", device_serial="x" * 200)),
        ("seal", Subject(common_name="x", organisation="x", country="DE", device_oid="1.2.3", device_serial="1")),
    ],
)
def test_who_cannot_be_is_not_certified(kind: str, subject: Subject) -> None:
    with pytest.raises(InputError):
        issued(kind, subject, key(5))


def test_no_certificate_outlives_its_authority() -> None:
    late = Validity(since=NOW, until=YEAR.until + dt.timedelta(seconds=1))
    with pytest.raises(InputError, match="outlive"):
        issued("seal", SEAL, key(5), validity=late)


def foreign(name: list[tuple[Any, str]], *extensions: x509.ExtensionType, private: Any = None) -> bytes:
    builder = x509.CertificateSigningRequestBuilder()
    builder = builder.subject_name(x509.Name([x509.NameAttribute(oid, value) for oid, value in name]))
    for extension in extensions:
        builder = builder.add_extension(extension, critical=False)
    private = private or ec.derive_private_key(5, ec.SECP256R1())
    return builder.sign(private, hashes.SHA256()).public_bytes(Encoding.DER)


CN, ORG_ID, EMAIL = x509.NameOID.COMMON_NAME, x509.NameOID.ORGANIZATION_IDENTIFIER, x509.NameOID.EMAIL_ADDRESS


@pytest.mark.parametrize(
    "request_bytes",
    [
        b"",
        b"-----BEGIN CERTIFICATE REQUEST-----",
        foreign([(CN, "a"), (CN, "b")]),
        foreign([(CN, "a"), (EMAIL, "a@example.org")]),
        foreign([(CN, "a"), (ORG_ID, "NTRJP-7000012050003")]),
        foreign([(CN, "a"), (ORG_ID, "VATDE-123")]),
        foreign([(CN, "a")], x509.BasicConstraints(ca=True, path_length=None)),
        foreign([(CN, "a")], x509.SubjectAlternativeName([x509.DNSName("example.org")])),
        foreign([(CN, "a")], x509.SubjectAlternativeName([x509.OtherName(x509.ObjectIdentifier("1.2.3"), b"\x05\0")])),
        foreign([(CN, "a")], private=rsa.generate_private_key(65537, 1024)),
        foreign([(CN, "a")], private=ec.derive_private_key(5, ec.SECP256K1())),
    ],
)
def test_a_request_that_asks_for_more_is_refused(request_bytes: bytes) -> None:
    with pytest.raises(TegataError):
        read_request(request_bytes)


def test_a_request_signed_by_another_key_is_refused() -> None:
    made = bytearray(make_request(SEAL, key(6)).public_bytes(Encoding.DER))
    made[-1] ^= 1
    with pytest.raises(InputError):
        read_request(bytes(made))


def test_every_changed_byte_of_a_devices_name_is_refused_or_told() -> None:
    """No two spellings of one device: what is read back is written again and compared."""
    from tegata.trust.names import HARDWARE_MODULE, device_name, from_name

    names = device_name(DEVICE)
    value = next(iter(names)).value  # type: ignore[union-attr]
    common = x509.Name([x509.NameAttribute(CN, "meter 1")])
    for place in range(len(value)):
        for other in range(256):
            changed = value[:place] + bytes([other]) + value[place + 1 :]
            alternative = x509.SubjectAlternativeName([x509.OtherName(HARDWARE_MODULE, changed)])
            try:
                read = from_name(common, alternative)
            except InputError:
                continue
            assert device_name(read) == alternative
