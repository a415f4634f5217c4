"""The small verifier says what `tegata verify` says, word by word, with `cryptography` alone; and it stays closed."""

from __future__ import annotations

import base64
import datetime as dt
import json
import random
import sys
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.serialization import Encoding
from tools import make_verifier

from tegata.cli.main import main
from tegata.log import Roll, find_fork, sign_checkpoint, write_roll
from tegata.model.base import encode
from tegata.trust.content import digest_of
from tegata.trust.timestamp import Imprint, read_request, write_request
from tegata.trust.tsa import Issuer
from tests.trust import test_evidence_record as records
from tests.trust import test_page_packages as packages
from tests.trust.certificates import authority, certified
from tests.trust.samples import DATA, KEY, OTHER, TRUSTED
from tests.trust.test_page import _many as many_passports
from tests.trust.test_verify import SEALED
from tests.trust.vectors import FILE
from tests.verifier.conftest import answered, run, said_alone
from tests.verifier.many import Case, verified

CLOCK = authority()[1].x509.public_bytes(Encoding.PEM).decode()


def case(proof: bytes, **more: Any) -> Case:
    return {"proof": base64.b64encode(proof).decode(), "trusted": TRUSTED, **more}


def passports() -> Iterator[Case]:
    for one in json.loads(FILE.read_text("utf-8")) + many_passports(20261127, 300):
        yield case(one["passport"].encode("ascii", "replace"), data=one["data"], trusted=one["trusted"])


def containers() -> Iterator[Case]:
    told = [data for made in packages.agreed_packages().values() for data in made]
    simple = [data for _, data in (*packages.good_packages(), *packages.bad_packages())]
    told += [data for made in packages.validated_packages().values() for _, data in made]
    signed = [data for _, data in (*packages.twice_signed_packages(), *packages.handed_on_packages())]
    for data in (*told, *simple, *signed):
        yield case(data, trusted=TRUSTED | {packages.PUBLIC: "a public witness"})
        yield case(data, trusted={}, tsa=CLOCK)


def stamps() -> Iterator[Case]:
    imprint = Imprint("sha256", digest_of(DATA)("sha256"))
    token = Issuer(certified("p256"), "1.2.3", dt.timedelta(seconds=1)).token(
        read_request(write_request(imprint, nonce=1)), 5, records.BEGUN
    )
    content = base64.b64encode(DATA).decode()
    for one in (token, token[:-1], token + b"\0"):
        yield case(one)
        yield case(one, content=content, tsa=CLOCK)
        yield case(one, content="", tsa=CLOCK)


def evidence_records() -> Iterator[Case]:
    whole, *_ = records.begun(records.CONTENTS)
    content = records.CONTENTS[0]
    later = records.rehashed(
        records.prolonged(whole, records.BEGUN + records.YEAR), content, records.BEGUN + 2 * records.YEAR
    )
    for one in (whole, later):
        for data in (content, b"other", None):
            for at in ("2027-01-01T00:00:00+00:00", "2045-01-01T00:00:00+00:00"):
                told = {} if data is None else {"content": base64.b64encode(data).decode()}
                yield case(one.encode(), tsa=CLOCK, at=at, **told)
        yield case(one.encode()[:-1])


def forks() -> Iterator[Case]:
    one, other = (sign_checkpoint(KEY.did, 7, bytes([n]) * 32, KEY) for n in (1, 2))
    fork = find_fork(one, other, ())
    assert fork is not None
    yield from (case(data) for data in (encode(fork), encode(fork).replace(b"\\n7\\n", b"\\n8\\n"), b"{}", b"[" * 900))


@pytest.mark.parametrize("made", [passports, containers, stamps, evidence_records, forks])
def test_it_says_the_same_word_by_word(alone: Path, program: Path, made: Any) -> None:
    cases = list(made())
    expected, said = [verified(one) for one in cases], said_alone(alone, program, "verified", cases)
    assert [(at, one) for at, (one, other) in enumerate(zip(expected, said, strict=True)) if one != other] == []
    assert len({json.loads(one)["verdict"] for one in expected}) > 1


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "passport.jws").write_text(SEALED)
    (tmp_path / "data.csv").write_bytes(DATA)
    (tmp_path / "other.csv").write_bytes(DATA + b"x")
    (tmp_path / "trust.yaml").write_text(f"# whom we know\n{KEY.did}: example hospital\n")
    (tmp_path / "evidence.asice").write_bytes(packages.SOUND)
    (tmp_path / "rolls.txt").write_text(write_roll(Roll(KEY.did, 1, 3, "superseded", OTHER.did), KEY, OTHER))
    (tmp_path / "record.der").write_bytes(records.begun(records.CONTENTS)[0].encode())
    (tmp_path / "content").write_bytes(records.CONTENTS[0])
    (tmp_path / "clock.pem").write_text(CLOCK)
    return tmp_path


COMMANDS = {
    ("passport.jws", "data.csv", "--trust", KEY.did): 0,
    ("passport.jws", "data.csv", "--trust", "trust.yaml"): 0,
    ("passport.jws", "other.csv", "--trust", "trust.yaml"): 1,
    ("passport.jws",): 12,
    ("evidence.asice", "--trust", "trust.yaml"): 0,
    ("passport.jws", "data.csv", "--trust", "trust.yaml", "--keys", "rolls.txt"): 1,
    ("record.der", "content", "--tsa", "clock.pem", "--at", "2027-01-01"): 0,
    ("record.der", "content", "--tsa", "clock.pem", "--at", "2045-01-01"): 12,
}


