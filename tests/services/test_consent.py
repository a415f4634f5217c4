"""Consent between nodes: whose records leave, and what a withdrawal stops."""

from __future__ import annotations

import asyncio
import csv
from pathlib import Path
from typing import Any

import pytest

from tegata.evidence import recorded
from tegata.tables.unpack import unpack
from tegata.transfer import provider as desk
from tegata.trust import open_passport
from tests.nodes import LiveNode
from tests.services.conftest import ENTRUSTED, patients, postal
from tests.services.test_parts import clinic


async def acts(node: LiveNode, dataset: str, act: str, *people: str, **more: Any) -> Any:
    wanted = {"dataset": dataset, "act": act, "people": people, "column": "patient_id", **more}
    status, document = await node.call("POST", "/v1/consent", wanted)
    assert status in (200, 201), document
    return document


def codes(got: dict[str, Any]) -> set[str]:
    with Path(got["data"]).open(newline="", encoding="utf-8") as file:
        return {row["icd10"] for row in csv.DictReader(file)}


async def test_only_records_of_people_with_consent_leave_and_withdrawals_end_what_is_open(
    provider: LiveNode, consumer: LiveNode, tmp_path: Path
) -> None:
    source = patients(tmp_path / "patients.csv", rows=9)  # patient n has the code E11.n
    dataset = await provider.publishes(source, ENTRUSTED)
    listed = tmp_path / "consent.csv"
    listed.write_text("patient_id\nP00001\nP00002\nP00003\n")
    would = await acts(provider, dataset, "given", path=str(listed), dry_run=True)
    assert (would["effective"], would["standing"]) == (3, {"": 3})
    await acts(provider, dataset, "given", path=str(listed))
    first = await consumer.acquires("Example Provider", dataset)
    assert codes(first) == {"E11.1", "E11.2", "E11.3"}
    assert open_passport(Path(first["passport"]).read_text()).entry.body["consent"] == {"epoch": 1}

    status, opened = await consumer.call(
        "POST", "/v1/acquisitions", {"peer": "Example Provider", "dataset": dataset, "doors": True}
    )
    assert status == 202
    opened = await phase(consumer, opened, "open", "done", "failed")
    nothing = await acts(provider, dataset, "withdrawn", "P00007")
    assert (nothing["effective"], nothing["ended"]) == (0, []), "he never gave it"
    gone = await acts(provider, dataset, "withdrawn", "P00002")
    assert (gone["effective"], len(gone["ended"])) == (1, 1)
    (ended,) = [await transfer(provider, one) for one in gone["ended"]]
    assert (ended["state"], ended["code"]) == ("TERMINATED", "consent")
    assert "epoch 3" in ended["reasons"][0]["en"]

    second = await consumer.acquires("Example Provider", dataset)
    assert codes(second) == {"E11.1", "E11.3"}
    one, two = (open_passport(Path(got["passport"]).read_text()) for got in (first, second))
    assert one.data_digest != two.data_digest
    assert two.entry.body["consent"] == {"epoch": 3}
    assert two.entry.body["earlier"]["recipient"]["compared"] == 1, "the same source, of other people"

    await acts(provider, dataset, "withdrawn", everybody=True)
    third = await consumer.acquires("Example Provider", dataset)
    assert (third["phase"], third["code"]) == ("failed", "consent")
    status, report = await provider.call("GET", f"/v1/consent/{dataset}")
    assert (status, report["epoch"], report["standing"]) == (200, 4, {"": 0})


async def test_all_tables_of_a_data_set_are_of_people_with_consent(
    provider: LiveNode, consumer: LiveNode, tmp_path: Path
) -> None:
    folder = clinic(tmp_path / "clinic")
    dataset = await provider.publishes(folder, ENTRUSTED)
    await acts(provider, dataset, "given", "P00001", "P00002")
    got = await consumer.acquires("Example Provider", dataset)
    manifest = unpack(Path(got["data"]), tmp_path / "got")
    assert [(one.name, one.rows) for one in manifest.files] == [("patients.csv", 2), ("visits.csv", 6)]
    postal(folder / "towns.csv")
    got = await consumer.acquires("Example Provider", await provider.publishes(folder, ENTRUSTED))
    assert (got["phase"], got["code"]) == ("failed", "input"), "of its towns nobody can say whose they are"
    assert "consent is kept by the column `patient_id`" in got["reasons"][0]["en"]


async def test_who_withdraws_while_the_release_is_made_is_not_in_it(
    provider: LiveNode, consumer: LiveNode, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    dataset = await provider.publishes(patients(tmp_path / "patients.csv", rows=9), ENTRUSTED)
    await acts(provider, dataset, "given", "P00001", "P00002")
    loop, make = asyncio.get_running_loop(), desk.make_release
    epochs: list[int] = []

    def slow(*arguments: Any) -> Any:
        made = make(*arguments)
        if not epochs:
            change = asyncio.run_coroutine_threadsafe(acts(provider, dataset, "withdrawn", "P00002"), loop).result(20)
            assert change["ended"] == [], "nothing has started"
            epochs.append(change["act"]["epoch"])
        return made

    monkeypatch.setattr(desk, "make_release", slow)
    got = await consumer.acquires("Example Provider", dataset)
    assert codes(got) == {"E11.1"}
    assert open_passport(Path(got["passport"]).read_text()).entry.body["consent"] == {"epoch": 2}
    assert epochs == [2]


async def test_a_withdrawal_stops_what_is_under_way(provider: LiveNode, consumer: LiveNode, tmp_path: Path) -> None:
    """Within one chunk and one second; before it there was no register, so everybody's records were on their way."""
    source = patients(tmp_path / "patients.csv", rows=40_000)
    title = {"en": "patients", "ja": "患者"}
    wanted = {"path": str(source), "title": title, "description": title, "facts": ENTRUSTED}
    _, document = await provider.call("POST", "/v1/datasets", wanted | {"limits": {"bytes_per_second": 1 << 17}})
    dataset = document["dataset"]["id"]
    under_way = asyncio.create_task(consumer.acquires("Example Provider", dataset))
    while not await provider.node.store.read(lambda tx: [e for e in recorded(tx) if e.kind == "release"]):
        await asyncio.sleep(0.02)
    begun = asyncio.get_running_loop().time()
    change = await acts(provider, dataset, "given", "P00001")
    assert len(change["ended"]) == 1
    got = await under_way
    assert (got["phase"], got["code"]) == ("failed", "consent"), got
    _, release = await provider.call("GET", f"/v1/transfers/{change['ended'][0]}/risk")
    assert asyncio.get_running_loop().time() - begun < release["size"] / (1 << 17), "all of it would take longer"
    assert release["size"] > 10 << 17
    await consumer.empties("received")
    await provider.empties("releases")


async def phase(node: LiveNode, document: dict[str, Any], *wanted: str) -> dict[str, Any]:
    async with asyncio.timeout(20):
        while document["phase"] not in wanted:
            await asyncio.sleep(0.02)
            _, document = await node.call("GET", f"/v1/acquisitions/{document['id']}")
    return document


async def transfer(node: LiveNode, process: str) -> Any:
    _, document = await node.call("GET", f"/v1/transfers/{process}")
    return document
