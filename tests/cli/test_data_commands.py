"""scan, check, decide and protect on real files, with their exit codes."""

from __future__ import annotations

import csv
from pathlib import Path

import msgspec
import pytest

from tegata.model.base import pretty
from tegata.model.decision import Decision, Outcome
from tegata.model.plan import Release
from tegata.model.profile import Profile
from tests.cli.conftest import Tegata, in_own_process, write_flow
from tests.tables.writing import workbook

DECIDED = [  # recipient's country, consent, exit code, outcome
    ("DE", True, 10, Outcome.ALLOW_WITH_CONDITIONS),
    ("DE", None, 11, Outcome.NEEDS_INFO),
    ("DE", False, 13, Outcome.DENY),
]


def test_scan_tells_people_and_scripts_the_same(tegata: Tegata, register: Path) -> None:
    profile = msgspec.convert(tegata("scan", register, "--json").document, Profile)
    said = tegata("scan", register).out
    assert profile.column("my_number").category == "identifier.government"
    assert "my_number" in said
    assert "government identifiers" in said
    assert profile.source_digest in said
    health = next(count for count in profile.subjects if count.category == "health")
    assert (health.n, health.exact) == (400, True)


def test_scan_never_shows_values(tegata: Tegata, register: Path) -> None:
    with register.open(encoding="utf-8", newline="") as file:
        row = next(row for row in csv.DictReader(file) if row["my_number"])
    shown = "".join(tegata("scan", register, *more).out for more in ([], ["--explain"], ["--json"]))
    for column in ("氏名", "住所", "email", "my_number"):
        assert row[column] not in shown


@pytest.mark.parametrize(("country", "consent", "code", "outcome"), DECIDED)
def test_check_answers_by_exit_code(
    tegata: Tegata,
    register: Path,
    tmp_path: Path,
    country: str,
    consent: bool | None,
    code: int,
    outcome: Outcome,
) -> None:
    told = tegata("check", register, "--flow", write_flow(tmp_path, country, consent=consent), "--json")
    assert told.code == code
    assert msgspec.convert(told.document, Decision).outcome is outcome


def test_saved_decision_has_what_scripts_rely_on(decision: Path) -> None:
    document = msgspec.json.decode(decision.read_bytes())
    assert {"outcome", "per_pack", "path_to_yes", "as_of", "known_on", "pack_digests"} <= document.keys()
    for pack in document["per_pack"]:
        assert {"pack", "version", "outcome", "rules", "facts_used", "missing", "conditions"} <= pack.keys()
        assert all(rule["citations"] for rule in pack["rules"])


def test_small_file_goes_freely_when_it_holds_no_people(tegata: Tegata, tmp_path: Path) -> None:
    table = tmp_path / "weather.csv"
    table.write_text("station,day,rain_mm\n" + "".join(f"S{n},2026-01-{n:02d},{n}\n" for n in range(1, 29)))
    told = tegata("check", table, "--flow", write_flow(tmp_path, "CN", "data.personal: false"))
    assert told.code == 0
    assert told.out.startswith("allowed ")


def test_decide_asks_for_what_matters(tegata: Tegata, tmp_path: Path) -> None:
    path = tmp_path / "flow.yaml"
    path.write_text("recipient.located_in: CN\nprovider.located_in: JP\ndata.personal: true\n")
    told = tegata("decide", path, "--explain")
    assert told.code == 11
    assert "consent.given" in told.out
    assert "Did the people concerned consent" in told.out


def test_template_reads_back_with_nothing_known(tegata: Tegata, tmp_path: Path) -> None:
    template = tegata("decide", "--template")
    assert template.code == 0
    path = tmp_path / "flow.yaml"
    path.write_text(template.out)
    assert tegata("decide", path).code == 11


def test_decide_without_flow_names_the_template(tegata: Tegata) -> None:
    told = tegata("decide")
    assert told.code == 2
    assert "--template" in told.err


def test_same_document_whatever_the_hash_seed(tmp_path: Path) -> None:
    path = tmp_path / "flow.yaml"
    path.write_text("relation: none\nrecipient.located_in: CN\nprovider.located_in: JP\ndata.categories: [health]\n")
    told = {in_own_process("decide", path, "--json", PYTHONHASHSEED=str(seed)).out for seed in (1, 2, 3)}
    assert len(told) == 1


def test_protect_carries_the_decision_out(tegata: Tegata, register: Path, decision: Path, tmp_path: Path) -> None:
    out, key = tmp_path / "out.csv", tmp_path / "secret.key"
    told = tegata("protect", register, "--decision", decision, "--out", out, "--key", key, "--json")
    assert told.code == 0
    release = msgspec.convert(told.document, Release)
    assert release.rows == len(register.read_text().splitlines()) - 1
    with out.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    assert not {"氏名", "住所", "email", "phone"} & rows[0].keys()
    assert all(len(row["birth_date"]) == 4 for row in rows)
    raw = register.read_text()
    assert not any(row["my_number"] and row["my_number"] in raw for row in rows)


