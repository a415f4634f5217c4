"""`tegata verify` on passports with a small log behind them."""

from __future__ import annotations

from pathlib import Path

import pytest

from tegata.log import find_fork, sign_checkpoint
from tegata.model.base import encode
from tegata.trust import seal
from tests.cli.conftest import Tegata
from tests.trust.samples import DATA, KEY, sound


@pytest.fixture
def passport(tmp_path: Path) -> Path:
    path = tmp_path / "passport.jws"
    path.write_text(seal(sound(), KEY) + "\n")
    return path


@pytest.fixture
def data(tmp_path: Path) -> Path:
    path = tmp_path / "data.csv"
    path.write_bytes(DATA)
    return path


def test_trusted_passport_with_its_data_is_valid(tegata: Tegata, passport: Path, data: Path) -> None:
    told = tegata("verify", passport, data, "--trust", KEY.did)
    assert told.code == 0
    assert told.out.startswith("valid  (total-passed)")
    japanese = tegata("verify", passport, data, "--trust", KEY.did, "--lang", "ja")
    assert japanese.out.startswith("有効")


def test_trust_file_gives_names(tegata: Tegata, passport: Path, data: Path, tmp_path: Path) -> None:
    trust = tmp_path / "trust.yaml"
    trust.write_text(f"{KEY.did}: example hospital\n")
    told = tegata("verify", passport, data, "--trust", trust)
    assert told.code == 0
    assert "example hospital" in told.out


def test_without_trust_or_data_it_is_not_certain_and_says_how(tegata: Tegata, passport: Path, data: Path) -> None:
    told = tegata("verify", passport)
    assert told.code == 12
    assert told.out.startswith("not certain")
    assert f"--trust {KEY.did}" in told.err
    assert f"tegata verify {passport} DATA" in " ".join(told.err.split())
    assert "DATA" not in tegata("verify", passport, data).err
    assert tegata("verify", passport, data, "--json").document["verdict"] == "indeterminate"


def test_other_data_fail(tegata: Tegata, passport: Path, data: Path) -> None:
    data.write_bytes(DATA + b"\n")
    told = tegata("verify", passport, data, "--trust", KEY.did)
    assert told.code == 1
    assert told.out.startswith("NOT valid  (total-failed, HASH_FAILURE)")
    assert "FAILED" in told.out


def test_tampered_passport_fails(tegata: Tegata, passport: Path) -> None:
    text = passport.read_text()
    head, body, signature = text.split(".")
    passport.write_text(".".join((head, body[:-2] + ("AA" if body[-2:] != "AA" else "BB"), signature)))
    assert tegata("verify", passport, "--trust", KEY.did).code == 1


@pytest.mark.parametrize("content", [b"rubbish", b"a.b.c", b"{}"])
def test_rubbish_is_not_valid(tegata: Tegata, passport: Path, content: bytes) -> None:
    passport.write_bytes(content)
    told = tegata("verify", passport)
    assert told.code == 1
    assert "Traceback" not in told.err


@pytest.mark.parametrize(
    ("name", "content"),
    [("absent", None), ("empty", b""), ("binary", bytes(range(256))), ("japanese", "手形".encode())],
)
def test_what_cannot_be_read_is_wrong_input(tegata: Tegata, tmp_path: Path, name: str, content: bytes | None) -> None:
    path = tmp_path / name
    if content is not None:
        path.write_bytes(content)
    told = tegata("verify", path)
    assert (told.code, told.out) == (2, "")
    assert name in told.err


def test_data_that_is_absent(tegata: Tegata, passport: Path, tmp_path: Path) -> None:
    told = tegata("verify", passport, tmp_path / "absent.csv")
    assert told.code == 2
    assert "absent.csv" in told.err


@pytest.mark.parametrize("content", ["- a\n- b\n", "did:key:z: [1]\n", "name: did\n", "\0"])
def test_trust_file_that_is_none(tegata: Tegata, passport: Path, tmp_path: Path, content: str) -> None:
    trust = tmp_path / "trust.yaml"
    trust.write_text(content)
    told = tegata("verify", passport, "--trust", trust)
    assert (told.code, told.out) == (2, "")
    assert "trust.yaml" in told.err


def test_the_proof_of_a_fork_is_verified_too(tegata: Tegata, tmp_path: Path) -> None:
    one, other = (sign_checkpoint(KEY.did, 7, bytes([n]) * 32, KEY) for n in (1, 2))
    document = tmp_path / "fork.json"
    fork = find_fork(one, other, ())
    assert fork is not None
    document.write_bytes(encode(fork))
    told = tegata("verify", document)
    assert told.code == 0
    assert "two different trees of 7 entries" in told.out
    document.write_bytes(encode(fork).replace(b"\\n7\\n", b"\\n8\\n"))
    told = tegata("verify", document, "--json")
    assert (told.code, told.document["sub_indication"]) == (1, "SIG_CONSTRAINTS_FAILURE")
    document.write_bytes(b"{}")
    assert tegata("verify", document, "--json").document["sub_indication"] == "FORMAT_FAILURE"


def test_the_reason_is_told_in_the_words_of_the_standard(tegata: Tegata, passport: Path, data: Path) -> None:
    def reason(*arguments: object) -> str:
        return str(tegata("verify", *arguments, "--json").document["sub_indication"])

    assert reason(passport) == "NO_CERTIFICATE_CHAIN_FOUND"
    assert reason(passport, "--trust", KEY.did) == "SIGNED_DATA_NOT_FOUND"
    assert reason(passport, data, "--trust", KEY.did) == ""
