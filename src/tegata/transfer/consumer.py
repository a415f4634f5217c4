"""Transfers that this node asked for: request, fetch, verify the passport, complete."""

from __future__ import annotations

import secrets
from urllib.parse import quote

import msgspec
import structlog
from msgspec import UNSET, UnsetType

from tegata.exchange import Book, Home, new_id, paired
from tegata.model.base import t
from tegata.model.errors import PeerError, ProtocolError, TegataError, UsageError
from tegata.model.process import Negotiation, TransferProcess
from tegata.outbound import Outbound
from tegata.store import Transaction, UnavailableError, acquisitions, agreements, transfers, work
from tegata.store.acquisitions import StoredAcquisition
from tegata.transfer.access import doors_at
from tegata.transfer.arrivals import MAX_PASSPORT, Arrivals, Wanted, wanted
from tegata.transfer.chunks import Chunking, ChunkList
from tegata.transfer.contents import read_told
from tegata.transfer.download import Download, bearer, refuse_unless_ok
from tegata.transfer.enveloping import asks_for_envelope
from tegata.transfer.secret import token_hash
from tegata.transfer.watch import StoppedError, Watch
from tegata.trust import open_passport, verify_passport
from tegata.wire.dsp import codec
from tegata.wire.dsp import messages as m
from tegata.wire.dsp.address import DOORS_PULL, HTTP_PULL, HTTP_PUSH, HttpAddress, data_address, http_address
from tegata.wire.dsp.machine import step
from tegata.wire.dsp.transfer import TRANSFER

_log = structlog.get_logger("tegata.transfer")


