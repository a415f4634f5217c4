"""What a demand for k-anonymity asks and what was reached, in words."""

from __future__ import annotations

import re
from pathlib import Path

import click
import pytest

from tegata.cli.protect import PlanChoice, command
from tests.cli.conftest import Tegata

REGISTER = Path(__file__).parents[2] / "examples" / "register.csv"
PLAN = """
steps:
  - {op: drop, column: name}
  - {op: encrypt_fpe, column: card}
  - {op: top_bottom_code, column: age, top: 75}
anonymity:
  k: 5
  max_suppressed: 0.1
  sensitive: [illness]
  quasi_identifiers:
    - {column: age, hierarchy: {by: ranges, widths: [10, 50]}}
    - {column: born, hierarchy: {by: dates}}
    - {column: zip, hierarchy: {by: prefixes, lengths: [3, 1]}}
    - {column: lat, hierarchy: {by: grid, min_errors_m: [1000, 5000]}}
    - {column: town, hierarchy: {by: taxonomy, parents: {Kyoto: Kansai, Osaka: Kansai}}}
    - {column: sex}
"""


@pytest.fixture
def files(tmp_path: Path) -> tuple[Path, Path]:
    table, plan = tmp_path / "people.csv", tmp_path / "plan.yaml"
    rows = [
        f"person {n},4111-1111-1111-{n:04d},{20 + n % 60},19{20 + n % 60}-01-02,15{n % 3}-000{n % 7},35.{n % 90},"
        f"{('Kyoto', 'Osaka')[n % 2]},{'fm'[n // 2 % 2]},{('flu', 'asthma', 'HIV')[n % 3]}"
        for n in range(400)
    ]
    table.write_text("name,card,age,born,zip,lat,town,sex,illness\n" + "\n".join(rows) + "\n")
    plan.write_text(PLAN)
    return table, plan


@pytest.mark.parametrize(
    ("language", "expected"),
    [
        ("en", ["alike with 5 or more", "at most 10.0%", "age: ranges of 10, 50, or nothing",
                "born: year and month only, the year only, the decade only, or nothing",
                "zip: the first 3, 1 characters", "lat: rounded to 1,000 m, 5,000 m or coarser",
                "town: what it belongs to in the taxonomy", "sex: as it is, or nothing", "encrypted in its own form",
                "of values from 75 only that is known", "without the key no value can be found"]),
        ("ja", ["5 件以上", "最大 10.0%", "age: 幅 10, 50 の範囲", "born: 年月のみ, 年のみ, 年代のみ",
                "zip: 先頭 3, 1 文字",
                "lat: 1,000 m, 5,000 m 以上の粗さ", "town: 計画の分類での上位", "sex: そのまま", "書式を保って暗号化",
                "75 以上の値はそのことしか分かりません"]),
    ],
)  # fmt: skip
def test_the_demand_is_read_back(tegata: Tegata, files: tuple[Path, Path], language: str, expected: list[str]) -> None:
    told = tegata("--lang", language, "protect", files[0], "--plan", files[1], "--dry-run")
    said = re.sub(r"\s+", " ", told.out)
    assert told.code == 0
    assert [text for text in expected if text not in said] == []


@pytest.mark.parametrize(("language", "word"), [("en", "with a chance of at most 1 in"), ("ja", "確率は")])
def test_the_risk_is_told(tegata: Tegata, files: tuple[Path, Path], language: str, word: str) -> None:
    out = files[0].with_name(f"{language}.csv")
    told = tegata("--lang", language, "protect", files[0], "--plan", files[1], "--out", out)
    assert told.code == 0
    said = re.sub(r"\s+", " ", told.out)
    assert word in said
    assert "`illness`" in said
    assert "4111-1111-1111" not in out.read_text()
    alike = [line.split(",")[1:7] for line in out.read_text().splitlines()[1:]]
    assert min(alike.count(one) for one in alike) >= 5


@pytest.mark.parametrize(
    ("language", "expected"),
    [
        ("en", ["How each clause is met:", "34-3 Codes that link", "columns: patient_id", "left for you: Publish"]),
        ("ja", ["各条項の充足方法:", "34-3 個人情報と", "列: patient_id", "残る措置: 項目を公表し"]),
    ],
)
def test_a_ready_plan_is_read_back_clause_by_clause(tegata: Tegata, language: str, expected: list[str]) -> None:
    told = tegata("--lang", language, "protect", REGISTER, "--plan", "appi-anonymised", "--dry-run")
    said = re.sub(r"\s+", " ", told.out)
    assert told.code == 0
    assert [words for words in expected if words not in said] == []


@pytest.mark.parametrize(
    ("language", "expected"),
    [
        (
            "en",
            ["(epsilon 2)", "takes 2 of the 3", "sum of `age`", "mean of `age`", "classes of 2", "at most 60 records"],
        ),
        ("ja", ["ε = 2", "許される損失 3 のうち 2", "`age` の合計", "`age` の平均", "幅 2 の階級", "誤差 60 件以内"]),
    ],
)
def test_figures_are_read_back(tegata: Tegata, tmp_path: Path, language: str, expected: list[str]) -> None:
    plan = tmp_path / "plan.yaml"
    figures = [f"{{of: {of}, column: age, low: 0, high: 100, epsilon: 0.5}}" for of in ("sum", "mean")]
    figures.append("{of: quantiles, column: age, low: 0, high: 100, epsilon: 0.05}")
    counts = "epsilon: 0.95, budget: 3, count_by: [{column: sex, values: [F, M]}]"
    plan.write_text(f"steps: []\nstatistics: {{{counts}, figures: [{', '.join(figures)}]}}\n")
    told = tegata("--lang", language, "protect", REGISTER, "--plan", plan, "--dry-run")
    said = re.sub(r"\s+", " ", told.out)
    assert [words for words in expected if words not in said] == [], said


def test_ready_plans_are_offered_and_their_misspellings_answered(tegata: Tegata) -> None:
    offered = PlanChoice().shell_complete(click.Context(command), command.params[2], "appi")
    assert [item.value for item in offered][:2] == ["appi-anonymised", "appi-pseudonymised"]
    wrong = tegata("protect", REGISTER, "--plan", "appi-anonymized", "--dry-run")
    assert (wrong.code, "did you mean `appi-anonymised`" in wrong.err) == (2, True)
    own = tegata("protect", REGISTER, "--plan", "x.yaml", "--keep", "ward", "--dry-run")
    assert (own.code, "`--keep` goes with a ready plan" in own.err) == (2, True)


@pytest.mark.parametrize(
    ("language", "expected"),
    [
        (
            "en",
            ["no record leaves: 3 counts by sex, each with noise", "a factor of at most 1.65", "takes 0.5 of the 2"],
        ),
        ("ja", ["sex 別の件数 3 個を雑音付き", "最大 1.65 倍", "許される損失 2 のうち 0.5"]),
    ],
)
def test_statistics_are_read_back(tegata: Tegata, tmp_path: Path, language: str, expected: list[str]) -> None:
    plan = tmp_path / "plan.yaml"
    plan.write_text("steps: []\nstatistics: {epsilon: 0.5, budget: 2, count_by: [{column: sex, values: [F, M]}]}\n")
    told = tegata("--lang", language, "protect", REGISTER, "--plan", plan, "--dry-run")
    said = re.sub(r"\s+", " ", told.out)
    assert [words for words in expected if words not in said] == []
