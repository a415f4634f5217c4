"""Transfers that this node asked for: request, fetch, verify the passport, complete."""

from __future__ import annotations

import asyncio
import contextlib
import hashlib
import shutil
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

import msgspec
import structlog
from msgspec import UNSET

from tegata.contracts import agreement_digest
from tegata.durable import sync
from tegata.exchange import Book, Home, new_id, paired
from tegata.identity import peers
from tegata.model.base import t
from tegata.model.catalog import Agreement, Participant
from tegata.model.errors import PeerError, ProtocolError, StoreError, TegataError, VerificationError
from tegata.model.evidence import Verification
from tegata.model.process import Negotiation, TransferProcess
from tegata.outbound import Outbound, Stream
from tegata.store import Transaction, UnavailableError, acquisitions, agreements
from tegata.store.acquisitions import StoredAcquisition
from tegata.trust import open_passport, verify_passport
from tegata.wire.dsp import codec
from tegata.wire.dsp import messages as m
from tegata.wire.dsp.address import HTTP_PULL, HttpAddress, http_address
from tegata.wire.dsp.machine import step
from tegata.wire.dsp.transfer import TRANSFER

_MAX_PASSPORT: Final = 4 << 20
_NO_PASSPORT: Final = "no-passport"
_log = structlog.get_logger("tegata.transfer")


class ConsumerDesk:
    """The consumer's half of `Transfers`. `progress` tells (received, total) bytes per transfer while they come."""

    def __init__(self, home: Home, book: Book[TransferProcess], outbound: Outbound, folder: Path) -> None:
        self._home = home
        self._book = book
        self._outbound = outbound
        self._folder = folder
        self.progress: dict[str, tuple[int, int]] = {}

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
        """STARTED: fetch data and passport, verify, and complete; or terminate and say why. Half a file never stays.

        Each attempt has a file of its own: another replica may have taken the transfer over, and be ahead of us.
        """
        acquisition, agreement, peer, trusted = await self._home.store.read(lambda tx: _wanted(tx, transfer))
        part = self._folder / transfer.id.rpartition(":")[2] / f"{uuid.uuid4()}.part"
        try:
            address = http_address(codec.decode(m.DataAddress, acquisition.address).message)
            passport = await self._passport(address, peer)
            size = None if passport is None else open_passport(passport).data_size
            data = await self._data(transfer.id, address, part, size)
            if passport is None:
                unproven = msgspec.structs.replace(acquisition, verdict=_NO_PASSPORT)
                acquisition = await asyncio.to_thread(_lay_down, part, unproven)
            else:
                verification = verify_passport(passport, data, trusted)
                self._check(transfer, agreement, verification)
                acquisition = await asyncio.to_thread(_lay_down_proven, part, acquisition, passport, verification)
        except (PeerError, UnavailableError):  # the agreement stands, so the worker tries again later
            raise
        except TegataError as error:
            _log.warning("fetch.failed", transfer=transfer.id, why=str(error))
            code, reason = error.code, t(*(": ".join(filter(None, error.parts(lang)[:2])) for lang in ("en", "ja")))
            await self._home.store.write(lambda tx: self._book.terminate(tx, transfer, code, (reason,)))
        else:
            await self._home.store.write(lambda tx: self._complete(tx, transfer, acquisition, data))
        finally:
            self.progress.pop(transfer.id, None)
            _clear(part)

    def _request(self, tx: Transaction, negotiation: Negotiation) -> None:
        acquisition = acquisitions.get(tx, negotiation.id)
        if acquisition is None or acquisition.transfer or negotiation.left:  # what we gave up is not fetched
            return
        now, process = self._home.clock.now(), new_id()
        message = m.TransferRequestMessage(
            consumer_pid=process,
            agreement_id=negotiation.agreement,
            format=HTTP_PULL,
            callback_address=self._home.url,
        )
        transfer = TransferProcess(
            id=process,
            role="consumer",
            peer=negotiation.peer,
            peer_url=negotiation.peer_url,
            agreement=negotiation.agreement,
            format=HTTP_PULL,
            state=step(TRANSFER, None, m.transfer_event(message), "consumer").next,
            created_at=now,
            updated_at=now,
        )
        self._book.begin(tx, transfer, message)
        acquisitions.put(tx, msgspec.structs.replace(acquisition, transfer=process))

    async def _passport(self, address: HttpAddress, peer: Participant) -> str | None:
        """The passport of the data. None only from a peer of which our operator says that it gives none."""
        if not address.passport:
            if peer.gives_passports:
                raise ProtocolError("the data address names no passport")
            return None
        answer = await self._outbound.request(
            "GET", address.passport, headers=_bearer(address), max_bytes=_MAX_PASSPORT
        )
        _refuse_unless_ok(answer.status)
        return answer.body.decode("ascii", "replace").strip()

    async def _data(self, transfer: str, address: HttpAddress, part: Path, size: int | None) -> tuple[str, int]:
        """Stream the data into `part`; digest and size of what came.

        `size` is what the passport states: more is not taken. Without one it is half of what is free on the disk.
        """
        async with self._outbound.stream(address.endpoint, headers=_bearer(address)) as stream:
            _refuse_unless_ok(stream.status)
            with _disk_errors():
                part.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
                return await self._write(transfer, stream, part, size)

    async def _write(self, transfer: str, stream: Stream, part: Path, total: int | None) -> tuple[str, int]:
        hashed, size = hashlib.sha256(), 0
        most = shutil.disk_usage(part.parent).free // 2 if total is None else total
        with part.open("wb") as file:
            async for block in stream.blocks:
                file.write(block)
                hashed.update(block)
                size += len(block)
                self.progress[transfer] = (size, total or 0)
                if size > most:
                    raise VerificationError(
                        t("more data came than was announced", "予告より多くのデータが届きました"),
                        why=t(f"it is longer than {most} bytes", f"{most} バイトを超えています"),
                    )
        return "sha256:" + hashed.hexdigest(), size

    def _check(self, transfer: TransferProcess, agreement: Agreement, verification: Verification) -> None:
        """The passport holds, and it is the one for this transfer to us under our agreement."""
        passport = verification.passport
        if verification.verdict != "total-passed" or passport is None:
            failed = next((check for check in verification.checks if check.verdict != "passed"), None)
            raise VerificationError(
                t("the passport does not hold", "手形の検証に失敗しました"), why=failed.say if failed else ""
            )
        expected = (transfer.peer_pid, self._home.did, agreement.id, agreement_digest(agreement))
        if (passport.transfer, passport.recipient, passport.agreement, passport.agreement_digest) != expected:
            raise VerificationError(t("the passport is not for this transfer", "この転送の手形ではありません"))

    def _complete(
        self, tx: Transaction, transfer: TransferProcess, acquisition: StoredAcquisition, data: tuple[str, int]
    ) -> None:
        body = {"data_digest": data[0], "data_size": data[1], "verdict": acquisition.verdict}
        self._home.evidence.record(tx, "delivery", transfer.id, body, self._home.clock.now())
        acquisitions.put(tx, acquisition)
        self._book.say(tx, transfer, m.TransferCompletionMessage(**paired(transfer)))


