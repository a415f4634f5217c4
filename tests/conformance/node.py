"""The node under test: the services as they are, put together for a judge.

Four things differ from a node that people run, and none of them is in the package that they install: the counter-party
needs no token and is always the same, data sets and agreements are there beforehand (`seeds`), a script stands in place
of the steps that a node takes by itself (`script`), and two addresses make it begin a process of its own.

    python -m tests.conformance.node FOLDER PORT SECONDS        it lets SECONDS pass before each move of its own
"""

from __future__ import annotations

import asyncio
import datetime as dt
import sys
from collections.abc import Awaitable, Callable
from pathlib import Path

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from tegata.apart import Apart
from tegata.api.budget import Budget
from tegata.api.protocol import DSP_PATH, ProtocolServices, protocol_routes
from tegata.catalog import Catalog, Places
from tegata.clock import Clock, SystemClock
from tegata.contracts import Contracts, Decider
from tegata.evidence import EvidenceLog
from tegata.exchange import Answer, Courier, Home, Inbox, Worker
from tegata.identity import Sender
from tegata.ledger import Ledger
from tegata.model.catalog import Participant
from tegata.model.process import Message
from tegata.outbound import Outbound, OutboundPolicy
from tegata.store import Store, Transaction
from tegata.transfer import KeyRing, Transfers
from tegata.trust import SigningKey
from tegata.wire.dsp.odrl import Offer
from tests.conformance.judge import JUDGE
from tests.conformance.script import USE, Script
from tests.conformance.seeds import finalised, keep_wish, seed
from tests.nodes import served


class NoTokens:
    """Whoever speaks is the judge."""

    def authorization(self, peer: str, body: bytes) -> str:
        return "none"

    def sender(self, authorization: str, body: bytes) -> Sender:
        return Sender(did=JUDGE, jti="", until=dt.datetime.max.replace(tzinfo=dt.UTC))

    def spend(self, tx: Transaction, sender: Sender) -> bool:
        return True


class Patient(Worker):
    """Lets some time pass before each step."""

    def __init__(self, store: Store, clock: Clock, step: Callable[[str], Awaitable[None]], gap: float) -> None:
        super().__init__(store, clock, step)
        self._gap = gap
        self._waiting: set[str] = set()

    def touch(self, process: str) -> None:
        if process not in self._waiting:  # else two moves would follow one pause
            self._waiting.add(process)
            asyncio.get_running_loop().call_later(self._gap, self._take, process)

    def _take(self, process: str) -> None:
        self._waiting.discard(process)
        super().touch(process)


class NodeUnderTest:
    """All parts, put together as `tegata.node.parts` does it."""

    def __init__(self, folder: Path, port: int, gap: float) -> None:
        self._folder = folder
        url, clock, key = f"http://127.0.0.1:{port}", SystemClock(), SigningKey.generate(b"k" * 32)
        store, evidence = Store.open(folder / "state"), EvidenceLog(key, lambda size: b"s" * size)
        outbound = Outbound(OutboundPolicy(allow_http=True, networks=("127.0.0.1/32",)))
        self._courier = Courier(store, clock, outbound, NoTokens(), self._settle)
        self._worker = Patient(store, clock, self._step, gap)
        self._home = Home(store, evidence, self._courier, self._worker, clock, NoTokens(), key, url + DSP_PATH)
        script = Script(self._home, self._worker.touch)
        ledger, apart = Ledger((), evidence, b"l" * 32), Apart()
        self._catalog = Catalog(store, evidence, clock, ledger, Places(outbound, 1 << 20, apart), apart, b"s" * 32)
        self._contracts = Contracts(self._home, Decider((), {}, ledger, clock), script.negotiating)
        self._transfers = Transfers(
            self._home,
            outbound,
            self._catalog,
            self._contracts,
            ledger,
            secret=b"p" * 32,
            data_url=url + "/data",
            doors_url=url + "/doors",
            keys=KeyRing(b"d" * 32),
            intake_url=url + "/intake",
            folder=folder,
            most_received=1 << 20,
            apart=apart,
            steps=script.transferring,
        )
        self._app = Starlette(routes=[*protocol_routes(self._services()), *self._triggers()])

    async def run(self, address: str) -> None:
        """Serve until the process ends."""
        await seed(self._home, self._catalog, self._contracts, self._folder)
        async with served(self._app, address):
            await asyncio.gather(self._courier.run(), self._worker.run())

    def _services(self) -> ProtocolServices:
        return ProtocolServices(
            store=self._home.store,
            inbox=Inbox(self._home.store, self._home.clock, NoTokens(), self._home.evidence),
            catalog=self._catalog,
            contracts=self._contracts,
            transfers=self._transfers,
            budget=Budget(self._home.store, self._home.clock, participant=1e6, strangers=1e6),
            own_did=self._home.did,
            own_url=self._home.url,
            max_message_bytes=1 << 20,
        )

    async def _step(self, process: str) -> None:
        await self._contracts.step(process) or await self._transfers.step(process)

    def _settle(self, tx: Transaction, message: Message, answer: Answer) -> None:
        if not self._contracts.settle(tx, message, answer):
            self._transfers.settle(tx, message, answer)

    def _triggers(self) -> list[Route]:
        """Paths and documents are the kit's."""
        return [
            Route("/tck/negotiations/requests", self._negotiate, methods=["POST"]),
            Route("/tck/transfers/requests", self._transfer, methods=["POST"]),
        ]

    async def _negotiate(self, request: Request) -> Response:
        wanted = await request.json()
        judge = Participant(id=JUDGE, name=JUDGE, url=wanted["connectorAddress"])
        offer = Offer(id=wanted["offerId"], permission=USE)
        await self._contracts.consumer.request(judge, wanted["datasetId"], offer, lambda tx, process: None)
        return Response(status_code=201)

    async def _transfer(self, request: Request) -> Response:
        wanted = await request.json()
        agreed = finalised(self._home, "consumer", wanted["agreementId"], wanted["connectorAddress"])
        await self._home.store.write(lambda tx: keep_wish(tx, agreed))
        await self._transfers.consumer.request(agreed)
        return Response(status_code=201)


if __name__ == "__main__":
    place, port, seconds = Path(sys.argv[1]), int(sys.argv[2]), float(sys.argv[3])
    asyncio.run(NodeUnderTest(place, port, seconds).run(f"127.0.0.1:{port}"))
