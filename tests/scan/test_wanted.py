"""Who the subjects of a table are: the same hash for the same person in every table, and nobody counted away."""

from __future__ import annotations

from pathlib import Path

import polars as pl

from tegata.model.profile import Profile, SubjectSet, Wanted
from tegata.scan import scan, scan_subjects
from tegata.tables import open_source
from tests.scan.making import ssn


def wanted(country: str, most: dict[str, int]) -> Wanted:
    return Wanted(country=country, most=most, heads={name: (name,) for name in most})


US = wanted("US", {"health": 100, "identifier": 100, "omic.genomic": 100})


def patients(numbers: range, country: str = "US", key: str = "patient_id", prefix: str = "P-") -> dict[str, list[str]]:
    return {
        key: [f"{prefix}{1000 + n}" if prefix else str(1000 + n) for n in numbers],
        "country": [country for _ in numbers],
        "icd10": [f"E11.{n % 9}" for n in numbers],
    }


def sets(
    tmp_path: Path, columns: dict[str, list[str]], asked: Wanted = US, salt: bytes = b"s"
) -> dict[str, SubjectSet]:
    pl.DataFrame(columns).write_csv(tmp_path / "table.csv")
    profile, (found,) = scan_subjects(open_source(tmp_path / "table.csv"), [asked], salt=salt)
    assert isinstance(profile, Profile)
    return {one.category: one for one in found}


def test_the_same_people_have_the_same_hashes_in_every_table(tmp_path: Path) -> None:
    one, two = sets(tmp_path, patients(range(40))), sets(tmp_path, patients(range(30, 60)))
    shared = set(one["health"].hashes) & set(two["health"].hashes)
    assert (len(one["health"].hashes), len(two["health"].hashes), len(shared)) == (40, 30, 10)


def test_another_secret_gives_other_hashes(tmp_path: Path) -> None:
    one, two = sets(tmp_path, patients(range(40))), sets(tmp_path, patients(range(40)), salt=b"another")
    assert not set(one["health"].hashes) & set(two["health"].hashes)


def test_numbers_of_different_kinds_are_different_people(tmp_path: Path) -> None:
    """The digits of a patient number may be those of somebody else's staff number."""
    keys = ("patient_id", "employee_id", "customer_id")
    found = [sets(tmp_path, patients(range(40), key=key))["health"].hashes for key in keys]
    assert len(set().union(*found)) == 120


def test_people_of_other_countries_are_left_out_and_those_of_unknown_ones_are_not(tmp_path: Path) -> None:
    assert sets(tmp_path, patients(range(40), "JP"))["health"].hashes == ()
    unknown = patients(range(40))
    del unknown["country"]
    found = sets(tmp_path, unknown)["health"]
    assert (len(found.hashes), found.uncertain) == (40, 40)


def test_no_more_than_wanted_are_kept(tmp_path: Path) -> None:
    assert len(sets(tmp_path, patients(range(40)), wanted("US", {"health": 7}))["health"].hashes) == 7


def test_rows_that_nothing_tells_apart_are_counted_up_to_what_is_wanted(tmp_path: Path) -> None:
    rows = {"country": ["US"] * 40, "icd10": [f"E11.{n % 9}" for n in range(40)]}
    assert sets(tmp_path, rows)["health"] == SubjectSet(category="health", hashes=(), keyless=40)
    assert sets(tmp_path, rows, wanted("US", {"health": 7}))["health"].keyless == 7


def test_a_head_has_the_people_of_all_its_parts_once(tmp_path: Path) -> None:
    both = {"email": [f"a{n}@example.org" for n in range(40)], "ssn": [ssn(n) for n in range(40)]}
    found = sets(tmp_path, both)
    assert set(found) == {"identifier"}
    assert len(found["identifier"].hashes) == 40


def test_the_profile_is_the_same_with_and_without(tmp_path: Path) -> None:
    pl.DataFrame(patients(range(40))).write_csv(tmp_path / "table.csv")
    source = open_source(tmp_path / "table.csv")
    assert scan(source, salt=b"s") == scan_subjects(source, [US], salt=b"s")[0]


def test_the_hash_function_is_the_one_of_the_last_release(tmp_path: Path) -> None:
    """A columnar engine with another hash function makes strangers of everybody whom a ledger has counted: people are
    counted twice for the length of its window. Nothing is missed, but the changelog has to say it."""
    assert sets(tmp_path, patients(range(1)))["health"].hashes == (3577967866614144036,)


def test_a_number_over_several_categories_counts_each_person_once_of_whatever_country(tmp_path: Path) -> None:
    """So that 28 CFR is not the only law that can be asked of: the CAC counts people, not residents."""
    asked = Wanted(
        country="",
        most={"sensitive": 100, "other": 100},
        heads={"sensitive": ("health", "financial"), "other": ("special",)},
    )
    rows = patients(range(40), "JP") | {"card_number": ["4111111111111111"] * 40}
    found = sets(tmp_path, rows, asked)
    assert found.keys() == {"sensitive"}
    assert (len(found["sensitive"].hashes), found["sensitive"].uncertain, found["sensitive"].keyless) == (40, 0, 0)
