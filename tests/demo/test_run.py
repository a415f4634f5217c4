"""The whole demonstration as a user runs it: real nodes, real protocol, a small table."""

from __future__ import annotations

import csv
import os
import signal
import socket
import subprocess
import sys
import time
import zipfile
from collections.abc import Callable
from pathlib import Path

import msgspec
import pytest

from tegata.demo.hospital import COLUMNS, admissions
from tegata.demo.result import DemoResult
from tegata.model.decision import Decision, Outcome
from tegata.node.config import host_port, read_config
from tests.cli.conftest import in_own_process

KEPT = ("patient_id", "氏名", "birth_date", "my_number", "country_of_residence", "icd10")


@pytest.fixture(scope="module")
def table(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("own") / "clinic.csv"
    kept = [COLUMNS.index(name) for name in KEPT]
    with path.open("w", encoding="utf-8", newline="") as file:
        rows = ([row[place] for place in kept] for row in admissions(people=31_000))
        csv.writer(file).writerows([KEPT, *rows])
    return path


@pytest.fixture(scope="module")
def out(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("demo") / "out"


@pytest.fixture(scope="module")
def told(table: Path, out: Path) -> tuple[DemoResult, str]:
    ran = in_own_process("demo", "--file", table, "--out", out, "--json")
    assert ran.code == 0, ran.err
    return msgspec.convert(ran.document, DemoResult), ran.err


def test_recipient_gets_the_protected_table_and_a_valid_passport(told: tuple[DemoResult, str]) -> None:
    result, _ = told
    assert result.outcome is Outcome.ALLOW_WITH_CONDITIONS
    with open(result.data, encoding="utf-8", newline="") as file:
        first = next(csv.DictReader(file))
    assert "氏名" not in first
    assert len(first["birth_date"]) == 4
    assert result.verdict == "total-passed"


def test_the_command_at_the_end_verifies(told: tuple[DemoResult, str]) -> None:
    result, _ = told
    program, *arguments = result.verify.split()
    assert Path(program).name == "tegata"
    assert in_own_process(*arguments, "--json").document["verdict"] == "total-passed"
    data = Path(result.data)
    data.write_bytes(data.read_bytes() + b"x")
    assert in_own_process(*arguments).code == 1


def test_the_evidence_is_for_strangers(told: tuple[DemoResult, str]) -> None:
    result, _ = told
    verified = in_own_process(
        *("verify", result.evidence, "--trust", Path(result.evidence).with_name("trust.yaml")),
        *("--tsa", result.clock, "--json"),
    )
    assert verified.document["verdict"] == "total-passed"
    told_of_time = [check["say"]["en"] for check in verified.document["checks"] if check["name"] == "time"]
    assert any("CN=example-time`, whom you trust" in said for said in told_of_time)
    with zipfile.ZipFile(result.evidence) as package:
        passports = [package.read(name) for name in package.namelist() if name.startswith("passports/")]
    assert passports == [Path(result.passport).read_bytes().strip()]


def test_table_without_people_passes_freely(told: tuple[DemoResult, str]) -> None:
    result, _ = told
    assert result.postal_outcome is Outcome.ALLOW
    assert Path(result.postal_data).stat().st_size > 1_000_000


def test_the_refused_party_is_told_why_and_what_would_help(told: tuple[DemoResult, str]) -> None:
    result, narrated = told
    refusal = msgspec.json.decode(Path(result.refused_decision).read_bytes(), type=Decision)
    assert refusal.outcome is result.refused_outcome is Outcome.DENY
    denying = next(pack for pack in refusal.per_pack if pack.outcome is Outcome.DENY)
    assert denying.rules[0].citations
    assert denying.rules[0].facts_used
    assert refusal.path_to_yes or refusal.path_note
    assert "28 CFR 202.301" in narrated
    assert not list((Path(result.refused_decision).parent / "received").glob("refused/*"))


def test_no_node_is_left_behind(told: tuple[DemoResult, str], out: Path) -> None:
    for folder in (out / "nodes").iterdir():
        for address in (read_config(folder).dsp, read_config(folder).management):
            with socket.socket() as probe, pytest.raises(ConnectionRefusedError):
                probe.connect(host_port(address))


def test_a_folder_of_somebody_else_is_left_alone(tmp_path: Path) -> None:
    precious = tmp_path / "precious"
    precious.touch()
    for out in (tmp_path, precious):
        ran = in_own_process("demo", "--out", out)
        assert ran.code == 2
        assert "was not made by the demo" in ran.err
    assert list(tmp_path.iterdir()) == [precious]


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--to", "XX"], "`XX`"),
        (["--file", "absent.csv"], "`absent.csv`"),
        (["--file", os.devnull], "not a regular file"),
    ],
)
def test_wrong_input_starts_nothing(tmp_path: Path, arguments: list[str], message: str) -> None:
    ran = in_own_process("demo", "--out", tmp_path / "out", *arguments)
    assert (ran.code, (tmp_path / "out").exists()) == (2, False)
    assert message in ran.err


def eventually(true: Callable[[], bool], patience_s: float = 20.0) -> bool:
    until = time.monotonic() + patience_s
    while not true() and time.monotonic() < until:
        time.sleep(0.05)
    return true()


@pytest.mark.skipif(not Path("/proc/self/stat").exists(), reason="looks for processes in /proc")
@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGTERM])
def test_nodes_end_with_the_demo_however_it_ends(tmp_path: Path, table: Path, number: signal.Signals) -> None:
    out = tmp_path / "out"
    command = [sys.executable, "-m", "tegata.cli", "demo", "--out", str(out), "--file", str(table)]
    with subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as demo:
        assert eventually(lambda: len(nodes_under(out)) == 4)  # three nodes and the authority
        nodes = nodes_under(out)
        os.kill(demo.pid, number)
    assert eventually(lambda: not (nodes & nodes_under(out)))
    assert out.exists() == (number is signal.SIGKILL)


def nodes_under(out: Path) -> set[str]:
    """Ids of running servers whose folder is below `out`."""
    found = set()
    for process in Path("/proc").iterdir():
        try:
            arguments = (process / "cmdline").read_bytes().split(b"\0") if process.name.isdigit() else []
        except OSError:
            continue
        if b"start" in arguments and any(argument.startswith(bytes(out)) for argument in arguments):
            found.add(process.name)
    return found
