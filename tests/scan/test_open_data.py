"""Real tables of a city and of base registries: read without a slip, and with a profile that makes sense."""

from __future__ import annotations

from pathlib import Path

import pytest

from tegata.model.errors import InputError
from tegata.model.profile import Profile
from tegata.scan import scan_collection
from tegata.tables import open_collection
from tests.shared_data import shared_data

PEOPLE_FREE = (
    "old_data/0002.csv",  # AED places
    "data/aed_location/data.xlsx",
    "old_data/0012.csv",  # kindergartens
    "old_data/0041.csv",  # parks
    "old_data/0064.csv",  # public wireless access
    "old_data/0066_202009.xlsx",  # population by district
    "old_data/0074.csv",  # sorting of waste
    "old_data/0082.csv",  # reservoirs
    "old_data/0083_202104.csv",  # organisation of the city
    "old_data/0097.csv",  # tax settlement
    "data/rural_park/data.xlsx",
    "data/polling_place_list/data.xlsx",
    "data/road_station_list/data.xlsx",
    "data/tourist_facilities/data.xlsx",
    "data/tsunami_evacuation_building/data.csv",
    "data/elderly_welfare_facility/data.csv",
    "data/menu_information/0084_202404.xlsx",
)


def profile(path: Path) -> Profile:
    return scan_collection(open_collection(path))


@pytest.mark.parametrize("name", PEOPLE_FREE)
def test_city_table_without_people(name: str) -> None:
    found = profile(shared_data("opendata-messy") / "files" / name)
    assert found.rows
    assert found.categories == ()
    assert found.subjects == ()


def test_every_city_table_gets_a_profile_or_a_clear_refusal() -> None:
    files = sorted((shared_data("opendata-messy") / "files").rglob("*.*"))
    read = [path for path in files if path.suffix in (".csv", ".xlsx")]
    refused = []
    for path in read:
        try:
            found = profile(path)
        except InputError:
            refused.append(path.name)
            continue
        assert not {c for c in found.categories if c.startswith(("special.", "omic.", "health", "minor", "financial"))}
        assert all(subject.n <= 2 * found.rows for subject in found.subjects)
    assert len(read) == 41
    assert refused == ["broken.xlsx"]


def test_names_of_founders_are_contact_data() -> None:
    found = profile(shared_data("opendata-messy") / "files/data/midwifery_center/data.xlsx")
    assert found.column("開\u3000設\u3000者").recogniser == "person.role_name"
    assert found.categories == ("identifier.contact",)
    assert not found.subjects[0].exact


@pytest.mark.parametrize(
    "name",
    [
        "address-base-registry/mt_pref_all.csv",
        "address-base-registry/mt_city_all.csv",
        "address-base-registry/mt_town_pref30.csv",
        "address-base-registry/mt_town_pref45.csv",
        "address-base-registry/mt_town_pos_pref30.csv",
        "localgovjp/localgovjp-2019-sjis.csv",
        "localgovjp/localgovjp-2019-utf8.csv",
        "localgovjp/localgovjp-utf8.csv",
        "localgovjp/prefjp-utf8.csv",
        "machine-readability/rule_scoring_table.csv",
    ],
)
def test_registry_without_people(name: str) -> None:
    found = profile(shared_data("japan-registry") / name)
    assert found.rows
    assert found.categories == ()
    if "pos" in name or "localgovjp/" in name:
        assert any("belong to places" in note.en for note in found.notes)


def test_encodings_give_the_same_profile() -> None:
    folder = shared_data("japan-registry") / "localgovjp"
    one, other = profile(folder / "localgovjp-2019-sjis.csv"), profile(folder / "localgovjp-2019-utf8.csv")
    assert one.columns == other.columns
    assert one.source_digest != other.source_digest
