"""28 CFR 202.205 between live nodes: transfers of twelve months to one recipient and its group count together."""

from __future__ import annotations

import asyncio
import datetime as dt
import json
import os
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio

from tegata.clock import SystemClock
from tegata.evidence import EvidenceLog, recorded
from tegata.ledger import CommonControl
from tegata.ledger.group import Control
from tegata.model.catalog import Participant
from tegata.store import Transaction, ledger, transfers
from tegata.wire.dsp import messages as m
from tests.nodes import LiveNode, live_node, make_node
from tests.services.conftest import ENTRUSTED, recipient
from tests.services.stranger import Stranger
from tests.services.test_hostile_peers import agreed, started

EXPORTER: dict[str, Any] = {
    "entity": "organisation",
    "organised_under": ["US"],
    "principal_place": "US",
    "located_in": "US",
    "us_person": True,
    "appi_operator": False,
    "gdpr_subject": False,
    "role": "controller",
}
VENDOR = ENTRUSTED | {
    "authorisations.licence": False,
    "data.biospecimen": False,
    "data.expressive": False,
    "data.form": "pseudonymised",
    "data.geo_polygon_hit": False,
    "data.made_to_order": False,
    "data.marketed_as_government": False,
    "safeguards.cisa": "not_met",
    "transaction.incident_to": "none",
    "transaction.required_by_regulator": False,
}
"""A vendor who meets no security requirements: not one person above the threshold may go to it (202.401)."""

PACK = "us.28cfr202"


class MovedClock(SystemClock):
    """The clock of the machine, set to another moment."""

    _by = dt.timedelta(0)

    def now(self) -> dt.datetime:
        return super().now() + self._by

    def move_to(self, moment: dt.datetime) -> None:
        self._by = moment - super().now()


@pytest.fixture
def clock() -> MovedClock:
    return MovedClock()


@pytest_asyncio.fixture
async def exporter(tmp_path: Path, clock: MovedClock) -> AsyncIterator[LiveNode]:
    make_node(tmp_path / "exporter", "Example Exporter", EXPORTER)
    async with live_node(tmp_path / "exporter", clock) as node:
        yield node


@pytest_asyncio.fixture
async def vendor(tmp_path: Path, exporter: LiveNode, clock: MovedClock) -> AsyncIterator[LiveNode]:
    """A covered person of the group `Example Group`."""
    make_node(tmp_path / "vendor", "Example Vendor")
    async with live_node(tmp_path / "vendor", clock) as node:
        await exporter.knows(node, "Example Vendor", recipient("CN"), "Example Group")
        await node.knows(exporter, "Example Exporter", {})
        yield node


@pytest_asyncio.fixture
async def sister(exporter: LiveNode) -> AsyncIterator[Stranger]:
    """Another covered person of the same group, which does as it likes."""
    async with Stranger().listening() as somebody:
        await somebody.known_to(exporter, recipient("CN"), "ＥＸＡＭＰＬＥ  group")
        yield somebody


async def publishes(
    exporter: LiveNode, folder: Path, people: range, facts: dict[str, Any] | None = None, name: str = ""
) -> str:
    """A table of US patients with these numbers."""
    path = folder / f"{name or people.start}.csv"
    rows = (f"P-{n:06},US,E11.{n % 9}" for n in people)
    path.write_text("\n".join(["patient_id,country,icd10", *rows]) + "\n")
    return await exporter.publishes(path, VENDOR | (facts or {}))


async def settled(exporter: LiveNode) -> None:
    """The vendor's word that it is complete comes a moment after it has the data."""
    async with asyncio.timeout(10):
        while await exporter.node.store.read(lambda tx: transfers.in_state(tx, "STARTED")):
            await asyncio.sleep(0.01)


async def entries(node: LiveNode, kind: str) -> list[dict[str, Any]]:
    return [e.body for e in await node.node.store.read(lambda tx: list(recorded(tx))) if e.kind == kind]


