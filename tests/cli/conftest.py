"""Runs the real command line, in this process or in its own."""

from __future__ import annotations

import csv
import dataclasses
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import msgspec
import pytest

from tegata.cli.language import VARIABLES
from tegata.cli.main import main
from tegata.demo.hospital import COLUMNS, admissions


@dataclasses.dataclass(frozen=True)
class Ran:
    code: int
    out: str
    err: str

    @property
    def document(self) -> Any:
        """The one JSON document; fails when stdout holds anything else."""
        return msgspec.json.decode(self.out)


Tegata = Callable[..., Ran]


@pytest.fixture
def tegata(capsysbinary: pytest.CaptureFixture[bytes], monkeypatch: pytest.MonkeyPatch) -> Tegata:
    """`tegata("scan", path)`: the command line within this process."""
    for name in VARIABLES:
        monkeypatch.delenv(name, raising=False)

    def run(*arguments: object) -> Ran:
        with pytest.raises(SystemExit) as ended:
            main([str(argument) for argument in arguments])
        printed = capsysbinary.readouterr()
        return Ran(ended.value.code, printed.out.decode(), printed.err.decode())

    return run


def in_own_process(*arguments: object, **environment: str) -> Ran:
    """The command line as a shell runs it."""
    done = subprocess.run(
        [sys.executable, "-m", "tegata.cli", *map(str, arguments)],
        env={**os.environ, "TEGATA_LANG": "en", **environment},
        capture_output=True,
        check=False,
    )
    return Ran(done.returncode, done.stdout.decode(), done.stderr.decode())


KEPT = ("patient_id", "氏名", "birth_date", "住所", "email", "my_number", "country_of_residence", "icd10")


@pytest.fixture(scope="session")
def register(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A small hospital register of synthetic people."""
    path = tmp_path_factory.mktemp("register") / "register.csv"
    kept = [COLUMNS.index(name) for name in KEPT]
    with path.open("w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows([KEPT, *([row[place] for place in kept] for row in admissions(people=400))])
    return path


PARTIES = """\
relation: none
provider: {entity: organisation, organised_under: [US], principal_place: US, located_in: JP, designated: false,
  appi_operator: true, gdpr_subject: false, role: controller}
recipient: {entity: organisation, organised_under: [CC], principal_place: CC, located_in: CC, designated: false,
  owned_by_covered_pct: 0, handles_data: true, appi_operator: false, appi_equivalent_system: false, cbpr: false,
  role: controller}
transaction: {class: data_brokerage, access: true, act: licence, onward_clause: true, incident_to: none, evasion: false}
data: {form: identified, linked: true, public_record: false, government_related: false, collected_in: [JP],
  biospecimen: false}
subjects: {prior_us_persons: {}, prior_us_devices: 0}
basis: {appi_27_exception: none, appi_27_5: none, opt_out_filed: false}
authorisations.licence: false
"""


def write_flow(folder: Path, country: str, *more: str, consent: bool | None = True) -> Path:
    """A flow file towards a recipient in `country`; `more` lines as they are."""
    said = "" if consent is None else f"consent: {{given: {str(consent).lower()}, abroad_informed: true}}\n"
    path = folder / f"flow-{country}.yaml"
    path.write_text(PARTIES.replace("CC", country) + said + "".join(f"{line}\n" for line in more))
    return path


@pytest.fixture(scope="session")
def decision(tmp_path_factory: pytest.TempPathFactory, register: Path) -> Path:
    """A decision that lets the register go to Germany under conditions."""
    folder = tmp_path_factory.mktemp("decision")
    path = folder / "decision.json"
    made = in_own_process("check", register, "--flow", write_flow(folder, "DE"), "--save", path)
    assert made.code == 10, made
    return path
