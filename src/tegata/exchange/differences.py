"""Looking at the peer's state when it may be another than ours, and doing our part until both are the same."""

from __future__ import annotations

from typing import Generic, TypeVar

import structlog

from tegata.exchange.backoff import GIVE_UP_AFTER
from tegata.exchange.book import Book
from tegata.exchange.courier import Answer
from tegata.exchange.home import Home
from tegata.model.base import t
from tegata.model.errors import PeerError
from tegata.model.process import Dispute, Negotiation, TransferProcess
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

    async def look(self, process: P, dispute: Dispute) -> None:
        """Ask for the peer's state and act on it. PeerError: not yet, look again later."""
        if await self._home.store.read(lambda tx: outbox.unanswered(tx, process.id)):
            raise PeerError(t("messages of ours are still under way", "こちらのメッセージがまだ届いていません"))
        answer = await self._home.courier.ask(process.peer, self._book.shown_at(process))
        if not await self._home.store.write(lambda tx: self._act(tx, process, dispute, answer)):
            raise PeerError(t("the peer is in another state", "相手の状態が異なります"), why=answer.why)

    def _act(self, tx: Transaction, process: P, dispute: Dispute, answer: Answer) -> bool:
        """False: there is something to wait for."""
        theirs = self._book.read_state(process, answer)
        if theirs is not None and self._book.reconcile(tx, process, theirs):
            return True
        if _may_change(dispute, answer) and self._home.clock.now() - dispute.since < GIVE_UP_AFTER:
            return False
        _log.warning("process.diverged", process=process.id, ours=process.state, theirs=theirs or answer.status)
        self._book.leave_open(tx, process, str(theirs or answer.status))
        return True


def _may_change(dispute: Dispute, answer: Answer) -> bool:
    """Whether asking again can help: with every answer that shows a state, read or not, with one that passes, and with
    a peer that has not recognised us since the beginning, as one whose clock is wrong."""
    return answer.accepted or bool(answer.patience) or (dispute.unrecognised and answer.unrecognised)
