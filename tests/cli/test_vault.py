"""`tegata vault`, and `tegata protect --vault`."""

from __future__ import annotations

import csv
import json
from pathlib import Path

import pytest

from tests.cli.conftest import Ran, Tegata

TABLE = "patient_id,ward\nP-1,north\nP-2,south\nP-1,north\n,south\n"
PLAN = "steps:\n  - {op: tokenise, column: patient_id, domain: patient}\n"


@pytest.fixture
def people(tmp_path: Path) -> Path:
    (tmp_path / "plan.yaml").write_text(PLAN)
    (tmp_path / "pass").write_text("correct horse battery\n")
    (tmp_path / "pass").chmod(0o600)
    path = tmp_path / "people.csv"
    path.write_text(TABLE)
    return path


@pytest.fixture
def vault(people: Path, tegata: Tegata) -> Path:
    path = people.with_name("clinic.vault")
    assert tegata("vault", "new", path, "--name", "clinic", "--no-passphrase").code == 0
    return path


def protect(tegata: Tegata, people: Path, *options: object, out: str = "out.csv") -> Ran:
    return tegata("protect", people, "--plan", people.with_name("plan.yaml"), "--out", people.with_name(out), *options)


def tokens(path: Path) -> list[str]:
    with path.open(encoding="utf-8", newline="") as file:
        return [row["patient_id"] for row in csv.DictReader(file)]


def test_from_values_to_tokens_and_back(tegata: Tegata, people: Path, vault: Path, tmp_path: Path) -> None:
    told = protect(tegata, people, "--vault", vault)
    assert told.code == 0
    assert "once it is forgotten there" in " ".join(told.out.split())
    assert protect(tegata, people, "--vault", vault, out="again.csv").code == 0
    one, two, three, empty = tokens(tmp_path / "out.csv")
    assert (one, empty) == (three, "")
    assert one != two
    assert tokens(tmp_path / "again.csv") == [one, two, three, ""]
    (tmp_path / "asked").write_text(f"{one}\n{two}\n")
    found = tegata("vault", "find", vault, "--from", tmp_path / "asked", "--reason", "case 1", "--json").document
    assert [entry["value"] for entry in found["entries"]] == ["P-1", "P-2"]
    shown = tegata("vault", "show", vault, "--json").document
    assert shown["values"] == {"patient": 2}
    assert [release["source"] for release in shown["releases"]] == ["people.csv", "people.csv"]
    assert all(release["digest"].startswith("sha256:") for release in shown["releases"])
    assert [act["act"] for act in shown["acts"]] == ["made", "released", "released", "found"]
    assert "case 1" in tegata("vault", "show", vault).out


def test_a_person_asks_and_is_forgotten(tegata: Tegata, people: Path, vault: Path, tmp_path: Path) -> None:
    protect(tegata, people, "--vault", vault)
    (token, *_) = tokens(tmp_path / "out.csv")
    why = ("--reason", "case 2")
    assert token in tegata("vault", "export", vault, "P-1", *why).out
    assert tegata("vault", "export", vault, "P-9", *why).code == 1
    dry = tegata("vault", "forget", vault, "P-1", *why)
    assert "would be forgotten" in dry.out
    assert "--apply" in dry.err
    assert tegata("vault", "find", vault, token, *why).code == 0
    assert tegata("vault", "forget", vault, "P-1", *why, "--apply", "--json").document["tokens"] == [token]
    assert tegata("vault", "find", vault, token, *why).code == 1


def test_the_whole_vault_is_destroyed(tegata: Tegata, people: Path, vault: Path) -> None:
    protect(tegata, people, "--vault", vault)
    why = ("--reason", "the contract ended")
    assert "would be destroyed: 2 values" in tegata("vault", "destroy", vault, *why).out
    assert vault.exists()
    told = tegata("vault", "destroy", vault, *why, "--apply", "--json").document
    assert (told["values"], told["act"]["reason"]) == (2, "the contract ended")
    assert not vault.exists()
    assert not vault.with_name("clinic.vault.key").exists()


def test_the_key_lies_under_a_passphrase(tegata: Tegata, people: Path) -> None:
    vault, words = people.with_name("own.vault"), ("--passphrase-file", people.with_name("pass"))
    assert tegata("vault", "new", vault, "--name", "clinic", *words).code == 0
    assert people.with_name("own.vault.key").read_bytes().startswith(b"age-encryption.org/v1")
    assert protect(tegata, people, "--vault", vault, *words).code == 0
    assert tegata("vault", "show", vault, "--passphrase-file", people.with_name("none")).code == 2


@pytest.mark.parametrize("language", ["en", "ja"])
def test_what_is_missing_is_told(tegata: Tegata, people: Path, vault: Path, language: str) -> None:
    lang = ("--lang", language)
    without = protect(tegata, people, *lang)
    assert without.code == 2
    assert "tegata vault new" in without.err
    assert not people.with_name("out.csv").exists()
    assert tegata("vault", "new", vault, "--name", "again", "--no-passphrase", *lang).code == 2
    assert tegata("vault", "find", vault, "--reason", "x", *lang).code == 2
    assert tegata("vault", "find", vault, "t-1", *lang).code == 2
    assert tegata("vault", "show", people, "--vault-key", f"{vault}.key", *lang).code == 2


def test_a_release_that_does_not_come_about_keeps_its_tokens(tegata: Tegata, people: Path, vault: Path) -> None:
    """The look stops it: `ward` repeats what the plan removes. What was handed out stays, and nothing left."""
    rows = "".join(f"P-{n},P-{n}\n" for n in range(40))
    people.write_text("patient_id,ward\n" + rows)
    assert protect(tegata, people, "--vault", vault).code == 1
    shown = tegata("vault", "show", vault, "--json").document
    assert [release.get("digest", "") for release in shown["releases"]] == [""]
    assert not people.with_name("out.csv").exists()


def test_tables_of_a_set_share_a_vault(tegata: Tegata, people: Path, vault: Path, tmp_path: Path) -> None:
    folder = tmp_path / "clinic"
    folder.mkdir()
    (folder / "people.csv").write_text(TABLE)
    (folder / "visits.csv").write_text("visitor,day\nP-2,2024-01-01\nP-1,2024-01-02\n")
    step = {"op": "tokenise", "domain": "patient"}
    steps = {"people.csv": {**step, "column": "patient_id"}, "visits.csv": {**step, "column": "visitor"}}
    plan = {"tables": {name: {"steps": [one]} for name, one in steps.items()}}
    (tmp_path / "plan.yaml").write_text(json.dumps(plan))
    told = tegata("protect", folder, "--plan", tmp_path / "plan.yaml", "--vault", vault, "--out", tmp_path / "out")
    assert told.code == 0
    one, two, *_ = tokens(tmp_path / "out" / "people.csv")
    visitors = (tmp_path / "out" / "visits.csv").read_text().splitlines()[1:]
    assert [line.partition(",")[0] for line in visitors] == [two, one]
