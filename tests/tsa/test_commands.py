"""`tegata tsa` and `tegata stamp` as people meet them; a real process asked over HTTP."""

from __future__ import annotations

import datetime as dt
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.serialization import Encoding

from tegata.trust.authority import issue
from tegata.trust.names import Subject
from tegata.trust.private_key import PrivateKey
from tegata.trust.timestamp import REQUEST_TYPE, Imprint, pinned, read_request, verify_token, write_request
from tegata.trust.token import make_key, read_uri
from tegata.trust.tsa import Issuer
from tegata.tsa.folder import current_key, read_settings
from tests.cli.conftest import Tegata, tegata
from tests.nodes import free_port
from tests.softhsm import pin_file, token
from tests.trust.ades.samples import NOW, ROOT, ROOT_KEY, YEAR
from tests.trust.certificates import certified, private, write_pem

__all__ = ["tegata"]


def test_make_roll_and_check(tegata: Tegata, tmp_path: Path) -> None:
    folder = tmp_path / "a"
    made = tegata("tsa", "init", folder, "--policy", "1.2.3", "--json")
    assert (made.code, made.document["settings"]["key"]) == (0, "key-1")
    assert (folder / "keys/key-1.key").stat().st_mode & 0o777 == 0o600
    assert tegata("tsa", "init", folder, "--policy", "1.2.3").code == 2
    assert "key-2" in tegata("tsa", "roll", folder).err
    assert not (folder / "keys/key-2.key").exists()
    assert tegata("tsa", "roll", folder, "--apply").code == 0
    assert tegata("tsa", "check", folder, "--json").document["tokens"] == 0


@pytest.mark.parametrize(
    "words", [("--policy", "x"), ("--policy", "1.2.3", "--key", "nowhere"), ("--policy", "1.2.3", "--days", "0")]
)
def test_bad_wishes_make_nothing(tegata: Tegata, tmp_path: Path, words: tuple[str, ...]) -> None:
    done = tegata("tsa", "init", tmp_path / "a", *words)
    assert (done.code, "Traceback" in done.err) == (2, False)
    assert not (tmp_path / "a/tsa.yaml").exists()
    assert tegata("tsa", "check", tmp_path / "a").code == 2
    assert tegata("tsa", "start", tmp_path / "a").code == 2


def test_its_key_may_lie_in_a_token(tegata: Tegata, tmp_path: Path) -> None:
    uri = make_key(read_uri(token(query=f"&pin-source=file:{pin_file(tmp_path)}")), "tsa", b"tsa", "p256", str)
    (tmp_path / "tsa.key").write_text(str(uri))
    (tmp_path / "tsa.key").chmod(0o600)
    key = PrivateKey.load(tmp_path / "tsa.key")
    clock = Subject(common_name="Example TSA", country="JP")
    made = issue("timestamp", clock, key.public, authority=ROOT, key=ROOT_KEY, validity=YEAR, serial=78)
    (tmp_path / "tsa.pem").write_bytes(made.public_bytes(Encoding.PEM))
    pair = ("--key", tmp_path / "tsa.key", "--certificates", tmp_path / "tsa.pem")
    assert tegata("tsa", "init", tmp_path / "a", "--policy", "1.2.3", *pair).code == 0
    request = read_request(write_request(Imprint("sha256", bytes(32)), nonce=None))
    signs = current_key(tmp_path / "a", read_settings(tmp_path / "a"))
    answer = Issuer(signs, "1.2.3", dt.timedelta(seconds=1)).token(request, 5, NOW)
    assert verify_token(answer, lambda _: bytes(32), pinned([made]))[0].at == NOW


@contextmanager
def running(folder: Path, url: str) -> Iterator[None]:
    with subprocess.Popen(
        [sys.executable, "-m", "tegata.cli", "tsa", "start", str(folder)], stderr=subprocess.DEVNULL
    ) as process:
        try:
            until = time.monotonic() + 30
            while status(url, b"", "text/plain") != 415 and time.monotonic() < until:
                time.sleep(0.05)
            yield
        finally:
            process.terminate()


def status(url: str, body: bytes, kind: str = REQUEST_TYPE) -> int:
    try:
        with urllib.request.urlopen(urllib.request.Request(url, body, {"content-type": kind}), timeout=10) as answer:
            return int(answer.status)
    except urllib.error.HTTPError as refused:
        refused.close()
        return refused.code
    except OSError:
        return 0


def test_a_file_is_stamped_by_a_process_and_verified_by_us_and_by_openssl(tegata: Tegata, tmp_path: Path) -> None:
    key, certificate, root = write_pem(tmp_path, certified("p384"), private("p384"))
    port = free_port()
    words = ("--listen", f"127.0.0.1:{port}", "--time-source", "unchecked", "--key", key, "--certificates", certificate)
    assert tegata("tsa", "init", tmp_path / "a", "--policy", "1.2.3", *words).code == 0
    data, url, loopback = tmp_path / "data.csv", f"http://127.0.0.1:{port}/tsr", ("--network", "127.0.0.0/8")
    data.write_bytes(b"a,b\n1,2\n")
    with running(tmp_path / "a", url):
        assert "in use" in tegata("tsa", "start", tmp_path / "a").err  # one at a time
        assert status(url, b"x" * 5000) == 413
        assert status(url, b"x") == 200  # an answer that says no
        assert tegata("stamp", data, "--url", url, "--tsa", root).code == 1  # loopback is not to be reached
        stamped = tegata("stamp", data, "--url", url, "--tsa", root, *loopback, "--json")
        assert (stamped.code, stamped.document["policy"]) == (0, "1.2.3")
        assert tegata("stamp", data, "--url", url, "--tsa", root, *loopback).code == 2  # it is there already
        other = tmp_path / "a/keys/key-1.pem"
        other.write_bytes(pem_of_another())
        assert tegata("stamp", data, "--url", url, "--tsa", other, *loopback, "--force").code == 1
    token = tmp_path / "data.csv.tst"
    assert tegata("verify", token, data, "--tsa", root, "--json").document["verdict"] == "total-passed"
    assert tegata("verify", token, data, "--json").document["sub_indication"] == "NO_CERTIFICATE_CHAIN_FOUND"
    assert tegata("verify", token, "--tsa", root, "--json").document["sub_indication"] == "SIGNED_DATA_NOT_FOUND"
    assert tegata("verify", token, key, "--tsa", root, "--json").document["sub_indication"] == "HASH_FAILURE"
    token.write_bytes(token.read_bytes()[:-1] + b"!")
    assert tegata("verify", token, data, "--tsa", root, "--json").document["verdict"] == "total-failed"


def pem_of_another() -> bytes:
    return certified("p256").x509.public_bytes(Encoding.PEM)