def test_its_answers_are_those_of_tegata_verify(
    alone: Path, program: Path, folder: Path, capsys: Any, monkeypatch: Any
) -> None:
    said = answered(alone, program, folder, [(*words, "--json") for words in COMMANDS])
    monkeypatch.chdir(folder)
    for (words, code), (ended, out, err) in zip(COMMANDS.items(), said, strict=True):
        monkeypatch.setattr(sys, "argv", ["tegata", "verify", *words, "--json"])
        with pytest.raises(SystemExit) as theirs:
            main()
        assert (ended, err, theirs.value.code) == (code, "", code)
        assert json.loads(out) == json.loads(capsys.readouterr().out)


def test_it_is_a_program_that_tells_every_step_in_words(alone: Path, program: Path, folder: Path) -> None:
    done = run(alone, program, "passport.jws", "data.csv", folder=folder)
    lines = done.stdout.splitlines()
    assert (done.returncode, len(lines)) == (12, 12)
    assert lines[0] == "not certain  (indeterminate, NO_CERTIFICATE_CHAIN_FOUND)"
    ((_, japanese, _),) = answered(alone, program, folder, [("passport.jws", "data.csv", "--lang", "ja")])
    assert japanese.startswith("判断できない  (indeterminate, NO_CERTIFICATE_CHAIN_FOUND)\n")


MISTAKES = {
    ("missing.jws",): "cannot read `missing.jws`",
    ("passport.jws", "--trust", "data.csv"): "not a list of those whom you trust",
    ("passport.jws", "--tsa", "data.csv"): "no certificate in `data.csv`",
    ("passport.jws", "--keys", "data.csv"): "holds no rolls of a key",
    ("passport.jws", "."): "data of several parts",
    ("record.der", "--tsa", "clock.pem"): "--at YYYY-MM-DD",
    ("data.csv",): "`data.csv` is not a passport",
}


def test_what_it_cannot_do_it_says(alone: Path, program: Path, folder: Path) -> None:
    for (code, out, err), said in zip(answered(alone, program, folder, list(MISTAKES)), MISTAKES.values(), strict=True):
        assert (code, out) == (2, "")
        assert said in err


def test_nothing_else_is_installed_there(alone: Path) -> None:
    found = "import importlib.util as i; print([n for n in ('msgspec', 'tegata', 'click', 'pip') if i.find_spec(n)])"
    assert run(alone, "-c", found).stdout == "[]\n"


def test_it_holds_nothing_that_signs_and_no_library(program: Path) -> None:
    """A stranger who reads it need not ask what else it could do."""
    names = set(make_verifier.modules())
    signing = {"signing_key", "private_key", "keyfile", "keyring", "certified", "cms_sign", "sealing", "age", "tsa"}
    assert {name.rpartition(".")[2] for name in names} & signing == set()
    sources = [data.decode() for name, data in make_verifier.contents().items() if name.endswith(".py")]
    assert [source for source in sources if "PrivateKey" in source] == []
    assert len(names) < 80
    assert program.stat().st_size < 170_000


def test_the_same_sources_make_the_same_file() -> None:
    assert make_verifier.archive() == make_verifier.archive()


TRIED = (
    "import socket; socket.create_connection(('127.0.0.1', 9))",
    "import socket; socket.socket().bind(('127.0.0.1', 0))",
    "import socket; socket.getaddrinfo('localhost', 80)",
    "import subprocess; subprocess.run(['true'])",
    "import os; os.system('true')",
    "open('made.txt', 'w')",
    "open('data.csv', 'r+b')",
    "import os; os.open('made.txt', os.O_CREAT | os.O_WRONLY)",
    "import os; os.remove('data.csv')",
)
TRYING = """
import sys
sys.path.insert(0, sys.argv[1])
from tegata.verifier.command import main
main(["passport.jws", "data.csv"])
for tried in sys.argv[2:]:
    try:
        exec(tried)
    except PermissionError as error:
        print(error)
"""


def test_once_it_runs_it_only_reads(alone: Path, program: Path, folder: Path) -> None:
    done = run(alone, "-c", TRYING, program, *TRIED, folder=folder)
    refused = [line for line in done.stdout.splitlines() if line.startswith("this program only reads: ")]
    assert (len(refused), done.stderr) == (len(TRIED), "")
    assert not (folder / "made.txt").exists()
    assert (folder / "data.csv").read_bytes() == DATA


def test_a_zip_reader_finds_every_source(program: Path) -> None:
    with zipfile.ZipFile(program) as archive:
        assert archive.testzip() is None
        assert "tegata/trust/verify.py" in archive.namelist()
        assert b"Apache License" in archive.read("LICENSE")


def test_random_damage_is_never_taken(alone: Path, program: Path) -> None:
    dice, cases = random.Random(20261128), []
    for _ in range(200):
        data = bytearray(packages.SOUND)
        data[dice.randrange(len(data))] ^= 1 << dice.randrange(8)
        cases.append(case(bytes(data)))
    said = said_alone(alone, program, "verified", cases)
    assert [json.loads(one)["verdict"] for one in said] == ["total-failed"] * len(cases)
