"""Rows of processes and the messages that move them: what negotiations and transfers do alike, in both roles."""

from __future__ import annotations

import enum
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

import msgspec
from msgspec import UNSET

from tegata.exchange.courier import Answer
from tegata.exchange.home import Home
from tegata.exchange.pairing import Paired, is_about, not_taken, paired, peer_pid, post
from tegata.model.base import Text, t
from tegata.model.errors import PeerError, ProtocolError
from tegata.model.process import OTHER, Dispute, Message, Negotiation, TransferProcess
from tegata.store import Lease, Transaction, outbox
from tegata.store.processes import Processes
from tegata.wire.dsp import codec
from tegata.wire.dsp.dispute import Remedy, may_cross, must_wait, settle
from tegata.wire.dsp.machine import Effect, Machine, step
from tegata.wire.dsp.paths import address, endpoint_showing
from tegata.wire.dsp.reason import read_reasons, reason_terms
from tegata.wire.dsp.term import Term

P = TypeVar("P", Negotiation, TransferProcess)

_FAILED = t(
    "this node failed at its own next step; its operator finds the cause in its log",
    "このノード自身の処理が失敗しました。原因は運用者がログで確認できます",
)

_CROSSED = t(
    "two messages met on the way, and the process could not be brought to one state",
    "双方のメッセージが行き違い、状態を一致させられませんでした",
)

_UNSETTLED = t(
    "the peer has not yet answered our last message about this process",
    "この処理についての前のメッセージに、相手がまだ応答していません",
)

CarryOut = Callable[[Transaction, P, Any, Effect], dict[str, Any]]
"""Makes an effect of a message durable and returns what it changes in the process beside its state."""


Ended = Callable[[Transaction, P], None]
"""Told, in the transaction in which it happens, of each process that comes to a final state, whoever ended it."""


@dataclass(frozen=True)
class Kind(Generic[P]):
    """What distinguishes negotiations from transfers: their table, their rows, and the messages of their own."""

    name: str
    machine: Machine[Any, Any]
    state: type[enum.StrEnum]
    event: Callable[[Any], enum.StrEnum]
    rows: Processes[P]
    description: type[Any]  # the message that shows a process
    termination: type[Any]
    repeats: Mapping[Any, Callable[[P], Term]]  # by event: the messages that `wire.dsp.dispute` may want repeated
    adopted: Callable[[P, Any], dict[str, Any]]  # what changes beside the state when the peer's is taken over


def _nothing(_: object) -> bool:
    return False