def _wanted(
    tx: Transaction, transfer: TransferProcess
) -> tuple[StoredAcquisition, Agreement, Participant, dict[str, str]]:
    acquisition = acquisitions.of_transfer(tx, transfer.id)
    agreement = agreements.get(tx, transfer.agreement)
    if acquisition is None or agreement is None:
        raise ProtocolError("not found", status=404)
    return acquisition, agreement, peers.find(tx, transfer.peer), peers.trusted(tx)


def _lay_down_proven(
    part: Path, acquisition: StoredAcquisition, passport: str, verification: Verification
) -> StoredAcquisition:
    """Passport first, then the data under its final name: data never lies there without the passport beside it."""
    seal = part.parent / "passport.jws"
    with _disk_errors():
        seal.write_text(passport, encoding="ascii")
        sync(seal)
    proven = msgspec.structs.replace(acquisition, passport=str(seal), verdict=verification.verdict)
    return _lay_down(part, proven, verification.passport.data_format if verification.passport else "bin")


def _lay_down(part: Path, acquisition: StoredAcquisition, form: str = "bin") -> StoredAcquisition:
    """The data under its final name. Durable on return: the provider drops its copy once it is told that we have it."""
    place = part.parent
    data = place / f"data.{form}"
    with _disk_errors():
        sync(part)
        part.replace(data)
        sync(place)
        sync(place.parent)
        return msgspec.structs.replace(acquisition, data=str(data), size=data.stat().st_size)


def _clear(part: Path) -> None:
    """Nothing of an attempt stays but what was laid down."""
    with contextlib.suppress(OSError):
        part.unlink(missing_ok=True)
        part.parent.rmdir()  # unless something lies in it


@contextmanager
def _disk_errors() -> Iterator[None]:
    """Trouble with our disk in our words."""
    try:
        yield
    except OSError as error:
        raise StoreError(
            t("the received data cannot be written", "受信データを書き込めません"),
            why=error.strerror or str(error),
            hint=t("make room on the disk", "ディスクの空きを増やしてください"),
        ) from error


def _bearer(address: HttpAddress) -> dict[str, str]:
    return {"Authorization": f"Bearer {address.authorization}"}


def _refuse_unless_ok(status: int) -> None:
    """PeerError where trying again may help, ProtocolError where it cannot."""
    if status != 200:
        kind = PeerError if status >= 500 else ProtocolError
        raise kind(
            t("the provider does not hand the data out", "提供者がデータを引き渡しません"), why=f"status {status}"
        )
