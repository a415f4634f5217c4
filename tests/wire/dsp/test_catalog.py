"""Our catalogue entries are valid and read back; foreign catalogues are read in any of the forms they take."""

from __future__ import annotations

import datetime as dt
import json
from typing import Any

import msgspec
import pytest

from tegata.model import catalog as nouns
from tegata.model.base import Text, t
from tegata.model.profile import Profile, SourceFormat
from tegata.wire.dsp import catalog
from tegata.wire.dsp.codec import decode, encode
from tegata.wire.dsp.dcat import DataService, RootCatalog, RootDataset
from tegata.wire.dsp.policy import offer_for
from tests.shared_data import shared_data
from tests.wire.dsp.schemas import schema_says

SERVICE = DataService(id="urn:uuid:5", endpoint_url="https://provider.example/dsp")
NOUN = nouns.Dataset(
    id="urn:uuid:1",
    title=t("hospital register", "病院台帳"),
    description=t("visits of one year", "一年間の受診"),
    path="/srv/register.csv",
    profile=Profile(
        source_digest="sha256:00",
        source_bytes=9,
        source_format=SourceFormat(format="csv"),
        rows=1200,
        columns=(),
        categories=("health",),
        subjects=(),
    ),
    published_at=dt.datetime(2026, 1, 1, tzinfo=dt.UTC),
)
OFFER = offer_for(NOUN.id)
ENTRY = catalog.entry(NOUN, offer=OFFER, service=SERVICE)
ITEM = catalog.CatalogItem(
    id=NOUN.id,
    title=NOUN.title,
    description=NOUN.description,
    rows=1200,
    offer=OFFER.id,
    endpoint=SERVICE.endpoint_url,
    participant="did:key:z1",
)


def test_catalogue_is_valid_and_reads_back() -> None:
    raw = encode(catalog.catalog("did:key:z1", SERVICE, [ENTRY], id="urn:uuid:9"))
    assert schema_says("catalog/catalog", json.loads(raw))
    assert catalog.items(decode(RootCatalog, raw).message) == (ITEM,)


def test_an_empty_catalogue_is_valid() -> None:
    raw = encode(catalog.catalog("did:key:z1", SERVICE, [], id="urn:uuid:9"))
    assert schema_says("catalog/catalog", json.loads(raw))
    assert catalog.items(decode(RootCatalog, raw).message) == ()


def test_a_single_data_set_is_valid_and_reads_back() -> None:
    raw = encode(catalog.root(ENTRY))
    assert schema_says("catalog/dataset", json.loads(raw))
    assert catalog.item(decode(RootDataset, raw).message, "did:key:z1") == ITEM


def test_categories_columns_and_paths_stay_at_home() -> None:
    written = encode(ENTRY).decode()
    assert not [word for word in ("health", "register.csv", "sha256") if word in written]


def _one(**changes: Any) -> catalog.CatalogItem:
    document = {**json.loads(encode(catalog.root(ENTRY))), **changes}
    return catalog.item(decode(RootDataset, json.dumps(document).encode()).message, "p")


@pytest.mark.parametrize(
    ("title", "read"),
    [
        ("plain", t("plain", "plain")),
        ({"@value": "一", "@language": "ja"}, t("一", "一")),
        ([{"@value": "one", "@language": "en"}, {"@value": "eins", "@language": "de"}], t("one", "one")),
        (["first", {"@value": "one", "@language": "en"}], t("one", "first")),
        (7, t("urn:uuid:1", "urn:uuid:1")),
        ([{"@value": 7, "@language": []}], t("urn:uuid:1", "urn:uuid:1")),
    ],
)
def test_titles_in_the_forms_of_json_ld(title: Any, read: Text) -> None:
    assert _one(**{"dct:title": title}).title == read


def test_what_a_catalogue_does_not_tell_stays_empty() -> None:
    push = {"format": "HttpData-PUSH", "accessService": "urn:uuid:5"}
    assert _one(distribution=[push]).endpoint == ""
    assert _one(distribution=[push, {**push, "format": "HttpData-PULL"}]).endpoint == ""
    assert _one(**{"tegata:rows": "many"}).rows is None


def test_the_official_catalogue_names_its_service_by_id() -> None:
    raw = (shared_data("dsp") / "catalog" / "example" / "catalog.json").read_bytes()
    (found,) = catalog.items(decode(RootCatalog, raw).message)
    assert (found.endpoint, found.rows, found.description) == ("https://provider-a.com/connector", None, t("", ""))


def test_catalogues_within_catalogues_are_listed() -> None:
    inner = json.loads(encode(catalog.catalog("did:key:z1", SERVICE, [ENTRY], id="urn:uuid:9")))
    outer = {**inner, "catalog": [{"@id": "urn:uuid:8", "@type": "Catalog", "dataset": inner["dataset"]}]}
    items = catalog.items(decode(RootCatalog, json.dumps(outer).encode()).message)
    assert [found.id for found in items] == ["urn:uuid:1", "urn:uuid:1"]


def test_items_are_plain_nouns() -> None:
    assert msgspec.json.decode(msgspec.json.encode(ITEM), type=catalog.CatalogItem) == ITEM