async def test_two_transfers_of_six_thousand_patients_each_are_refused_at_the_second(
    exporter: LiveNode, vendor: LiveNode, tmp_path: Path
) -> None:
    one, two = [await publishes(exporter, tmp_path, range(n, n + 6000)) for n in (0, 6000)]
    assert (first := await vendor.acquires("Example Exporter", one))["phase"] == "done", first["reasons"]
    second = await vendor.acquires("Example Exporter", two)
    assert (second["phase"], second["code"]) == ("refused", "deny"), second["reasons"]


async def test_the_same_people_count_once(exporter: LiveNode, vendor: LiveNode, tmp_path: Path) -> None:
    for people in (range(6000), range(2000, 8000), range(10_000)):
        dataset = await publishes(exporter, tmp_path, people, name=str(people))
        assert (got := await vendor.acquires("Example Exporter", dataset))["phase"] == "done", got["reasons"]
    last = await publishes(exporter, tmp_path, range(10_000, 10_001))
    assert (await vendor.acquires("Example Exporter", last))["phase"] == "refused"


async def test_what_went_more_than_twelve_months_ago_does_not_count(
    exporter: LiveNode, vendor: LiveNode, clock: MovedClock, tmp_path: Path
) -> None:
    clock.move_to(dt.datetime(2026, 1, 15, 12, tzinfo=dt.UTC))
    one, two = [await publishes(exporter, tmp_path, range(n, n + 6000)) for n in (0, 6000)]
    assert (await vendor.acquires("Example Exporter", one))["phase"] == "done"
    await settled(exporter)
    clock.move_to(dt.datetime(2027, 1, 15, 11, tzinfo=dt.UTC))
    assert (await vendor.acquires("Example Exporter", two))["phase"] == "refused"
    clock.move_to(dt.datetime(2027, 1, 15, 13, tzinfo=dt.UTC))
    assert (got := await vendor.acquires("Example Exporter", two))["phase"] == "done", got["reasons"]


async def test_a_group_under_common_control_counts_together(
    exporter: LiveNode, vendor: LiveNode, sister: Stranger, tmp_path: Path
) -> None:
    one, two = [await publishes(exporter, tmp_path, range(n, n + 6000)) for n in (0, 6000)]
    assert (await vendor.acquires("Example Exporter", one))["phase"] == "done"
    with pytest.raises(TimeoutError):
        await asyncio.wait_for(agreed(sister, exporter, two), 2)
    ended = await sister.waits_for("ContractNegotiationTerminationMessage")
    assert ended["code"] == "deny"


SUBSIDIARIES = """
entities:
  holding: {entity: organisation, organised_under: [CN]}
  middle: {entity: organisation}
  example  VENDOR: {entity: organisation}
  "%s": {entity: organisation}
shareholdings:
- {owner: holding, owned: example  VENDOR, percent: 51}
- {owner: holding, owned: middle, percent: 100}
- {owner: holding, owned: "%s", percent: 20}
- {owner: middle, owned: "%s", percent: 31}
"""


@pytest_asyncio.fixture
async def subsidiary(exporter: LiveNode, vendor: LiveNode) -> AsyncIterator[Stranger]:
    """Somebody of whom the register does not say that the vendor's owner controls it too."""
    async with Stranger().listening() as somebody:
        await somebody.known_to(exporter, recipient("CN"))
        yield somebody


async def loads(exporter: LiveNode, text: str, **more: Any) -> Any:
    """An ownership file for the exporter; what it answers."""
    path = exporter.folder / "ownership.yaml"
    path.write_text(text)
    return await exporter.call("POST", "/v1/control", {"path": str(path), **more})


async def test_a_plan_split_over_two_subsidiaries_of_one_owner_is_seen_while_the_ownership_is_known(
    exporter: LiveNode, vendor: LiveNode, subsidiary: Stranger, tmp_path: Path
) -> None:
    file = SUBSIDIARIES.replace("%s", subsidiary.did)
    one, two = [await publishes(exporter, tmp_path, range(n, n + 6000)) for n in (0, 6000)]
    _, agreement = await agreed(subsidiary, exporter, one)
    await started(subsidiary, exporter, agreement["agreement"]["@id"])
    status, told = await loads(exporter, file)
    assert (status, told["version"], told["entities"], told["groups"]) == (201, 1, 4, 1)
    assert (await vendor.acquires("Example Exporter", two))["phase"] == "refused"
    assert (await loads(exporter, "entities: {}"))[1]["version"] == 2
    assert (got := await vendor.acquires("Example Exporter", two))["phase"] == "done", got["reasons"]
    assert [entry["version"] for entry in await entries(exporter, "control_loaded")] == [1, 2]


