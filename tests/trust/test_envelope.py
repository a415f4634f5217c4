"""Whole files for the holders of certificates: OpenSSL opens what we make, and we what it makes."""

from __future__ import annotations

import datetime as dt
import io
import shutil
import subprocess
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from hypothesis import given, settings
from hypothesis import strategies as st

from tegata.model.errors import InputError, VerificationError
from tegata.trust import der
from tegata.trust.envelope import RANDOM_SIZE, envelop, is_enveloped, open_envelope

NOW = dt.datetime(2026, 11, 26, tzinfo=dt.UTC)
RANDOM = bytes(range(RANDOM_SIZE))
KEYS = {
    "rsa": rsa.generate_private_key(65537, 2048),
    "p256": ec.generate_private_key(ec.SECP256R1()),
    "p384": ec.generate_private_key(ec.SECP384R1()),
    "p521": ec.generate_private_key(ec.SECP521R1()),
}


def certificate(name: str, *uses: str, until: dt.datetime = NOW + dt.timedelta(days=9)) -> x509.Certificate:
    key, subject = KEYS[name], x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, name)])
    built = x509.CertificateBuilder().subject_name(subject).issuer_name(subject).public_key(key.public_key())
    built = built.serial_number(7).not_valid_before(NOW - dt.timedelta(days=9)).not_valid_after(until)
    if uses:
        known = ("digital_signature", "content_commitment", "key_encipherment", "data_encipherment", "key_agreement",
                 "key_cert_sign", "crl_sign", "encipher_only", "decipher_only")  # fmt: skip
        built = built.add_extension(x509.KeyUsage(**{use: use in uses for use in known}), critical=True)
    return built.sign(key, hashes.SHA256())


CERTIFICATES = {name: certificate(name) for name in KEYS}


def enveloped(data: bytes, *names: str) -> bytes:
    out = io.BytesIO()
    envelop(io.BytesIO(data), len(data), out, [CERTIFICATES[name] for name in names], NOW, RANDOM)
    return out.getvalue()


def opened(envelope: bytes, name: str) -> bytes:
    out = io.BytesIO()
    assert open_envelope(io.BytesIO(envelope), out, KEYS[name]) == len(out.getvalue())
    return out.getvalue()


@settings(deadline=None, max_examples=20)
@given(data=st.binary(max_size=300), names=st.lists(st.sampled_from(list(KEYS)), min_size=1, unique=True))
def test_every_recipient_opens_it_and_nobody_else(data: bytes, names: list[str]) -> None:
    made = enveloped(data, *names)
    assert is_enveloped(made[:64])
    for name in KEYS:
        if name in names:
            assert opened(made, name) == data
        else:
            with pytest.raises(VerificationError, match="not for this key"):
                opened(made, name)


@pytest.mark.parametrize("size", [0, 1, 127, 128, 65_535, 1 << 20, (1 << 20) + 1, 3_000_000])
def test_any_size(size: int) -> None:
    data = bytes(size)
    assert opened(enveloped(data, "p256"), "p256") == data


def test_no_byte_can_be_changed() -> None:
    """Who is named as recipient, and nothing else, is not proven: the key is tried all the same."""
    made = enveloped(b"what is to stay as it is", "p256")
    for place in range(len(made)):
        changed = bytearray(made)
        changed[place] ^= 1
        try:
            assert opened(bytes(changed), "p256") == b"what is to stay as it is"
        except VerificationError:
            continue
    head = made[: made.index(RANDOM[32:44])]
    for place in range(len(head) - 60, len(made)):
        changed = bytearray(made)
        changed[place] ^= 1
        with pytest.raises(VerificationError):
            opened(bytes(changed), "p256")


@pytest.mark.parametrize("size", [0, 4, 12, 15, 17])
def test_a_tag_has_one_size(size: int) -> None:
    """A tag of 4 bytes is guessed in 2^32 tries (SP 800-38D appendix C)."""
    made = enveloped(b"x", "p256")
    kind, held = der.parts(der.read(made))
    *parts, tag = der.parts(der.inside(held))

    def ending(tag: bytes) -> bytes:
        return der.sequence(kind.raw, der.tlv(0xA0, der.sequence(*(one.raw for one in parts), der.octets(tag))))

    assert ending(tag.content) == made
    with pytest.raises(VerificationError, match=r"malformed|agree"):
        opened(ending((tag.content + b"x")[:size]), "p256")


