"""People over the tables of one data set: exact by a common key that something speaks for, else bounded from above."""

from __future__ import annotations

import random
from collections.abc import Sequence
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tegata.model.profile import Profile, SubjectCount, Wanted
from tegata.scan import scan_collection
from tegata.scan.dataset import scan_collection_subjects
from tegata.tables import open_collection
from tests.scan.making import my_number
from tests.tables import writing

REGISTER = ("patient_id", "my_number", "nationality", "birth_date")
VISITS = ("patient_id", "icd10", "ward")

Rows = Sequence[Sequence[str]]


def person(n: int, clinic: int = 0) -> tuple[str, str, str, str]:
    day = f"19{30 + (n * 7 + clinic * 31) % 70}-0{1 + (n + clinic) % 9}-1{(n + clinic * 3) % 10}"
    return f"P-{n:04}", my_number(n + 100_000 * clinic), "US" if n % 4 == 0 else "Japan", day


def visit(n: int) -> tuple[str, str, str]:
    return f"P-{n:04}", f"E{10 + n % 10}.{n % 9}", f"W{n % 3}"


def dataset(folder: Path, **tables: Rows) -> Path:
    place = folder / "set"
    for name, table in tables.items():
        writing.csv_file(place / f"{name}.csv", table)
    return place


def look(folder: Path, **tables: Rows) -> Profile:
    return scan_collection(open_collection(dataset(folder, **tables)))


def health(profile: Profile) -> SubjectCount:
    return next(count for count in profile.subjects if count.category == "health")


def test_visits_are_of_the_people_of_the_register(tmp_path: Path) -> None:
    """Nationality stands in one table, the diagnosis in the other: the split needs both."""
    profile = look(
        tmp_path,
        register=[REGISTER, *map(person, range(200))],
        visits=[VISITS, *(visit(n) for n in range(150) for _ in range(3))],
    )
    found = health(profile)
    assert (found.n, found.exact, found.key) == (200, True, ("patient_id",))
    assert found.residents == {"JP": 150, "US": 50}
    (link,) = profile.links
    assert link.tables == ("register.csv", "visits.csv")
    assert "of 150 numbers of `visits.csv` compared, 150 stand in `register.csv` too" in link.evidence[0].en


def test_two_clinics_that_number_alike_are_added_up(tmp_path: Path) -> None:
    """Patient 17 of one is not patient 17 of the other: their birth dates and numbers say so."""
    profile = look(
        tmp_path,
        a=[REGISTER, *(person(n) for n in range(100))],
        b=[(*REGISTER, "ward"), *((*person(n, clinic=1), "W1") for n in range(100))],
    )
    assert (health(profile).n, health(profile).exact) == (200, False)
    assert profile.links == ()


def test_one_clinic_among_three_that_numbers_otherwise_is_enough(tmp_path: Path) -> None:
    """Its patients are other people under the same numbers: nothing is joined, though two of the three agree."""
    one = [REGISTER, *(person(n) for n in range(60))]
    other = [REGISTER, *(person(n, clinic=1) for n in range(60))]
    profile = look(tmp_path, a=one, b=one, c=other)
    assert (health(profile).n, profile.links) == (180, ())


def test_a_table_for_which_nothing_speaks_is_left_out(tmp_path: Path) -> None:
    """Its numbers are nobody's in the register: they are not taken for the same people, and the rest is joined."""
    strangers = [(f"P-{n:04}", "E11.9", "W1") for n in range(5_000, 5_050)]
    profile = look(
        tmp_path,
        register=[REGISTER, *map(person, range(60))],
        visits=[VISITS, *map(visit, range(40))],
        others=[VISITS, *strangers],
    )
    assert profile.links[0].tables == ("register.csv", "visits.csv")
    assert (health(profile).n, health(profile).exact) == (110, False)


def test_nothing_that_could_speak_for_it_leaves_a_bound(tmp_path: Path) -> None:
    """Two files of the same shape with nothing but numbers and diagnoses may come from two clinics."""
    january, february = [VISITS, *map(visit, range(60))], [VISITS, *map(visit, range(60))]
    profile = look(tmp_path, january=january, february=february)
    assert (health(profile).n, health(profile).exact) == (120, False)
    assert any("upper bounds" in note.en for note in profile.notes)


