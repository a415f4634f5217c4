"""A synthetic hospital register: admissions of people who do not exist, with identifiers that check out.

Every number is drawn by a seeded generator. Where a reserved range exists it is used (example domains of RFC 2606,
telephone numbers 555-01xx, prefixes of public test cards, a bank code that no bank has); other numbers only have the
right shape and check digit, and belong to somebody by chance at most.
"""

from __future__ import annotations

import csv
import datetime as dt
import random
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from tegata.demo.check_digits import insurer_number, luhn, my_number
from tegata.demo.diagnoses import DIAGNOSES
from tegata.demo.names import choose, load_names
from tegata.demo.places import JAPAN, UNITED_STATES, Place

PEOPLE: Final = 36_000
RESIDENTS_OF_US: Final = 1 / 3  # 12,000 of them: above the 10,000 of 28 CFR 202.205 for health and financial data
READMITTED: Final = 0.1

COLUMNS: Final = (
    "patient_id",
    "氏名",
    "フリガナ",
    "sex",
    "birth_date",
    "postal_code",
    "住所",
    "phone",
    "email",
    "my_number",
    "ssn",
    "country_of_residence",
    "latitude",
    "longitude",
    "insurer_number",
    "bank_branch",
    "口座番号",
    "card_number",
    "admitted_on",
    "discharged_on",
    "ward",
    "icd10",
    "diagnosis",
)
WARDS: Final = ("1N", "1S", "2N", "2S", "3N", "3S", "ICU")
BANK: Final = "9999"  # no bank of the Zengin network has this code
TEST_CARDS: Final = ("42424242", "55555555", "37828224")
UNISSUED_AREAS: Final = (773, 899)  # SSN areas that had not been issued when numbers still followed states (2011)

BIRTHS: Final = (dt.date(1932, 1, 1).toordinal(), dt.date(2024, 12, 31).toordinal())
ADMISSIONS: Final = (dt.date(2025, 1, 1).toordinal(), dt.date(2025, 12, 31).toordinal())

Row = tuple[str, ...]

_NAMES: Final = load_names()
_JAPANESE: Final = {kind: choose(_NAMES, kind, japanese=True) for kind in ("surname", "F", "M")}
_LATIN: Final = {kind: choose(_NAMES, kind, japanese=False) for kind in ("surname", "F", "M")}


def admissions(seed: int = 1, people: int = PEOPLE) -> Iterator[Row]:
    """Rows of `COLUMNS`; some people come twice. The same seed gives the same rows."""
    rng = random.Random(seed)  # noqa: S311 - synthetic data, not a secret
    for number in range(1, people + 1):
        person = _american(rng, number) if rng.random() < RESIDENTS_OF_US else _japanese(rng, number)
        yield person + _admission(rng)
        if rng.random() < READMITTED:
            yield person + _admission(rng)


def write_register(path: Path, *, seed: int = 1, people: int = PEOPLE) -> int:
    """Write the register as CSV (UTF-8); the number of rows."""
    rows = 0
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(COLUMNS)
        for row in admissions(seed, people):
            writer.writerow(row)
            rows += 1
    return rows


def _japanese(rng: random.Random, number: int) -> Row:
    place = rng.choice(JAPAN)
    sex = rng.choice("FM")
    surname, given = rng.choice(_JAPANESE["surname"]), rng.choice(_JAPANESE[sex])
    block = f"{_below(rng, 9) + 1}-{_below(rng, 30) + 1}-{_below(rng, 20) + 1}"
    return (
        f"P{number:06d}",
        f"{surname.written} {given.written}",
        f"{surname.kana} {given.kana}",
        sex,
        _date(rng, BIRTHS),
        place.postal_code,
        place.address + block,
        f"090-0000-{_digits(rng, 4)}",  # no subscriber number of a Japanese mobile begins with 0
        f"patient{number}@example.jp",
        my_number(_digits(rng, 11)),
        "",
        "JP",
        *_point(rng, place),
        insurer_number("06", place.prefecture, _digits(rng, 3)),
        *_money(rng),
    )


def _american(rng: random.Random, number: int) -> Row:
    place = rng.choice(UNITED_STATES)
    sex = rng.choice("FM")
    surname, given = rng.choice(_LATIN["surname"]), rng.choice(_LATIN[sex])
    return (
        f"P{number:06d}",
        f"{given.written} {surname.written}",
        "",
        sex,
        _date(rng, BIRTHS),
        place.postal_code,
        f"{_below(rng, 900) + 100} {place.address}",
        f"+1-{place.area_code}-555-01{_digits(rng, 2)}",
        f"patient{number}@example.com",
        "",
        f"{rng.randint(*UNISSUED_AREAS)}-{_below(rng, 99) + 1:02d}-{_below(rng, 9999) + 1:04d}",
        "US",
        *_point(rng, place),
        "",
        *_money(rng),
    )


def _money(rng: random.Random) -> Row:
    prefix = rng.choice(TEST_CARDS)
    length = 14 if prefix.startswith("37") else 15
    return f"{BANK}-{_digits(rng, 3)}", _digits(rng, 7), luhn(prefix + _digits(rng, length - len(prefix)))


def _admission(rng: random.Random) -> Row:
    day = rng.randint(*ADMISSIONS)
    code, words = rng.choice(DIAGNOSES)
    left = dt.date.fromordinal(day + 1 + int(rng.expovariate(1 / 6)))
    return dt.date.fromordinal(day).isoformat(), left.isoformat(), rng.choice(WARDS), code, words


def _point(rng: random.Random, place: Place) -> tuple[str, str]:
    """Within about a kilometre of the place, to a tenth of a metre or so."""
    return f"{place.latitude + rng.uniform(-0.01, 0.01):.6f}", f"{place.longitude + rng.uniform(-0.01, 0.01):.6f}"


def _date(rng: random.Random, between: tuple[int, int]) -> str:
    return dt.date.fromordinal(rng.randint(*between)).isoformat()


def _below(rng: random.Random, bound: int) -> int:
    return int(rng.random() * bound)


def _digits(rng: random.Random, count: int) -> str:
    return f"{int(rng.random() * 10**count):0{count}d}"
