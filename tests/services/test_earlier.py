"""Earlier releases at a node: what a release tells together with them is measured before it leaves, and limited."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio
from msgspec.structs import replace

from tegata.evidence import recorded
from tegata.model.errors import DifferencingError
from tegata.model.plan import Beside, Differencing, Earlier, ProtectionPlan
from tegata.model.step import Keep
from tegata.protect import apply_plan
from tegata.protect.others import Others
from tegata.protect.trace import Trace
from tegata.store import Store, Transaction, transfers
from tegata.tables import open_source
from tegata.transfer import earlier
from tegata.transfer.chunks import CHUNK, ChunkList
from tegata.transfer.making import MadeRelease
from tegata.transfer.parts import Told
from tegata.trust import open_passport
from tests.contract.store_contract import a_transfer, an_agreement
from tests.nodes import LiveNode, live_node
from tests.protect.tables import KEY, write
from tests.services.conftest import ENTRUSTED, OPEN, make_ruled, postal
from tests.services.test_privacy_budget import met

LIMIT = """
- id: no-differencing
  cite:
    - ref: Data policy, section 6
  outcome: allow_with_conditions
  when: leaves
  say: {en: Nobody is singled out between releases., ja: 提供の差分から個人を特定できないようにします。}
  conditions:
    - verb: limit_differencing
      params: {least_change: 3, of: anyone}
      means: ["technique:output-checking"]
      say: {en: Compare with earlier releases., ja: 以前の提供と比較する。}
"""


def people(path: Path, wards: str) -> Path:
    """One person for each letter, who lies in the ward of this name."""
    lines = ["patient_id,email,sex,ward"]
    lines += [f"P{n:05d},user{n}@example.org,{'FM'[n % 2]},W{ward}" for n, ward in enumerate(wards)]
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return path


@pytest_asyncio.fixture
async def limited(tmp_path: Path) -> AsyncIterator[LiveNode]:
    async with live_node(make_ruled(tmp_path / "limiting", LIMIT)) as node:
        yield node


def told(got: dict[str, Any]) -> Any:
    return open_passport(Path(got["passport"]).read_text()).entry.body["earlier"]


async def test_figures_stand_in_the_passport_and_in_the_report(
    provider: LiveNode, consumer: LiveNode, tmp_path: Path
) -> None:
    source = people(tmp_path / "people.csv", "AABB" * 5)
    dataset = await provider.publishes(source, ENTRUSTED)
    first = await consumer.acquires("Example Provider", dataset)
    again = await consumer.acquires("Example Provider", dataset)
    people(source, "AABB" * 5 + "A")
    more = await consumer.acquires("Example Provider", dataset)
    assert [one["phase"] for one in (first, again, more)] == ["done"] * 3, more
    nothing = {"compared": 0, "unknown": 0, "alone_in_both": 0}
    assert told(first) == told(again) == {"recipient": nothing, "anyone": {"alone_in_both": 0}}
    one = {"smallest_change": 1, "alone_in_both": 0}
    assert told(more) == {"recipient": {"compared": 1, "unknown": 0, **one}, "anyone": one}
    process = open_passport(Path(more["passport"]).read_text()).transfer
    status, report = await provider.call("GET", f"/v1/transfers/{process}/risk")
    assert (status, report["report"]["earlier"]["recipient"]["compared"]) == (200, 1)
    assert any("among as few as 1" in text["en"] for text in report["report"]["still_learnt"])
    status, problem = await provider.call("GET", "/v1/transfers/urn:uuid:nobody/risk")
    assert (status, problem["title"]) == (400, "nothing has been released in `urn:uuid:nobody`")


async def test_a_table_is_the_same_alone_and_among_others(
    provider: LiveNode, consumer: LiveNode, tmp_path: Path
) -> None:
    folder = tmp_path / "clinic"
    folder.mkdir()
    postal(folder / "postal.csv")
    source = people(folder / "people.csv", "AABB" * 5)
    first = await consumer.acquires("Example Provider", await provider.publishes(folder, ENTRUSTED))
    people(source, "AABB" * 5 + "A")
    alone = await consumer.acquires("Example Provider", await provider.publishes(source, ENTRUSTED))
    assert [one["phase"] for one in (first, alone)] == ["done"] * 2, alone
    assert told(first)["recipient"]["compared"] == 0
    assert (told(alone)["recipient"]["compared"], told(alone)["recipient"]["smallest_change"]) == (1, 1)


async def test_a_release_that_singles_somebody_out_beside_an_earlier_one_does_not_leave(
    limited: LiveNode, tmp_path: Path
) -> None:
    source = people(tmp_path / "people.csv", "AABB" * 5)
    dataset = await limited.publishes(source, ENTRUSTED)
    async with (
        met(limited, tmp_path / "one", "Example Consumer") as one,
        met(limited, tmp_path / "two", "Other") as two,
    ):
        assert (await one.acquires("Example Provider", dataset))["phase"] == "done"
        people(source, "AABB" * 5 + "A")
        for consumer in (one, two):  # recipients may put together what they have
            got = await consumer.acquires("Example Provider", dataset)
            assert (got["phase"], got["code"]) == ("failed", "differencing"), got
            assert "has changed by 1" in got["reasons"][0]["en"]
        published_anew = await limited.publishes(source, ENTRUSTED)
        got = await two.acquires("Example Provider", published_anew)
        assert got["code"] == "differencing", "it is the same source"
        people(source, "AABB" * 5 + "A" * 6)
        assert (await two.acquires("Example Provider", dataset))["phase"] == "done"
    entries = await limited.node.store.read(lambda tx: [entry.kind for entry in recorded(tx)])
    assert entries.count("release") == 2, "what was stopped was not even recorded as a release"
    await limited.empties("releases")


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    made = Desk(tmp_path)
    yield made
    made.store.close()


class Desk:
    """What `transfer.earlier` sees of a node: a store, and releases of one source."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.store = folder, Store.open(folder / "store")
        self.made = 0

    def release(self, rows: int, limit: Differencing | None = None) -> MadeRelease:
        self.made += 1
        trace, plan = Trace(b"k" * 32), ProtectionPlan(steps=(Keep(column="ward"),), differencing=limit)
        out = self.folder / f"{self.made}.csv"
        source = open_source(write(self.folder / "in.csv", {"ward": ["A", "B"] * 5 + ["A"] * rows}))
        release = apply_plan(source, plan, out, key=KEY, others=Others(trace=trace))
        return MadeRelease(release, out, ChunkList.of(out, CHUNK), (Told("/srv/in.csv", release, plan, trace.kept),))

    async def starts(self, made: MadeRelease, to: str, known: earlier.Measured | None = None) -> Earlier | None:
        agreement = replace(an_agreement(), consumer=to)
        found = (known,) if known else await earlier.measured(self.store, agreement, made)

        def work(tx: Transaction) -> Earlier | None:
            transfers.insert(tx, a_transfer(made.path.stem))
            return earlier.account(tx, f"urn:uuid:{made.path.stem}", agreement, made, found)

        return await self.store.write(work)


