"""Our data sets as entries of a DSP catalogue, and a foreign catalogue as a list of what can be had."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, Final

import msgspec

from tegata.model import catalog as nouns
from tegata.model.base import Noun, Text
from tegata.wire.dsp.address import DOORS_PULL, HTTP_PULL, HTTP_PUSH
from tegata.wire.dsp.dcat import Catalog, DataService, Dataset, Distribution, RootCatalog, RootDataset
from tegata.wire.dsp.odrl import Offer
from tegata.wire.dsp.policy import asks_for

FORMATS: Final = (HTTP_PULL, HTTP_PUSH, DOORS_PULL)
"""Transfer formats in which each data set can be had."""


class CatalogItem(Noun, frozen=True, kw_only=True):
    """One offer of one data set in a provider's catalogue. `offer` is its id, `endpoint` the provider's DSP base for a
    pull over HTTP, `rows` how many records there are; the last two are empty when the catalogue does not tell."""

    id: str
    title: Text
    description: Text
    rows: int | None
    offer: str
    endpoint: str
    participant: str


def entry(dataset: nouns.Dataset, *, offer: Offer, service: DataService) -> Dataset:
    """What everybody may know of a data set: what it is and how many records, not which categories or columns."""
    return Dataset(
        id=dataset.id,
        title=_tagged(dataset.title),
        description=_tagged(dataset.description),
        modified=dataset.published_at.isoformat(),
        rows=dataset.profile.rows,
        has_policy=(offer,),
        distribution=(
            Distribution(format=HTTP_PULL, access_service=service),
            *(Distribution(format=form, access_service=service.id) for form in _formats(offer)[1:]),
        ),
    )


def _formats(offer: Offer) -> tuple[str, ...]:
    """Doors would have to read what is encrypted for the consumer alone."""
    sealed = asks_for(offer, nouns.FOR_RECIPIENT)
    return tuple(form for form in FORMATS if not (sealed and form == DOORS_PULL))


def root(dataset: Dataset) -> RootDataset:
    """The same entry as the answer to a request for it."""
    return RootDataset(**msgspec.structs.asdict(dataset))


def catalog(participant_id: str, service: DataService, datasets: Sequence[Dataset], *, id: str) -> RootCatalog:
    """The answer to a catalogue request. `id` names this catalogue."""
    return RootCatalog(id=id, participant_id=participant_id, service=(service,), dataset=tuple(datasets))


def items(catalog: RootCatalog) -> tuple[CatalogItem, ...]:
    """All offers of a catalogue and of the catalogues within it, in their order."""
    return tuple(_items(catalog, catalog.participant_id))


def item(dataset: Dataset, participant_id: str) -> CatalogItem:
    """The first offer of a single data set."""
    return next(_offers(dataset, participant_id, {}))


def offers(dataset: Dataset, form: str) -> bool:
    """Whether a data set can be had in a transfer format."""
    return any(distribution.format == form for distribution in dataset.distribution)


def _items(catalog: Catalog, participant_id: str) -> Iterator[CatalogItem]:
    services = {service.id: service.endpoint_url for service in catalog.service}
    for dataset in catalog.dataset:
        yield from _offers(dataset, participant_id, services)
    for inner in catalog.catalog:
        yield from _items(inner, participant_id)


def _offers(dataset: Dataset, participant_id: str, services: dict[str, str]) -> Iterator[CatalogItem]:
    for offer in dataset.has_policy:
        yield CatalogItem(
            id=dataset.id,
            title=_text(dataset.title, dataset.id),
            description=_text(dataset.description, ""),
            rows=dataset.rows if isinstance(dataset.rows, int) else None,
            offer=offer.id,
            endpoint=_endpoint(dataset, services),
            participant=participant_id,
        )


def _endpoint(dataset: Dataset, services: dict[str, str]) -> str:
    for distribution in dataset.distribution:
        service = distribution.access_service
        if distribution.format == HTTP_PULL:
            return services.get(service, "") if isinstance(service, str) else service.endpoint_url
    return ""


def _tagged(text: Text) -> list[dict[str, str]]:
    return [{"@language": "en", "@value": text.en}, {"@language": "ja", "@value": text.ja}]


def _text(value: Any, otherwise: str) -> Text:
    """Text in any of the forms that JSON-LD allows; a language that is missing is said in one that is there."""
    said: dict[str, str] = {}
    for part in value if isinstance(value, list) else [value]:
        words, language = (part.get("@value"), part.get("@language")) if isinstance(part, dict) else (part, "")
        if isinstance(words, str):
            said[language if isinstance(language, str) else ""] = words
    any_language = next(iter(said.values()), otherwise)
    return Text(en=said.get("en", any_language), ja=said.get("ja", any_language))
