"""What the node under test does by itself: the moves of each case, in place of the steps of an unattended node."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from operator import attrgetter
from typing import Any, TypeVar

from tegata.contracts import Contracts
from tegata.contracts.contracts import KIND as NEGOTIATION
from tegata.exchange import Book, Home, Kind, paired
from tegata.model.base import t
from tegata.model.process import Negotiation, TransferProcess
from tegata.transfer import Transfers
from tegata.transfer.transfers import KIND as TRANSFER
from tegata.transfer.transfers import unattended
from tegata.wire.dsp import messages as m
from tegata.wire.dsp.odrl import MessageOffer, Permission
from tegata.wire.dsp.term import Term
from tests.conformance.cases import CASES

P = TypeVar("P", Negotiation, TransferProcess)
Move = Callable[[P], Awaitable[Any]]
Steps = dict[Any, Move[P]]

USE = (Permission(action="use"),)


class Script:
    """Takes each move in the state that its case names; `touch` has the next one taken later."""

    def __init__(self, home: Home, touch: Callable[[str], None]) -> None:
        self._home = home
        self._touch = touch

    def negotiating(self, contracts: Contracts) -> Steps[Negotiation]:
        """The moves that a service has are its own; those that only a person would make are messages."""
        book = Book(NEGOTIATION, self._home)
        moves: dict[str, Move[Negotiation]] = {
            "offer": self._saying(book, lambda n: m.ContractOfferMessage(**paired(n), offer=_offer(n))),
            "request": self._saying(book, lambda n: m.ContractRequestMessage(**paired(n), offer=_offer(n))),
            "agree": contracts.provider.decide,
            "finalise": contracts.provider.finalise,
            "accept": contracts.consumer.accept,
            "verify": contracts.consumer.verify,
            "terminate": self._ending(book),
        }
        return self._steps(NEGOTIATION, attrgetter("dataset"), moves)

    def transferring(self, transfers: Transfers) -> Steps[TransferProcess]:
        book = Book(TRANSFER, self._home)
        resume = self._saying(book, lambda p: m.TransferStartMessage(**paired(p)))

        async def start(process: TransferProcess) -> None:
            await (transfers.provider.prepare if process.state == "REQUESTED" else resume)(process)

        moves: dict[str, Move[TransferProcess]] = {
            "start": start,
            "suspend": self._saying(book, lambda p: m.TransferSuspensionMessage(**paired(p))),
            "complete": self._saying(book, lambda p: m.TransferCompletionMessage(**paired(p))),
            "terminate": self._ending(book),
        }
        return {**unattended(transfers), **self._steps(TRANSFER, attrgetter("agreement"), moves)}

    def _steps(self, kind: Kind[P], subject: Callable[[P], str], moves: Mapping[str, Move[P]]) -> Steps[P]:
        """One step for every state that is not final, in both roles."""
        unmade: dict[str, list[tuple[str, str]]] = {}

        async def step(process: P) -> None:
            left = unmade.setdefault(process.id, _moves_about(subject(process)))
            if not left or left[0][0] != process.state:
                return
            if process.peer_pid:
                await moves[left[0][1]](process)
                left.pop(0)
            else:  # the peer has not answered our first message yet
                await asyncio.sleep(0.01)
            self._touch(process.id)

        states = [state for state in kind.state if not kind.machine.is_final(state)]
        return {(role, state): step for role in ("provider", "consumer") for state in states}

    def _saying(self, book: Book[P], message: Callable[[P], Term]) -> Move[P]:
        async def say(process: P) -> None:
            await self._home.store.write(lambda tx: book.say(tx, process, message(process)))

        return say

    def _ending(self, book: Book[P]) -> Move[P]:
        why = (t("the script says so", "台本によります"),)

        async def end(process: P) -> None:
            await self._home.store.write(lambda tx: book.terminate(tx, process, "scripted", why))

        return end


def _moves_about(subject: str) -> list[tuple[str, str]]:
    return [move for case in CASES if case.subject == subject for move in case.moves]


def _offer(negotiation: Negotiation) -> MessageOffer:
    """The offer under discussion once more: the cases are not about its terms."""
    return MessageOffer(id=negotiation.offer, target=negotiation.dataset, permission=USE)
