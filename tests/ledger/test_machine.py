"""Any order of requests, ends, clocks and restarts that hypothesis can think of, against the oracle."""

from __future__ import annotations

import datetime as dt
import tempfile
from pathlib import Path

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from tests.ledger.world import GROUPS, LAWS, LIMITS, Law, World

PEOPLE = st.frozensets(st.integers(0, 15), max_size=12)
TABLES = st.dictionaries(st.sampled_from(sorted(LIMITS)), PEOPLE, min_size=1)


class Exporter(RuleBasedStateMachine):
    def __init__(self) -> None:
        super().__init__()
        self.folder = tempfile.TemporaryDirectory()
        self.world = World(Path(self.folder.name))

    @initialize(law=st.sampled_from(LAWS))
    def under(self, law: Law) -> None:
        self.world.close()
        self.world = World(Path(self.folder.name) / "world", law)

    def teardown(self) -> None:
        self.world.close()
        self.folder.cleanup()

    @rule(to=st.sampled_from(sorted(GROUPS)), people=TABLES)
    def request(self, to: str, people: dict[str, frozenset[int]]) -> None:
        self.world.request(to, people)

    @precondition(lambda self: self.world.open_transfers())
    @rule(data=st.data(), completed=st.booleans())
    def end(self, data: st.DataObject, completed: bool) -> None:
        self.world.end(data.draw(st.sampled_from(self.world.open_transfers())), completed=completed)

    @precondition(lambda self: self.world.open_transfers())
    @rule(data=st.data())
    def hand_out(self, data: st.DataObject) -> None:
        self.world.hand_out(data.draw(st.sampled_from(self.world.open_transfers())))

    @rule(days=st.sampled_from([1, 180, 364, 365, 366]))
    def time_goes_on(self, days: int) -> None:
        self.world.now += dt.timedelta(days=days)

    @rule(hours=st.sampled_from([-9, -8, -7, 0, 1]))
    def the_year_turns(self, hours: int) -> None:
        """Near midnight of Beijing or of London, from whatever side."""
        self.world.now = self.world.now.replace(month=12, day=31, hour=23) + dt.timedelta(hours=1 + hours)

    @rule()
    def restart(self) -> None:
        self.world.restart()

    @invariant()
    def nobody_got_more_than_the_limit(self) -> None:
        for to in GROUPS:
            for category, limit in LIMITS.items():
                assert len(self.world.union(to, category)) <= limit


TestExporter = Exporter.TestCase
TestExporter.settings = settings(max_examples=25, stateful_step_count=20, deadline=None)