@pytest.mark.parametrize(
    ("name", "used", "stated"),
    [
        ("rsa", "1.2.840.113549.1.1.7", "1.2.840.113549.1.1.1"),
        ("rsa", "2.16.840.1.101.3.4.2.1", "2.16.840.1.101.3.4.2.2"),
        ("p256", "2.16.840.1.101.3.4.1.45", "2.16.840.1.101.3.4.1.48"),
        ("p256", "1.3.132.1.11.1", "1.3.132.1.11.4"),
    ],
)
def test_a_key_that_is_said_to_be_sent_in_another_way(name: str, used: str, stated: str) -> None:
    """Though it would open: the message never chooses (RSA as of PKCS #1 v1.5 tells of the key what it answers)."""
    made = enveloped(b"x", name)
    other = made.replace(der.oid(used), der.oid(stated))
    assert len(other) == len(made)
    assert other != made
    with pytest.raises(VerificationError, match="not for this key"):
        opened(other, name)


@pytest.mark.parametrize("cut", [0, 1, 2, 30, 200, -17, -1])
def test_what_is_cut_off_or_goes_on(cut: int) -> None:
    made = enveloped(bytes(500), "rsa")
    with pytest.raises(VerificationError):
        opened(made[:cut], "rsa")
    with pytest.raises(VerificationError):
        opened(made + made[cut:][:1] + b"\0", "rsa")


@settings(deadline=None, max_examples=60)
@given(st.binary(max_size=80))
def test_any_bytes_are_refused_in_words(junk: bytes) -> None:
    made = enveloped(b"x", "p256")
    for data in (junk, made[:23] + junk, made[:40] + junk + made[40:]):
        if data != made:
            with pytest.raises(VerificationError):
                opened(data, "p256")


@pytest.mark.parametrize(
    ("made", "expected"),
    [
        (certificate("rsa", until=NOW - dt.timedelta(days=1)), "not valid"),
        (certificate("p256", "digital_signature"), "for signatures"),
    ],
)
def test_certificates_that_are_not_for_that(made: x509.Certificate, expected: str) -> None:
    with pytest.raises(InputError, match=expected):
        envelop(io.BytesIO(b"x"), 1, io.BytesIO(), [made], NOW, RANDOM)


def test_certificates_that_are() -> None:
    for made in (certificate("rsa", "key_encipherment"), certificate("p256", "key_agreement")):
        envelop(io.BytesIO(b"x"), 1, io.BytesIO(), [made], NOW, RANDOM)


@pytest.mark.parametrize("stated", [2, 4])
def test_a_file_that_changes_meanwhile(stated: int) -> None:
    with pytest.raises(InputError, match="meanwhile"):
        envelop(io.BytesIO(b"xyz"), stated, io.BytesIO(), [CERTIFICATES["rsa"]], NOW, RANDOM)


@pytest.fixture
def openssl(tmp_path: Path) -> Path:
    if shutil.which("openssl") is None:
        pytest.skip("openssl is not installed")
    for name, key in KEYS.items():
        pem = key.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        )
        (tmp_path / f"{name}.key").write_bytes(pem)
        (tmp_path / f"{name}.pem").write_bytes(CERTIFICATES[name].public_bytes(serialization.Encoding.PEM))
    return tmp_path


def run(folder: Path, *words: str) -> None:
    done = subprocess.run(["openssl", "cms", "-binary", *words], cwd=folder, capture_output=True, check=False)
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize("name", KEYS)
def test_openssl_opens_it(openssl: Path, name: str) -> None:
    data = bytes(range(256)) * 9_000
    (openssl / "x.p7m").write_bytes(enveloped(data, *KEYS))
    run(openssl, "-decrypt", "-inform", "DER", "-in", "x.p7m", "-inkey", f"{name}.key", "-recip", f"{name}.pem",
        "-out", "opened")  # fmt: skip
    assert (openssl / "opened").read_bytes() == data


def test_what_openssl_makes_is_opened(openssl: Path) -> None:
    (openssl / "data").write_bytes(b"of others")
    oaep = ["rsa_padding_mode:oaep", "rsa_oaep_md:sha256", "rsa_mgf1_md:sha256"]
    options = [word for option in oaep for word in ("-keyopt", option)]
    run(openssl, "-encrypt", "-aes-256-gcm", "-outform", "DER", "-in", "data", "-out", "x.p7m", "-recip", "rsa.pem",
        *options)  # fmt: skip
    assert opened((openssl / "x.p7m").read_bytes(), "rsa") == b"of others"
    run(openssl, "-encrypt", "-aes-256-gcm", "-outform", "DER", "-in", "data", "-out", "y.p7m", "-recip", "p256.pem",
        "-keyopt", "ecdh_kdf_md:sha256", "-aes256-wrap")  # fmt: skip
    assert opened((openssl / "y.p7m").read_bytes(), "p256") == b"of others"
