"""What a peer may offer or ask for beside what this node takes: each is answered, and nothing is stored."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import msgspec
import pytest_asyncio

from tegata.exchange import new_id
from tegata.wire.dsp import messages as m
from tegata.wire.dsp.address import HTTP_ENDPOINT
from tegata.wire.dsp.odrl import MessageOffer, Permission
from tests.nodes import LiveNode
from tests.services.conftest import OPEN, postal, recipient
from tests.services.stranger import Stranger
from tests.services.test_hostile_peers import agreed


@pytest_asyncio.fixture
async def stranger(provider: LiveNode) -> AsyncIterator[Stranger]:
    async with Stranger().listening() as somebody:
        await somebody.known_to(provider, recipient("DE"))
        yield somebody


async def test_an_offer_that_nobody_asked_for(provider: LiveNode, stranger: Stranger) -> None:
    offer = MessageOffer(id=new_id(), target=new_id(), permission=(Permission(action="use"),))
    message = m.ContractOfferMessage(provider_pid=new_id(), callback_address=stranger.base, offer=offer)
    answer = await stranger.post(provider, "/negotiations/offers", message)
    document = msgspec.json.decode(answer.body)
    assert (answer.status, document["@type"]) == (400, "ContractNegotiationError")
    assert document["reason"][0] == "offers that nobody asked for are not taken"
    assert (await provider.call("GET", "/v1/negotiations"))[1] == []


async def test_push_is_refused(provider: LiveNode, stranger: Stranger, tmp_path: Path) -> None:
    dataset = await provider.publishes(postal(tmp_path / "postal.csv"), OPEN)
    _, agreement = await agreed(stranger, provider, dataset)
    message = m.TransferRequestMessage(
        consumer_pid=new_id(),
        agreement_id=agreement["agreement"]["@id"],
        format="HttpData-PUSH",
        data_address=m.DataAddress(endpoint_type=HTTP_ENDPOINT, endpoint=stranger.base),
        callback_address=stranger.base,
    )
    answer = await stranger.post(provider, "/transfers/request", message)
    document = msgspec.json.decode(answer.body)
    assert (answer.status, document["@type"], document["consumerPid"]) == (400, "TransferError", message.consumer_pid)
    assert (await provider.call("GET", "/v1/transfers"))[1] == []
