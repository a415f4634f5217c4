"""Looking at the peer's state when it may be another than ours, and doing our part until both are the same."""

from __future__ import annotations

from typing import Any, Generic, TypeVar

import structlog

from tegata.exchange.backoff import GIVE_UP_AFTER
from tegata.exchange.book import Book
from tegata.exchange.courier import Answer
from tegata.exchange.home import Home
from tegata.model.base import t
from tegata.model.errors import PeerError
from tegata.model.process import Negotiation, TransferProcess
from tegata.store import Transaction, outbox

_log = structlog.get_logger("tegata.differences")

P = TypeVar("P", Negotiation, TransferProcess)


class Differences(Generic[P]):
    """What is done about the disputes of one kind of process (`wire.dsp.dispute` says what).

    The protocol gives each side the means: the state of a process can be asked for. What stays different for 72 hours
    although we did our part is recorded in the evidence log as that, never left silent.
    """

    def __init__(self, home: Home, book: Book[P]) -> None:
        self._home = home
        self._book: Book[P] = book

    async def look(self, process: P) -> None:
        """Ask for the peer's state and act on it. PeerError: not yet, look again later."""
        if await self._home.store.read(lambda tx: outbox.unanswered(tx, process.id)):
            raise PeerError(t("messages of ours are still under way", "こちらのメッセージがまだ届いていません"))
        answer = await self._home.courier.ask(process.peer, self._book.shown_at(process))
        if not await self._home.store.write(lambda tx: self._act(tx, process, answer)):
            raise PeerError(t("the peer is in another state", "相手の状態が異なります"), why=answer.why)

    def _act(self, tx: Transaction, process: P, answer: Answer) -> bool:
        """False: there is something to wait for."""
        theirs = self._book.read_state(answer)
        if theirs is not None and self._book.reconcile(tx, process, theirs):
            return True
        dispute = process.dispute
        unrecognised = dispute is not None and dispute.unrecognised and answer.unrecognised
        waits: Any = answer.accepted or answer.patience or unrecognised  # also where what it shows does not read
        since = dispute.since if dispute else process.updated_at
        if waits and self._home.clock.now() - since < GIVE_UP_AFTER:
            return False
        _log.warning("process.diverged", process=process.id, ours=process.state, theirs=theirs or answer.status)
        self._book.leave_open(tx, process, str(theirs or answer.status))
        return True
