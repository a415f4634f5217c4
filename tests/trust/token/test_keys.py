"""Keys in a token (SoftHSM) sign as those in memory do, and do not leave it."""

from __future__ import annotations

import copy
import pickle
import secrets
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from tegata.model.errors import InputError, UsageError
from tegata.trust import SigningKey
from tegata.trust.ades.cades import read_cades, sign_detached
from tegata.trust.ades.jades import sign_digests
from tegata.trust.ades.verdict import judge
from tegata.trust.authority import issue, make_request, make_root, read_request
from tegata.trust.certified import CertifiedKey
from tegata.trust.content import digest_of
from tegata.trust.names import Subject
from tegata.trust.private_key import PrivateKey
from tegata.trust.token import TokenUri, make_key, read_uri
from tegata.trust.token.session import open_session
from tests.softhsm import PIN, pin_file, token
from tests.trust.ades.samples import CONTENT, NOW, PASSED, ROOT, ROOT_KEY, SUBJECT, TRUST, YEAR, judged, said


def pin() -> str:
    return PIN


def made(algorithm: str = "p256") -> str:
    return str(make_key(read_uri(token()), secrets.token_hex(8), secrets.token_bytes(8), algorithm, pin))


def brought(folder: Path) -> str:
    """An RSA key that somebody else put into the token."""
    uri, label, file = token(), secrets.token_hex(4), folder / "rsa.pem"
    key = rsa.generate_private_key(65537, 2048)
    file.write_bytes(key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
    words = ["--token", "Seals", "--pin", PIN, "--label", label, "--id", secrets.token_hex(4)]
    subprocess.run(["softhsm2-util", "--import", file, *words], check=True, capture_output=True)
    return uri.replace("?", f";object={label}?")


def public_object(session: Any, uri: TokenUri) -> Any:
    from pkcs11 import Attribute, ObjectClass

    return next(iter(session.get_objects({Attribute.CLASS: ObjectClass.PUBLIC_KEY, Attribute.ID: uri.id})))


@pytest.mark.parametrize("kind", ["p256", "ed25519", "rsa-2048"])
def test_it_gets_a_certificate_and_signs_documents(kind: str, tmp_path: Path) -> None:
    key = PrivateKey.of_secret((brought(tmp_path) if kind.startswith("rsa") else made(kind)).encode(), pin)
    assert key.kind == kind
    request = make_request(SUBJECT, key).public_bytes(Encoding.PEM)
    subject, public = read_request(request)
    certificate = issue("seal", subject, public, authority=ROOT, key=ROOT_KEY, validity=YEAR, serial=77)
    certified = CertifiedKey(key, certificate, (ROOT,))
    document = sign_detached(CONTENT, certified, NOW)
    assert said(judge(lambda: read_cades(document, {"": digest_of(CONTENT)}), TRUST)) == PASSED
    assert said(judged(sign_digests({"contract.json": digest_of(CONTENT)("sha256")}, certified, NOW))) == PASSED


def test_it_does_not_leave_the_token() -> None:
    from tegata.trust.keyfile import load_private

    private: Any = load_private(made().encode(), pin)
    key = PrivateKey(private)
    for take in (private.private_numbers, copy.copy, copy.deepcopy, pickle.dumps):
        with pytest.raises(InputError, match="does not leave it"):
            take(private) if take.__module__ in ("copy", "_pickle") else take()
    with pytest.raises(InputError, match="does not leave it"):
        key.pem()
    assert PIN not in repr(key) + repr(private)


def test_it_can_be_a_nodes_key(tmp_path: Path) -> None:
    """`node.key` may name a key of the token: nobody is asked."""
    path = tmp_path / "node.key"
    path.write_text(made("ed25519") + f"&pin-source=file:{pin_file(tmp_path)}\n")
    path.chmod(0o600)
    key = SigningKey.load(path)
    key.public.verify(key.sign(b"checkpoint"), b"checkpoint")
    path.write_text(made("ed25519"))
    with pytest.raises(InputError, match="nobody can be asked"):
        SigningKey.load(path)


def test_a_session_that_breaks_off_is_opened_again() -> None:
    from tegata.trust.token.keys import private_key

    private = private_key(read_uri(made()), pin)
    private._key.session.close()
    assert PrivateKey(private).sign(b"x")
    private._key._uri = read_uri(token(";object=gone"))
    private._key.session.close()
    with pytest.raises(InputError, match="no such private key"):
        PrivateKey(private).sign(b"x")


@pytest.mark.parametrize(
    ("uri", "words", "why"),
    [
        (";object=nobody", PIN, "no such private key"),
        (";object=x", "wrong PIN", "PIN is wrong"),
        (";object=x", "", "PIN"),
        (";serial=123", PIN, "no such token"),
    ],
)
def test_what_is_not_there(uri: str, words: str, why: str) -> None:
    with pytest.raises(InputError, match=why) as caught:
        _apart(token(uri), words)
    assert "wrong PIN" not in str(caught.value)


def _apart(uri: str, words: str) -> None:
    """In a process of its own: a login is of the whole process, which others have made by now."""
    program = (
        "import sys\nfrom tegata.model.errors import InputError\nfrom tegata.trust.private_key import PrivateKey\n"
        "try:\n    PrivateKey.of_secret(sys.argv[1].encode(), lambda: sys.argv[2])\n"
        "except InputError as error:\n    print(error)\n"
    )
    done = subprocess.run([sys.executable, "-c", program, uri, words], capture_output=True, text=True, check=True)
    raise InputError(done.stdout or "it was there")


def test_no_driver_and_no_second_key_of_a_name(tmp_path: Path) -> None:
    token()
    (tmp_path / "driver.so").write_bytes(b"no library")
    with pytest.raises(InputError, match="does not do"):
        PrivateKey.of_secret(f"pkcs11:token=x;object=y?module-path={tmp_path / 'driver.so'}".encode(), pin)
    uri = read_uri(token())
    make_key(uri, "twice", b"1", "p256", pin)
    with pytest.raises(UsageError, match="already"):
        make_key(uri, "twice", b"2", "p256", pin)


def test_a_public_key_beside_it_that_is_of_another_is_noticed() -> None:
    from pkcs11 import Attribute

    one, other = read_uri(made()), read_uri(made())
    session = open_session(one, pin, write=True)
    public_object(session, one).destroy()
    public_object(session, other)[Attribute.ID] = one.id
    with pytest.raises(InputError, match="of another key"):
        PrivateKey.of_secret(str(one).encode(), pin)


def test_a_certificate_beside_it_tells_the_public_key() -> None:
    from pkcs11 import Attribute, CertificateType, ObjectClass

    uri = read_uri(made())
    key = PrivateKey.of_secret(str(uri).encode(), pin)
    session = open_session(uri, pin, write=True)
    public_object(session, uri).destroy()
    with pytest.raises(InputError, match="does not tell"):
        PrivateKey.of_secret(str(uri).encode(), pin)
    certificate = make_root(Subject(common_name="Example", country="JP"), key, YEAR, 5)
    described = {
        Attribute.CLASS: ObjectClass.CERTIFICATE,
        Attribute.CERTIFICATE_TYPE: CertificateType.X_509,
        Attribute.TOKEN: True,
        Attribute.ID: uri.id,
        Attribute.SUBJECT: certificate.subject.public_bytes(),
        Attribute.VALUE: certificate.public_bytes(Encoding.DER),
    }
    session.create_object(described)
    assert PrivateKey.of_secret(str(uri).encode(), pin).public == key.public