def test_key_is_made_secret_and_gives_the_same_pseudonyms(
    tegata: Tegata, register: Path, decision: Path, tmp_path: Path
) -> None:
    key = tmp_path / "secret.key"
    for name in ("a.csv", "b.csv"):
        assert tegata("protect", register, "--decision", decision, "--out", tmp_path / name, "--key", key).code == 0
    assert key.stat().st_mode & 0o777 == 0o600
    assert len(key.read_bytes()) == 32
    assert (tmp_path / "a.csv").read_bytes() == (tmp_path / "b.csv").read_bytes()
    without = tegata("protect", register, "--decision", decision, "--out", tmp_path / "c.csv")
    assert "forgotten" in without.err
    assert (tmp_path / "c.csv").read_bytes() != (tmp_path / "a.csv").read_bytes()


def test_wrong_key_is_refused(tegata: Tegata, register: Path, decision: Path, tmp_path: Path) -> None:
    key = tmp_path / "short.key"
    key.write_bytes(b"x" * 31)
    key.chmod(0o600)
    told = tegata("protect", register, "--decision", decision, "--out", tmp_path / "out.csv", "--key", key)
    assert (told.code, (tmp_path / "out.csv").exists()) == (2, False)
    assert "32 bytes, not 31" in told.err
    key.chmod(0o644)
    told = tegata("protect", register, "--decision", decision, "--out", tmp_path / "out.csv", "--key", key)
    assert told.code == 2
    assert "chmod 600" in told.err


def test_dry_run_shows_why_and_writes_nothing(tegata: Tegata, register: Path, decision: Path, tmp_path: Path) -> None:
    before = sorted(tmp_path.iterdir())
    told = tegata("protect", register, "--decision", decision, "--dry-run")
    assert told.code == 0
    assert sorted(tmp_path.iterdir()) == before
    line = next(line for line in told.out.splitlines() if line.startswith("氏名"))
    assert "does not leave" in line
    assert "direct-identifiers" in line


@pytest.mark.parametrize(("country", "consent", "code", "outcome"), DECIDED[1:])
def test_protect_refuses_what_may_not_go(
    tegata: Tegata,
    register: Path,
    tmp_path: Path,
    country: str,
    consent: bool | None,
    code: int,
    outcome: Outcome,
) -> None:
    saved, out = tmp_path / "decision.json", tmp_path / "out.csv"
    tegata("check", register, "--flow", write_flow(tmp_path, country, consent=consent), "--save", saved)
    told = tegata("protect", register, "--decision", saved, "--out", out)
    assert (told.code, out.exists()) == (code, False)
    assert "the decision does not let the data go" in told.err


def test_protect_refuses_a_file_that_changed(tegata: Tegata, register: Path, decision: Path, tmp_path: Path) -> None:
    other, out = tmp_path / "register.csv", tmp_path / "out.csv"
    other.write_bytes(register.read_bytes().replace(b"P000001", b"P999999"))
    told = tegata("protect", other, "--decision", decision, "--out", out)
    assert (told.code, out.exists()) == (1, False)
    assert "the decision is not about this" in told.err


def test_protect_refuses_a_decision_on_facts_alone(tegata: Tegata, register: Path, tmp_path: Path) -> None:
    told = tegata("decide", write_flow(tmp_path, "DE", "data.personal: false"), "--json")
    (tmp_path / "decision.json").write_text(told.out)
    refused = tegata("protect", register, "--decision", tmp_path / "decision.json", "--out", tmp_path / "out.csv")
    assert refused.code == 1
    assert "stated facts alone" in refused.err


def test_protect_refuses_a_decision_that_was_made_milder(tegata: Tegata, register: Path, tmp_path: Path) -> None:
    saved, out = tmp_path / "decision.json", tmp_path / "out.csv"
    tegata("check", register, "--flow", write_flow(tmp_path, "DE", consent=False), "--save", saved)
    denied = msgspec.json.decode(saved.read_bytes(), type=Decision)
    saved.write_bytes(pretty(msgspec.structs.replace(denied, outcome=Outcome.ALLOW)))
    told = tegata("protect", register, "--decision", saved, "--out", out)
    assert (told.code, out.exists()) == (1, False)
    assert "does not follow from its own facts" in told.err


def test_protect_by_a_plan_of_ones_own(tegata: Tegata, register: Path, tmp_path: Path) -> None:
    plan, out = tmp_path / "plan.yaml", tmp_path / "out.jsonl"
    plan.write_text("steps:\n- {op: keep, column: birth_date}\n- {op: keep, column: icd10}\notherwise: drop\n")
    assert tegata("protect", register, "--plan", plan, "--out", out).code == 0
    assert msgspec.json.decode(out.read_text().splitlines()[0]).keys() == {"birth_date", "icd10"}


