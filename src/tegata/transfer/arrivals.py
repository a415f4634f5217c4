"""Data that arrives, by pull or by push: counted and hashed as it comes, proven before it is kept."""

from __future__ import annotations

import asyncio
import shutil
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final, NamedTuple

import msgspec

from tegata import durable
from tegata.contracts import agreement_digest
from tegata.durable import sync
from tegata.exchange import Home
from tegata.identity import peers
from tegata.model.base import t
from tegata.model.catalog import Agreement, Participant
from tegata.model.errors import ProtocolError, StoreError, VerificationError, why_of
from tegata.model.evidence import Verification
from tegata.model.process import TransferProcess
from tegata.store import Transaction, acquisitions, agreements, witnesses
from tegata.store.acquisitions import StoredAcquisition
from tegata.transfer.chunks import Chunking, ChunkList
from tegata.transfer.leftovers import clear
from tegata.transfer.part import Expected, Part, left_in, remove, too_long
from tegata.transfer.parts import suffix_of
from tegata.trust import open_passport, verify_passport
from tegata.trust.key_history import Rolls

MAX_PASSPORT: Final = 4 << 20
_CHUNKS: Final = "chunks"
_NO_PASSPORT: Final = "no-passport"


class Wanted(NamedTuple):
    """What is known of data before it arrives."""

    transfer: TransferProcess
    acquisition: StoredAcquisition
    agreement: Agreement
    peer: Participant
    trusted: dict[str, str]
    rolls: Rolls


def wanted(tx: Transaction, transfer: TransferProcess) -> Wanted:
    """ProtocolError 404 when nobody here has asked for it."""
    negotiation = agreements.negotiation_of(tx, transfer.agreement) or ""
    acquisition = acquisitions.holding(tx, transfer.id, negotiation)
    agreement = agreements.get(tx, transfer.agreement)
    if acquisition is None or agreement is None:
        raise ProtocolError("not found", status=404)
    return Wanted(
        transfer,
        acquisition,
        agreement,
        peers.find(tx, transfer.peer),
        peers.trusted(tx),
        {transfer.peer: witnesses.rolls(tx, transfer.peer)},
    )