class ConsumerDesk:
    """The consumer's half of `Transfers`.

    Args:
        intake_url: below it lies one address per transfer to which a provider brings data.
        certificate: DER in base64, named where an agreement asks for one and the wish has none; "" for none.
    """

    def __init__(
        self,
        home: Home,
        book: Book[TransferProcess],
        outbound: Outbound,
        arrivals: Arrivals,
        intake_url: str,
        certificate: str,
    ) -> None:
        self.certificate = certificate
        self._home = home
        self._book = book
        self._outbound = outbound
        self._arrivals = arrivals
        self._intake_url = intake_url

    async def request(self, negotiation: Negotiation) -> None:
        """The agreement of an acquisition is in force and nothing was asked for yet: ask for the data."""
        await self._home.store.write(lambda tx: self._request(tx, negotiation))

    def keep_address(self, tx: Transaction, transfer: TransferProcess, message: m.TransferStartMessage) -> None:
        """Remember where the data lies. A start without an address resumes at the earlier one."""
        acquisition = acquisitions.of_transfer(tx, transfer.id)
        if acquisition is not None and message.data_address is not UNSET:
            address = codec.encode(message.data_address)
            acquisitions.put(tx, msgspec.structs.replace(acquisition, address=address))

    async def fetch(self, transfer: TransferProcess) -> None:
        """STARTED: fetch passport and data, verify, and complete; or terminate and say why. What is proven of it stays
        over breaks, suspensions and crashes, and is gone on with."""
        case = await self._home.store.read(lambda tx: wanted(tx, transfer))
        try:
            acquisition, data = await self._fetch(case)
        except StoppedError:
            return
        except (PeerError, UnavailableError):  # the agreement stands, so the worker tries again later
            raise
        except TegataError as error:
            await self.give_up(transfer, error)
        else:
            await self._home.store.write(lambda tx: self._complete(tx, transfer, acquisition, data))

    async def look_in(self, transfer: TransferProcess) -> None:
        """STARTED, and the data stays there: prove its passport, and that the doors are the provider's own; or
        terminate and say why."""
        case = await self._home.store.read(lambda tx: wanted(tx, transfer))
        try:
            address = http_address(codec.decode(m.DataAddress, case.acquisition.address).message)
            doors_at(address, case.peer)
            read_told(address.contents, case.acquisition.title)
            kept = await self._arrivals.keep_passport(case, await self._passport(address, case))
        except (PeerError, UnavailableError):
            raise
        except TegataError as error:
            await self.give_up(transfer, error)
        else:
            await self._home.store.write(lambda tx: self._open(tx, transfer, kept))

    async def give_up(self, transfer: TransferProcess, error: TegataError) -> None:
        """What came cannot be kept: end the transfer, and say why."""
        _log.warning("fetch.failed", transfer=transfer.id, why=str(error))
        await self._home.store.write(lambda tx: self._book.terminate(tx, transfer, error.code, (error.said,)))

    async def again(self, negotiation: Negotiation) -> None:
        """Ask once more under an agreement in force for what stays with its provider: what lies there now is the next
        version, and what was opened before stays open. UsageError when nothing of it was."""
        await self._home.store.write(lambda tx: self._again(tx, negotiation))

    def _again(self, tx: Transaction, negotiation: Negotiation) -> None:
        before = acquisitions.get(tx, negotiation.id)
        opened = before.opened() if before else ()
        if before is None or not opened:
            raise _not_open(negotiation.id)
        latest = transfers.get(tx, before.transfer)
        if latest is None or latest.state != "REQUESTED":  # else it is under way
            renewed = StoredAcquisition(negotiation=before.negotiation, title=before.title, doors=True, earlier=opened)
            self._ask(tx, negotiation, renewed)

    def _request(self, tx: Transaction, negotiation: Negotiation) -> None:
        acquisition = acquisitions.get(tx, negotiation.id)
        if acquisition is None or acquisition.transfer or negotiation.left:  # what we gave up is not fetched
            return
        self._ask(tx, negotiation, acquisition)

    def _ask(self, tx: Transaction, negotiation: Negotiation, acquisition: StoredAcquisition) -> None:
        now, process = self._home.clock.now(), new_id()
        message = m.TransferRequestMessage(
            consumer_pid=process,
            agreement_id=negotiation.agreement,
            format=_format(acquisition),
            certificate=acquisition.certificate or self._own_certificate(tx, negotiation.agreement),
            callback_address=self._home.url,
        )
        if acquisition.push:
            acquisition, address = self._push_address(acquisition, process)
            message = msgspec.structs.replace(message, data_address=address)
        transfer = TransferProcess(
            id=process,
            role="consumer",
            peer=negotiation.peer,
            peer_url=negotiation.peer_url,
            agreement=negotiation.agreement,
            format=message.format,
            state=step(TRANSFER, None, m.transfer_event(message), "consumer").next,
            created_at=now,
            updated_at=now,
        )
        self._book.begin(tx, transfer, message)
        acquisitions.put(tx, msgspec.structs.replace(acquisition, transfer=process))

    def _own_certificate(self, tx: Transaction, agreement: str) -> str | UnsetType:
        found = agreements.get(tx, agreement)
        asked = found is not None and asks_for_envelope(found.conditions)
        return self.certificate if asked and self.certificate else UNSET

    def _open(self, tx: Transaction, transfer: TransferProcess, kept: StoredAcquisition) -> None:
        """Nothing is owed until it ends; a start that resumes it says nothing new."""
        before = acquisitions.of_transfer(tx, transfer.id)
        if before is not None and not before.passport:
            body = {"peer": transfer.peer, "agreement": transfer.agreement, "verdict": kept.verdict}
            self._home.evidence.record(tx, "access", transfer.id, body, self._home.clock.now())
            acquisitions.put(tx, kept)
        work.done(tx, transfer.id, transfer.version)

    def _push_address(self, acquisition: StoredAcquisition, process: str) -> tuple[StoredAcquisition, m.DataAddress]:
        """An address of ours for this transfer alone, with a token of which we keep no more than the hash."""
        token = secrets.token_urlsafe(32)
        endpoint = f"{self._intake_url}/{quote(process, safe='')}"
        address = HttpAddress(
            endpoint=endpoint, authorization=token, passport=f"{endpoint}/passport", chunks=f"{endpoint}/chunks"
        )
        return msgspec.structs.replace(acquisition, token_hash=token_hash(token)), data_address(address)

    async def _fetch(self, case: Wanted) -> tuple[StoredAcquisition, tuple[str, int]]:
        """What was fetched and laid down, with its digest and size."""
        transfer = case.transfer.id
        address = http_address(codec.decode(m.DataAddress, case.acquisition.address).message)
        passport = await self._passport(address, case)
        chunks = await self._chunks(address, passport)
        expected = self._arrivals.expect(transfer, passport, chunks)
        download = Download(self._outbound, self._arrivals, Watch(self._home.store, transfer), transfer)
        with self._arrivals.attempt(transfer, expected) as part:
            data = await download.into(part, address)
            return await self._arrivals.keep(case, passport, part, data), data

    async def _passport(self, address: HttpAddress, case: Wanted) -> str | None:
        """The passport of the data, which holds but for the data. None only from a peer of which our operator says that
        it gives none."""
        if not address.passport:
            if case.peer.gives_passports:
                raise ProtocolError("the data address names no passport")
            return None
        answer = await self._outbound.request("GET", address.passport, headers=bearer(address), max_bytes=MAX_PASSPORT)
        refuse_unless_ok(answer.status)
        passport = answer.body.decode("ascii", "replace").strip()
        self._arrivals.check(case, verify_passport(passport, None, case.trusted, known=case.rolls), but="data")
        return passport

    async def _chunks(self, address: HttpAddress, passport: str | None) -> ChunkList | None:
        """The digests of the chunks, when there are such as the passport vouches for."""
        stated = Chunking.of(open_passport(passport)) if passport else None
        if stated is None or not address.chunks:
            return None
        async with self._outbound.stream(address.chunks, headers=bearer(address)) as stream:
            if stream.status == 404:  # the list is lost, which is no reason to do without the data
                return None
            refuse_unless_ok(stream.status)
            said = bytearray()
            async for block in stream.blocks:
                said += block
                if len(said) > stated.list_size:
                    return None
        return stated.read(bytes(said))

    def _complete(
        self, tx: Transaction, transfer: TransferProcess, acquisition: StoredAcquisition, data: tuple[str, int]
    ) -> None:
        self._arrivals.record(tx, transfer.id, acquisition, data)
        self._book.say(tx, transfer, m.TransferCompletionMessage(**paired(transfer)))


def _not_open(acquisition: str) -> UsageError:
    return UsageError(
        t(f"nothing that `{acquisition}` asked for is open", f"`{acquisition}` で開いているデータはありません"),
        hint=t(
            "`--again` is for data that stays with its provider: `tegata get DATASET --from PEER --doors`",
            "`--again` は提供者側に置いたデータ用です: `tegata get DATASET --from PEER --doors`",
        ),
    )


def _format(acquisition: StoredAcquisition) -> str:
    if acquisition.doors:
        return DOORS_PULL
    return HTTP_PUSH if acquisition.push else HTTP_PULL
