"""Transfer processes of one node, as provider and as consumer (DSP 2025-1), with pull and push over HTTP.

What may happen stands in `wire.dsp.transfer`; a *step* is what a node does by itself in a state:

    provider   REQUESTED             protect, record, start
    provider   STARTED               push: bring the data, complete
    provider   COMPLETED TERMINATED  discard the release
    consumer   STARTED               pull: fetch, verify, complete; doors: verify the passport; they stay open
    consumer   COMPLETED TERMINATED  clear what attempts left behind
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from pathlib import Path
from typing import Any, Final

import msgspec

from tegata.apart import Apart
from tegata.catalog import Catalog
from tegata.consent import Change, ConsentRegister, Wanted
from tegata.contracts import Contracts
from tegata.exchange import Book, Home, Kind, Service, paired, termination_of
from tegata.exchange.service import Order, Steps
from tegata.ledger import Ledger
from tegata.model.catalog import Dataset
from tegata.model.errors import ProtocolError
from tegata.model.process import OTHER, TransferProcess
from tegata.outbound import Outbound
from tegata.store import Transaction, consent, pushes, transfers
from tegata.transfer.access import KeyRing
from tegata.transfer.arrivals import Arrivals
from tegata.transfer.consumer import ConsumerDesk
from tegata.transfer.door import Door
from tegata.transfer.handover import Handover
from tegata.transfer.intake import Intake
from tegata.transfer.orders import ORDERS
from tegata.transfer.place import Place
from tegata.transfer.provider import ProviderDesk, Services
from tegata.transfer.push import PushDesk
from tegata.transfer.recall import concerned, recall
from tegata.transfer.vaulting import VaultDesk
from tegata.vault.vaults import Vaults
from tegata.wire.dsp import messages as m
from tegata.wire.dsp.address import DOORS_PULL, HTTP_PUSH
from tegata.wire.dsp.machine import Effect
from tegata.wire.dsp.transfer import TRANSFER, TransferEvent, TransferState

KIND: Final = Kind(
    name="transfer",
    machine=TRANSFER,
    state=TransferState,
    event=m.transfer_event,
    rows=transfers,
    description=m.TransferProcess,
    termination=m.TransferTerminationMessage,
    repeats={
        TransferEvent.TERMINATION: termination_of(m.TransferTerminationMessage),
        TransferEvent.COMPLETION: lambda one: m.TransferCompletionMessage(**paired(one)),
        TransferEvent.SUSPENSION: lambda one: m.TransferSuspensionMessage(**paired(one)),
        TransferEvent.START: lambda one: m.TransferStartMessage(**paired(one)),
    },
    adopted=lambda one, state: {"suspended_by": OTHER[one.role] if state is TransferState.SUSPENDED else ""},
)


def unattended(transfers: Transfers) -> Steps[TransferProcess]:
    """What a node does that nobody attends to: the steps at the head of this module."""
    return {
        ("provider", "REQUESTED"): transfers.provider.prepare,
        ("provider", "COMPLETED"): transfers.provider.discard,
        ("provider", "TERMINATED"): transfers.provider.discard,
        ("consumer", "STARTED"): transfers.consumer.fetch,
        ("consumer", "COMPLETED"): transfers.arrivals.tidy,
        ("consumer", "TERMINATED"): transfers.arrivals.tidy,
    }


class Transfers(Service[TransferProcess]):
    """Moves data.

    Args:
        secret: 32 bytes from which pseudonym keys are derived.
        data_url: below it lies one address per transfer from which data is fetched.
        doors_url: where the doors are that `keys` open.
        intake_url: below it lies one address per transfer to which data is brought.
        folder: `releases` and `received` lie in it.
        certificate: DER in base64, for whose key data is encrypted that this node asks for, where terms ask for that.
        vaults: where the tokens of agreements are kept; without them none are handed out.
        most_received: so many bytes are taken of one data set.
        apart: where releases of large sources are made.
        steps: what the node does by itself.
    """

    orders: Mapping[str, Order[TransferProcess]] = ORDERS

    def __init__(
        self,
        home: Home,
        outbound: Outbound,
        catalog: Catalog,
        contracts: Contracts,
        ledger: Ledger,
        *,
        secret: bytes,
        data_url: str,
        doors_url: str,
        flight_url: str = "",
        keys: KeyRing,
        intake_url: str,
        folder: Path,
        vaults: Vaults | None = None,
        certificate: str = "",
        most_received: int,
        apart: Apart,
        steps: Callable[[Transfers], Steps[TransferProcess]] = unattended,
    ) -> None:
        book = Book(KIND, home, self._ended)
        self._ledger = ledger
        place = Place(url=data_url, doors=doors_url, folder=folder / "releases", keys=keys, flight=flight_url)
        self.handover = handover = Handover(home.store, book, ledger)
        self.door = Door(home.store, handover)
        self.push = PushDesk(home, book, handover, outbound)
        self.consent = ConsentRegister(home.evidence, secret)
        self.vaults = VaultDesk(home, vaults)
        services = Services(catalog, contracts, ledger, self.consent, self.vaults)
        self.provider = ProviderDesk(home, book, services, secret, place, self.push, apart)
        self.arrivals = Arrivals(home, folder / "received", most_received)
        self.consumer = ConsumerDesk(home, book, outbound, self.arrivals, intake_url, certificate)
        self.intake = Intake(home, self.consumer, self.arrivals)
        super().__init__(home, book, steps(self))

    def step_of(self, process: TransferProcess) -> Callable[[TransferProcess], Awaitable[None]] | None:
        if (process.state, process.format) == ("STARTED", HTTP_PUSH):  # the provider is to move
            return self.push.push if process.role == "provider" else None
        if (process.state, process.format) == ("STARTED", DOORS_PULL):
            return self.consumer.look_in if process.role == "consumer" else None
        return super().step_of(process)

    def open(self, tx: Transaction, sender: str, process: str, message: m.TransferRequestMessage) -> bytes:
        """A consumer's request; the body of the answer. `process` is our id, should it be a new one."""
        return self._book.describe(self.provider.open(tx, sender, process, message))

    def carry_out(self, tx: Transaction, process: TransferProcess, message: Any, effect: Effect) -> dict[str, Any]:
        """What a message changes beside the state. Whether the door is open is read from the state itself."""
        if isinstance(message, m.TransferSuspensionMessage):
            return {"suspended_by": OTHER[process.role]}
        if effect is Effect.OPEN_DATA:
            if process.suspended_by == process.role:
                raise ProtocolError("this side has suspended the transfer", hint="wait until it starts it again")
            if process.role == "consumer":
                self.consumer.keep_address(tx, process, message)
            return {"suspended_by": ""}
        return {}

    def change_consent(self, tx: Transaction, dataset: Dataset, wanted: Wanted, *, dry_run: bool) -> Change:
        """Keep an act of consent, and end the transfers whose releases are no longer what may leave; or only say what
        it would change."""
        weighed = self.consent.weigh(tx, dataset, wanted, self._home.clock.now())
        found = concerned(tx, dataset, weighed)
        change = msgspec.structs.replace(weighed, ended=tuple(one.id for one in found))
        if not dry_run:
            self.consent.put(tx, dataset, change, wanted.people)
            recall(tx, self._book, change, found)
        return change

    def _ended(self, tx: Transaction, process: TransferProcess) -> None:
        """Whoever is on the way has gone or stays, from the same moment on at which the door is shut."""
        if process.role == "provider":
            pushes.forget(tx, process.id)
            consent.forget(tx, process.id)
            now, completed = self._home.clock.now(), process.state == "COMPLETED"
            self._ledger.settle(tx, process.id, process.peer, now, completed=completed)