class Arrivals:
    """Where data arrives. `progress` tells (received, total) bytes per transfer while they come.

    Args:
        most: bytes that are taken of one data set.
    """

    def __init__(self, home: Home, folder: Path, most: int) -> None:
        self._home = home
        self._folder = folder
        self._most = most
        self.progress: dict[str, tuple[int, int]] = {}

    @contextmanager
    def attempt(self, transfer: str, expected: Expected) -> Iterator[Part]:
        """A file for one attempt: a new one, or what an earlier attempt left to be gone on with. StoreError."""
        place = self._place(transfer)
        with _disk_errors():
            durable.make_folder(place)
            part = Part.claim(place, expected)
        try:
            yield part
        finally:
            self.progress.pop(transfer, None)
            part.close()

    async def tidy(self, transfer: TransferProcess) -> None:
        """COMPLETED or TERMINATED: what was delivered stays, and nothing of attempts that a crash cut short."""
        acquisition = await self._home.store.read(lambda tx: acquisitions.of_transfer(tx, transfer.id))
        delivered = (acquisition.data, acquisition.passport) if acquisition else ()
        await asyncio.to_thread(clear, self._place(transfer.id), {Path(path).name for path in delivered if path})

    def expect(self, transfer: str, passport: str | None, chunks: ChunkList | None = None) -> Expected:
        """How much data may come: what its passport states, or what this node takes at most without one.

        Raises:
            VerificationError: the passport states more than this node takes.
            StoreError: the disk has no room for it.
        """
        with _disk_errors():
            durable.make_folder(self._folder)
            room = shutil.disk_usage(self._folder).free + left_in(self._place(transfer))
        if passport is None:
            return Expected(most=min(self._most, room // 2), total=0)
        opened = open_passport(passport)
        size = opened.data_size
        if size > self._most:
            raise too_long(self._most)
        if size > room:
            raise _no_room(size, room)
        return Expected(most=size, total=size, digest=opened.data_digest, chunks=chunks)

    def keep_chunks(self, transfer: str, passport: str, digests: bytes) -> bool:
        """Keep the list of chunks that a provider brings; False when it is not that of the passport. StoreError."""
        stated = Chunking.of(open_passport(passport))
        if stated is None or stated.read(digests) is None:
            return False
        with _disk_errors():
            durable.make_folder(self._place(transfer))
            durable.replace(self._place(transfer) / _CHUNKS, digests)
        return True

    def chunks_of(self, transfer: str, passport: str | None) -> ChunkList | None:
        """The list that was kept, if any."""
        stated = Chunking.of(open_passport(passport)) if passport else None
        try:
            return stated.read((self._place(transfer) / _CHUNKS).read_bytes()) if stated else None
        except OSError:
            return None

    def restart(self, part: Part) -> None:
        """Begin it at its beginning. StoreError."""
        with _disk_errors():
            part.restart()

    async def write(self, transfer: str, part: Part, blocks: AsyncIterator[bytes]) -> None:
        """Write what comes behind what is there, as far as it is right. What `blocks` raises is raised here.

        Raises:
            VerificationError: more came than is expected, or a chunk is wrong.
            StoreError: the disk does not hold it.
        """
        async for piece in _pieces(blocks, part.piece):
            with _disk_errors():
                await asyncio.to_thread(part.add, piece)
            self.progress[transfer] = (part.have, part.expected.total)

    async def seal(self, part: Part) -> tuple[str, int] | None:
        """Digest and size of what has come; None when the disk has changed some of it, which is to come again."""
        with _disk_errors():
            digest = await asyncio.to_thread(part.digest)
            if digest == part.expected.digest or not await asyncio.to_thread(part.mend):
                return digest, part.have
        return None

    async def keep(self, case: Wanted, passport: str | None, part: Part, data: tuple[str, int]) -> StoredAcquisition:
        """Lay data under its final name, once its passport is proven; without one only where none is expected.

        Raises:
            VerificationError: the passport does not hold, or not for this data and this transfer.
            StoreError: the disk does not hold it.
        """
        if passport is None:
            unproven = msgspec.structs.replace(case.acquisition, verdict=_NO_PASSPORT)
            return await asyncio.to_thread(_lay_down, part.path, unproven)
        verification = verify_passport(passport, data, case.trusted, known=case.rolls)
        self.check(case, verification)
        return await asyncio.to_thread(_lay_down_proven, part.path, case.acquisition, passport, verification)

    def _place(self, transfer: str) -> Path:
        return self._folder / transfer.rpartition(":")[2]

    async def keep_passport(self, case: Wanted, passport: str | None) -> StoredAcquisition:
        """Lay the passport of data down that stays with its provider; it has been proven but for the data.

        Raises:
            VerificationError: there is none.
            StoreError: the disk does not hold it.
        """
        if passport is None:
            raise VerificationError(t("there is no passport", "手形がありません"))
        verdict = verify_passport(passport, None, case.trusted, known=case.rolls).verdict
        return await asyncio.to_thread(
            _lay_down_passport, self._place(case.transfer.id), case.acquisition, passport, verdict
        )

    def check(self, case: Wanted, verification: Verification, but: str = "") -> None:
        """VerificationError unless a passport holds, and is the one for this transfer to us under our agreement.

        Args:
            but: the name of a check that cannot be made yet.
        """
        failed = next((one for one in verification.checks if one.verdict != "passed" and one.name != but), None)
        passport = verification.passport
        if failed is not None or passport is None:
            raise VerificationError(
                t("the passport does not hold", "手形の検証に失敗しました"), why=failed.say if failed else ""
            )
        expected = (case.transfer.peer_pid, self._home.did, case.agreement.id, agreement_digest(case.agreement))
        told = (passport.transfer, passport.recipient, passport.agreement, passport.agreement_digest)
        if told != expected or tuple(one.condition for one in passport.obligations) != case.agreement.conditions:
            raise VerificationError(t("the passport is not for this transfer", "この転送の手形ではありません"))

    def record(self, tx: Transaction, transfer: str, acquisition: StoredAcquisition, data: tuple[str, int]) -> None:
        """What has arrived is ours: its entry in the log, and where it lies."""
        body = {"data_digest": data[0], "data_size": data[1], "verdict": acquisition.verdict}
        self._home.evidence.record(tx, "delivery", transfer, body, self._home.clock.now())
        acquisitions.put(tx, acquisition)


def discard(acquisition: StoredAcquisition) -> None:
    """Remove what was laid down for a transfer that has ended meanwhile."""
    for laid in filter(None, (acquisition.data, acquisition.passport)):
        remove(Path(laid))


def _no_room(size: int, free: int) -> StoreError:
    return StoreError(
        t("the disk has no room for the data", "データを置く空きがディスクにありません"),
        why=t(f"{size} bytes are announced, {free} are free", f"予告は {size} バイト、空きは {free} バイトです"),
        hint=_MAKE_ROOM,
    )


def _lay_down_passport(place: Path, acquisition: StoredAcquisition, passport: str, verdict: str) -> StoredAcquisition:
    seal = place / "passport.jws"
    with _disk_errors():
        durable.make_folder(place)
        seal.write_text(passport, encoding="ascii")
        sync(seal)
    return msgspec.structs.replace(acquisition, passport=str(seal), verdict=verdict)


def _lay_down_proven(
    part: Path, acquisition: StoredAcquisition, passport: str, verification: Verification
) -> StoredAcquisition:
    """Passport first, then the data under its final name: data never lies there without the passport beside it."""
    proven = _lay_down_passport(part.parent, acquisition, passport, verification.verdict)
    return _lay_down(part, proven, verification.passport.data_format if verification.passport else "bin")


def _lay_down(part: Path, acquisition: StoredAcquisition, form: str = "bin") -> StoredAcquisition:
    """The data under its final name. Durable on return: the provider drops its copy once it is told that we have it."""
    place = part.parent
    data = place / f"data.{suffix_of(form)}"
    with _disk_errors():
        sync(part)
        part.replace(data)
        (place / _CHUNKS).unlink(missing_ok=True)
        sync(place)
        sync(place.parent)
        return msgspec.structs.replace(acquisition, data=str(data), size=data.stat().st_size)


async def _pieces(blocks: AsyncIterator[bytes], size: int) -> AsyncIterator[bytes]:
    """The same bytes, `size` at a time; fewer at the end."""
    held = bytearray()
    async for block in blocks:
        held += block
        while len(held) >= size:
            yield bytes(held[:size])
            del held[:size]
    if held:
        yield bytes(held)


_MAKE_ROOM: Final = t("make room on the disk", "ディスクの空きを増やしてください")


@contextmanager
def _disk_errors() -> Iterator[None]:
    """Trouble with our disk in our words."""
    try:
        yield
    except OSError as error:
        raise StoreError(
            t("the received data cannot be written", "受信データを書き込めません"),
            why=why_of(error),
            hint=_MAKE_ROOM,
        ) from error
