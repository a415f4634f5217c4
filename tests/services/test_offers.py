"""What a peer may offer or ask for beside what this node takes: each is answered, and nothing is stored."""

from __future__ import annotations

from collections.abc import AsyncIterator

import msgspec
import pytest_asyncio

from tegata.exchange import new_id
from tegata.wire.dsp import messages as m
from tegata.wire.dsp.odrl import MessageOffer, Permission
from tests.nodes import LiveNode
from tests.services.conftest import recipient
from tests.services.stranger import Stranger


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
