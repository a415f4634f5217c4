"""Transfer processes of one node, as provider and as consumer (DSP 2025-1), with pull over HTTP.

What may happen stands in `wire.dsp.transfer`; a *step* is what a node does by itself in a state:

    provider   REQUESTED             protect, record, start
    provider   COMPLETED TERMINATED  discard the release
    consumer   STARTED               fetch, verify, complete
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any, Final

from tegata.catalog import Catalog
from tegata.clock import Clock
from tegata.contracts import Contracts
from tegata.evidence import EvidenceLog
from tegata.exchange import Answer, Book, Courier, Kind
from tegata.model.process import Message, TransferProcess
from tegata.outbound import Outbound
from tegata.store import Store, Transaction, acquisitions, negotiations, transfers
from tegata.transfer.consumer import ConsumerDesk
from tegata.transfer.provider import Place, ProviderDesk
from tegata.trust import SigningKey
from tegata.wire.dsp import messages as m
from tegata.wire.dsp.machine import Effect
from tegata.wire.dsp.transfer import TRANSFER, TransferState

KIND: Final = Kind(
    name="transfer",
    machine=TRANSFER,
    state=TransferState,
    event=m.transfer_event,
    rows=transfers,
    description=m.TransferProcess,
    termination=m.TransferTerminationMessage,
)

LaterMessage = (
    m.TransferStartMessage | m.TransferCompletionMessage | m.TransferSuspensionMessage | m.TransferTerminationMessage
)
"""What may come after the request."""


class Transfers:
    """Moves data. Methods that take a transaction belong inside the caller's; `step` makes its own.

    Args:
        own_url: DSP base of this node; data_url: below it lies one address per transfer.
        secret: 32 bytes from which pseudonym keys are derived.
        folder: `releases` and `received` lie in it.
    """

    def __init__(
        self,
        store: Store,
        evidence: EvidenceLog,
        courier: Courier,
        clock: Clock,
        outbound: Outbound,
        catalog: Catalog,
        contracts: Contracts,
        *,
        key: SigningKey,
        secret: bytes,
        own_url: str,
        data_url: str,
        folder: Path,
    ) -> None:
        self._store = store
        self._courier = courier
        self._book = Book(KIND, evidence, courier, clock, key.did)
        place = Place(url=data_url, folder=folder / "releases")
        self.provider = ProviderDesk(
            store, self._book, evidence, clock, catalog, contracts, key=key, secret=secret, place=place
        )
        self.consumer = ConsumerDesk(
            store,
            self._book,
            evidence,
            clock,
            outbound,
            own_did=key.did,
            own_url=own_url,
            folder=folder / "received",
        )
        self._steps: dict[tuple[str, str], Callable[[TransferProcess], Awaitable[None]]] = {
            ("provider", "REQUESTED"): self.provider.prepare,
            ("provider", "COMPLETED"): self.provider.discard,
            ("provider", "TERMINATED"): self.provider.discard,
            ("consumer", "STARTED"): self.consumer.fetch,
        }

    def open(self, tx: Transaction, sender: str, process: str, message: m.TransferRequestMessage) -> bytes:
        """A consumer's request; the body of the answer. `process` is our id, should it be a new one."""
        return self._book.describe(self.provider.open(tx, sender, process, message))

    def receive(self, tx: Transaction, sender: str, process: str, message: LaterMessage) -> bytes:
        """Any later message of the counter-party, moved through the table. The answer has no body."""
        transfer = self._book.get(tx, sender, process)
        self._book.hear(tx, transfer, message, self._carry_out)
        return b""

    def show(self, tx: Transaction, sender: str, process: str) -> bytes:
        """The state of a transfer, for its counter-party only."""
        return self._book.describe(self._book.get(tx, sender, process))

    def settle(self, tx: Transaction, message: Message, answer: Answer) -> bool:
        """What became of a message that we sent. False: it does not belong to a transfer."""
        return self._book.settle(tx, message, answer)

    def unfinished(self, tx: Transaction) -> list[str]:
        """Transfers that may owe a step, and acquisitions that have none yet: looked at after a restart."""
        return self._book.in_states(tx, ("REQUESTED", "STARTED")) + acquisitions.without_transfer(tx)

    async def step(self, process: str) -> None:
        """Take the step that the stored state asks for, if any; a final negotiation of our own asks for one too."""
        transfer, negotiation = await self._store.read(
            lambda tx: (transfers.get(tx, process), negotiations.get(tx, process))
        )
        take = self._steps.get((transfer.role, transfer.state)) if transfer else None
        if transfer is not None and take is not None:
            await take(transfer)
            self._courier.wake()
        elif negotiation is not None and (negotiation.role, negotiation.state) == ("consumer", "FINALIZED"):
            await self.consumer.request(negotiation)
            self._courier.wake()

    def _carry_out(self, tx: Transaction, transfer: TransferProcess, message: Any, effect: Effect) -> dict[str, Any]:
        """What a message changes beside the state. Whether the door is open is read from the state itself."""
        if effect is Effect.OPEN_DATA and transfer.role == "consumer":
            self.consumer.keep_address(tx, transfer, message)
        return {}