def test_files_of_one_shape_are_joined_by_what_they_tell_of_the_same_people(tmp_path: Path) -> None:
    profile = look(
        tmp_path,
        january=[REGISTER, *map(person, range(60))],
        february=[REGISTER, *map(person, range(30, 90))],
    )
    assert (health(profile).n, health(profile).exact) == (90, True)
    assert "of 30 people of `february.csv` who stand in another table too, 30 have" in profile.links[0].evidence[0].en


def test_a_number_that_an_authority_gave_needs_no_other_evidence(tmp_path: Path) -> None:
    profile = look(
        tmp_path,
        a=[("my_number", "icd10"), *((my_number(n), "E11.9") for n in range(50))],
        b=[("icd10", "マイナンバー"), *(("J45", my_number(n)) for n in range(40, 80))],
    )
    assert (health(profile).n, health(profile).exact) == (80, True)


def test_rows_without_the_key_keep_their_table_out(tmp_path: Path) -> None:
    rows = [visit(n) for n in range(50)]
    rows[7] = ("", "E11.9", "W1")
    profile = look(tmp_path, register=[REGISTER, *map(person, range(50))], visits=[VISITS, *rows])
    assert (health(profile).n, health(profile).exact) == (100, False)


def test_values_inside_cells_are_never_counted_short(tmp_path: Path) -> None:
    """A note that names somebody else's number adds a person to those of the key."""
    rows = [(*visit(n), f"see also my number {my_number(n + 5_000)}" if n % 2 else "nothing") for n in range(60)]
    profile = look(tmp_path, register=[REGISTER, *map(person, range(60))], visits=[(*VISITS, "note"), *rows])
    government = next(count for count in profile.subjects if count.category == "identifier.government")
    assert (government.n, government.exact) == (90, False)


@settings(max_examples=15, deadline=None)
@given(st.lists(st.lists(st.integers(0, 60), min_size=6, max_size=50), min_size=1, max_size=3), st.randoms())
def test_the_number_is_that_of_a_join_or_above(
    tmp_path_factory: pytest.TempPathFactory, visits: list[list[int]], chance: random.Random
) -> None:
    tables = {f"visits{n}": [VISITS, *map(visit, rows)] for n, rows in enumerate(visits)}
    people = list(range(chance.randrange(61)))
    chance.shuffle(people)
    register = [REGISTER, *map(person, people)]
    profile = look(tmp_path_factory.mktemp("d"), register=register, **tables)
    seen = {*people, *(n for rows in visits for n in rows)}
    assert health(profile).n == len(seen) if health(profile).exact else health(profile).n >= len(seen)


def test_who_they_are_is_told_once_each(tmp_path: Path) -> None:
    place = dataset(
        tmp_path,
        register=[REGISTER, *map(person, range(40))],
        visits=[VISITS, *map(visit, range(30))],
        others=[("customer_id", "iban"), *((f"C{n}", f"DE{n:020}") for n in range(10))],
    )
    wanted = Wanted(
        country="US",
        most={"health": 1_000, "financial": 1_000},
        heads={"health": ["health"], "financial": ["financial"]},
    )
    profile, (sets,) = scan_collection_subjects(open_collection(place), (wanted,), salt=b"x")
    found = {one.category: one for one in sets}
    assert (len(found["health"].hashes), found["health"].uncertain) == (10, 0)
    assert health(profile).residents["US"] == 10
    again = scan_collection_subjects(open_collection(place), (wanted,), salt=b"x")[1]
    assert [sorted(one.hashes) for one in again[0]] == [sorted(one.hashes) for one in sets]


def test_the_profile_does_not_depend_on_the_salt(tmp_path: Path) -> None:
    place = dataset(tmp_path, register=[REGISTER, *map(person, range(300))], visits=[VISITS, *map(visit, range(200))])
    profiles = [scan_collection(open_collection(place), salt=salt) for salt in (b"", b"one", b"two")]
    assert len({tuple(profile.subjects[0].residents.items()) for profile in profiles}) == 1
    assert {health(profile).n for profile in profiles} == {300}
