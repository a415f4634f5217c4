"""Where a provider brings data that this node asked for (DSP 2025-1, "push transfer").

Who shows the token of a started transfer may leave its passport, and then the data; nothing else is taken from anybody.
A passport that does not hold, and data that is not the passport's, end the transfer, as when we fetch them ourselves.
Who brings the list of chunks too may go on after a break where the last whole chunk ends (`wire.resumption`); what else
breaks off leaves nothing and is brought again from its beginning.
"""

from __future__ import annotations

import asyncio
import hmac
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Final, NamedTuple, NoReturn

import msgspec

from tegata.exchange import Home
from tegata.model.errors import ProtocolError, StoreError, TegataError, VerificationError
from tegata.store import Transaction, UnavailableError, acquisitions, transfers
from tegata.store.acquisitions import StoredAcquisition
from tegata.transfer.arrivals import Arrivals, Wanted, discard, wanted
from tegata.transfer.consumer import ConsumerDesk
from tegata.transfer.part import MOST_WRONG, Expected, WrongChunkError, too_long
from tegata.transfer.secret import token_hash
from tegata.trust import verify_passport
from tegata.wire.resumption import Offset

_LATER: Final = ("REQUESTED", "SUSPENDED")  # said only to who holds the token: coming again may help


class Coming(NamedTuple):
    """Data that somebody brings: from which byte on, how many are announced (0: not told), and they themselves."""

    start: int
    announced: int
    blocks: AsyncIterator[bytes]


class Intake:
    """Takes in what is brought. The provider tells the completion, since it alone knows when it has the answer."""

    def __init__(self, home: Home, desk: ConsumerDesk, arrivals: Arrivals) -> None:
        self._home = home
        self._desk = desk
        self._arrivals = arrivals
        self._taking: set[str] = set()
        self._wrong: Counter[str] = Counter()  # wrong chunks, by transfer

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
            self._arrivals.check(case, verify_passport(passport, None, case.trusted, known=case.rolls), but="data")
            self._arrivals.expect(transfer, passport)

        def keep(tx: Transaction) -> None:
            acquisition = _admitted(tx, transfer, authorization).acquisition
            if not acquisition.data:
                acquisitions.put(tx, msgspec.structs.replace(acquisition, brought=passport))

        await self._home.store.write(keep)

    async def take_chunks(self, transfer: str, authorization: str, digests: bytes) -> None:
        """Keep the list of the chunks that are to come. ProtocolError as `admit`; 409 before its passport, 422 when it
        is not the list that the passport speaks of."""
        case = await self.admit(transfer, authorization)
        if not case.acquisition.brought:
            raise _passport_first()
        if not await asyncio.to_thread(self._arrivals.keep_chunks, transfer, case.acquisition.brought, digests):
            raise ProtocolError("these are not the chunks of the passport", status=422)

    async def offset(self, transfer: str, authorization: str) -> Offset:
        """How much is here of what is brought. ProtocolError as `take`."""
        async with self._alone(transfer, authorization) as case:
            if case.acquisition.data:
                return Offset(case.acquisition.size, complete=True)
            with self._arrivals.attempt(transfer, await self._expected(case)) as part:
                return Offset(part.have, complete=False)

    async def take(self, transfer: str, authorization: str, coming: Coming) -> None:
        """Take the data in, unless it is here already: then who brings it has missed our answer.

        Raises:
            ProtocolError: as `admit`; 503 while it is being brought already, or has come wrong and is to come again;
                409 before its passport, and when it does not begin where it should; 422 when it is not what the
                passport says, and 507 when the disk is full, and the transfer has ended with that.
        """
        async with self._alone(transfer, authorization) as case:
            if not case.acquisition.data:
                await self._take(case, authorization, coming)

    @asynccontextmanager
    async def _alone(self, transfer: str, authorization: str) -> AsyncIterator[Wanted]:
        """A transfer for one sender at a time, as it is once nobody else brings it."""
        await self.admit(transfer, authorization)
        if transfer in self._taking:
            raise ProtocolError("it is being brought already", status=503)
        self._taking.add(transfer)
        try:
            yield await self.admit(transfer, authorization)
        finally:
            self._taking.discard(transfer)

    async def _expected(self, case: Wanted) -> Expected:
        transfer, passport = case.transfer.id, case.acquisition.brought or None
        if passport is None and case.peer.gives_passports:
            raise _passport_first()
        async with self._ending_badly(case):
            return self._arrivals.expect(transfer, passport, self._arrivals.chunks_of(transfer, passport))

    async def _take(self, case: Wanted, authorization: str, coming: Coming) -> None:
        transfer, expected = case.transfer.id, await self._expected(case)
        async with self._ending_badly(case):
            if coming.start + coming.announced > expected.most:
                raise too_long(expected.most)
        with self._arrivals.attempt(transfer, expected) as part:
            if coming.start not in (0, part.have):
                raise ProtocolError("it does not begin where the last chunk ends", status=409)
            async with self._ending_badly(case):
                if coming.start == 0:
                    self._arrivals.restart(part)
                await self._arrivals.write(transfer, part, self._while_started(transfer, authorization, coming.blocks))
                data = await self._arrivals.seal(part)
                if data is None or (expected.chunks and not part.whole):
                    raise ProtocolError("not all of it has come as it was announced", status=503)
                kept = await self._arrivals.keep(case, case.acquisition.brought or None, part, data)
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
        except WrongChunkError as error:
            self._wrong[case.transfer.id] += 1
            if self._wrong[case.transfer.id] < MOST_WRONG:
                raise ProtocolError(error.parts("en")[0], status=503) from error
            await self._end(case, error, 422)
        except (VerificationError, StoreError) as error:
            await self._end(case, error, 422 if isinstance(error, VerificationError) else 507)

    async def _end(self, case: Wanted, error: TegataError, status: int) -> NoReturn:
        await self._desk.give_up(case.transfer, error)
        self._wrong.pop(case.transfer.id, None)
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


def _passport_first() -> ProtocolError:
    return ProtocolError("the passport comes first", status=409)


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
