"""Offers that a provider makes by itself: the operator of who gets them takes or refuses them, the node never does."""

from __future__ import annotations

import asyncio
from typing import Any

import msgspec
import pytest

from tegata.contracts.consumer import MOST_OFFERS
from tegata.exchange import new_id
from tegata.wire.dsp import messages as m
from tegata.wire.dsp.odrl import Duty, MessageOffer, Permission, Prohibition
from tests.nodes import LiveNode
from tests.services.conftest import ENTRUSTED, OPEN, patients, postal
from tests.services.stranger import Stranger

USE = (Permission(action="use"),)


async def negotiations(node: LiveNode) -> list[dict[str, Any]]:
    return list((await node.call("GET", "/v1/negotiations"))[1])


async def until(node: LiveNode, state: str) -> dict[str, Any]:
    async with asyncio.timeout(10):
        while not (found := await negotiations(node)) or found[0]["state"] != state:
            await asyncio.sleep(0.02)
    return found[0]


async def offered(provider: LiveNode, consumer: LiveNode, dataset: str) -> str:
    """The consumer's id of a negotiation that the provider has begun."""
    status, begun = await provider.call("POST", "/v1/negotiations", {"peer": "Example Consumer", "dataset": dataset})
    assert (status, begun["state"]) == (202, "OFFERED")
    return str((await until(consumer, "OFFERED"))["id"])


async def test_an_offer_is_taken_by_the_operator_alone(provider: LiveNode, consumer: LiveNode) -> None:
    dataset = await provider.publishes(patients(provider.folder / "patients.csv"), ENTRUSTED)
    process = await offered(provider, consumer, dataset)
    await asyncio.sleep(0.3)
    (waiting,) = await negotiations(consumer)
    assert (waiting["state"], waiting["dataset"]) == ("OFFERED", dataset)
    assert "pseudonymise" in {condition["verb"] for condition in waiting["proposed"]}
    assert (await consumer.call("GET", f"/v1/acquisitions/{process}"))[1]["phase"] == "offered"
    assert (await consumer.call("POST", f"/v1/negotiations/{process}/accept", {}))[0] == 200
    async with asyncio.timeout(15):
        while (got := (await consumer.call("GET", f"/v1/acquisitions/{process}"))[1])["phase"] != "done":
            await asyncio.sleep(0.02)
    assert got["verdict"] == "total-passed"
    assert [one["state"] for node in (provider, consumer) for one in await negotiations(node)] == ["FINALIZED"] * 2
    assert (await consumer.call("POST", f"/v1/negotiations/{process}/accept", {}))[0] == 400


async def test_an_offer_is_refused_with_its_reason(provider: LiveNode, consumer: LiveNode) -> None:
    process = await offered(provider, consumer, await provider.publishes(postal(provider.folder / "p.csv"), OPEN))
    await consumer.call("POST", f"/v1/negotiations/{process}/terminate", {"reason": "not needed"})
    assert (await until(provider, "TERMINATED"))["reasons"] == [{"en": "not needed", "ja": "not needed"}]


async def test_nobody_is_offered_what_may_not_go_there(provider: LiveNode, consumer: LiveNode) -> None:
    dataset = await provider.publishes(patients(provider.folder / "patients.csv"), {})
    wish = {"peer": "Example Consumer", "dataset": dataset}
    status, problem = await provider.call("POST", "/v1/negotiations", wish)
    assert (status, problem["title"]) == (400, "this data set may not go to `Example Consumer`")
    assert (await provider.call("POST", "/v1/negotiations", wish | {"dataset": "nothing"}))[0] == 400
    assert await negotiations(provider) == await negotiations(consumer) == []


def offer(stranger: Stranger, **more: Any) -> m.ContractOfferMessage:
    policy = MessageOffer(id=new_id(), target=new_id(), permission=USE, **more)
    return m.ContractOfferMessage(provider_pid=new_id(), callback_address=stranger.base, offer=policy)


async def makes(stranger: Stranger, node: LiveNode, message: m.ContractOfferMessage) -> tuple[int, dict[str, Any]]:
    answer = await stranger.post(node, "/negotiations/offers", message)
    return answer.status, msgspec.json.decode(answer.body)


async def test_the_same_offer_again_is_one(provider: LiveNode, stranger: Stranger) -> None:
    first = offer(stranger, obligation=(Duty(action="inform"),))
    status, told = await makes(stranger, provider, first)
    assert (status, told["state"], told["providerPid"]) == (201, "OFFERED", first.provider_pid)
    again = msgspec.structs.replace(first, extra={"x:other": 1})
    assert [await makes(stranger, provider, one) for one in (first, again)] == [(201, told)] * 2
    other = msgspec.structs.replace(first, offer=msgspec.structs.replace(first.offer, id=new_id()))
    assert (await makes(stranger, provider, other))[0] == 400
    (kept,) = await negotiations(provider)
    assert [condition["verb"] for condition in kept["proposed"]] == ["report"]


async def test_a_participant_has_so_many_offers_waiting_and_no_more(provider: LiveNode, stranger: Stranger) -> None:
    for _ in range(MOST_OFFERS):
        assert (await makes(stranger, provider, offer(stranger)))[0] == 201
    one_more = offer(stranger)
    assert (await makes(stranger, provider, one_more))[0] == 429
    waiting = await negotiations(provider)
    await provider.call("POST", f"/v1/negotiations/{waiting[0]['id']}/terminate", {})
    assert (await makes(stranger, provider, one_more))[0] == 201  # the very message that was turned away


def prohibited(stranger: Stranger) -> m.ContractOfferMessage:
    return offer(stranger, prohibition=(Prohibition(action="archive"),))


def odd_duty(stranger: Stranger) -> m.ContractOfferMessage:
    return offer(stranger, obligation=(Duty(action="dance"),))


def elsewhere(stranger: Stranger) -> m.ContractOfferMessage:
    return msgspec.structs.replace(offer(stranger), callback_address="http://127.0.0.1:9/dsp")


def unopened(stranger: Stranger) -> m.ContractOfferMessage:
    return msgspec.structs.replace(offer(stranger), callback_address=msgspec.UNSET, consumer_pid=new_id())


@pytest.mark.parametrize("bad", [prohibited, odd_duty, elsewhere, unopened])
async def test_offers_that_do_not_wait(provider: LiveNode, stranger: Stranger, bad: Any) -> None:
    status, error = await makes(stranger, provider, bad(stranger))
    assert (status, error["@type"]) == (400, "ContractNegotiationError")
    assert await negotiations(provider) == []


async def test_an_offer_of_somebody_who_is_not_in_the_register(provider: LiveNode) -> None:
    async with Stranger().listening() as nobody:
        assert (await makes(nobody, provider, offer(nobody)))[0] == 400
    assert await negotiations(provider) == []
