"""Where a provider brings data that this node asked for (DSP 2025-1, "push transfer").

Who shows the token of a started transfer may leave its passport, and then the data; nothing else is taken from anybody.
A passport that does not hold, and data that is not the passport's, end the transfer, as when we fetch them ourselves;
what breaks off leaves nothing and may be brought again, from its beginning.
"""

from __future__ import annotations

import hmac
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Final

import msgspec

from tegata.exchange import Home
from tegata.model.errors import ProtocolError, StoreError, VerificationError
from tegata.store import Transaction, UnavailableError, acquisitions, transfers
from tegata.store.acquisitions import StoredAcquisition
from tegata.transfer.arrivals import Arrivals, Wanted, discard, wanted
from tegata.transfer.consumer import ConsumerDesk
from tegata.transfer.part import too_long
from tegata.transfer.secret import token_hash
from tegata.trust import verify_passport

_LATER: Final = ("REQUESTED", "SUSPENDED")  # said only to who holds the token: coming again may help


class Intake:
    """Takes in what is brought. The provider tells the completion, since it alone knows when it has the answer."""

    def __init__(self, home: Home, desk: ConsumerDesk, arrivals: Arrivals) -> None:
        self._home = home
        self._desk = desk
        self._arrivals = arrivals
        self._taking: set[str] = set()

    async def admit(self, transfer: str, authorization: str) -> Wanted:
        """What is known of a started transfer, for who shows its token.

        ProtocolError 503 before its start and while it is suspended, 404 whatever else is wrong.
        """
        return await self._home.store.read(lambda tx: _admitted(tx, transfer, authorization))

    async def take_passport(self, transfer: str, authorization: str, passport: str) -> None:
        """Keep a passport for the data that is to come.

        Raises:
            ProtocolError: as `admit`; 422 when it does not hold for this transfer, which has ended with that.
        """
        case = await self.admit(transfer, authorization)
        async with self._ending_badly(case):
            self._arrivals.check(case, verify_passport(passport, None, case.trusted), but="data")
            self._arrivals.expect(transfer, passport)

        def keep(tx: Transaction) -> None:
            acquisition = _admitted(tx, transfer, authorization).acquisition
            if not acquisition.data:
                acquisitions.put(tx, msgspec.structs.replace(acquisition, brought=passport))

        await self._home.store.write(keep)

    async def take(self, transfer: str, authorization: str, announced: int, blocks: AsyncIterator[bytes]) -> None:
        """Take the data in, unless it is here already: then who brings it has missed our answer.

        Args:
            announced: the size in bytes that the sender announces, 0 when it announces none.

        Raises:
            ProtocolError: as `admit`; 503 while it is being brought already, 409 before its passport; 422 when it is
                not what the passport says, and 507 when the disk is full, and the transfer has ended with that.
        """
        await self.admit(transfer, authorization)
        if transfer in self._taking:
            raise ProtocolError("it is being brought already", status=503)
        self._taking.add(transfer)
        try:
            case = await self.admit(transfer, authorization)  # as it is now that nobody else brings it
            if not case.acquisition.data:
                await self._take(case, authorization, announced, blocks)
        finally:
            self._taking.discard(transfer)

    async def _take(self, case: Wanted, authorization: str, announced: int, blocks: AsyncIterator[bytes]) -> None:
        transfer, passport = case.transfer.id, case.acquisition.brought or None
        if passport is None and case.peer.gives_passports:
            raise ProtocolError("the passport comes first", status=409)
        coming = self._while_started(transfer, authorization, blocks)
        async with self._ending_badly(case):
            expected = self._arrivals.expect(transfer, passport)
            if announced > expected.most:
                raise too_long(expected.most)
        with self._arrivals.attempt(transfer, expected) as part:
            async with self._ending_badly(case):
                await self._arrivals.write(transfer, part, coming)
                data = await self._arrivals.seal(part) or ("", 0)
                kept = await self._arrivals.keep(case, passport, part, data)
            arrived = msgspec.structs.replace(kept, brought="")
            try:
                await self._home.store.write(lambda tx: self._deliver(tx, transfer, authorization, arrived, data))
            except ProtocolError:
                await self._withdraw(transfer, arrived)
                raise

    async def _while_started(
        self, transfer: str, authorization: str, blocks: AsyncIterator[bytes]
    ) -> AsyncIterator[bytes]:
        """A transfer that either side has ended or suspended stops within a block, at whichever replica that was."""
        async for block in blocks:
            await self.admit(transfer, authorization)
            yield block

    @asynccontextmanager
    async def _ending_badly(self, case: Wanted) -> AsyncIterator[None]:
        """What cannot be kept ends the transfer; trouble that passes does not."""
        try:
            yield
        except UnavailableError:
            raise
        except (VerificationError, StoreError) as error:
            await self._desk.give_up(case.transfer, error)
            status = 422 if isinstance(error, VerificationError) else 507
            raise ProtocolError(error.parts("en")[0], status=status) from error

    def _deliver(
        self, tx: Transaction, transfer: str, authorization: str, arrived: StoredAcquisition, data: tuple[str, int]
    ) -> None:
        if not _admitted(tx, transfer, authorization).acquisition.data:  # else another replica was first
            self._arrivals.record(tx, transfer, arrived, data)

    async def _withdraw(self, transfer: str, arrived: StoredAcquisition) -> None:
        """The transfer has ended meanwhile: what was laid down goes, unless another replica has delivered it there."""
        stored = await self._home.store.read(lambda tx: acquisitions.of_transfer(tx, transfer))
        if stored is None or stored.data != arrived.data:
            discard(arrived)


def _admitted(tx: Transaction, transfer: str, authorization: str) -> Wanted:
    process, acquisition = transfers.get(tx, transfer), acquisitions.of_transfer(tx, transfer)
    scheme, _, token = authorization.partition(" ")
    if process is None or acquisition is None or scheme.lower() != "bearer":
        raise ProtocolError("not found", status=404)
    if not hmac.compare_digest(acquisition.token_hash, token_hash(token.strip())):  # a pull has none that fits
        raise ProtocolError("not found", status=404)
    if process.state in _LATER:
        raise ProtocolError("not now", status=503)
    if process.state != "STARTED":
        raise ProtocolError("not found", status=404)
    return wanted(tx, process)
