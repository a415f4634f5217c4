"""Distinct people and devices: exact against brute force, else bounded from above; residents are never guessed."""

from __future__ import annotations

import errno
from pathlib import Path

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tegata.model.errors import StoreError
from tegata.model.profile import SubjectCount
from tegata.scan.distinct import SUBJECT, DistinctSubjects
from tegata.scan.scanning import Findings
from tests.scan.making import look, my_number, ssn, table


def of(found: Findings, category: str) -> SubjectCount:
    return next(s for s in found.counted.subjects if s.category == category)


def test_best_single_key_is_exact() -> None:
    people = [n % 40 for n in range(100)]
    found = look(
        table({"個人番号": [my_number(p) for p in people], "病名": ["喘息" if p % 2 else None for p in people]}), rows=7
    )
    assert of(found, "identifier.government").n == 40
    health = of(found, "health")
    assert (health.n, health.exact, health.key) == (20, True, ("個人番号",))
    assert any("`個人番号`" in note.en for note in found.notes)


def test_one_number_in_two_spellings_is_one_person() -> None:
    plain = [my_number(n) for n in range(20)]
    spaced = [f"{n[:4]}-{n[4:8]}-{n[8:]}" for n in plain]
    assert of(look(table({"個人番号": plain + spaced})), "identifier.government").n == 20


def test_name_and_birth_date_together() -> None:
    rows = [
        ("佐藤 太郎", "1980-01-01"),
        ("佐藤 太郎", "1990-01-01"),
        ("鈴木 花子", "1980-01-01"),
        ("佐藤太郎", "1980-01-01"),
    ]
    found = look(table({"氏名": [r[0] for r in rows], "生年月日": [r[1] for r in rows]}))
    count = of(found, "identifier.contact")
    assert (count.n, count.exact, count.key) == (3, True, ("氏名", "生年月日"))
    assert any("namesakes" in note.en for note in found.notes)


def test_rows_without_a_key_bound_from_above() -> None:
    numbers: list[str | None] = [my_number(n % 30) for n in range(60)] + [None] * 15
    count = of(look(table({"個人番号": numbers, "病名": ["喘息"] * 75})), "health")
    assert (count.n, count.exact) == (45, False)


def test_any_column_of_a_category_counts_its_subject() -> None:
    frame = table(
        {
            "個人番号": [my_number(n) for n in range(60)],
            "病名": ["喘息" if n < 20 else None for n in range(60)],
            "処方": ["錠剤" if n >= 50 else None for n in range(60)],
        }
    )
    assert of(look(frame), "health").n == 30


def test_placeholders_in_a_key_are_not_one_person() -> None:
    """`unknown` may stand for anybody: taken as a key it would hide all but one of them."""
    numbers: list[str | None] = [my_number(n) for n in range(60)] + ["unknown"] * 20
    count = of(look(table({"個人番号": numbers, "病名": ["喘息"] * 80})), "health")
    assert (count.n, count.exact) == (80, False)


def test_no_key_at_all() -> None:
    found = look(table({"病名": ["喘息", "糖尿病", "喘息", None]}))
    count = of(found, "health")
    assert (count.n, count.exact, count.key) == (3, False, ())
    assert any("upper bound" in note.en for note in found.notes)


def test_positions_count_devices() -> None:
    lat = [f"{35 + n / 1000:.4f}" for n in range(90)]
    lon = [f"{139 + n / 1000:.4f}" for n in range(90)]
    ads = [f"38400000-8cf0-11bd-b23e-{n % 9:012x}" for n in range(90)]
    count = of(look(table({"idfa": ads, "lat": lat, "lon": lon})), "geo.precise")
    assert (count.n, count.unit, count.exact, count.key) == (9, "device", True, ("idfa",))


def test_both_ends_of_a_call_are_people() -> None:
    found = look(
        table(
            {
                "calling_number": ["0312345678", "0312345679", "0312345678"],
                "called_number": ["0312345679", "0312345670", "0312345670"],
                "duration_sec": ["10", "20", "30"],
            }
        )
    )
    assert of(found, "identifier.call").n == 3


def test_a_second_person_per_row_is_not_forgotten() -> None:
    frame = table(
        {
            "患者ID": [f"P{n:04}" for n in range(50)],
            "患者氏名": ["佐藤 太郎"] * 25 + ["鈴木 花子"] * 25,
            "保護者氏名": ["高橋 健", "田中 結衣"] * 25,
        }
    )
    contact = of(look(frame), "identifier.contact")
    assert (contact.n, contact.exact) == (100, False)


def test_residents_by_country_column() -> None:
    countries = ["US", "USA", "United States", "米国", "日本", "JPN", "China", "Atlantis", None]
    found = look(
        table(
            {
                "user_id": [f"u{n}" for n in range(9)],
                "国籍": countries,
                "email": [f"u{n}@example.com" for n in range(9)],
            }
        )
    )
    assert of(found, "identifier.contact").residents == {"CN": 1, "JP": 2, "US": 4}
    assert any("2 of 9 are unknown" in note.en for note in found.notes)


def test_residents_by_national_numbers() -> None:
    us = [ssn(n) if n < 30 else None for n in range(100)]
    jp = [my_number(n) if n >= 60 else None for n in range(100)]
    found = look(table({"患者ID": [f"P{n:04}" for n in range(100)], "SSN": us, "個人番号": jp, "病名": ["喘息"] * 100}))
    health = of(found, "health")
    assert (health.n, health.residents, health.one_country) == (100, {"JP": 40, "US": 30}, True)


