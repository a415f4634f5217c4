"""Processes of one kind as a service: messages in, steps taken, answers settled."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from typing import Any, Generic, TypeVar

import structlog

from tegata.exchange.book import Book
from tegata.exchange.courier import Answer
from tegata.exchange.differences import Differences
from tegata.exchange.home import Home
from tegata.exchange.pairing import Paired
from tegata.model.base import Text, t
from tegata.model.errors import PeerError, StoreError, UsageError
from tegata.model.process import Message, Negotiation, Role, TransferProcess
from tegata.store import Transaction, work
from tegata.wire.dsp.machine import Effect
from tegata.wire.dsp.term import Term

TERMINATE = "terminate"
BY_OPERATOR = "operator"
"""The code of what a person decided."""
_log = structlog.get_logger("tegata.service")

P = TypeVar("P", Negotiation, TransferProcess)

Steps = Mapping[tuple[Role, str], Callable[[P], Awaitable[None]]]
"""What a node does by itself, by role and state. A step that is taken once too often does no harm."""

Order = Callable[[P, Text], tuple[Term, dict[str, Any]]]
"""Makes the message that carries out an order of the operator, and says what else changes in the process."""


class Service(Generic[P]):
    """Methods that take a transaction belong inside the caller's; `step` makes its own."""

    orders: Mapping[str, Order[P]] = {}

    def __init__(self, home: Home, book: Book[P], steps: Steps[P]) -> None:
        self._home = home
        self._book: Book[P] = book
        self._differences: Differences[P] = Differences(home, book)
        self._steps: dict[tuple[Role, str], Callable[[P], Awaitable[None]]] = dict(steps)
        book.owes = lambda process: self.step_of(process) is not None

    def step_of(self, process: P) -> Callable[[P], Awaitable[None]] | None:
        """The step that the state of a process asks for, None when nothing is owed."""
        return self._steps.get((process.role, process.state))

    def attend(self, role: Role, state: str, step: Callable[[P], Awaitable[None]]) -> None:
        """From now on take this step in that state too."""
        self._steps[role, state] = step

    def receive(self, tx: Transaction, sender: str, process: str, message: Paired) -> bytes:
        """A message of the counter-party about a process, moved through the table. The answer has no body."""
        self._book.hear(tx, self._book.get(tx, sender, process), message, self.carry_out)
        return b""

    def awaits(self, tx: Transaction, sender: str, process: str, message: Paired) -> bool:
        """Whether a message of the counter-party is legal now."""
        return self._book.awaits(self._book.get(tx, sender, process), message)

    def carry_out(self, tx: Transaction, process: P, message: Any, effect: Effect) -> dict[str, Any]:
        """Make an effect of a message durable; what it changes in the process beside its state."""
        raise NotImplementedError

    def show(self, tx: Transaction, sender: str, process: str) -> bytes:
        """The state of a process, for its counter-party only."""
        return self._book.describe(self._book.get(tx, sender, process))

    def settle(self, tx: Transaction, message: Message, answer: Answer) -> bool:
        """What became of a message that we sent. False: it does not belong to a process of this kind."""
        return self._book.settle(tx, message, answer)

    def find(self, tx: Transaction, process: str) -> P | None:
        """A process as its owner sees it."""
        return self._book.find(tx, process)

    def listed(self, tx: Transaction, state: str, after: str, limit: int) -> list[P]:
        """Processes in the order of ids from the first behind `after`; all, or those in one state."""
        return self._book.listed(tx, state, after, limit)

    def order(self, tx: Transaction, process: str, order: str, reason: Text) -> P:
        """Do what this node's operator wants of a process: `terminate` it, or one of `orders`.

        Raises:
            UsageError: there is no such process or order, or it is not legal now.
        """
        found = self._book.find(tx, process)
        if found is None or order not in (TERMINATE, *self.orders):
            raise UsageError(t(f"there is no `{process}` to {order}", f"`{process}` を {order} できません"))
        if order == TERMINATE:
            if self._book.is_final(found):
                raise _not_now(order, found)
            return self._book.terminate(tx, found, BY_OPERATOR, (reason,))
        message, changes = self.orders[order](found, reason)
        if not self._book.may_say(found, message):
            raise _not_now(order, found)
        return self._book.say_by_order(tx, found, message, order, changes)

    async def step(self, process: str) -> bool:
        """Take the step that the stored state asks for, if any. False: it is no process of this kind."""
        found = await self._home.store.read(lambda tx: self._book.find(tx, process))
        if found is None:
            return False
        if found.dispute is not None:
            await self._differences.look(found, found.dispute)
            return True
        take = self.step_of(found)
        if take is not None:
            await self._attempt(found, take)
        if take is None or self._book.is_final(found):  # then no move has said that nothing is owed any more
            version = found.version
            await self._home.store.write(lambda tx: work.done(tx, process, version))
        return True

    async def _attempt(self, process: P, take: Callable[[P], Awaitable[None]]) -> None:
        """A step that fails for a reason of ours ends the process: neither side may be left waiting for it."""
        try:
            await take(process)
        except (StoreError, PeerError):
            raise  # these pass: the worker tries again
        except Exception:  # noqa: BLE001 - whatever it is, nobody may wait for it in vain
            _log.exception("step.failed", process=process.id)
            await self._home.store.write(lambda tx: self._book.abandon(tx, process.id))


def _not_now(order: str, process: Negotiation | TransferProcess) -> UsageError:
    return UsageError(
        t(f"`{order}` is not possible now", f"今は `{order}` できません"),
        why=t(f"`{process.id}` is {process.state}", f"`{process.id}` は {process.state} です"),
    )