async def test_a_dry_run_tells_who_would_count_together_and_changes_nothing(
    exporter: LiveNode, vendor: LiveNode, subsidiary: Stranger
) -> None:
    _, would = await loads(exporter, SUBSIDIARIES.replace("%s", subsidiary.did), dry_run=True)
    names = {one["name"]: one["together_with"] for one in would["participants"]}
    assert names["Example Vendor"] == [next(name for name in names if name != "Example Vendor")]
    status, now = await exporter.call("GET", "/v1/control")
    assert (status, now["version"], now["entities"]) == (200, 0, 0)
    assert not any(one["together_with"] or one["listed"] for one in now["participants"])


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("entities: {a: {entity: organisation}}\nshareholdings: shares.csv\n", "shares.csv"),
        ("entities: {a: {entity: organisation}}\nshareholdings: [{owner: a, owned: b, percent: 60}]\n", "`b`"),
    ],
)
async def test_an_ownership_file_that_makes_no_sense_changes_nothing(exporter: LiveNode, text: str, why: str) -> None:
    await loads(exporter, "entities: {a: {entity: organisation}}")
    status, problem = await loads(exporter, text)
    assert status == 400
    assert why in problem["title"]
    assert (await exporter.call("GET", "/v1/control"))[1]["version"] == 1


async def test_what_was_read_in_a_transaction_that_failed_is_not_taken_for_what_got_its_number(
    exporter: LiveNode, vendor: LiveNode, subsidiary: Stranger
) -> None:
    """The next version has the number of the one that was undone."""
    owned = CommonControl(EvidenceLog(exporter.keys.key, os.urandom))
    who = Participant(id=vendor.did, name="Example Vendor")

    def fails(tx: Transaction) -> None:
        owned.load(tx, Control(groups=((vendor.did, subsidiary.did),)), SystemClock().now())
        assert len(owned.members(tx, who)) == 2
        raise LookupError

    with pytest.raises(LookupError):
        await exporter.node.store.write(fails)
    assert (await loads(exporter, "entities: {a: {entity: organisation}}"))[1]["version"] == 1
    assert await exporter.node.store.read(lambda tx: owned.members(tx, who)) == [vendor.did]


async def test_two_that_were_both_agreed_do_not_both_start(
    exporter: LiveNode, sister: Stranger, tmp_path: Path
) -> None:
    """Between the agreement and the start nothing is reserved, so the start asks the ledger again."""
    agreements = []
    for first in (0, 6000):
        dataset = await publishes(exporter, tmp_path, range(first, first + 6000))
        agreements.append((await agreed(sister, exporter, dataset))[1]["agreement"]["@id"])
        sister.received.clear()
    await started(sister, exporter, agreements[0])
    message = m.TransferRequestMessage(
        consumer_pid="urn:uuid:2f1c4d1c-0d07-4b52-a1b7-64a5e1b6a3b2",
        agreement_id=agreements[1],
        format="HttpData-PULL",
        callback_address=sister.base,
    )
    answer = await sister.post(exporter, "/transfers/request", message)
    assert answer.status == 201, answer.body
    ended = await sister.waits_for("TransferTerminationMessage")
    assert ended["code"] == "deny"
    async with asyncio.timeout(10):  # the second is removed once it is settled that it does not leave
        while len(list((exporter.folder / "releases").iterdir())) > 1:
            await asyncio.sleep(0.01)
    assert len(list((exporter.folder / "releases").iterdir())) == 1
    assert len(await entries(exporter, "release")) == 1
    assert len(await entries(exporter, "decision")) == 3, "the decision at the start is recorded too"


