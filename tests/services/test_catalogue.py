"""A catalogue of many pages: shown by a provider, read to its end by a consumer, and what a false one cannot do."""

from __future__ import annotations

import contextlib
import datetime as dt
from collections.abc import AsyncIterator, Callable
from functools import partial
from pathlib import Path

import msgspec
import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from tegata.clock import SystemClock
from tegata.model.base import t
from tegata.model.catalog import Dataset
from tegata.store import datasets
from tegata.transfer import acquisitions
from tegata.wire.dsp import codec
from tegata.wire.dsp.catalog import catalog, entry
from tegata.wire.dsp.dcat import CatalogRequestMessage, DataService
from tegata.wire.dsp.filter import Filter, filter_terms
from tegata.wire.dsp.policy import offer_for
from tegata.wire.link import read_links
from tests.nodes import LiveNode, served
from tests.services.conftest import OPEN, postal
from tests.services.stranger import Stranger

REQUEST = "/catalog/request"


async def publishes_many(node: LiveNode, folder: Path, copies: int) -> Dataset:
    """One real data set, and copies of it that sort behind it."""
    first = await node.node.store.read(partial(datasets.get, dataset_id=await node.publishes(postal(folder), OPEN)))
    assert first is not None
    for number in range(copies):
        copy = msgspec.structs.replace(first, id=f"x&{number:03}", title=t(f"copy {number}", f"写し {number}"))
        await node.node.store.write(partial(datasets.put, dataset=copy))
    return first


async def page(
    stranger: Stranger,
    node: LiveNode,
    path: str,
    message: CatalogRequestMessage = CatalogRequestMessage(),  # noqa: B008
) -> tuple[list[str], dict[str, str]]:
    """Ids and links of a page."""
    answer = await stranger.post(node, path, message)
    assert answer.status == 200
    ids = [dataset["@id"] for dataset in msgspec.json.decode(answer.body).get("dataset", [])]
    links = read_links(answer.headers.get("link", ""))
    return ids, {relation: target.removeprefix(node.base) for relation, target in links.items()}


async def test_links_lead_through_all_pages_and_back(provider: LiveNode, tmp_path: Path) -> None:
    first = await publishes_many(provider, tmp_path / "postal.csv", 49)
    async with Stranger().listening() as stranger:
        ids, links = await page(stranger, provider, REQUEST)
        assert (len(ids), ids[0], set(links)) == (25, first.id, {"next"})
        more, links = await page(stranger, provider, links["next"])
        assert ([*ids, *more], set(links)) == ([first.id, *(f"x&{n:03}" for n in range(49))], {"previous"})
        assert await page(stranger, provider, links["previous"]) == await page(stranger, provider, REQUEST)


async def test_a_page_that_is_full_and_the_last_has_no_next(provider: LiveNode, tmp_path: Path) -> None:
    await publishes_many(provider, tmp_path / "postal.csv", 24)
    async with Stranger().listening() as stranger:
        assert (await page(stranger, provider, REQUEST))[1] == {}


async def test_a_filter_holds_on_every_page(provider: LiveNode, tmp_path: Path) -> None:
    await publishes_many(provider, tmp_path / "postal.csv", 120)
    async with Stranger().listening() as stranger:
        for text, most in (("写し 1", 39), ("copy 11", 11), ("nothing", 0)):
            asked = CatalogRequestMessage(filter=filter_terms(Filter(text=text)))
            ids, links = await page(stranger, provider, REQUEST, asked)
            while "next" in links:
                more, links = await page(stranger, provider, links["next"], asked)
                ids += more
            number = text.rpartition(" ")[2]
            expected = [f"x&{n:03}" for n in range(120) if number in f"{n} x&{n:03}"] if most else []
            assert ids == expected
            assert len(ids) >= most
        later = Filter(since=SystemClock().now() + dt.timedelta(hours=1))
        assert await page(stranger, provider, REQUEST, CatalogRequestMessage(filter=filter_terms(later))) == ([], {})


