"""Addresses that a node would have to keep, password and all, are refused before anything is opened."""

from __future__ import annotations

import pytest

from tegata.catalog.places import _PASSWORD


@pytest.mark.parametrize(
    "address",
    [
        "postgresql://steward:secret@db.example/clinic",
        "https://u:p@files.example/a.csv",
        "postgresql://db.example/clinic?password=secret",
        "adbc:postgresql:postgresql://steward:secret@db.example/clinic",
    ],
)
def test_a_password_is_seen(address: str) -> None:
    assert _PASSWORD.search(address)


@pytest.mark.parametrize(
    "address",
    ["postgresql://steward@db.example/clinic", "s3://bucket/a", "adbc:sqlite:clinic.db", "https://a.example/b@c:d"],
)
def test_an_address_without_one_is_kept(address: str) -> None:
    assert not _PASSWORD.search(address)
