"""`tegata recognisers` and `--recognisers FILE`, as a person meets them."""

from __future__ import annotations

from pathlib import Path

import msgspec
import pytest

from tegata.model.profile import Profile
from tests.cli.conftest import Tegata, write_flow

BADGE = """
recognisers:
- id: house.badge
  title: {en: works badge, ja: 社員証番号}
  category: identifier.auth
  citation: house rule 1
  patterns: ['HB-[0-9]{6}']
  examples: [HB-000123]
  counterexamples: [HB-123]
  rarity: 0.001
  subject: person
  key_strength: 60
"""


@pytest.fixture
def own(tmp_path: Path) -> Path:
    path = tmp_path / "own.yaml"
    path.write_text(BADGE, "utf-8")
    return path


@pytest.fixture
def staff(tmp_path: Path) -> Path:
    path = tmp_path / "staff.csv"
    path.write_text("tag,floor\n" + "".join(f"HB-{n:06},{n % 7}\n" for n in range(300)), "utf-8")
    return path


def test_a_file_of_ones_own_finds_what_nobody_else_knows(tegata: Tegata, own: Path, staff: Path) -> None:
    without = msgspec.convert(tegata("scan", staff, "--json").document, Profile)
    found = msgspec.convert(tegata("scan", staff, "--recognisers", own, "--json").document, Profile)
    assert without.column("tag").recogniser != "house.badge"
    assert found.column("tag").recogniser == "house.badge"
    assert [(count.category, count.n, count.exact) for count in found.subjects] == [("identifier.auth", 300, True)]
    assert found.scanner != without.scanner


def test_what_was_decided_with_ones_own_recognisers_is_carried_out_with_them(
    tegata: Tegata, own: Path, staff: Path, tmp_path: Path
) -> None:
    flow = write_flow(tmp_path, "DE")
    decision, out = tmp_path / "decision.json", tmp_path / "out.csv"
    assert tegata("check", staff, "--flow", flow, "--recognisers", own, "--save", decision).code == 10
    refused = tegata("protect", staff, "--decision", decision, "--out", out)
    assert refused.code == 1
    assert "--recognisers" in refused.err
    assert tegata("protect", staff, "--decision", decision, "--out", out, "--recognisers", own).code == 0
    assert "HB-000123" not in out.read_text("utf-8")


def test_the_list_is_filtered_by_category_and_country(tegata: Tegata, own: Path) -> None:
    japanese = tegata("recognisers", "list", "--country", "jp", "--category", "identifier", "--json").document
    assert {one["category"].partition(".")[0] for one in japanese} == {"identifier"}
    assert all("JP" in one["jurisdictions"] for one in japanese)
    assert "jp.my_number" in {one["id"] for one in japanese}
    assert "house.badge" in tegata("recognisers", "list", "--recognisers", own).out
    assert tegata("recognisers", "list", "--category", "ident", "--json").document == []  # a head, not a prefix


def test_one_is_shown_in_both_languages_and_a_slip_is_met_with_the_nearest(tegata: Tegata) -> None:
    assert "Individual Number" in tegata("recognisers", "show", "jp.my_number").out
    assert "個人番号" in tegata("recognisers", "show", "jp.my_number", "--lang", "ja").out
    missed = tegata("recognisers", "show", "jp.my_numbr")
    assert missed.code == 2
    assert "`jp.my_number`" in missed.err


def test_examples_are_the_tests_of_a_recogniser(tegata: Tegata, own: Path) -> None:
    assert tegata("recognisers", "test", "--recognisers", own).code == 0
    own.write_text(BADGE.replace("HB-000123", "HB-00123"), "utf-8")
    failed = tegata("recognisers", "test", "house.badge", "--recognisers", own)
    assert failed.code == 2
    assert "HB-00123" in failed.out
    assert "1 of 2" in failed.out


def test_a_recogniser_without_examples_is_named(tegata: Tegata, own: Path) -> None:
    own.write_text(BADGE.replace("  examples: [HB-000123]\n", ""), "utf-8")
    result = tegata("recognisers", "test", "house.badge", "--recognisers", own, "--json").document
    assert result["untried"] == ["house.badge"]


def test_values_are_tried_from_the_command_line_and_from_stdin(tegata: Tegata, monkeypatch: pytest.MonkeyPatch) -> None:
    import io

    told = tegata("recognisers", "test", "jp.my_number", "123456789018", "123456789019", "x", "--json").document
    assert [(one["shaped"], one["proven"]) for one in told["trials"]] == [(True, True), (True, False), (False, False)]
    monkeypatch.setattr("sys.stdin", io.StringIO("１２３４５６７８９０１８\n\n"))
    told = tegata("recognisers", "test", "jp.my_number", "-", "--json").document
    assert [one["proven"] for one in told["trials"]] == [True, False]


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("'HB-[0-9]{6}'", "'(a{1000}){1000}'", "does not compile"),
        ("'HB-[0-9]{6}'", r"'(a+)+\1'", "does not compile"),
        ("house.badge", "jp.my_number", "used twice"),
        ("recognisers:", "lists: {prefecture: [x]}\nrecognisers:", "there already"),
        ("rarity: 0.001", "rarity: &a 0.001", "anchor"),
        ("citation: house rule 1", "citation: 1", "Expected `str`"),
    ],
)
def test_a_bad_file_is_refused_before_the_scan(
    tegata: Tegata, own: Path, staff: Path, old: str, new: str, said: str
) -> None:
    assert old in BADGE
    own.write_text(BADGE.replace(old, new), "utf-8")
    refused = tegata("scan", staff, "--recognisers", own)
    assert refused.code == 2
    assert said in refused.err
    assert "own.yaml" in refused.err


def test_a_pattern_that_makes_other_engines_hang_is_harmless(tegata: Tegata, own: Path, tmp_path: Path) -> None:
    own.write_text(BADGE.replace("'HB-[0-9]{6}'", "'(a|aa)+(a|aa)+b'").replace("HB-000123", "aab"), "utf-8")
    path = tmp_path / "a.csv"
    path.write_text("x,y\n" + f"{'a' * 50_000},1\n" * 20, "utf-8")
    assert tegata("scan", path, "--recognisers", own).code == 0
