"""What every store must do, whatever it is made of. A backend is done when a subclass of `StoreContract` passes."""

from __future__ import annotations

import abc
import asyncio
import dataclasses
import datetime as dt
import threading
from collections.abc import AsyncIterator
from functools import partial
from pathlib import Path
from typing import Any

import msgspec
import pytest

from tegata.model.base import digest, encode, t
from tegata.model.catalog import Agreement, Dataset, Participant
from tegata.model.decision import Decision, Fact, Outcome
from tegata.model.errors import InputError, StoreError
from tegata.model.plan import Release, RiskReport
from tegata.model.process import Message, Negotiation, TransferProcess
from tegata.model.profile import Profile, SourceFormat
from tegata.rules.ledger import Account
from tegata.rules.tokens import Subjects
from tegata.store import (
    ConflictError,
    Lease,
    Store,
    Transaction,
    acquisitions,
    agreements,
    consent,
    control,
    datasets,
    decisions,
    ledger,
    log,
    negotiations,
    outbox,
    participants,
    privacy,
    received,
    releases,
    renditions,
    replay,
    traces,
    transfers,
    uses,
    work,
)
from tegata.store.acquisitions import StoredAcquisition
from tegata.store.processes import count_offers
from tegata.store.received import Received, Reply
from tegata.store.releases import StoredRelease
from tegata.store.renditions import Column, Rendition
from tegata.store.uses import Use

NOW = dt.datetime(2026, 4, 1, 9, 0, 0, 123456, tzinfo=dt.UTC)
MOMENT = dt.timedelta(microseconds=1)
LATER = NOW + dt.timedelta(seconds=30)
OURS, THEIRS = Lease("us", LATER), Lease("them", LATER)
TEXT = t("patients", "患者")


def a_negotiation(name: str = "n1", **changes: Any) -> Negotiation:
    return msgspec.structs.replace(
        Negotiation(
            id=f"urn:uuid:{name}",
            role="provider",
            peer="did:key:zPeer",
            peer_pid=f"urn:uuid:peer-{name}",
            peer_url="https://peer.example/dsp",
            dataset="urn:uuid:d1",
            offer="urn:uuid:o1",
            state="REQUESTED",
            reasons=(TEXT,),
            created_at=NOW,
            updated_at=NOW,
        ),
        **changes,
    )


def a_transfer(name: str = "t1", **changes: Any) -> TransferProcess:
    return msgspec.structs.replace(
        TransferProcess(
            id=f"urn:uuid:{name}",
            role="provider",
            peer="did:key:zPeer",
            peer_url="https://peer.example/dsp",
            agreement="urn:uuid:a1",
            format="HttpData-PULL",
            state="REQUESTED",
            created_at=NOW,
            updated_at=NOW,
        ),
        **changes,
    )


def a_dataset(name: str = "d1") -> Dataset:
    profile = Profile(
        source_digest="sha256:00",
        source_bytes=1,
        source_format=SourceFormat(format="csv"),
        rows=1,
        columns=(),
        categories=("health",),
        subjects=(),
    )
    return Dataset(
        id=f"urn:uuid:{name}", title=TEXT, description=TEXT, path="/data/a.csv", profile=profile, published_at=NOW
    )


def an_agreement(name: str = "a1") -> Agreement:
    return Agreement(
        id=f"urn:uuid:{name}",
        dataset="urn:uuid:d1",
        offer="urn:uuid:o1",
        provider="did:key:zOwn",
        consumer="did:key:zPeer",
        signed_at=NOW,
        conditions=(),
        decision_digest="sha256:00",
    )


def a_message(name: str, process: str = "urn:uuid:n1") -> Message:
    return Message(
        id=name,
        peer="did:key:zPeer",
        url="https://peer.example/dsp",
        body=b'{"a":"\xe6\x82\xa3"}',
        process=process,
        created_at=NOW,
    )


async def claimed(store: Store, at: dt.datetime, lease: Lease | None = None) -> list[str]:
    """Ids of the messages that can be had at a time."""
    return [message.id for message in await store.write(lambda tx: outbox.claim(tx, at, lease or OURS))]


def a_release(transfer: str = "urn:uuid:t1", token: str = "sha256:01") -> StoredRelease:
    report = RiskReport(rows=1, steps=())
    release = Release(
        source_digest="sha256:00",
        digest="sha256:02",
        size=3,
        format="csv",
        rows=1,
        plan_digest="sha256:03",
        report=report,
    )
    return StoredRelease(transfer=transfer, release=release, path="/out/a.csv", token_hash=token, passport="e.p.s")


