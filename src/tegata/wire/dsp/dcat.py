"""The catalogue of the protocol: DCAT data sets with offers and distributions (catalog/*-schema.json)."""

from __future__ import annotations

from typing import Annotated, Any, ClassVar

from msgspec import UNSET, field

from tegata.wire.dsp.odrl import Offer
from tegata.wire.dsp.term import SOME, Maybe, Message, Term, check_context, dsp_context


def _dataset() -> str:
    return "Dataset"


def _distribution() -> str:
    return "Distribution"


class DataService(Term, frozen=True, kw_only=True, tag_field="@type", tag="DataService"):
    """Where a connector listens."""

    on_wire: ClassVar[tuple[str, ...]] = ("@type",)

    id: str = field(name="@id")
    endpoint_url: str = field(name="endpointURL")
    serves_dataset: Annotated[tuple[Dataset, ...], SOME] = ()


class Distribution(Term, frozen=True, kw_only=True):
    """A form in which a data set can be had, and the service (or its id) that gives it.
    The schema leaves `@type` open here and on `Dataset`."""

    type: Any = field(name="@type", default_factory=_distribution)
    format: str
    access_service: str | DataService
    has_policy: Annotated[tuple[Offer, ...], SOME] = ()


class Dataset(Term, frozen=True, kw_only=True):
    """A data set on offer. Titles are as their catalogue writes them: text, language-tagged, or several.
    `rows` is a term of our own: how many records."""

    id: str = field(name="@id")
    type: Any = field(name="@type", default_factory=_dataset)
    title: Any = field(name="dct:title", default=UNSET)
    description: Any = field(name="dct:description", default=UNSET)
    modified: Any = field(name="dct:modified", default=UNSET)
    rows: Any = field(name="tegata:rows", default=UNSET)
    has_policy: Annotated[tuple[Offer, ...], SOME]
    distribution: Annotated[tuple[Distribution, ...], SOME]


class RootDataset(Dataset, frozen=True, kw_only=True):
    """The answer to a data set request."""

    on_wire: ClassVar[tuple[str, ...]] = ("@context",)

    context: tuple[str, ...] = field(name="@context", default_factory=dsp_context)

    def __post_init__(self) -> None:
        check_context(self.context)


class Catalog(Term, frozen=True, kw_only=True, tag_field="@type", tag="Catalog"):
    """A catalogue inside another one. Its offers stand on its data sets, never on itself."""

    on_wire: ClassVar[tuple[str, ...]] = ("@type",)
    barred: ClassVar[tuple[str, ...]] = ("hasPolicy",)

    id: str = field(name="@id")
    dataset: Annotated[tuple[Dataset, ...], SOME] = ()
    service: Annotated[tuple[DataService, ...], SOME] = ()
    catalog: Annotated[tuple[Catalog, ...], SOME] = ()
    distribution: Annotated[tuple[Distribution, ...], SOME] = ()


class RootCatalog(Catalog, frozen=True, kw_only=True, tag="Catalog"):
    """The answer to a catalogue request."""

    on_wire: ClassVar[tuple[str, ...]] = ("@context", "@type")

    context: tuple[str, ...] = field(name="@context", default_factory=dsp_context)
    participant_id: str

    def __post_init__(self) -> None:
        check_context(self.context)


class CatalogRequestMessage(Message, frozen=True, kw_only=True):
    filter: tuple[Any, ...] = ()


class DatasetRequestMessage(Message, frozen=True, kw_only=True):
    dataset: str


class CatalogError(Message, frozen=True, kw_only=True):
    code: Maybe[str] = UNSET
    reason: tuple[Any, ...] = ()
