"""Any mixture of callers, committed in groups, leaves what the same callers would have left one after another."""

from __future__ import annotations

import asyncio
import shutil
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import msgspec
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule, run_state_machine_as_test

from tegata.model.process import TransferProcess
from tegata.store import ConflictError, Store, Transaction, log, transfers
from tests.contract.store_contract import a_transfer
from tests.postgres import Server

NAMES = st.sampled_from(["t0", "t1", "t2"])
STATES = st.sampled_from(["STARTED", "SUSPENDED", "COMPLETED"])


class RefusedError(Exception):
    """What work raises of its own accord."""


class Groups(RuleBasedStateMachine):
    """`queue` collects callers with the answer that each must get; `settle` lets them all loose at once."""

    def __init__(self) -> None:
        super().__init__()
        self.folder = Path(tempfile.mkdtemp())
        self.loop = asyncio.new_event_loop()
        self.store = self.open()
        self.rows: dict[str, TransferProcess] = {}
        self.entries: list[bytes] = []
        self.queued: list[tuple[Callable[[Transaction], Any], Any]] = []

    def open(self) -> Store:
        return Store.open(self.folder)

    def queue(self, work: Callable[[Transaction], Any], expected: Any, *, refuse: bool) -> None:
        """`expected` is the value of `work`, or the class of the error that it meets before it can refuse."""

        def whole(tx: Transaction) -> Any:
            log.append(tx, "test", "s", repr(expected).encode())
            answer = work(tx)
            if refuse:
                raise RefusedError
            return answer

        if refuse and not isinstance(expected, type):
            expected = RefusedError
        if not isinstance(expected, type):
            self.entries.append(repr(expected).encode())
        self.queued.append((whole, expected))

    @rule(name=NAMES, refuse=st.booleans())
    def insert(self, name: str, refuse: bool) -> None:
        process = a_transfer(name, peer_pid=f"theirs-{name}")
        taken = name in self.rows
        if not taken and not refuse:
            self.rows[name] = process
        self.queue(lambda tx: transfers.insert(tx, process), ConflictError if taken else None, refuse=refuse)

    @rule(name=NAMES, state=STATES, behind=st.sampled_from([0, 0, 1]), refuse=st.booleans())
    def move(self, name: str, state: str, behind: int, refuse: bool) -> None:
        row = self.rows.get(name, a_transfer(name, version=7))
        moved = msgspec.structs.replace(row, state=state, version=row.version - behind)
        stale = name not in self.rows or behind
        stored = msgspec.structs.replace(moved, version=row.version + 1)
        if not stale and not refuse:
            self.rows[name] = stored
        self.queue(lambda tx: transfers.update(tx, moved), ConflictError if stale else stored, refuse=refuse)

    @rule()
    def settle(self) -> None:
        answers = self.loop.run_until_complete(self._together())
        for answer, (_, expected) in zip(answers, self.queued, strict=True):
            assert isinstance(answer, expected) if isinstance(expected, type) else answer == expected
        self.queued.clear()

    async def _together(self) -> list[Any]:
        return await asyncio.gather(*(self.store.write(work) for work, _ in self.queued), return_exceptions=True)

    @rule()
    def reopen(self) -> None:
        self.settle()
        self.store.close()
        self.store = self.open()

    @invariant()
    def rows_and_entries_are_those_of_one_after_another(self) -> None:
        if self.queued:
            return

        def everything(tx: Transaction) -> tuple[dict[str, TransferProcess | None], list[bytes | None]]:
            rows = {name: transfers.get(tx, f"urn:uuid:{name}") for name in ("t0", "t1", "t2")}
            return rows, log.entries(tx, 0, log.size(tx))

        rows, entries = self.loop.run_until_complete(self.store.read(everything))
        assert {name: row for name, row in rows.items() if row} == self.rows
        assert entries == self.entries

    def teardown(self) -> None:
        self.store.close()
        self.loop.close()
        shutil.rmtree(self.folder)


TestGroups = Groups.TestCase
TestGroups.settings = settings(max_examples=25, stateful_step_count=25, deadline=None)


def test_groups_on_postgresql(postgres: Server) -> None:
    class OnPostgres(Groups):
        def __init__(self) -> None:
            self.url = postgres.url()
            super().__init__()

        def open(self) -> Store:
            return Store.open(self.folder, self.url)

    run_state_machine_as_test(OnPostgres, settings=settings(max_examples=6, stateful_step_count=25, deadline=None))
