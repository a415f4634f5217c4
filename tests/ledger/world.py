"""A ledger over a real store beside an oracle that forgets nothing: an exporter that keeps to its limits."""

from __future__ import annotations

import asyncio
import datetime as dt
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeVar

from tegata.evidence import EvidenceLog
from tegata.ledger import Ledger
from tegata.ledger.group import Control
from tegata.model.base import t
from tegata.model.catalog import Dataset, Participant
from tegata.model.decision import Fact
from tegata.model.process import TransferProcess
from tegata.model.profile import Profile, SourceFormat, SubjectSet
from tegata.rules import Pack
from tegata.rules.counting import months_before
from tegata.rules.ownership import Entity, Graph, Holding, groups
from tegata.rules.ownership.share import ONE_PERCENT
from tegata.store import Store, Transaction, participants, transfers
from tegata.trust import SigningKey
from tests.rules.ownership import oracle
from tests.rules.small_pack import rule, small_pack

T = TypeVar("T")
LIMITS = {"health": 10, "biometric": 4}
MONTHS = 12
GROUPS = {"p0": "", "p1": "Example Group", "p2": "example  group", "p3": "Other"}
OWNERS = (*GROUPS, "holding", "middle")
START = dt.datetime(2026, 1, 31, 12, tzinfo=dt.UTC)
TEXT = t("table", "表")
BEIJING = dt.timezone(dt.timedelta(hours=8))


BY_CATEGORY = {
    "limits": "limits",
    "persons": {"now": "subjects.us_persons", "before": "subjects.prior_us_persons"},
    "devices": {"now": "subjects.us_devices", "before": "subjects.prior_us_devices"},
    "device_category": "geo.precise",
}
FACT_OF = {"health": "subjects.cn_sensitive_this_year", "biometric": "subjects.cn_persons_this_year"}
TOTALS = [{"fact": fact, "limit": category, "categories": [category]} for category, fact in FACT_OF.items()]


@dataclass(frozen=True)
class Law:
    """Which transfers count together: to one group or to everybody, in rolling months or since the new year; and how it
    is told: others by category, or totals with the people of the transfer in them."""

    scope: str = "counterparty"
    yearly: bool = False
    totals: bool = False

    def pack(self) -> Pack:
        window = {"year_turns_at": "+08:00"} if self.yearly else {"months": "months"}
        told = {"totals": TOTALS} if self.totals else {"by_category": BY_CATEGORY, "country": "US"}
        ledger = {"scope": self.scope, "unless": "data.public_record", **window, **told}
        dated = {"limits": LIMITS, "months": MONTHS, **LIMITS}
        parameters = [
            {"id": name, "cite": "Test Act s. 2", "values": [{"from": "2020-01-01", "value": value}]}
            for name, value in dated.items()
        ]
        return small_pack([rule("r", "deny", "true")], {"ledger": ledger}, parameters=parameters)

    def name(self, category: str) -> str:
        """Under which it counts a category."""
        return FACT_OF[category] if self.totals else category

    def counted(self, category: str, present: int, facts: Mapping[str, Fact]) -> int:
        """What the ledger says of a category, with those of the transfer."""
        if self.totals:
            return int(facts[FACT_OF[category]].value)  # type: ignore[arg-type]
        before: Any = facts["subjects.prior_us_persons"].value
        return present + int(before.get(category, 0))

    def since(self, now: dt.datetime) -> dt.datetime:
        if not self.yearly:
            return months_before(now, MONTHS)
        return dt.datetime((now + dt.timedelta(hours=8)).year, 1, 1, tzinfo=BEIJING)


LAWS = tuple(
    Law(scope, yearly, totals)
    for totals in (False, True)
    for scope in ("counterparty", "exporter")
    for yearly in (False, True)
)
PACKS = {law: law.pack() for law in LAWS}

People = Mapping[str, frozenset[int]]
"""By category: what one table holds."""