@pytest.mark.parametrize(
    "filter",
    [
        "病院",
        {},
        {"leftOperand": "tegata:rows", "operator": "eq", "rightOperand": "1"},
        {"leftOperand": "tegata:text", "operator": "neq", "rightOperand": "a"},
        {"leftOperand": "tegata:text", "operator": "eq", "rightOperand": "a" * 201},
        {"leftOperand": "tegata:text", "operator": "eq", "rightOperand": ["a"]},
        {"leftOperand": "tegata:text", "operator": "eq", "rightOperand": "a", "or": []},
        {"leftOperand": "dct:modified", "operator": "gteq", "rightOperand": "yesterday"},
        {"leftOperand": "dct:modified", "operator": "gteq", "rightOperand": "0001-01-01T00:00:00+14:00"},
        {"querySpec": {"offset": 0, "limit": 50}},
    ],
)
async def test_a_filter_that_is_not_ours_is_refused(provider: LiveNode, filter: object) -> None:
    async with Stranger().listening() as stranger:
        answer = await stranger.post(provider, REQUEST, CatalogRequestMessage(filter=(filter,)))
    document = msgspec.json.decode(answer.body)
    assert (answer.status, document["@type"], document["code"]) == (400, "CatalogError", "400")
    assert document["reason"][0] == "the filter is not supported"


@pytest.mark.parametrize(
    "query", ["after=x", "after=-1", "before=", "after=1&before=2", "limit=5", "after=" + "9" * 19]
)
async def test_only_our_own_links_lead_to_pages(provider: LiveNode, query: str) -> None:
    async with Stranger().listening() as stranger:
        answer = await stranger.post(provider, f"{REQUEST}?{query}", CatalogRequestMessage())
    assert (answer.status, msgspec.json.decode(answer.body)["@type"]) == (400, "CatalogError")


async def test_a_provider_without_our_filters_is_read_whole(
    consumer: LiveNode, provider: LiveNode, tmp_path: Path
) -> None:
    dataset = await publishes_many(provider, tmp_path / "postal.csv", 0)
    async with provider_with(consumer, dataset, lambda _: "", filters=False) as peer:
        _, found = await consumer.call("POST", "/v1/find", {"peer": peer, "query": "postal"})
        assert [item["id"] for item in found["items"]] == [dataset.id]
        _, found = await consumer.call("POST", "/v1/find", {"peer": peer, "query": "else"})
        assert found["items"] == []


async def test_a_consumer_finds_on_every_page(provider: LiveNode, consumer: LiveNode, tmp_path: Path) -> None:
    await publishes_many(provider, tmp_path / "postal.csv", 150)
    status, found = await consumer.call("POST", "/v1/find", {"peer": provider.did})
    assert (status, len(found["items"])) == (200, 151)
    _, found = await consumer.call("POST", "/v1/find", {"peer": provider.did, "query": "COPY 149"})
    assert [item["id"] for item in found["items"]] == ["x&149"]


@contextlib.asynccontextmanager
async def provider_with(
    consumer: LiveNode, dataset: Dataset, link: Callable[[Stranger], str], *, filters: bool = True
) -> AsyncIterator[str]:
    """A provider each page of which is the same and links to what it likes; its id. `filters`: it takes them."""
    stranger = Stranger()
    service = DataService(id=stranger.did, endpoint_url=stranger.base)
    offered = [entry(dataset, offer=offer_for(dataset.id), service=service)]
    shown = codec.encode(catalog(stranger.did, service, offered, id="c"))

    async def answer(request: Request) -> Response:
        if not filters and b"filter" in await request.body():
            return Response(status_code=400)
        return Response(shown, headers={"Link": f'<{link(stranger)}>; rel="next"'} if link(stranger) else {})

    await stranger.known_to(consumer, {})
    app = Starlette(routes=[Route("/{path:path}", answer, methods=["POST"])])
    async with served(app, f"127.0.0.1:{stranger.port}"):
        yield stranger.did


@pytest.mark.parametrize("link", ["http://127.0.0.1:{}/dsp", "//127.0.0.1:{}/dsp", "https:", "http://[", "ftp://x/"])
async def test_a_link_leads_to_nobody_else(consumer: LiveNode, provider: LiveNode, tmp_path: Path, link: str) -> None:
    dataset = await publishes_many(provider, tmp_path / "postal.csv", 0)
    async with Stranger().listening() as victim:
        async with provider_with(consumer, dataset, lambda _: link.format(victim.port)) as peer:
            status, problem = await consumer.call("POST", "/v1/find", {"peer": peer})
        assert (status, problem["code"]) == (502, "peer")
        assert victim.received == []


@pytest.mark.parametrize(("bound", "code"), [("_MOST_PAGES", "peer"), ("_MOST_FOUND", "usage")])
async def test_a_catalogue_without_end_is_given_up(
    consumer: LiveNode, provider: LiveNode, tmp_path: Path, bound: str, code: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(acquisitions, bound, 5)
    dataset = await publishes_many(provider, tmp_path / "postal.csv", 0)
    async with provider_with(consumer, dataset, lambda stranger: stranger.base + REQUEST) as peer:
        _, problem = await consumer.call("POST", "/v1/find", {"peer": peer})
    assert problem["code"] == code
