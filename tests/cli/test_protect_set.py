"""protect on data sets of several tables: each by its plan, joinable by pseudonyms, as a folder or an archive."""

from __future__ import annotations

import csv
import json
from pathlib import Path

import msgspec
import pytest

from tegata.model.plan import Release
from tegata.tables.unpack import digest_folder
from tests.cli.conftest import Tegata, write_flow
from tests.tables import writing

PEOPLE = 60
REGISTER = [
    ("patient_id", "email", "birth_date"),
    *((f"P-{n:05}", f"a{n}@example.org", f"1950-01-{1 + n % 28:02}") for n in range(PEOPLE)),
]
VISITS = [
    ("patient_id", "icd10", "ward"),
    *((f"P-{n % PEOPLE:05}", f"E1{n % 5}.{n % 9}", "W1") for n in range(2 * PEOPLE)),
]
READY = "appi-pseudonymised"


@pytest.fixture
def clinic(tmp_path: Path) -> Path:
    writing.csv_file(tmp_path / "clinic" / "register.csv", REGISTER)
    writing.csv_file(tmp_path / "clinic" / "2024" / "visits.csv", VISITS)
    (tmp_path / "clinic" / "leaflet.pdf").write_bytes(b"%PDF-1.7 1 0 obj")
    return tmp_path / "clinic"


def column(path: Path, name: str) -> list[str]:
    with path.open(encoding="utf-8", newline="") as file:
        return [row[name] for row in csv.DictReader(file)]


def everything(folder: Path) -> list[Path]:
    return sorted(folder.rglob("*"))


def test_tables_stay_joinable_and_the_folder_is_what_the_archive_is(
    tegata: Tegata, clinic: Path, tmp_path: Path
) -> None:
    key, arguments = tmp_path / "key", ("protect", clinic, "--plan", READY)
    told = tegata(*arguments, "--key", key, "--out", tmp_path / "out", "--json")
    assert told.code == 0
    release = msgspec.convert(told.document, Release)
    out = tmp_path / "out"
    assert [(part.name, part.release.rows) for part in release.parts] == [
        ("register.csv", PEOPLE),
        ("2024/visits.csv", 2 * PEOPLE),
    ]
    assert (release.withheld, release.rows) == (1, 3 * PEOPLE)
    assert digest_folder(out)[0] == release.digest
    pseudonyms = column(out / "register.csv", "patient_id")
    assert set(column(out / "2024" / "visits.csv", "patient_id")) == set(pseudonyms)
    assert len(set(pseudonyms)) == PEOPLE
    assert not any("@" in path.read_text() or "P-0000" in path.read_text() for path in out.rglob("*.csv"))
    again = tegata(*arguments, "--key", key, "--out", tmp_path / "out.zip", "--json")
    assert again.document["digest"] == release.digest
    forgotten = tegata(*arguments, "--out", tmp_path / "other")
    assert "forgotten" in forgotten.err
    assert not set(column(tmp_path / "other" / "register.csv", "patient_id")) & set(pseudonyms)


def test_a_decision_on_the_whole_is_carried_out_table_by_table(tegata: Tegata, clinic: Path, tmp_path: Path) -> None:
    (clinic / "leaflet.pdf").unlink()
    decision = tmp_path / "decision.json"
    flow = write_flow(tmp_path, "DE")
    assert tegata("check", clinic, "--flow", flow, "--save", decision).code == 10
    arguments = ("protect", clinic, "--decision", decision, "--out", tmp_path / "out")
    assert tegata(*arguments, "--dry-run").code == 0
    assert not (tmp_path / "out").exists()
    assert tegata(*arguments).code == 0
    assert "email" not in (tmp_path / "out" / "register.csv").read_text()
    writing.csv_file(clinic / "more.csv", REGISTER)
    told = tegata("protect", clinic, "--decision", decision, "--out", tmp_path / "later")
    assert told.code == 1
    assert "the decision is not about this" in told.err
    assert not (tmp_path / "later").exists()


