"""What a data set is called where nobody says it."""

from __future__ import annotations

from pathlib import Path

import pytest

from tegata.cli.publish import title_of

TITLES: dict[str, str] = {
    "mqtts://reader@broker.example/ward/#?messages=1000&seconds=300": "ward/#",
    "kafkas://broker.example:9093/visits?partition=0&from=1200": "visits",
    "https://open.example/2026/visits.csv?signature=secret": "visits.csv",
    "https://broker.example/ngsi-ld/v1/entities?type=Sensor": "entities",
    "postgresql://steward@db.example/clinic?sslmode=require": "clinic",
    "adbc:duckdb:/data/clinic.db": "clinic.db",
    "s3://research/2026/": "2026",
    "clinic.xlsx#Visits": "clinic.xlsx#Visits",
}


@pytest.mark.parametrize("place", TITLES)
def test_titles_hold_nothing_of_what_an_address_asks_with(place: str) -> None:
    assert title_of(place) == TITLES[place]


def test_a_file_is_called_by_its_name() -> None:
    assert title_of(Path("/data/visits.2026.csv")) == "visits.2026"