async def test_of_two_that_start_at_once_the_second_is_measured_beside_the_first(desk: Desk) -> None:
    """Whatever was known before, the transaction that starts a transfer looks at what has come since."""
    await desk.starts(desk.release(0), "a", earlier.Measured())
    with pytest.raises(DifferencingError, match="has changed by 1"):
        await desk.starts(desk.release(1, Differencing(least_change=2)), "a", earlier.Measured())


async def test_a_limit_for_each_recipient_looks_at_what_that_one_has(desk: Desk) -> None:
    limit = Differencing(least_change=2, of="recipient")
    await desk.starts(desk.release(0), "a")
    with pytest.raises(DifferencingError):
        await desk.starts(desk.release(1, limit), "a")
    found = await desk.starts(desk.release(1, limit), "b")
    assert found == Earlier(anyone=Beside(compared=1, smallest_change=1))


async def test_what_is_older_than_the_newest_is_unknown(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(earlier, "MOST_COMPARED", 2)
    for rows in range(4):
        found = await desk.starts(desk.release(rows * 3), "a")
    assert found is not None
    assert found.anyone == Beside(compared=2, unknown=1, smallest_change=3)
    with pytest.raises(DifferencingError, match="could not be compared"):
        await desk.starts(desk.release(50, Differencing(least_change=2)), "b")


async def test_data_without_people_leaves_no_trace(provider: LiveNode, consumer: LiveNode, tmp_path: Path) -> None:
    dataset = await provider.publishes(postal(tmp_path / "postal.csv"), OPEN)
    got = await consumer.acquires("Example Provider", dataset)
    assert "earlier" not in open_passport(Path(got["passport"]).read_text()).entry.body
