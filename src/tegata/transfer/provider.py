"""Transfers that others asked for: protect the source by the agreement, record it, hand out the address."""

from __future__ import annotations

import asyncio
import secrets
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec
import structlog
from msgspec import UNSET

from tegata.apart import Apart, LostError
from tegata.catalog import Catalog
from tegata.consent import ConsentRegister
from tegata.contracts import Contracts, check_callback, reasons_of
from tegata.exchange import Book, Home, WaitingError, paired
from tegata.ledger import Ledger
from tegata.model.base import Text, t
from tegata.model.catalog import Agreement, Dataset
from tegata.model.decision import Decision
from tegata.model.errors import (
    DifferencingError,
    ExposureError,
    ProtocolError,
    StoreError,
    TegataError,
    VerificationError,
)
from tegata.model.evidence import Passport
from tegata.model.process import TransferProcess
from tegata.store import (
    Transaction,
    UnavailableError,
    UncertainError,
    agreements,
    consent,
    datasets,
    decisions,
    negotiations,
    pushes,
    releases,
    transfers,
    witnesses,
)
from tegata.store.releases import StoredRelease
from tegata.transfer import budget, earlier
from tegata.transfer.enveloping import certificate_in, recipient_of
from tegata.transfer.leftovers import clear, remove_attempt
from tegata.transfer.limits import over_limit
from tegata.transfer.making import MadeRelease, make_release
from tegata.transfer.parts import ReleaseKeys
from tegata.transfer.passport import Shipment, entry_body, passport_for
from tegata.transfer.place import Place
from tegata.transfer.push import PushDesk
from tegata.transfer.secret import token_hash
from tegata.transfer.vaulting import VaultDesk
from tegata.transfer.versions import deliver
from tegata.transfer.watch import StoppedError, while_requested
from tegata.transfer.witnessing import Wait, ask, missed, wait_of
from tegata.trust import seal
from tegata.wire.dsp import codec
from tegata.wire.dsp import messages as m
from tegata.wire.dsp.address import DOORS_PULL, HTTP_PUSH
from tegata.wire.dsp.catalog import FORMATS

if TYPE_CHECKING:
    from tegata.tables import Collection

_log = structlog.get_logger("tegata.transfer")

_CHANGED = t(
    "the source has changed since the agreement, and other terms hold for it now; negotiate anew",
    "合意の後に元データが変わり、適用される条件も変わりました。改めて交渉してください",
)


@dataclass(frozen=True)
class Services:
    """What a provider asks: what there is, what was agreed, who has got what, who has consented, and which value got
    which token."""

    catalog: Catalog
    contracts: Contracts
    ledger: Ledger
    consent: ConsentRegister
    vaults: VaultDesk