async def ends(stranger: Stranger, exporter: LiveNode) -> None:
    """The stranger says that its only transfer has failed."""
    (transfer,) = await exporter.node.store.read(lambda tx: transfers.in_state(tx, "STARTED"))
    message = m.TransferTerminationMessage(provider_pid=transfer.id, consumer_pid=transfer.peer_pid)
    answer = await stranger.post(exporter, f"/transfers/{transfer.id}/termination", message)
    assert answer.status == 200


async def test_a_transfer_that_failed_before_any_byte_left_is_released(
    exporter: LiveNode, vendor: LiveNode, sister: Stranger, tmp_path: Path
) -> None:
    one, two = [await publishes(exporter, tmp_path, range(n, n + 6000)) for n in (0, 6000)]
    _, agreement = await agreed(sister, exporter, one)
    await started(sister, exporter, agreement["agreement"]["@id"])
    assert (await vendor.acquires("Example Exporter", two))["phase"] == "refused", "it is on the way"
    await ends(sister, exporter)
    assert (got := await vendor.acquires("Example Exporter", two))["phase"] == "done", got["reasons"]
    assert await entries(exporter, "ledger_released") == [
        {"participant": sister.did, "counted": {PACK: {"health": {"subjects": 6000, "from_above": 0}}}}
    ]


async def test_who_fetches_and_then_says_that_it_failed_has_got_it(
    exporter: LiveNode, vendor: LiveNode, sister: Stranger, tmp_path: Path
) -> None:
    one, two = [await publishes(exporter, tmp_path, range(n, n + 6000)) for n in (0, 6000)]
    _, agreement = await agreed(sister, exporter, one)
    endpoint, authorization = await started(sister, exporter, agreement["agreement"]["@id"])
    assert (await sister.fetch(endpoint, authorization)).status == 200
    await ends(sister, exporter)
    assert (await vendor.acquires("Example Exporter", two))["phase"] == "refused"
    assert len(await entries(exporter, "ledger_gone")) == 1


async def test_people_whom_nothing_tells_apart_are_counted_from_above_and_the_log_says_so(
    exporter: LiveNode, vendor: LiveNode, tmp_path: Path
) -> None:
    path = tmp_path / "nobody.csv"
    path.write_text("\n".join(["country,icd10", *(f"US,E11.{n % 9}" for n in range(6000))]) + "\n")
    dataset = await exporter.publishes(path, VENDOR)
    assert (got := await vendor.acquires("Example Exporter", dataset))["phase"] == "done", got["reasons"]
    (body,) = await entries(exporter, "ledger_reserved")
    assert body["counted"] == {PACK: {"health": {"subjects": 6000, "from_above": 6000}}}
    other = await publishes(exporter, tmp_path, range(6000))
    assert (await vendor.acquires("Example Exporter", other))["phase"] == "refused"


async def test_what_is_lawfully_public_does_not_count(exporter: LiveNode, vendor: LiveNode, tmp_path: Path) -> None:
    public = {"data.public_record": True}
    for first in (0, 6000):
        dataset = await publishes(exporter, tmp_path, range(first, first + 6000), public)
        assert (got := await vendor.acquires("Example Exporter", dataset))["phase"] == "done", got["reasons"]
    assert await entries(exporter, "ledger_reserved") == []


async def test_no_subject_stands_in_the_log_or_in_what_others_get(
    exporter: LiveNode, vendor: LiveNode, tmp_path: Path
) -> None:
    dataset = await publishes(exporter, tmp_path, range(50))
    got = await vendor.acquires("Example Exporter", dataset)
    await settled(exporter)
    accounts = await exporter.node.store.read(lambda tx: ledger.segments(tx, vendor.did, PACK))
    said = json.dumps([e.body for e in await exporter.node.store.read(lambda tx: list(recorded(tx)))])
    said += Path(got["passport"]).read_text() + Path(got["data"]).read_text()
    (gone,) = accounts["health"]
    assert len(gone.subjects) == 50
    assert not [token for token in gone.subjects if str(token) in said or f"{token:x}" in said]