class WrongError(AssertionError):
    """The ledger let more go than the law allows (`missed`), or turned somebody away for nothing (`blocked`)."""

    def __init__(self, kind: str, wish: object) -> None:
        super().__init__(f"{kind}: {wish}")
        self.kind = kind


@dataclass
class Sent:
    """The oracle's memory of one transfer."""

    to: str
    people: People
    key: int  # which key of the node was in use
    handed_out: bool = False
    ended_at: dt.datetime | None = None


@dataclass
class World:
    """`request` asks, decides and reserves in one transaction, as a node does; everything is remembered twice."""

    folder: Path
    law: Law = LAWS[0]
    database: str = ""  # of PostgreSQL; without it SQLite in the folder
    now: dt.datetime = START
    sent: dict[str, Sent] = field(default_factory=dict)
    tables: int = 0
    keys: int = 0
    groups: dict[str, str] = field(default_factory=lambda: dict(GROUPS))
    owners: frozenset[frozenset[str]] = frozenset()
    seen: Counter[str] = field(default_factory=Counter)  # what became of the wishes

    def __post_init__(self) -> None:
        self._runner = asyncio.Runner()
        self._evidence = EvidenceLog(SigningKey.generate(b"k" * 32), lambda size: b"s" * size)
        self._open()
        for name, group in GROUPS.items():
            self.regroup(name, group)

    def _open(self) -> None:
        self.store = Store.open(self.folder, self.database)
        self.ledger = Ledger([PACKS[self.law]], self._evidence, bytes([self.keys]) * 32)

    def close(self) -> None:
        self.store.close()
        self._runner.close()

    def restart(self) -> None:
        self.store.close()
        self._open()

    def change_key(self) -> None:
        """Nobody who was counted under the old key is known again: all count anew, on top of what stands."""
        self.keys += 1
        self.restart()

    def regroup(self, name: str, group: str) -> None:
        """The register says that somebody else controls a participant now."""
        self.groups[name] = group
        self.write(lambda tx: participants.put(tx, Participant(id=name, name=name, group=group)))

    def own(self, shares: Mapping[tuple[str, str], int]) -> None:
        """An ownership file says who holds which share, in per cent, of whom."""
        entities = [Entity(id=name, entity="organisation") for name in OWNERS]
        graph = Graph(entities, [Holding(*pair, share * ONE_PERCENT) for pair, share in shares.items()])
        self.owners = frozenset(oracle.together(graph))
        control = Control(groups=tuple(map(tuple, groups(graph))))
        self.write(lambda tx: self.ledger.control.load(tx, control, self.now))

    def write(self, work: Callable[[Transaction], T]) -> T:
        return self._runner.run(self.store.write(work))

    def run(self, works: Iterable[Callable[[Transaction], T]]) -> list[T]:
        """All at once."""

        async def together() -> list[T]:
            return list(await asyncio.gather(*(self.store.write(work) for work in works)))

        return self._runner.run(together())

    # --- what happens

    def request(self, to: str, people: People) -> bool:
        """Whether the transfer was started; the oracle must be of the same mind."""
        allowed, expected = self.write(self.asking(to, people)), self.expected(to, people)
        self._judge((to, people), missed=allowed and not expected, blocked=expected and not allowed)
        return allowed

    def race(self, wishes: Sequence[tuple[str, People]]) -> None:
        """All at once. No limit is passed, and none is turned away for nothing: what stands only grows meanwhile."""
        started = self.run([self.asking(to, people) for to, people in wishes])
        for (to, people), allowed in zip(wishes, started, strict=True):
            fits = all(len(self.union(to, category)) <= limit for category, limit in LIMITS.items())
            blocked = not allowed and self.expected(to, people)
            self._judge((to, people), missed=allowed and not fits, blocked=blocked)

    def _judge(self, wish: tuple[str, People], *, missed: bool, blocked: bool) -> None:
        if missed or blocked:
            raise WrongError("missed" if missed else "blocked", wish)

    def asking(self, to: str, people: People) -> Callable[[Transaction], bool]:
        self.tables += 1
        dataset = table(f"sha256:{self.tables:064x}", people)
        transfer = a_transfer(f"urn:uuid:t{self.tables}", to, self.now)
        sets = [
            SubjectSet(category=self.law.name(c), hashes=tuple(sorted(p))[: LIMITS[c] + 1]) for c, p in people.items()
        ]
        told = self.ledger.told(dataset.profile.source_digest, self.ledger.asking({}, self.now.date()), [sets])

        def work(tx: Transaction) -> bool:
            self.ledger.keep(tx, dataset.profile.source_digest, told)
            transfers.insert(tx, transfer)
            recipient = participants.get(tx, to)
            facts = self.ledger.before(tx, dataset, recipient or Participant(id=to, name=to), {}, self.now)
            fits = all(self.law.counted(c, len(people.get(c, ())), facts) <= n for c, n in LIMITS.items())
            self.seen["started" if fits else "turned away"] += 1
            if not fits:
                return False
            self.ledger.reserve(tx, transfer.id, to, dataset, {}, self.now)
            self.sent[transfer.id] = Sent(to, people, self.keys)
            return True

        return work

    def hand_out(self, transfer: str) -> None:
        self.sent[transfer].handed_out = True
        self.write(lambda tx: self.ledger.hand_out(tx, transfer))

    def end(self, transfer: str, *, completed: bool) -> None:
        sent = self.sent.pop(transfer)
        if completed or sent.handed_out:
            sent.ended_at = self.now
            self.sent[transfer + " ended"] = sent
        self.write(lambda tx: self.ledger.settle(tx, transfer, sent.to, self.now, completed=completed))

    def open_transfers(self) -> list[str]:
        return [name for name, sent in self.sent.items() if sent.ended_at is None]

    # --- the oracle

    def expected(self, to: str, people: People) -> bool:
        """Whether everybody of the group in the window fits, with those present as today's key knows them."""
        present = {c: {(self.keys, person) for person in people.get(c, ())} for c in LIMITS}
        return all(len(self.union(to, c) | present[c]) <= limit for c, limit in LIMITS.items())

    def union(self, to: str, category: str) -> set[tuple[int, int]]:
        """Everybody of a category who went, or is going, to the group in the window."""
        since = self.law.since(self.now)
        return {
            (sent.key, person)
            for sent in self.sent.values()
            if self.together(sent.to, to) and (sent.ended_at is None or sent.ended_at >= since)
            for person in sent.people.get(category, ())
        }

    def together(self, one: str, other: str) -> bool:
        """By the law's scope, or by ties of control, directly or over others."""
        if self.law.scope == "exporter":
            return True
        found = {one}
        while more := {name for name in GROUPS if any(self._tied(name, known) for known in found)} - found:
            found |= more
        return other in found

    def _tied(self, one: str, other: str) -> bool:
        plain = [" ".join(self.groups[name].lower().split()) for name in (one, other)]
        return (plain[0] == plain[1] != "") or any({one, other} <= group for group in self.owners)


def table(source: str, people: People) -> Dataset:
    profile = Profile(
        source_digest=source,
        source_bytes=1,
        source_format=SourceFormat(format="csv"),
        rows=1000,
        columns=(),
        categories=tuple(sorted(people)),
        subjects=(),
    )
    return Dataset(id="urn:uuid:d", title=TEXT, description=TEXT, path="/t.csv", profile=profile, published_at=START)


def a_transfer(name: str, to: str, now: dt.datetime) -> TransferProcess:
    return TransferProcess(
        id=name,
        role="provider",
        peer=to,
        peer_url="https://peer.example/dsp",
        agreement="urn:uuid:a",
        format="HttpData-PULL",
        state="REQUESTED",
        created_at=now,
        updated_at=now,
    )