class ProviderDesk:
    """The provider's half of `Transfers`.

    Args:
        secret: 32 bytes from which the pseudonym key of each agreement is derived.
        apart: where releases of large sources are made.
    """

    def __init__(
        self,
        home: Home,
        book: Book[TransferProcess],
        services: Services,
        secret: bytes,
        place: Place,
        push: PushDesk,
        apart: Apart,
    ) -> None:
        self._home = home
        self._book = book
        self._catalog = services.catalog
        self._contracts = services.contracts
        self._ledger = services.ledger
        self._consent = services.consent
        self._vaults = services.vaults
        self._secret = secret
        self._place = place
        self._push = push
        self._apart = apart

    def open(self, tx: Transaction, sender: str, process: str, message: m.TransferRequestMessage) -> TransferProcess:
        """A consumer's request under an agreement in force. The same `consumerPid` again is the same process."""
        before = transfers.of_peer(tx, sender, message.consumer_pid, "provider")
        if before is not None:
            return before
        agreement = self._check_agreement(tx, sender, message.agreement_id)
        _check_format(message, datasets.get(tx, agreement.dataset))
        certificate = certificate_in(message, agreement.conditions, self._home.clock.now())
        check_callback(tx, sender, message.callback_address)
        if message.format == HTTP_PUSH:
            self._push.check(tx, sender, message)
        now = self._home.clock.now()
        transfer = TransferProcess(
            id=process,
            role="provider",
            peer=sender,
            peer_pid=message.consumer_pid,
            peer_url=message.callback_address,
            agreement=message.agreement_id,
            format=message.format,
            certificate=certificate,
            state="REQUESTED",
            created_at=now,
            updated_at=now,
        )
        self._book.begin(tx, transfer)
        if message.data_address is not UNSET:
            pushes.put(tx, process, codec.encode(message.data_address))
        return transfer

    async def prepare(self, transfer: TransferProcess) -> None:
        """REQUESTED: make the release and start, or terminate and say why. Where the agreement asks for witnesses, it
        is recorded first, and starts once they have cosigned that.

        Each attempt has a file of its own: another replica may have taken the transfer over, and be ahead of us.
        """
        if await self._home.store.read(lambda tx: releases.get(tx, transfer.id)) is not None:
            await self._go_on(transfer)
            return
        place = self._place.folder_of(transfer.id) / secrets.token_hex(8)
        try:
            shipment = await self._ship(transfer, place)
        except StoppedError:  # nobody waits for what was being opened; nothing was made of it
            _log.info("release.unwanted", transfer=transfer.id)
        except (UnavailableError, LostError):  # the worker tries again
            await asyncio.to_thread(remove_attempt, place)
            raise
        except TegataError as error:
            _log.warning("release.failed", transfer=transfer.id, why=str(error))
            await asyncio.to_thread(remove_attempt, place)
            code, reason = error.code, _said(error)
            await self._home.store.write(lambda tx: self._book.terminate(tx, transfer, code, (reason,)))
        else:
            await self._start_once(transfer, shipment)
            await self._go_on(transfer)

    async def _go_on(self, transfer: TransferProcess) -> None:
        """What is recorded waits for its witnesses. WaitingError while they are missing."""
        wait = await self._home.store.write(lambda tx: self._start_if_witnessed(tx, transfer))
        if wait is not None:
            raise WaitingError(wait.say(), wait.pause(self._home.clock.now()))

    async def discard(self, transfer: TransferProcess) -> None:
        """COMPLETED or TERMINATED: nothing may be fetched any more, so nothing needs to lie there."""
        await asyncio.to_thread(clear, self._place.folder_of(transfer.id))

    def _check_agreement(self, tx: Transaction, sender: str, agreement_id: str) -> Agreement:
        """An agreement of ours with the sender, in force. Everything else looks as if it did not exist."""
        agreement = agreements.get(tx, agreement_id)
        negotiation = agreements.negotiation_of(tx, agreement_id)
        final = negotiation and negotiations.get(tx, negotiation)
        if not agreement or not final or (agreement.provider, agreement.consumer) != (self._home.did, sender):
            raise ProtocolError("not found", status=404)
        if final.state != "FINALIZED":
            raise ProtocolError("the agreement is not in force: its negotiation is not finalised")
        return agreement

    async def _ship(self, transfer: TransferProcess, place: Path) -> Shipment:
        """Protect the source. One that changed since it was scanned is scanned and decided anew, once: the very state
        that was opened, so that one which changes all the time can leave too."""
        agreement, dataset, decision = await self._home.store.read(lambda tx: _agreed(tx, transfer))
        source = await while_requested(self._home.store, transfer.id, self._catalog.open(dataset))
        try:
            made = await self._make(transfer, agreement, dataset, source, place)
        except (VerificationError, ExposureError):  # perhaps the bytes are not those that were scanned
            dataset, decision = await self._decide_again(transfer, agreement, dataset, source)
            made = await self._make(transfer, agreement, dataset, source, place)
        found = await earlier.measured(self._home.store, agreement, made)
        return Shipment(transfer.id, self._place.endpoint(transfer.id), agreement, dataset, decision, made, found)

    async def _decide_again(
        self, transfer: TransferProcess, agreement: Agreement, dataset: Dataset, source: Collection
    ) -> tuple[Dataset, Decision]:
        """Scan what the source holds now. The agreement stands only if the same terms follow from it."""
        dataset = await self._catalog.rescan(dataset, source)
        decision = await self._contracts.decide_again(transfer.id, transfer.peer, dataset)
        if not self._contracts.stands(agreement, dataset, decision):
            raise ProtocolError(_CHANGED)
        return dataset, decision

    async def _make(
        self, transfer: TransferProcess, agreement: Agreement, dataset: Dataset, source: Collection, place: Path
    ) -> MadeRelease:
        keys = ReleaseKeys.of(self._secret, agreement, dataset)
        standing = await self._home.store.read(lambda tx: self._consent.standing(tx, dataset))
        consented = self._consent.gate(dataset, standing)
        keeping = await self._vaults.keeping(agreement, dataset)
        recipient = recipient_of(transfer, self._home.clock.now())
        wanted = (agreement, dataset, source, place, keys)
        made = await self._apart.do(source.size, make_release, *wanted, consented, keeping, recipient)
        return made if standing is None else replace(made, epoch=standing.epoch)

    async def _start_once(self, transfer: TransferProcess, shipment: Shipment) -> None:
        started = True
        try:
            started = await self._home.store.write(lambda tx: self._start_if_it_stands(tx, transfer, shipment))
        except UncertainError:  # perhaps it is started: the file stays, and goes when the transfer ends
            raise
        except StoreError:  # another replica was ahead of us, or nothing can be stored now
            started = False
            raise
        finally:
            if not started:
                await asyncio.to_thread(remove_attempt, shipment.made.path.parent)

    def _start_if_it_stands(self, tx: Transaction, transfer: TransferProcess, shipment: Shipment) -> bool:
        """Start and reserve, or terminate: by what the ledger says now, after whoever else was faster."""
        agreement, dataset = shipment.agreement, shipment.dataset
        self._consent.confirm(tx, dataset, shipment.made.epoch)
        decision = self._contracts.confirmed(tx, transfer.id, transfer.peer, dataset, shipment.decision)
        if not self._contracts.stands(agreement, dataset, decision):
            self._book.terminate(tx, transfer, decision.outcome.value, reasons_of(decision))
            return False
        over = over_limit(tx, transfer, shipment.made.release)
        if over is not None:
            self._book.terminate(tx, transfer, "limit_reached", (over,))
            return False
        try:
            account = budget.account(tx, transfer.id, agreement)
            found = earlier.account(tx, transfer.id, agreement, shipment.made, shipment.measured)
        except (budget.SpentError, DifferencingError) as error:
            self._book.terminate(tx, transfer, error.code, (error.said,))
            return False
        self._ledger.reserve(tx, transfer.id, transfer.peer, dataset, decision.facts, self._home.clock.now())
        made = replace(shipment.made, release=earlier.with_earlier(shipment.made.release, found))
        shipment = replace(shipment, decision=decision, made=made)
        self._record(tx, transfer, shipment, account | earlier.entry(found))
        self._start_if_witnessed(tx, transfer)
        return True

    def _start_if_witnessed(self, tx: Transaction, transfer: TransferProcess) -> Wait | None:
        """Start what is recorded, once it has the witnesses that were agreed; terminate when they did not come in time.
        Otherwise, who is waited for."""
        stored = releases.get(tx, transfer.id)
        if stored is None or stored.prepared is None:
            return None
        now, wait = self._home.clock.now(), wait_of(tx, stored.prepared, self._home.key.history)
        proof = wait.proof(tx)
        if proof is not None:
            self._start(tx, transfer, stored, msgspec.structs.replace(stored.prepared, proof=proof, issued_at=now))
        elif now >= wait.until:
            self._book.terminate(tx, transfer, "unwitnessed", (missed(wait),))
        else:
            ask(tx, self._home.evidence, wait, now)
            return wait
        return None

    def _record(
        self, tx: Transaction, transfer: TransferProcess, shipment: Shipment, account: dict[str, object]
    ) -> None:
        """The entry, and what the passport will say. Nobody can fetch it yet: nobody knows a token."""
        now = self._home.clock.now()
        body = entry_body(shipment) | account
        index, entry = self._home.evidence.record(tx, "release", transfer.id, body, now)
        consent.start(tx, transfer.id, shipment.dataset.path, shipment.made.epoch)
        stored = StoredRelease(
            transfer=transfer.id,
            release=shipment.made.release,
            path=str(shipment.made.path),
            token_hash=token_hash(secrets.token_urlsafe(32)),
            passport="",
            prepared=passport_for(shipment, entry, self._home.evidence.prove(tx, index), now, ()),
        )
        releases.put(tx, stored)

    def _start(self, tx: Transaction, transfer: TransferProcess, stored: StoredRelease, passport: Passport) -> None:
        """The passport, the address and the message become durable together, with the entry or after it."""
        token = secrets.token_urlsafe(32)
        rolls = (*self._home.key.history.notes, *witnesses.rolls(tx, passport.recipient))
        sealed = seal(msgspec.structs.replace(passport, rolls=rolls), self._home.key)
        hashed = token_hash(token)
        releases.put(tx, msgspec.structs.replace(stored, token_hash=hashed, passport=sealed, prepared=None))
        if transfer.format == DOORS_PULL:
            deliver(tx, self._book, transfer, self._home.clock.now())
        told = self._place.address(transfer, stored.release, passport.title, token)
        self._book.say(tx, transfer, m.TransferStartMessage(**paired(transfer), data_address=told))


def _check_format(message: m.TransferRequestMessage, dataset: Dataset | None) -> None:
    offered = dataset is not None and message.format in FORMATS
    if offered and (message.format == HTTP_PUSH or message.data_address is UNSET):
        return
    raise ProtocolError(
        f"format `{message.format}` is not offered",
        hint=f"`{HTTP_PUSH}` goes with an address, others without; the catalogue says which there are",
    )


def _agreed(tx: Transaction, transfer: TransferProcess) -> tuple[Agreement, Dataset, Decision]:
    agreement = agreements.get(tx, transfer.agreement)
    dataset = datasets.get(tx, agreement.dataset) if agreement else None
    decision = decisions.get(tx, agreement.decision_digest) if agreement else None
    if agreement is None or dataset is None or decision is None:
        raise ProtocolError("not found", status=404)
    return agreement, dataset, decision


def _said(error: TegataError) -> Text:
    """An error as a reason for the peer: what happened, not where on our disk."""
    en, ja = error.parts("en")[0], error.parts("ja")[0]
    return Text(en=en, ja=ja)