class Book(Generic[P]):
    """Keeps the processes of one kind. Every method works in the caller's transaction."""

    def __init__(self, kind: Kind[P], home: Home, ended: Ended[P] | None = None) -> None:
        self._kind: Kind[P] = kind
        self._ended: Ended[P] | None = ended
        self._rows: Processes[P] = kind.rows
        self._home = home
        self.owes: Callable[[P], bool] = _nothing
        """Whether this node owes a step in the state of a process."""

    def begin(self, tx: Transaction, process: P, message: Term | None = None) -> None:
        """Add a process; with the `message` to the peer that begins it, when it is ours to begin."""
        self._rows.insert(tx, process, self._lease(tx, process))
        if message is not None:
            post(self._home.courier, tx, process, message, first=True)

    def find(self, tx: Transaction, process: str) -> P | None:
        """A process by its id, whoever asks."""
        return self._rows.get(tx, process)

    def listed(self, tx: Transaction, state: str, after: str, limit: int) -> list[P]:
        """Processes in the order of ids from the first behind `after`; all, or those in one state."""
        if state:
            return self._rows.in_state(tx, state, after, limit)
        return self._rows.page(tx, after, limit)

    def get(self, tx: Transaction, sender: str, process: str) -> P:
        """A process as its counter-party may see it. ProtocolError 404 for anybody else."""
        found = self._rows.get(tx, process)
        if found is None or found.peer != sender:
            raise ProtocolError("not found", status=404)
        return found

    def describe(self, process: P) -> bytes:
        """The state of a process as the protocol shows it."""
        return codec.encode(self._kind.description(**paired(process), state=self._kind.state(process.state)))

    def hear(self, tx: Transaction, process: P, message: Paired, carry_out: CarryOut[P]) -> P:
        """Move by a message of the peer, with the effects that the table gives the move.

        ProtocolError 400 when the message is not legal now; nothing has happened then.
        """
        changes: dict[str, Any] = {"peer_pid": peer_pid(process, message)} | self._crossed(tx, process)
        move = step(self._kind.machine, self._state(process), self._kind.event(message), OTHER[process.role])
        for effect in move.effects:
            changes |= carry_out(tx, process, message, effect)
        if isinstance(message, self._kind.termination):
            changes |= self._heard_end(tx, process, message)
        return self._move(tx, process, move.next, **changes)

    def awaits(self, process: P, message: Paired) -> bool:
        """Whether a message of the peer is legal now."""
        return self._kind.machine.allows(self._state(process), self._kind.event(message), OTHER[process.role])

    def say(self, tx: Transaction, process: P, message: Term, **changes: Any) -> P:
        """Move by our own message and post it, together. PeerError: not before the peer has answered our last one."""
        move = step(self._kind.machine, self._state(process), self._kind.event(message), process.role)
        if must_wait(self._kind.machine, move) and self._unsettled(tx, process):
            raise PeerError(_UNSETTLED, hint=t("try again in a moment", "しばらくしてからやり直してください"))
        moved = self._move(tx, process, move.next, **changes)
        post(self._home.courier, tx, moved, message)
        return moved

    def terminate(self, tx: Transaction, process: P, code: str, reasons: tuple[Text, ...]) -> P:
        """End the process and tell the peer why."""
        self._record_end(tx, process, code, by=self._home.did)
        message = self._kind.termination(**paired(process), code=code, reason=reason_terms(reasons))
        return self.say(tx, process, message, code=code, reasons=reasons, left=process.state)

    def say_by_order(self, tx: Transaction, process: P, message: Term, order: str, changes: dict[str, Any]) -> P:
        """`say` what the operator ordered, with an entry that it was ordered."""
        body = {"order": order, "state": process.state, "peer": process.peer}
        self._home.evidence.record(tx, f"{self._kind.name}_order", process.id, body, self._home.clock.now())
        return self.say(tx, process, message, **changes)

    def may_say(self, process: P, message: Term) -> bool:
        """Whether a message of ours is legal now."""
        return (self._state(process), self._kind.event(message), process.role) in self._kind.machine.rows

    def abandon(self, tx: Transaction, process: str) -> None:
        """End a process that this node cannot go on with, unless it has ended already."""
        found = self._rows.get(tx, process)
        if found is not None and not self.is_final(found):
            self.terminate(tx, found, "internal", (_FAILED,))

    def settle(self, tx: Transaction, message: Message, answer: Answer) -> bool:
        """What became of a message of ours: the peer's id for the process, or its refusal. False: not of this kind."""
        process = self._rows.get(tx, message.process)
        if process is None:
            return False
        if not answer.accepted:
            self._refused(tx, process, answer)
        elif not process.peer_pid:
            self._introduce(tx, process, answer)
        elif process.dispute:
            self._write(tx, process)  # with its lease: now it can be looked into
        elif may_cross(self._kind.machine, self._state(process)) and self.owes(process):
            tx.after(lambda: self._home.worker.touch(process.id))  # a step may have waited for this answer
        return True

    def reconcile(self, tx: Transaction, process: P, theirs: enum.StrEnum) -> bool:
        """Do our part about a state of the peer that may be another than ours. False: it is the peer's to do, later."""
        ours, left = self._state(process), self._kind.state(process.left) if process.left else None
        found = settle(self._kind.machine, process.role, ours, theirs, left)
        for event in found.events:
            post(self._home.courier, tx, process, self._kind.repeats[event](process))
        if found.remedy in (Remedy.REPEAT, Remedy.WAIT):
            return False
        self._conclude(tx, process, theirs, found.remedy)
        return True

    def shown_at(self, process: P) -> str:
        """Where the counter-party shows its state of a process."""
        endpoint = endpoint_showing(self._kind.description, OTHER[process.role])
        return address(process.peer_url, endpoint, process.peer_pid)

    def leave_open(self, tx: Transaction, process: P, theirs: str) -> None:
        """The peer stays in another state, or does not know the process: we can only end it and say so."""
        self._record_states(tx, process, theirs, "diverged")
        self._conclude(tx, process, self._state(process), Remedy.NOTHING if self.is_final(process) else Remedy.END)

    def read_state(self, process: P, answer: Answer) -> enum.StrEnum | None:
        """The state of the process that a peer shows; None when it shows none that reads, or that of another."""
        if not answer.accepted:
            return None
        try:
            described = codec.decode(self._kind.description, answer.body).message
        except ProtocolError:
            return None
        return self._kind.state(described.state) if is_about(process, described) else None

    def _conclude(self, tx: Transaction, process: P, theirs: enum.StrEnum, remedy: Remedy) -> None:
        dispute, calm = process.dispute, msgspec.structs.replace(process, dispute=None)
        if remedy is Remedy.NOTHING:
            self._write(tx, calm)
        elif remedy is Remedy.END:
            self.terminate(tx, calm, dispute.code if dispute else "", dispute.reasons if dispute else ())
        else:
            self._record_states(tx, process, str(theirs), "reconciled")
            ended = self.is_final(process)  # whoever must be told of an end was told then
            changes = {
                "state": str(theirs),
                "updated_at": self._home.clock.now(),
                **self._kind.adopted(process, theirs),
            }
            moved = msgspec.structs.replace(calm, **changes)
            self._settle_down(tx, self._write(tx, moved), told=ended)

    def is_final(self, process: P) -> bool:
        """Whether nothing can move the process any more."""
        return self._kind.machine.is_final(self._state(process))

    def _state(self, process: P) -> enum.StrEnum:
        return self._kind.state(process.state)

    def _move(self, tx: Transaction, process: P, state: enum.StrEnum, **changes: Any) -> P:
        changes |= {"state": str(state), "updated_at": self._home.clock.now()}
        moved = self._write(tx, msgspec.structs.replace(process, **changes))
        self._settle_down(tx, moved, told=False)
        return moved

    def _settle_down(self, tx: Transaction, process: P, *, told: bool) -> None:
        if self._ended is not None and not told and self.is_final(process):
            self._ended(tx, process)

    def _write(self, tx: Transaction, process: P) -> P:
        return self._rows.update(tx, process, self._lease(tx, process))

    def _lease(self, tx: Transaction, process: P) -> Lease | None:
        """Whose state asks for a step of ours is held by us, until it is taken."""
        owes = process.dispute is not None or self.owes(process)
        return self._home.worker.owe(tx, process.id) if owes else None

    def _heard_end(self, tx: Transaction, process: P, message: Any) -> dict[str, Any]:
        code = "terminated" if message.code is UNSET else message.code
        self._record_end(tx, process, code, by=process.peer)
        return {"code": code, "reasons": read_reasons(message.reason)}

    def _introduce(self, tx: Transaction, process: P, answer: Answer) -> None:
        """The answer to a first message names the peer's process. One that does not read ends the process."""
        try:
            theirs = peer_pid(process, codec.decode(self._kind.description, answer.body).message)
        except ProtocolError as error:
            self._refused(tx, process, Answer(status=answer.status, why=str(error)))
        else:
            self._write(tx, msgspec.structs.replace(process, peer_pid=theirs))

    def _refused(self, tx: Transaction, process: P, answer: Answer) -> None:
        """The peer did not take our message. Who knows the process may be in another state: that is looked into. With
        anybody else it cannot go on."""
        code, reason = not_taken(answer)
        if answer.status and process.peer_pid:
            now, unrecognised = self._home.clock.now(), answer.unrecognised
            dispute = Dispute(since=now, code=code, reasons=(reason,), unrecognised=unrecognised)
            if process.dispute is None:  # else it is being looked into, and not sooner for this
                self._write(tx, msgspec.structs.replace(process, dispute=dispute))
        elif not self.is_final(process):
            self._record_end(tx, process, code, by=process.peer)
            changes = {"code": code, "reasons": (reason,), "left": process.state}
            self._move(tx, process, self._kind.state("TERMINATED"), **changes)

    def _unsettled(self, tx: Transaction, process: P) -> bool:
        return process.dispute is not None or outbox.unanswered(tx, process.id)

    def _crossed(self, tx: Transaction, process: P) -> dict[str, Any]:
        """A message of ours that is still under way may reach a peer that has moved on."""
        met = may_cross(self._kind.machine, self._state(process)) and outbox.unanswered(tx, process.id)
        if not met or process.dispute:
            return {}
        return {"dispute": Dispute(since=self._home.clock.now(), code="crossed", reasons=(_CROSSED,))}

    def _record_states(self, tx: Transaction, process: P, theirs: str, what: str) -> None:
        body = {"ours": process.state, "theirs": theirs, "peer": process.peer}
        self._home.evidence.record(tx, f"{self._kind.name}_{what}", process.id, body, self._home.clock.now())

    def _record_end(self, tx: Transaction, process: P, code: str, *, by: str) -> None:
        body = {"code": code, "by": by, "peer": process.peer}
        self._home.evidence.record(tx, f"{self._kind.name}_terminated", process.id, body, self._home.clock.now())
