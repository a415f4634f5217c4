"""`tegata keys` as a person meets it: from a key to its certificate, and to the list that takes it back."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from tests.cli.conftest import Tegata, in_own_process
from tests.softhsm import PIN, pin_file, token

SEAL = ("--organisation", "Example KK", "--country", "JP", "--corporate-number", "7000012050002")


@pytest.fixture
def keys(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, tegata: Tegata) -> Path:
    """A folder with an authority `root` and a key `acme`."""
    monkeypatch.setenv("TEGATA_KEYS", str(tmp_path / "keys"))
    for name, purpose in (("root", "ca"), ("acme", "seal")):
        assert tegata("keys", "new", name, "--purpose", purpose, "--no-passphrase").code == 0
    assert tegata("keys", "ca", "root", "--organisation", "Example Group", "--country", "JP").code == 0
    return tmp_path / "keys"


def certified(tegata: Tegata, folder: Path) -> str:
    """The serial number of the certificate that acme gets."""
    assert tegata("keys", "csr", "acme", *SEAL, "--out", folder / "acme.csr").code == 0
    assert tegata("keys", "issue", folder / "acme.csr", "--ca", "root", "--out", folder / "acme.pem").code == 0
    assert tegata("keys", "install", "acme", folder / "acme.pem").code == 0
    shown = tegata("keys", "show", "acme")
    assert "NTRJP-7000012050002" in shown.out
    return shown.out.splitlines()[2].strip()


def test_from_a_key_to_a_certificate_and_back(tegata: Tegata, keys: Path, tmp_path: Path) -> None:
    serial = certified(tegata, tmp_path)
    tegata("keys", "export", "root", "--out", tmp_path / "root.pem")
    verify = ["openssl", "verify", "-CAfile", tmp_path / "root.pem", tmp_path / "acme.pem"]
    assert subprocess.run(verify, capture_output=True, check=False).returncode == 0

    told = tegata("keys", "revoke", "acme", "--reason", "key-compromise", "--json").document
    assert told == {
        "key": "acme.1",
        "certificates": [["root.1", serial]],
        "reason": "key-compromise",
        "applied": False,
    }
    assert tegata("keys", "show", "acme", "--json").document["status"] == "active"
    assert tegata("keys", "revoke", "acme", "--reason", "key-compromise", "--apply").code == 0
    assert tegata("keys", "show", "acme", "--json").document["status"] == "revoked"
    assert tegata("keys", "crl", "root", "--out", tmp_path / "root.crl").code == 0
    shown = subprocess.run(
        ["openssl", "crl", "-in", tmp_path / "root.crl", "-inform", "der", "-noout", "-text"],
        capture_output=True,
        text=True,
        check=True,
    ).stdout
    assert serial.upper() in shown
    assert "Key Compromise" in shown


def test_one_certificate_is_taken_back_by_its_number(tegata: Tegata, keys: Path, tmp_path: Path) -> None:
    serial = certified(tegata, tmp_path)
    revoke = ("keys", "revoke", "root", "--serial", serial)
    assert tegata(*revoke).code == 0
    assert tegata(*revoke, "--apply", "--json").document["key"] == ""
    assert tegata(*revoke, "--apply").code == 2
    assert "was not issued here" in tegata("keys", "revoke", "root", "--serial", "12", "--apply").err
    assert tegata("keys", "show", "acme", "--json").document["status"] == "active"


def test_what_is_refused_says_what_to_do(tegata: Tegata, keys: Path, tmp_path: Path) -> None:
    assert "keys rotate acme" in tegata("keys", "new", "acme", "--purpose", "seal", "--no-passphrase").err
    assert "check digit" in tegata("keys", "csr", "acme", *SEAL[:-1], "7000012050003").err
    assert "検査用数字" in tegata("keys", "csr", "acme", *SEAL[:-1], "7000012050003", "--lang", "ja").err
    assert "--organisation" in tegata("keys", "csr", "acme").err
    assert "there are: acme, root" in tegata("keys", "show", "nobody").err
    assert "not for this" in tegata("keys", "ca", "acme", "--organisation", "x").err
    assert "has a certificate" in tegata("keys", "ca", "root", "--organisation", "x").err
    assert tegata("keys", "export", "acme").code == 2
    assert tegata("keys", "export", "acme", "--public").out.startswith("-----BEGIN PUBLIC KEY-----")
    (tmp_path / "junk").write_bytes(b"\x00junk")
    assert tegata("keys", "issue", tmp_path / "junk", "--ca", "root").code == 2
    assert tegata("keys", "install", "acme", tmp_path / "junk").code == 2
    tegata("keys", "export", "root", "--out", tmp_path / "root.pem")
    assert "not of the key" in tegata("keys", "install", "acme", tmp_path / "root.pem").err


def test_a_passphrase_opens_and_a_pack_is_signed(tegata: Tegata, tmp_path: Path) -> None:
    words = tmp_path / "words"
    words.write_text("correct horse\n")
    words.chmod(0o600)
    folder = ("--keys", tmp_path / "keys", "--passphrase-file", words)
    made = tegata("keys", "new", "counsel", "--purpose", "pack", "--algorithm", "ed25519", *folder, "--json").document
    assert tegata("rules", "new", tmp_path / "own").code == 0
    key = ("--key", tmp_path / "keys" / "counsel.1.key", "--passphrase-file", words)
    assert tegata("rules", "sign", tmp_path / "own", *key, "--json").document["signer"] == made["did"]
    words.chmod(0o644)
    assert "chmod 600" in tegata("keys", "rotate", "counsel", *folder).err


def test_nobody_can_be_asked(tmp_path: Path) -> None:
    ran = in_own_process("keys", "new", "acme", "--purpose", "seal", "--keys", tmp_path)
    assert (ran.code, "--passphrase-file" in ran.err) == (2, True)
    assert sorted(path.name for path in tmp_path.iterdir()) == [".lock"]


def test_an_empty_folder(tegata: Tegata, tmp_path: Path) -> None:
    ran = tegata("keys", "list", "--keys", tmp_path / "none", "--json")
    assert (ran.code, ran.document) == (0, [])


def test_keys_in_a_token(tegata: Tegata, keys: Path, tmp_path: Path) -> None:
    """Made there, certified, used and replaced; the folder holds their names only, and the PIN is nowhere."""
    pin = pin_file(tmp_path)
    opens = ("--passphrase-file", pin)
    name = "in-token"
    new = ("keys", "new", name, "--purpose", "seal", "--pkcs11", token())
    told = tegata(*new, *opens, "--json")
    assert (told.code, told.document["algorithm"]) == (0, "p256")
    assert tegata(*new, *opens).code == 2
    assert (keys / f"{name}.1.key").read_text().startswith("pkcs11:token=Seals;object=")
    assert tegata("keys", "csr", name, *SEAL, *opens, "--out", tmp_path / "hsm.csr").code == 0
    assert tegata("keys", "issue", tmp_path / "hsm.csr", "--ca", "root", "--out", tmp_path / "hsm.pem").code == 0
    assert tegata("keys", "install", name, tmp_path / "hsm.pem").code == 0
    (tmp_path / "file.txt").write_text("x")
    assert tegata("sign", tmp_path / "file.txt", "--key", name, *opens).code == 0
    assert tegata("keys", "rotate", name, *opens, "--json").document["version"] == 2
    assert ".2" in (keys / f"{name}.2.key").read_text()
    assert all(PIN not in path.read_text() for path in keys.iterdir())


def test_wishes_about_tokens_that_make_nothing(tegata: Tegata, keys: Path) -> None:
    new = ("keys", "new", "hsm", "--purpose", "seal", "--pkcs11")
    assert "nobody can be asked" in tegata(*new, token()).err
    assert "no key in a token" in tegata(*new, "pkcs11:token=Seals").err
    assert "opened by a PIN" in tegata(*new, token(), "--no-passphrase").err
    assert not list(keys.glob("hsm*"))