class StoreContract(abc.ABC):
    """Subclasses say how to open a store in an empty folder, twice if asked."""

    @abc.abstractmethod
    def open(self, folder: Path) -> Store: ...

    @pytest.fixture
    async def store(self, tmp_path: Path) -> AsyncIterator[Store]:
        store = self.open(tmp_path / "state")
        yield store
        store.close()

    # --- transactions

    async def test_what_was_written_is_read_back(self, store: Store) -> None:
        await store.write(lambda tx: negotiations.insert(tx, a_negotiation()))
        assert await store.read(lambda tx: negotiations.get(tx, "urn:uuid:n1")) == a_negotiation()

    async def test_what_was_written_is_there_after_closing(self, tmp_path: Path) -> None:
        store = self.open(tmp_path / "again")
        await store.write(lambda tx: negotiations.insert(tx, a_negotiation()))
        store.close()
        store = self.open(tmp_path / "again")
        assert await store.read(lambda tx: negotiations.get(tx, "urn:uuid:n1")) == a_negotiation()
        store.close()

    async def test_work_that_raises_leaves_nothing_behind(self, store: Store) -> None:
        def work(tx: Transaction) -> None:
            negotiations.insert(tx, a_negotiation())
            outbox.add(tx, a_message("m1"), OURS)
            raise LookupError("after the fact")

        with pytest.raises(LookupError, match="after the fact"):
            await store.write(work)
        assert await store.read(lambda tx: negotiations.get(tx, "urn:uuid:n1")) is None
        assert await store.read(outbox.next_due) is None

    async def test_work_that_raises_takes_nobody_with_it(self, store: Store) -> None:
        """Callers that are committed together do not know of each other."""

        def work(tx: Transaction, number: int) -> int:
            negotiations.insert(tx, a_negotiation(f"n{number:03}"))
            if number % 3 == 0:
                raise ValueError(number)
            return number

        jobs = [store.write(lambda tx, number=number: work(tx, number)) for number in range(60)]
        results = await asyncio.gather(*jobs, return_exceptions=True)
        assert [r for r in results if not isinstance(r, ValueError)] == [n for n in range(60) if n % 3]
        kept = await store.read(lambda tx: negotiations.in_state(tx, "REQUESTED"))
        assert [n.id for n in kept] == [f"urn:uuid:n{number:03}" for number in range(60) if number % 3]

    async def test_callers_that_come_together_are_committed_together(self, store: Store) -> None:
        before = store.commits
        await asyncio.gather(*(store.write(lambda tx: log.append(tx, "k", "s", b"e")) for _ in range(200)))
        assert 1 <= store.commits - before < 100
        assert await store.read(log.size) == 200

    async def test_work_of_one_caller_sees_what_the_one_before_wrote(self, store: Store) -> None:
        indices = await asyncio.gather(*(store.write(lambda tx: log.append(tx, "k", "s", b"e")) for _ in range(50)))
        assert indices == list(range(50))

    async def test_a_read_sees_one_state(self, store: Store) -> None:
        def twice(tx: Transaction) -> tuple[int, int]:
            first = log.size(tx)
            asyncio.run_coroutine_threadsafe(store.write(lambda tx: log.append(tx, "k", "s", b"e")), loop).result()
            return first, log.size(tx)

        loop = asyncio.get_running_loop()
        assert await store.read(twice) == (0, 0)
        assert await store.read(log.size) == 1

    async def test_a_read_cannot_write(self, store: Store) -> None:
        with pytest.raises(StoreError):
            await store.read(lambda tx: log.append(tx, "k", "s", b"e"))
        assert await store.read(log.size) == 0

    async def test_cancelled_before_its_turn_never_runs(self, store: Store) -> None:
        ran: list[str] = []
        entered, may_leave = threading.Event(), threading.Event()

        def slow(tx: Transaction) -> None:
            entered.set()
            may_leave.wait(10)
            ran.append("slow")

        first = asyncio.ensure_future(store.write(slow))
        await asyncio.to_thread(entered.wait, 10)
        jobs = [asyncio.ensure_future(store.write(lambda tx: ran.append("late"))) for _ in range(5)]
        await asyncio.sleep(0)  # they are queued
        for job in jobs:
            job.cancel()
        await asyncio.wait(jobs)
        may_leave.set()
        await first
        await store.write(lambda tx: ran.append("end"))
        assert ran == ["slow", "end"]

    async def test_closing_writes_what_is_queued(self, tmp_path: Path) -> None:
        store = self.open(tmp_path / "closing")
        jobs = [asyncio.ensure_future(store.write(lambda tx: log.append(tx, "k", "s", b"e"))) for _ in range(50)]
        await asyncio.sleep(0)
        store.close()
        assert await asyncio.gather(*jobs) == list(range(50))

    async def test_a_closed_store_says_so(self, tmp_path: Path) -> None:
        store = self.open(tmp_path / "closed")
        store.close()
        with pytest.raises(StoreError, match="closed"):
            await store.write(log.size)
        with pytest.raises(StoreError, match="closed"):
            await store.read(log.size)

    async def test_what_was_wanted_afterwards_is_done_once_it_is_durable(self, store: Store) -> None:
        done: list[str] = []

        def work(tx: Transaction, name: str) -> None:
            tx.after(lambda: done.append(name))
            if name == "fails":
                raise LookupError

        names = ("one", "fails", "two")
        await asyncio.gather(*(store.write(partial(work, name=name)) for name in names), return_exceptions=True)
        waiting = asyncio.ensure_future(store.write(partial(work, name="nobody waits")))
        await asyncio.sleep(0)
        waiting.cancel()
        await store.write(lambda tx: None)
        await asyncio.sleep(0.01)
        assert done[:2] == ["one", "two"]
        assert "fails" not in done

    async def test_a_text_that_not_every_database_can_keep_is_refused_by_each(self, store: Store) -> None:
        with pytest.raises(InputError, match="U"):
            await store.write(lambda tx: negotiations.insert(tx, a_negotiation(peer_pid="a\0b")))
        with pytest.raises(InputError):
            await store.read(lambda tx: negotiations.get(tx, "\0"))

    async def test_a_folder_is_opened_by_one(self, store: Store, tmp_path: Path) -> None:
        with pytest.raises(StoreError, match="is in use"):
            self.open(tmp_path / "state")
        await store.write(log.size)

    # --- negotiations and transfers

    async def test_a_process_is_found_by_what_its_peer_calls_it(self, store: Store) -> None:
        await store.write(lambda tx: negotiations.insert(tx, a_negotiation()))

        def find(tx: Transaction, peer: str, pid: str, role: Any) -> Negotiation | None:
            return negotiations.of_peer(tx, peer, pid, role)

        pid = "urn:uuid:peer-n1"
        assert await store.read(lambda tx: find(tx, "did:key:zPeer", pid, "provider")) == a_negotiation()
        assert await store.read(lambda tx: find(tx, "did:key:zOther", pid, "provider")) is None
        assert await store.read(lambda tx: find(tx, "did:key:zPeer", pid, "consumer")) is None
        assert await store.read(lambda tx: find(tx, "did:key:zPeer", "", "provider")) is None

    async def test_a_peer_has_a_process_id_once(self, store: Store) -> None:
        await store.write(lambda tx: negotiations.insert(tx, a_negotiation()))
        again = a_negotiation("n2", peer_pid="urn:uuid:peer-n1")
        with pytest.raises(ConflictError):
            await store.write(lambda tx: negotiations.insert(tx, again))
        for other in ({"role": "consumer"}, {"peer": "did:key:zOther"}, {"peer_pid": ""}):
            fine = msgspec.structs.replace(again, id=f"urn:uuid:{other}", **other)
            await store.write(lambda tx, fine=fine: negotiations.insert(tx, fine))
        unnamed = a_negotiation("n3", peer_pid="")
        await store.write(lambda tx: negotiations.insert(tx, unnamed))  # two of which the peer has not told its id

    async def test_an_id_is_given_once(self, store: Store) -> None:
        await store.write(lambda tx: negotiations.insert(tx, a_negotiation()))
        with pytest.raises(ConflictError):
            await store.write(lambda tx: negotiations.insert(tx, a_negotiation(peer_pid="x")))
        with pytest.raises(ConflictError):
            await store.write(lambda tx: transfers.insert(tx, a_transfer("n1")))

    async def test_negotiations_and_transfers_are_kept_apart(self, store: Store) -> None:
        await store.write(lambda tx: negotiations.insert(tx, a_negotiation()))
        await store.write(lambda tx: transfers.insert(tx, a_transfer(peer_pid="urn:uuid:peer-n1")))
        assert await store.read(lambda tx: transfers.get(tx, "urn:uuid:n1")) is None
        assert await store.read(lambda tx: negotiations.get(tx, "urn:uuid:t1")) is None
        assert await store.read(lambda tx: transfers.in_state(tx, "REQUESTED")) == [
            a_transfer(peer_pid="urn:uuid:peer-n1")
        ]

    async def test_of_two_that_move_a_process_one_succeeds(self, store: Store) -> None:
        await store.write(lambda tx: negotiations.insert(tx, a_negotiation()))
        read = await store.read(lambda tx: negotiations.get(tx, "urn:uuid:n1"))
        assert read is not None
        moves = [msgspec.structs.replace(read, state=state) for state in ("AGREED", "TERMINATED")]
        results = await asyncio.gather(
            *(store.write(lambda tx, move=move: negotiations.update(tx, move)) for move in moves),
            return_exceptions=True,
        )
        assert results[0] == msgspec.structs.replace(moves[0], version=2)
        assert isinstance(results[1], ConflictError)
        assert await store.read(lambda tx: negotiations.get(tx, "urn:uuid:n1")) == results[0]
        assert await store.read(lambda tx: negotiations.in_state(tx, "REQUESTED")) == []

    async def test_a_process_that_is_not_there_cannot_be_moved(self, store: Store) -> None:
        with pytest.raises(ConflictError):
            await store.write(lambda tx: negotiations.update(tx, a_negotiation()))

    async def test_the_peers_id_is_found_once_it_is_told(self, store: Store) -> None:
        await store.write(lambda tx: transfers.insert(tx, a_transfer()))
        told = await store.write(lambda tx: transfers.update(tx, a_transfer(peer_pid="urn:uuid:theirs")))
        assert await store.read(lambda tx: transfers.of_peer(tx, told.peer, told.peer_pid, told.role)) == told

    async def test_processes_are_listed_by_state_page_by_page(self, store: Store) -> None:
        for number in range(5):
            await store.write(lambda tx, number=number: transfers.insert(tx, a_transfer(f"t{number}")))
        first = await store.read(lambda tx: transfers.in_state(tx, "REQUESTED", limit=3))
        rest = await store.read(lambda tx: transfers.in_state(tx, "REQUESTED", after=first[-1].id, limit=3))
        assert [p.id for p in first + rest] == [f"urn:uuid:t{number}" for number in range(5)]

    async def test_offers_of_one_participant_that_wait_are_counted(self, store: Store) -> None:
        waiting: dict[str, Any] = {"role": "consumer", "state": "OFFERED"}
        others: tuple[dict[str, Any], ...] = ({"state": "ACCEPTED"}, {"role": "provider"}, {"peer": "did:key:zOther"})
        for number, changes in enumerate(({}, {}, *others)):
            made = a_negotiation(f"n{number}", **waiting | changes)
            await store.write(lambda tx, made=made: negotiations.insert(tx, made))
        assert await store.read(lambda tx: count_offers(tx, "did:key:zPeer")) == 2

    # --- people counted over transfers

    async def test_whom_a_source_concerns_is_kept_in_place_of_what_was_known(self, store: Store) -> None:
        for tokens in ((1, 2**64 - 1), (3,)):
            await store.write(
                partial(ledger.put_subjects, source="s", pack="p", category="health", subjects=Subjects(tokens, 1))
            )
        assert await store.read(lambda tx: ledger.subjects(tx, "s", "p")) == {"health": Subjects((3,), 1)}
        assert await store.read(lambda tx: ledger.subjects(tx, "s", "q")) == {}

    async def test_a_segment_comes_back_in_the_order_of_its_times(self, store: Store) -> None:
        made = Account([2**64 - 1, 0, 7], [1, 1, 2**62], dropped_at=5, above_at=-1)
        await store.write(lambda tx: ledger.add_segment(tx, ("a", "p", "health"), made, 9))
        found = await store.read(lambda tx: ledger.segments(tx, "a", "p"))
        (kept,) = found["health"]
        assert (list(kept.subjects), list(kept.times)) == (made.subjects, made.times)
        assert (kept.dropped_at, kept.above_at, found.keys()) == (5, -1, {"health"})
        assert await store.read(lambda tx: ledger.segments(tx, "b", "p")) == {}
        assert await store.read(lambda tx: ledger.segments(tx, "a", "q")) == {}

    async def test_what_is_added_to_an_account_joins_segments_that_are_not_twice_as_large(self, store: Store) -> None:
        async def sizes(count: int, at: int) -> list[int]:
            made = Account.seen(range(at * 100, at * 100 + count), at)
            await store.write(lambda tx: ledger.add_segment(tx, ("a", "p", "health"), made, 60))
            await store.write(lambda tx: ledger.add_segment(tx, ("a", "p", "other"), made, 60))
            kept = (await store.read(lambda tx: ledger.segments(tx, "a", "p")))["health"]
            assert [list(one.times) for one in kept] == [sorted(one.times) for one in kept]
            return [len(one.subjects) for one in kept]

        grown = [await sizes(count, at) for at, count in enumerate((50, 10, 5, 2, 1, 1, 30, 40))]
        assert grown == [[50], [50, 10], [50, 10, 5], [50, 10, 5, 2], [50, 10, 5, 2, 1], [50, 19], [60], [60]]

    async def test_a_reservation_lasts_until_its_transfer_forgets_it(self, store: Store) -> None:
        made = ledger.Reservation("a", "p", "health", Subjects((1, 2), 1))

        def work(tx: Transaction) -> None:
            transfers.insert(tx, a_transfer())
            ledger.reserve(tx, "urn:uuid:t1", made)

        await store.write(work)
        assert await store.read(lambda tx: ledger.reserved(tx, "a", "p")) == [("health", Subjects((1, 2), 1))]
        await store.write(lambda tx: ledger.hand_out(tx, "urn:uuid:t1"))
        (found,) = await store.read(lambda tx: ledger.reservations(tx, "urn:uuid:t1"))
        assert found == dataclasses.replace(made, handed_out=True)
        await store.write(lambda tx: ledger.forget(tx, "urn:uuid:t1"))
        assert await store.read(lambda tx: ledger.reservations(tx, "urn:uuid:t1")) == []

    async def test_nobody_is_reserved_twice_or_without_a_transfer(self, store: Store) -> None:
        made = ledger.Reservation("a", "p", "health", Subjects((1,)))
        with pytest.raises(ConflictError):
            await store.write(lambda tx: ledger.reserve(tx, "urn:uuid:none", made))
        await store.write(lambda tx: transfers.insert(tx, a_transfer()))
        await store.write(lambda tx: ledger.reserve(tx, "urn:uuid:t1", made))
        with pytest.raises(ConflictError):
            await store.write(lambda tx: ledger.reserve(tx, "urn:uuid:t1", made))

    # --- agreements and releases

    async def test_a_negotiation_comes_to_one_agreement(self, store: Store) -> None:
        await store.write(lambda tx: negotiations.insert(tx, a_negotiation()))
        await store.write(lambda tx: agreements.insert(tx, an_agreement(), "urn:uuid:n1"))
        with pytest.raises(ConflictError):
            await store.write(lambda tx: agreements.insert(tx, an_agreement("a2"), "urn:uuid:n1"))
        assert await store.read(lambda tx: agreements.get(tx, "urn:uuid:a1")) == an_agreement()
        assert await store.read(lambda tx: agreements.of_negotiation(tx, "urn:uuid:n1")) == an_agreement()
        assert await store.read(lambda tx: agreements.get(tx, "urn:uuid:a2")) is None

    async def test_no_agreement_release_or_message_without_its_process(self, store: Store) -> None:
        with pytest.raises(ConflictError):
            await store.write(lambda tx: agreements.insert(tx, an_agreement(), "urn:uuid:none"))
        with pytest.raises(ConflictError):
            await store.write(lambda tx: releases.put(tx, a_release()))
        with pytest.raises(ConflictError):
            await store.write(lambda tx: outbox.add(tx, a_message("m1"), OURS))

    async def test_a_release_is_found_by_transfer_and_by_token(self, store: Store) -> None:
        await store.write(lambda tx: transfers.insert(tx, a_transfer()))
        await store.write(lambda tx: releases.put(tx, a_release()))
        again = a_release(token="sha256:09")
        await store.write(lambda tx: releases.put(tx, again))
        assert await store.read(lambda tx: releases.get(tx, "urn:uuid:t1")) == again
        assert await store.read(lambda tx: releases.by_token(tx, "sha256:09")) == again
        assert await store.read(lambda tx: releases.by_token(tx, "sha256:01")) is None

    async def test_a_release_has_forms(self, store: Store) -> None:
        made = Rendition(
            transfer="urn:uuid:t1", form="parquet", path="/out/b", release="sha256:02", digest="sha256:04",
            size=1, rows=1, columns=(Column(name="日", type="date", nulls=1, low="2026-01-01", high="2026-01-02"),),
        )  # fmt: skip
        with pytest.raises(ConflictError):
            await store.write(lambda tx: renditions.put(tx, made))
        await store.write(lambda tx: transfers.insert(tx, a_transfer()))
        await store.write(lambda tx: releases.put(tx, a_release()))
        await store.write(lambda tx: renditions.put(tx, made))
        again = msgspec.structs.replace(made, path="/out/c")
        await store.write(lambda tx: renditions.put(tx, again))
        assert await store.read(lambda tx: renditions.get(tx, "urn:uuid:t1", "parquet")) == again
        assert await store.read(lambda tx: renditions.get(tx, "urn:uuid:t1", "excel")) is None

    async def test_a_use_counts_once_in_its_window(self, store: Store) -> None:
        day = dt.timedelta(days=1)
        use = Use(agreement="urn:uuid:a1", version="sha256:02", file="parquet", since=NOW, at=NOW)
        later = msgspec.structs.replace(use, at=NOW + day / 2)
        others = [
            msgspec.structs.replace(use, file="csv"),
            msgspec.structs.replace(use, since=NOW + day, at=NOW + day),
            msgspec.structs.replace(use, version="sha256:03"),
        ]
        assert [await store.write(lambda tx, one=one: uses.count(tx, one)) for one in (use, later)] == [True, False]
        assert [await store.write(lambda tx, one=one: uses.count(tx, one)) for one in others] == [True] * 3
        whole = await store.read(lambda tx: uses.page(tx, "urn:uuid:a1"))
        assert whole == [others[0], use, others[1], others[2]]
        assert await store.read(lambda tx: uses.page(tx, "urn:uuid:a1", whole[0], limit=2)) == whole[1:3]
        assert await store.read(lambda tx: uses.page(tx, "urn:uuid:a2")) == []

    async def test_an_acquisition_joins_a_negotiation_and_its_transfer(self, store: Store) -> None:
        def fill(tx: Transaction) -> None:
            for name in ("n1", "n2", "n3"):
                state = "TERMINATED" if name == "n3" else "FINALIZED"
                negotiations.insert(tx, msgspec.structs.replace(a_negotiation(name), state=state))
                acquisitions.put(tx, StoredAcquisition(negotiation=f"urn:uuid:{name}", title=TEXT))
            transfers.insert(tx, a_transfer())

        joined = StoredAcquisition(negotiation="urn:uuid:n1", title=TEXT, transfer="urn:uuid:t1", address=b"\x00\xff")
        await store.write(fill)
        await store.write(lambda tx: acquisitions.put(tx, joined))
        assert await store.read(lambda tx: acquisitions.get(tx, "urn:uuid:n1")) == joined
        assert await store.read(lambda tx: acquisitions.of_transfer(tx, "urn:uuid:t1")) == joined
        second = msgspec.structs.replace(joined, negotiation="urn:uuid:n2")
        with pytest.raises(ConflictError):  # a transfer belongs to one
            await store.write(lambda tx: acquisitions.put(tx, second))
        with pytest.raises(ConflictError):
            await store.write(lambda tx: acquisitions.put(tx, StoredAcquisition(negotiation="urn:uuid:x", title=TEXT)))

    # --- catalogue

    async def test_the_newest_version_of_a_dataset_is_on_offer(self, store: Store) -> None:
        newer = msgspec.structs.replace(a_dataset(), path="/data/b.csv")
        versions = [await store.write(lambda tx, d=d: datasets.put(tx, d)) for d in (a_dataset(), newer)]
        assert versions == [1, 2]
        assert await store.read(lambda tx: datasets.get(tx, "urn:uuid:d1")) == newer
        assert (await store.read(datasets.page)).datasets == [newer]
        assert await store.read(lambda tx: datasets.get(tx, "urn:uuid:d2")) is None

    async def test_datasets_are_listed_page_by_page(self, store: Store) -> None:
        """In the order of publication; what is published again moves to the end."""
        for number in (3, 1, 4, 0, 2, 1):
            await store.write(lambda tx, number=number: datasets.put(tx, a_dataset(f"d{number}")))
        page, listed, links = await store.read(partial(datasets.page, limit=2)), [], []
        while True:
            listed += page.datasets
            links.append(page.next)
            if page.next is None:
                break
            page = await store.read(partial(datasets.page, after=page.next, limit=2))
        assert [d.id for d in listed] == [f"urn:uuid:d{number}" for number in (3, 4, 0, 2, 1)]
        back = await store.read(partial(datasets.page_before, before=page.previous, limit=2))
        assert ([d.id for d in back.datasets], back.next) == (["urn:uuid:d0", "urn:uuid:d2"], links[1])
        first = await store.read(partial(datasets.page_before, before=back.previous, limit=2))
        assert ([d.id for d in first.datasets], first.previous) == (["urn:uuid:d3", "urn:uuid:d4"], None)
        assert await store.read(partial(datasets.page, limit=2)) == first

    async def test_who_reads_while_others_publish_misses_nothing(self, store: Store) -> None:
        for number in range(6):
            await store.write(lambda tx, number=number: datasets.put(tx, a_dataset(f"d{number}")))
        seen, after = [], 0
        while True:
            page = await store.read(partial(datasets.page, after=after, limit=2))
            seen += [d.id for d in page.datasets]
            if page.next is None:
                break
            after = page.next
            if len(seen) < 6:
                await store.write(partial(datasets.put, dataset=a_dataset(seen[-1].removeprefix("urn:uuid:"))))
        assert set(seen) == {f"urn:uuid:d{number}" for number in range(6)}

    @pytest.mark.parametrize(
        ("text", "found"),
        [
            ("", [0, 1, 2, 3]),
            ("病院", [1, 3]),
            ("病院 受診", [1]),
            ("院", [1, 3]),
            ("HOSPITAL", [1, 3]),
            ("ｈｏｓｐｉｔａｌ visits", [1]),
            ("tal vis", [1]),
            ("pitalhos", []),
            ("院病", []),
            ("s", [0, 1, 2, 3]),
            ("d2", [2]),
            ("' OR 1 --", []),
            ("NOT AND *", []),
            ('"', []),
        ],
    )
    async def test_datasets_are_found_by_every_word(self, store: Store, text: str, found: list[int]) -> None:
        titles = [t("sites", "拠点"), t("hospital visits", "病院の受診"), t("ships", "船"), t("Hospitals", "病院")]
        for number, title in enumerate(titles):
            named = msgspec.structs.replace(a_dataset(f"d{number}"), title=title, description=t("", ""))
            await store.write(partial(datasets.put, dataset=named))
        page = await store.read(lambda tx: datasets.page(tx, datasets.Wanted(text)))
        assert [d.id for d in page.datasets] == [f"urn:uuid:d{number}" for number in found]
        again = msgspec.structs.replace(a_dataset("d1"), title=t("else", "別"), description=t("", ""))
        await store.write(lambda tx: datasets.put(tx, again))
        page = await store.read(lambda tx: datasets.page(tx, datasets.Wanted("hospital visits")))
        assert page.datasets == []

    async def test_datasets_since(self, store: Store) -> None:
        """A clock that goes back loses nothing for who asks what is new."""
        hours = (0, 2, 1, 3)
        for number, hour in enumerate(hours):
            at = NOW + dt.timedelta(hours=hour)
            dataset = msgspec.structs.replace(a_dataset(f"d{number}"), published_at=at)
            await store.write(partial(datasets.put, dataset=dataset))
        for since, found in ((0, 4), (1, 3), (2, 3), (3, 1), (4, 0)):
            wanted = datasets.Wanted("", NOW + dt.timedelta(hours=since))
            page = await store.read(partial(datasets.page, wanted=wanted))
            assert (len(page.datasets), page.previous) == (found, None)

    async def test_participants(self, store: Store) -> None:
        facts = {"located_in": Fact(value="JP"), "dpf_certified": Fact(value=False), "present_in": Fact(value=["JP"])}
        first = Participant(id="did:key:z1", name="first", url="https://Peer.example/dsp", facts=facts)
        second = Participant(id="did:key:z2", name="second")
        for participant in (second, msgspec.structs.replace(first, name="old"), first):
            await store.write(lambda tx, participant=participant: participants.put(tx, participant))
        assert await store.read(lambda tx: participants.get(tx, "did:key:z1")) == first
        assert await store.read(lambda tx: participants.get(tx, "did:key:z3")) is None
        assert await store.read(participants.all_known) == [first, second]
        for url in ("https://peer.example:443/other?x", "https://PEER.example"):
            assert await store.read(lambda tx, url=url: participants.at_origin(tx, url)) == [first]
        for url in ("http://peer.example/dsp", "https://peer.example:8443/dsp", "https://peer.example.other/"):
            assert await store.read(lambda tx, url=url: participants.at_origin(tx, url)) == []

    async def test_decisions_are_kept_by_digest(self, store: Store) -> None:
        decision = Decision(
            outcome=Outcome.DENY,
            per_pack=(),
            path_to_yes=(),
            as_of=NOW.date(),
            known_on=NOW.date(),
            pack_digests={},
            facts={"data.personal": Fact(value=True)},
        )
        for _ in range(2):
            assert await store.write(lambda tx: decisions.put(tx, decision)) == digest(decision)
        assert await store.read(lambda tx: decisions.get(tx, digest(decision))) == decision
        assert await store.read(lambda tx: decisions.get_bytes(tx, digest(decision))) == encode(decision)
        assert await store.read(lambda tx: decisions.get(tx, "sha256:00")) is None

    # --- messages

    async def test_messages_of_a_process_do_not_overtake_each_other(self, store: Store) -> None:
        def fill(tx: Transaction) -> list[bool]:
            for name in ("n1", "n2"):
                negotiations.insert(tx, a_negotiation(name))
            added = (a_message("m1"), a_message("m2"), a_message("m3", "urn:uuid:n2"))
            return [outbox.add(tx, message, OURS) for message in added]

        assert await store.write(fill) == [True, False, True]
        assert await claimed(store, LATER - MOMENT) == []
        assert await claimed(store, LATER, THEIRS) == ["m1", "m3"]
        assert await store.write(lambda tx: outbox.delete(tx, "m3", "them"))
        assert await store.write(lambda tx: outbox.claim_next(tx, "urn:uuid:n2", OURS)) is None
        assert await store.write(lambda tx: outbox.delete(tx, "m1", "them"))
        following = await store.write(lambda tx: outbox.claim_next(tx, "urn:uuid:n1", OURS))
        assert following == a_message("m2")
        assert await store.write(lambda tx: outbox.delete(tx, "m2", "us"))
        assert await store.read(outbox.next_due) is None

    async def test_a_message_that_waits_behind_another_is_due_when_that_one_is_gone(self, store: Store) -> None:
        def fill(tx: Transaction) -> None:
            negotiations.insert(tx, a_negotiation())
            for name in ("m1", "m2"):
                outbox.add(tx, a_message(name), OURS)

        await store.write(fill)
        await store.write(lambda tx: outbox.postpone(tx, "m1", "us", LATER + MOMENT, 1))
        assert await store.read(outbox.next_due) == LATER + MOMENT  # whatever the time of m2
        assert await claimed(store, LATER) == []
        again = await store.write(lambda tx: outbox.claim(tx, LATER + MOMENT, OURS))
        assert again == [msgspec.structs.replace(a_message("m1"), attempts=1)]

    async def test_whose_lease_is_over_changes_nothing(self, store: Store) -> None:
        def fill(tx: Transaction) -> None:
            negotiations.insert(tx, a_negotiation(), OURS)
            outbox.add(tx, a_message("m1"), OURS)

        await store.write(fill)
        assert await claimed(store, LATER, THEIRS) == ["m1"]
        assert await store.write(lambda tx: work.claim(tx, LATER, THEIRS)) == ["urn:uuid:n1"]
        assert not await store.write(lambda tx: outbox.delete(tx, "m1", "us"))
        await store.write(lambda tx: outbox.postpone(tx, "m1", "us", NOW, 9))
        await store.write(lambda tx: outbox.renew(tx, "m1", OURS))
        await store.write(lambda tx: work.postpone(tx, "urn:uuid:n1", "us", NOW))
        await store.write(lambda tx: work.renew(tx, "urn:uuid:n1", OURS))
        assert await store.read(outbox.next_due) == THEIRS.until
        assert await store.read(work.next_due) == THEIRS.until
        assert await store.write(lambda tx: outbox.delete(tx, "m1", "them"))

    async def test_a_step_is_claimed_by_one(self, store: Store) -> None:
        for number in range(20):
            due = Lease("", NOW) if number % 2 else None
            await store.write(lambda tx, n=number, due=due: negotiations.insert(tx, a_negotiation(f"n{n:02}"), due))
        claims = [store.write(lambda tx, n=n: work.claim(tx, NOW, Lease(f"r{n}", LATER), 3)) for n in range(5)]
        taken = [process for claim in await asyncio.gather(*claims) for process in claim]
        assert sorted(taken) == [f"urn:uuid:n{number:02}" for number in range(20) if number % 2]
        assert await store.read(work.next_due) == LATER

    async def test_a_lease_is_renewed_given_back_or_done_with(self, store: Store) -> None:
        process = await store.write(lambda tx: negotiations.insert(tx, a_negotiation(), OURS) or a_negotiation())
        longer = Lease("us", LATER + MOMENT)
        await store.write(lambda tx: work.renew(tx, process.id, longer))
        assert await store.write(lambda tx: work.claim(tx, LATER, THEIRS)) == []
        await store.write(lambda tx: work.postpone(tx, process.id, "us", NOW))
        assert await store.write(lambda tx: work.claim(tx, NOW, THEIRS)) == [process.id]
        await store.write(lambda tx: work.done(tx, process.id, 2))  # it never had that version
        assert await store.read(work.next_due) == LATER
        await store.write(lambda tx: work.done(tx, process.id, 1))
        assert await store.read(work.next_due) is None

    async def test_a_move_says_what_is_owed_now(self, store: Store) -> None:
        await store.write(lambda tx: transfers.insert(tx, a_transfer(), OURS))
        moved = await store.write(lambda tx: transfers.update(tx, a_transfer(), Lease("us", LATER + MOMENT)))
        assert await store.read(work.next_due) == LATER + MOMENT
        await store.write(lambda tx: transfers.update(tx, moved))
        assert await store.read(work.next_due) is None

    async def test_who_opens_ends_the_leases_of_those_who_are_gone(self, tmp_path: Path) -> None:
        store = self.open(tmp_path / "leases")
        ours, gone = Lease(store.owner, LATER), Lease("gone", LATER)

        def fill(tx: Transaction) -> None:
            negotiations.insert(tx, a_negotiation(), gone)
            transfers.insert(tx, a_transfer(), ours)
            outbox.add(tx, a_message("m1"), gone)

        await store.write(fill)
        store.close()
        store = self.open(tmp_path / "leases")
        assert len(await store.write(lambda tx: work.claim(tx, NOW, THEIRS))) == 2
        assert await claimed(store, NOW) == ["m1"]
        store.close()

    async def test_a_token_counts_once(self, store: Store) -> None:
        async def admit(issuer: str, jti: str) -> bool:
            return await store.write(lambda tx: replay.admit(tx, issuer, jti, NOW))

        tries = [admit(issuer, jti) for issuer in ("did:key:z1", "did:key:z2") for jti in ("1", "2") for _ in range(25)]
        assert sum(await asyncio.gather(*tries)) == 4

    async def test_a_token_is_not_spent_by_work_that_fails(self, store: Store) -> None:
        def work(tx: Transaction) -> None:
            replay.admit(tx, "did:key:z1", "1", NOW)
            raise LookupError

        with pytest.raises(LookupError):
            await store.write(work)
        assert await store.write(lambda tx: replay.admit(tx, "did:key:z1", "1", NOW))

    async def test_only_expired_tokens_are_forgotten(self, store: Store) -> None:
        second = dt.timedelta(seconds=1)
        for number, at in enumerate((NOW - second, NOW, NOW + second)):
            await store.write(lambda tx, n=number, at=at: replay.admit(tx, "did:key:z1", str(n), at))
        assert [await store.write(lambda tx: replay.purge(tx, NOW, 1)) for _ in range(3)] == [1, 1, 0]
        again = [await store.write(lambda tx, n=n: replay.admit(tx, "did:key:z1", str(n), NOW)) for n in range(3)]
        assert again == [True, True, False]

    async def test_the_last_answer_to_a_message_is_kept(self, store: Store) -> None:
        message = Received(peer="did:key:z1", process="urn:uuid:n1", type="ContractRequestMessage", digest="sha256:00")
        reply = Reply(status=201, body=b"\x00\xff")
        assert await store.read(lambda tx: received.get(tx, message)) is None
        await store.write(lambda tx: received.put(tx, message, Reply(status=200, body=b""), NOW))
        await store.write(lambda tx: received.put(tx, message, reply, NOW))
        assert await store.read(lambda tx: received.get(tx, message)) == reply
        for field in Received.__struct_fields__:
            other = msgspec.structs.replace(message, **{field: "other"})
            assert await store.read(lambda tx, other=other: received.get(tx, other)) is None

    async def test_under_a_new_key_all_that_the_ledger_keeps_is_from_above(self, store: Store) -> None:
        assert await store.read(ledger.key_mark) is None
        made = ledger.Reservation("a", "p", "health", Subjects((1, 2)))

        def fill(tx: Transaction) -> None:
            transfers.insert(tx, a_transfer())
            ledger.put_subjects(tx, "s", "p", "health", Subjects((3,)))
            ledger.add_segment(tx, ("a", "p", "health"), Account([5, 7, 8], [10, 20, 20]), 9)
            ledger.add_segment(tx, ("a", "p", "health"), Account([9], [30]), 9)
            ledger.add_segment(tx, ("b", "p", "health"), Account(), 9)
            ledger.reserve(tx, "urn:uuid:t1", made)

        await store.write(fill)
        for mark in ("one", "other"):
            await store.write(lambda tx, mark=mark: ledger.change_key(tx, mark))
            assert await store.read(ledger.key_mark) == mark
        assert await store.read(lambda tx: ledger.subjects(tx, "s", "p")) == {"health": Subjects((3,), 1)}
        assert await store.read(lambda tx: ledger.reserved(tx, "a", "p")) == [("health", Subjects((1, 2), 2))]
        kept = [(await store.read(lambda tx, name=name: ledger.segments(tx, name, "p")))["health"] for name in "ab"]
        assert [[one.above_at for one in found] for found in kept] == [[20, 30], [-1]]

    async def test_the_newest_control_holds_and_earlier_ones_stay(self, store: Store) -> None:
        assert await store.read(control.newest) is None
        made = [await store.write(lambda tx, payload=payload: control.put(tx, payload)) for payload in (b"a", b"b")]
        assert [one.number for one in made] == [1, 2]
        assert await store.read(control.newest) == made[1]
        assert [await store.read(lambda tx, one=one: control.get(tx, one)) for one in made] == [b"a", b"b"]
        with pytest.raises(LookupError):
            await store.read(lambda tx: control.get(tx, control.Version(3, "")))

    async def test_only_old_replies_are_forgotten(self, store: Store) -> None:
        def key(number: int) -> Received:
            return Received(peer="did:key:z1", process=f"urn:uuid:n{number}", type="t", digest="sha256:00")

        reply = Reply(status=200, body=b"")
        for number in range(4):
            at = NOW + number * MOMENT
            await store.write(lambda tx, n=number, at=at: received.put(tx, key(n), reply, at))
        assert [await store.write(lambda tx: received.purge(tx, NOW + MOMENT, 10)) for _ in range(2)] == [2, 0]
        kept = [await store.read(lambda tx, n=n: received.get(tx, key(n))) for n in range(4)]
        assert kept == [None, None, reply, reply]

    # --- log

    async def test_entries_are_numbered_without_a_gap(self, store: Store) -> None:
        def fails(tx: Transaction) -> None:
            log.append(tx, "decision", "s", b"lost")
            raise LookupError

        jobs = []
        for number in range(30):
            data = b"entry %d" % number
            jobs.append(store.write(lambda tx, n=number, data=data: log.append(tx, "decision", f"s{n % 2}", data)))
            jobs.append(store.write(fails))
        indices = [i for i in await asyncio.gather(*jobs, return_exceptions=True) if isinstance(i, int)]
        assert indices == list(range(30))
        assert await store.read(log.size) == 30
        assert await store.read(lambda tx: log.entry(tx, 7)) == b"entry 7"
        assert await store.read(lambda tx: log.entry(tx, 30)) is None
        assert await store.read(lambda tx: log.entries(tx, 28, 2)) == [b"entry 28", b"entry 29"]
        assert await store.read(lambda tx: log.of_subject(tx, "s1")) == [
            (n, b"entry %d" % n) for n in range(30) if n % 2
        ]

    async def test_nodes_are_never_replaced(self, store: Store) -> None:
        await store.write(lambda tx: log.put_nodes(tx, [(0, 0, b"a" * 32), (1, 0, b"b" * 32)]))
        with pytest.raises(ConflictError):
            await store.write(lambda tx: log.put_nodes(tx, [(0, 1, b"c" * 32), (1, 0, b"d" * 32)]))
        assert await store.read(lambda tx: log.node(tx, 1, 0)) == b"b" * 32
        assert await store.read(lambda tx: log.node(tx, 0, 1)) is None

    async def test_the_latest_checkpoint_is_that_of_the_largest_tree(self, store: Store) -> None:
        assert await store.read(log.latest_checkpoint) is None
        for size, note in ((2, "two"), (10, "ten"), (3, "three"), (10, "ten, cosigned")):
            await store.write(lambda tx, size=size, note=note: log.put_checkpoint(tx, size, note))
        assert await store.read(log.latest_checkpoint) == "ten, cosigned"

    async def test_privacy_spends_add_up_once_for_each_transfer(self, store: Store) -> None:
        def all_of(tx: Transaction) -> None:
            for name, dataset, recipient in (
                ("t1", "d1", "a"),
                ("t2", "d1", "a"),
                ("t3", "d1", "b"),
                ("t4", "d2", "a"),
            ):
                transfers.insert(tx, a_transfer(name))
                privacy.spend(tx, f"urn:uuid:{name}", dataset, recipient, 400_000_000)

        await store.write(all_of)
        assert await store.read(lambda tx: privacy.spent(tx, "d1", "a")) == 800_000_000
        assert await store.read(lambda tx: privacy.spent(tx, "d9", "a")) == 0
        with pytest.raises(ConflictError):
            await store.write(lambda tx: privacy.spend(tx, "urn:uuid:t1", "d1", "a", 1))
        with pytest.raises(ConflictError):
            await store.write(lambda tx: privacy.spend(tx, "urn:uuid:nobody", "d1", "a", 1))

    async def test_what_releases_told_is_kept_once_for_each_different_one(self, store: Store) -> None:
        def all_of(tx: Transaction) -> None:
            for name, source, recipient, release, told in (
                ("t1", "s1", "a", "one", b"1"),
                ("t2", "s1", "b", "one", b"1"),
                ("t3", "s1", "b", "two", None),
                ("t4", "s2", "a", "one", b""),
            ):
                transfers.insert(tx, a_transfer(name))
                traces.put(tx, f"urn:uuid:{name}", source, recipient, release, told)

        await store.write(all_of)
        found = await store.read(lambda tx: traces.of(tx, "s1", "a"))
        assert [(one.digest, one.to_recipient) for one in found] == [("one", True), ("two", False)]
        assert await store.read(lambda tx: [traces.told(tx, one.number) for one in found]) == [b"1", None]
        later = await store.read(lambda tx: traces.of(tx, "s1", "b", found[0].number))
        assert [(one.digest, one.to_recipient) for one in later] == [("two", True)]
        (other,) = await store.read(lambda tx: traces.of(tx, "s2", "a"))
        assert await store.read(lambda tx: traces.told(tx, other.number)) == b""
        with pytest.raises(ConflictError):
            await store.write(lambda tx: traces.put(tx, "urn:uuid:t1", "s1", "a", "three", b""))
        with pytest.raises(ConflictError):
            await store.write(lambda tx: traces.put(tx, "urn:uuid:nobody", "s1", "a", "three", b""))
        assert len(await store.read(lambda tx: traces.of(tx, "s1", "a"))) == 2

    async def test_consent_is_kept_act_by_act_and_releases_by_their_epoch(self, store: Store) -> None:
        def all_of(tx: Transaction) -> None:
            assert consent.epoch(tx, "s1") == 0
            for source, epoch in (("s1", 1), ("s1", 2), ("s2", 1)):
                consent.put(tx, source, epoch, f"act {epoch}".encode(), bytes([epoch]))
            for name, source, epoch in (("t1", "s1", 0), ("t2", "s1", 1), ("t3", "s1", 2), ("t4", "s2", 0)):
                transfers.insert(tx, a_transfer(name))
                consent.start(tx, f"urn:uuid:{name}", source, epoch)

        await store.write(all_of)
        assert await store.read(lambda tx: consent.acts(tx, "s1")) == [b"act 1", b"act 2"]
        assert await store.read(lambda tx: consent.subjects(tx, "s1", 2)) == b"\x02"
        assert await store.read(lambda tx: consent.epoch(tx, "s1")) == 2
        assert await store.read(lambda tx: consent.started(tx, "s1", 2)) == ["urn:uuid:t1", "urn:uuid:t2"]
        await store.write(lambda tx: consent.forget(tx, "urn:uuid:t1"))
        assert await store.read(lambda tx: consent.started(tx, "s1", 2)) == ["urn:uuid:t2"]
        with pytest.raises(ConflictError):
            await store.write(lambda tx: consent.put(tx, "s1", 2, b"another", b""))