@pytest.mark.parametrize("write", [writing.workbook, writing.sqlite])
def test_workbooks_and_databases(tegata: Tegata, tmp_path: Path, write: object) -> None:
    place = write(tmp_path / "clinic.bin", {"register": REGISTER, "visits": VISITS})  # type: ignore[operator]
    assert tegata("protect", place, "--plan", READY, "--out", tmp_path / "out").code == 0
    names = [path.name for path in everything(tmp_path / "out")]
    assert names == ["manifest.json", "register.csv", "visits.csv"]
    one = tegata("protect", f"{place}#visits", "--plan", READY, "--out", tmp_path / "one.csv")
    assert one.code == 0
    assert len(column(tmp_path / "one.csv", "icd10")) == 2 * PEOPLE


def test_a_plan_of_ones_own_has_one_for_each_table(tegata: Tegata, clinic: Path, tmp_path: Path) -> None:
    made = tegata("protect", clinic, "--plan", READY, "--dry-run", "--json").document
    assert sorted(made["tables"]) == ["2024/visits.csv", "register.csv"]
    own = tmp_path / "plan.json"
    own.write_text(json.dumps(made))
    assert tegata("protect", clinic, "--plan", own, "--out", tmp_path / "out").code == 0
    for change, message in (
        ({"tables": {"register.csv": made["tables"]["register.csv"]}}, "about other tables"),
        ({"tables": {**made["tables"], "absent.csv": made["tables"]["register.csv"]}}, "`absent.csv`"),
        (made["tables"]["register.csv"], "plan"),
    ):
        own.write_text(json.dumps(change))
        told = tegata("protect", clinic, "--plan", own, "--out", tmp_path / "none")
        assert (told.code, told.out) == (2, "")
        assert message in told.err
        assert not (tmp_path / "none").exists()


def test_nothing_is_left_where_a_table_would_tell_too_much(tegata: Tegata, clinic: Path, tmp_path: Path) -> None:
    """The second table still holds the addresses that may not be left."""
    notes = [("note",), *((f"call a{n}@example.org today",) for n in range(PEOPLE))]
    writing.csv_file(clinic / "notes.csv", notes)
    own = tmp_path / "plan.yaml"
    own.write_text(
        "tables:\n  register.csv: {steps: [{op: drop, column: email}], otherwise: keep}\n"
        "  2024/visits.csv: {steps: [], otherwise: keep}\n"
        "  notes.csv: {steps: [], otherwise: keep, none_left: [contact]}\n"
    )
    before = everything(tmp_path)
    told = tegata("protect", clinic, "--plan", own, "--out", tmp_path / "out", "--lang", "ja")
    assert told.code == 1
    assert "Traceback" not in told.err
    assert everything(tmp_path) == before


def test_wrong_usage(tegata: Tegata, clinic: Path, tmp_path: Path) -> None:
    (tmp_path / "there").mkdir()
    for more, message in (
        (("--out", tmp_path / "out.csv"), "several tables"),
        (("--out", clinic / "out"), "lies in the data set itself"),
        (("--out", tmp_path / "there", "--force"), "is a folder"),
        (("--out", tmp_path / "no" / "where"), "cannot write"),
        ((), "`--out` is missing"),
        (("--out", tmp_path / "out", "--against", clinic / "register.csv"), "go with one table"),
        (("--out", tmp_path / "out", "--keep", "absent"), "no table has a column `absent`"),
    ):
        told = tegata("protect", clinic, "--plan", READY, *more)
        assert told.code in (1, 2)
        assert message in told.err
    assert not (tmp_path / "out").exists()


def test_a_cap_counts_the_people_of_all_tables(tegata: Tegata, clinic: Path, tmp_path: Path) -> None:
    own = tmp_path / "plan.yaml"
    capped = "cap_subjects: 7, subject_key: [patient_id]"
    own.write_text(
        f"tables:\n  register.csv: {{steps: [{{op: drop, column: email}}], {capped}}}\n"
        f"  2024/visits.csv: {{steps: [], {capped}}}\n"
    )
    assert tegata("protect", clinic, "--plan", own, "--out", tmp_path / "out").code == 0
    people = set(column(tmp_path / "out" / "register.csv", "patient_id"))
    assert len(people) == 7
    assert set(column(tmp_path / "out" / "2024" / "visits.csv", "patient_id")) == people

    own.write_text(own.read_text("utf-8").replace(f"steps: [], {capped}", "steps: []"))
    told = tegata("protect", clinic, "--plan", own, "--out", tmp_path / "none")
    assert (told.code, "`cap_subjects`" in told.err) == (2, True)
    assert not (tmp_path / "none").exists()