def test_protect_looks_again_at_what_leaves(tegata: Tegata, tmp_path: Path) -> None:
    table, plan, out = tmp_path / "in.csv", tmp_path / "plan.yaml", tmp_path / "out.csv"
    table.write_text(
        "mail,ward\n" + "".join(f"p{n}@example.org,{f'p{n}@example.org' if n % 9 == 0 else 'W1'}\n" for n in range(90))
    )
    plan.write_text("steps: [{op: pseudonymise, column: mail}]\nnone_left: [contact.email]\n")
    assert (
        "nothing of these kinds may be left: contact.email" in tegata("protect", table, "--plan", plan, "--dry-run").out
    )
    told = tegata("protect", table, "--plan", plan, "--out", out)
    assert (told.code, out.exists()) == (1, False)
    assert "`ward`" in told.err
    assert "example.org" not in told.err
    plan.write_text("steps: [{op: pseudonymise, column: mail}]\nnone_left: [contact.emial]\n")
    told = tegata("protect", table, "--plan", plan, "--out", out)
    assert (told.code, out.exists()) == (2, False)
    assert "did you mean `contact.email`?" in told.err


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--out", "o.csv"], "either `--decision` or `--plan`"),
        (["--decision", "d", "--plan", "p", "--out", "o.csv"], "either `--decision` or `--plan`"),
        (["--plan", "p"], "`--out` is missing"),
        (["--plan", "p", "--out", "o.xml"], "no known ending"),
    ],
)
def test_protect_wrong_usage(tegata: Tegata, register: Path, arguments: list[str], message: str) -> None:
    told = tegata("protect", register, *arguments)
    assert told.code == 2
    assert message in told.err


def test_nothing_is_overwritten_without_force(tegata: Tegata, register: Path, decision: Path, tmp_path: Path) -> None:
    out = tmp_path / "out.csv"
    out.write_text("precious")
    assert tegata("protect", register, "--decision", decision, "--out", out).code == 2
    assert out.read_text() == "precious"
    assert tegata("protect", register, "--decision", decision, "--out", out, "--force").code == 0
    assert out.read_text() != "precious"
    same = tegata("protect", out, "--decision", decision, "--out", out, "--force")
    assert same.code == 2
    assert "the source itself" in same.err


def a_clinic(folder: Path, register: Path) -> Path:
    """A folder with a register of people, their visits in a workbook, and what cannot be read."""
    place = folder / "clinic"
    place.mkdir()
    (place / "register.csv").write_bytes(register.read_bytes())
    rows = [[f"P-{n % 50:03}", f"E{10 + n % 10}.{n % 9}"] for n in range(100)]
    workbook(place / "visits.xlsx", {"2023": [["patient_id", "icd10"], *rows], "2024": [["shelf", "n"], ["a", "1"]]})
    return place


def test_a_folder_is_one_data_set_with_its_tables(tegata: Tegata, register: Path, tmp_path: Path) -> None:
    place = a_clinic(tmp_path, register)
    (place / "letter.pdf").write_bytes(b"%PDF-1.7 " + bytes(range(256)))
    profile = msgspec.convert(tegata("scan", place, "--json").document, Profile)
    assert [table.name for table in profile.tables] == ["register.csv", "visits.xlsx#2023", "visits.xlsx#2024"]
    assert [one.name for one in profile.unread] == ["letter.pdf"]
    assert profile.columns == ()
    for language, words in (("en", "all tables together"), ("ja", "すべての表を合わせて")):
        said = tegata("scan", place, "--lang", language, "--report", tmp_path / f"{language}.html").out
        page = (tmp_path / f"{language}.html").read_text("utf-8")
        assert words in said
        for name in ("register.csv", "visits.xlsx#2023", "visits.xlsx#2024", "letter.pdf"):
            assert name in said
            assert name in page
        assert "P-001" not in said + page


def test_what_was_not_read_leaves_the_decision_open(tegata: Tegata, register: Path, tmp_path: Path) -> None:
    place, flow = a_clinic(tmp_path, register), write_flow(tmp_path, "DE", consent=True)
    assert tegata("check", place, "--flow", flow).code == Outcome.ALLOW_WITH_CONDITIONS.exit_code
    (place / "letter.pdf").write_bytes(b"%PDF-1.7 " + bytes(range(256)))
    told = tegata("check", place, "--flow", flow, "--json")
    assert told.code == Outcome.NEEDS_INFO.exit_code
    assert "data.categories" in {fact["name"] for fact in told.document["missing"]}


def test_nothing_that_can_be_read(tegata: Tegata, tmp_path: Path) -> None:
    (tmp_path / "in").mkdir()
    (tmp_path / "in" / "letter.pdf").write_bytes(b"%PDF-1.7 " + bytes(range(256)))
    told = tegata("scan", tmp_path / "in")
    assert (told.code, told.out) == (2, "")
    assert "letter.pdf" in told.err
    assert "PDF document" in told.err