def test_two_countries_of_one_person_are_said() -> None:
    numbers = {"SSN": [ssn(n) for n in range(50)], "個人番号": [my_number(n) for n in range(50)]}
    count = of(look(table(numbers)), "identifier.government")
    assert (count.n, count.residents, count.one_country) == (50, {"JP": 50, "US": 50}, False)


def test_country_first_then_national_numbers() -> None:
    rows = range(40)
    found = look(
        table(
            {
                "SSN": [ssn(n) for n in rows],
                "nationality": ["Japan" if n < 10 else None for n in rows],
                "email": [f"u{n}@example.com" for n in rows],
            }
        )
    )
    assert of(found, "identifier.contact").residents == {"JP": 10, "US": 30}


def test_nothing_about_people_counts_nobody() -> None:
    assert look(table({"気温": ["10.1", "12.3"], "天候": ["晴", "雨"]})).counted.subjects == ()


@settings(max_examples=30, deadline=None)
@given(
    rows=st.lists(st.tuples(st.integers(0, 60), st.booleans(), st.booleans()), min_size=1, max_size=200),
    size=st.integers(1, 70),
    limit=st.integers(1, 50),
)
def test_distinct_equals_brute_force(rows: list[tuple[int, bool, bool]], size: int, limit: int) -> None:
    """Whatever the batches and however small the memory, the set is the set."""
    subjects = DistinctSubjects(in_memory=limit)
    frame = pl.DataFrame(
        {
            "subject": [n * 2**58 % 2**64 + n for n, _, _ in rows],
            "categories": [1 << a for _, a, _ in rows],
            "residents": [b << 3 for _, _, b in rows],
        },
        schema=SUBJECT,
    )
    for part in frame.iter_slices(size):
        subjects.add(part)
    expected: dict[int, tuple[int, int]] = {}
    for n, a, b in rows:
        old = expected.get(n * 2**58 % 2**64 + n, (0, 0))
        expected[n * 2**58 % 2**64 + n] = (old[0] | 1 << a, old[1] | b << 3)
    got = [row for part in subjects.parts() for row in part.iter_rows()]
    subjects.close()
    assert len(got) == len(expected)
    assert {subject: (c, r) for subject, c, r in got} == expected


def test_spilled_files_are_removed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    subjects = DistinctSubjects(in_memory=10)
    for start in range(0, 200, 20):
        numbers = range(start, start + 20)
        subjects.add(pl.DataFrame({"subject": numbers, "categories": [1] * 20, "residents": [0] * 20}, schema=SUBJECT))
    assert list(tmp_path.rglob("*-*"))
    assert sum(part.height for part in subjects.parts()) == 200
    subjects.close()
    assert not list(tmp_path.iterdir())


def test_full_disk_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: object) -> None:
        raise OSError(errno.ENOSPC, "no space left on device")

    monkeypatch.setattr(pl.DataFrame, "write_ipc", full)
    subjects = DistinctSubjects(in_memory=1)
    with pytest.raises(StoreError) as caught:
        subjects.add(pl.DataFrame({"subject": [1, 2, 3], "categories": [1] * 3, "residents": [0] * 3}, schema=SUBJECT))
    subjects.close()
    assert "the disk is full" in str(caught.value)


@pytest.mark.parametrize("people", [1, 999, 1000, 1001])
def test_no_approximation_at_a_threshold_of_law(people: int) -> None:
    frame = table({"email": [f"user{n % people}@example.com" for n in range(3000)]})
    assert of(look(frame, rows=250), "identifier.contact").n == people


def genomes(samples: int, variants: int, **more: list[str | None]) -> pl.DataFrame:
    calls = ("0|0", "0|1", "1|1", "0/1")
    columns: dict[str, list[str | None]] = {
        "CHROM": ["1"] * variants,
        "POS": [str(10_000 + 37 * n) for n in range(variants)],
        "ID": [f"rs{1000 + n}" for n in range(variants)],
        "REF": ["A"] * variants,
        "ALT": ["G"] * variants,
        "QUAL": ["50"] * variants,
        "FILTER": ["PASS"] * variants,
        "INFO": ["AF=0.1"] * variants,
        **more,
    }
    columns |= {f"patient-{s}": [calls[(s + n) % 4] for n in range(variants)] for s in range(samples)}
    return table(columns)


def genomic(frame: pl.DataFrame) -> SubjectCount:
    return of(look(frame, rows=7), "omic.genomic")


def test_people_whose_genomes_stand_side_by_side_are_counted_by_column() -> None:
    """150 people over 20 variants are more than 20 people, and more than the hundred of 28 CFR 202.205(a)."""
    found = genomic(genomes(150, 20, FORMAT=["GT"] * 20))
    assert (found.n, found.exact) == (150, True)
    found = genomic(genomes(3, 200, FORMAT=["GT"] * 200))
    assert (found.n, found.exact) == (3, True)


def test_where_rows_may_be_people_too_both_are_counted() -> None:
    assert (genomic(genomes(150, 20)).n, genomic(genomes(150, 20)).exact) == (170, False)
    keyed = genomes(1, 40, my_number=[my_number(n) for n in range(40)])
    assert (genomic(keyed).n, genomic(keyed).exact) == (40, True)
