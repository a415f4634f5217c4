"""Authorities and witnesses that are away: the log goes on, the lag is told and why, and ends when they return."""

from __future__ import annotations

import asyncio
import datetime as dt
import urllib.error
import urllib.request
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from typing import Any

import pytest

from tegata.clock import Discipline, SystemClock
from tegata.evidence import check_evidence
from tegata.trust import verify_package
from tegata.trust.certified import load_certificates
from tegata.trust.timestamp import pinned
from tegata.tsa import AuthoritySettings, TimeStampService, make_folder
from tegata.tsa.app import tsa_app
from tegata.tsa.self_signed import self_signed
from tests.cli.conftest import in_own_process
from tests.nodes import LiveNode, free_port, live_node, make_node, served
from tests.services.conftest import OPEN, PROVIDER, postal
from tests.services.public_witness import PublicWitness
from tests.services.test_package import package

SETTINGS = """
time_stamps:
  authorities:
    - {{name: tsa-one, url: "http://{tsa}/", certificates: "{certificates}"}}
  every_seconds: 0.1
  late_minutes: 0.001
witnesses:
{witness}
"""


class KeptRight(SystemClock):
    def discipline(self) -> Discipline | None:
        return Discipline(True, dt.timedelta(milliseconds=10))


def certificate(folder: Path) -> Path:
    """An authority's folder is made; where its certificate lies."""
    settings = AuthoritySettings(policy="1.2.3", key="key-1")
    make_folder(folder, settings, *self_signed("example", SystemClock().now(), 30))
    return folder / "keys" / "key-1.pem"


@asynccontextmanager
async def authority(folder: Path, address: str) -> AsyncIterator[None]:
    service = TimeStampService(folder, KeptRight())
    work = asyncio.create_task(service.run())
    try:
        async with served(tsa_app(service), address):
            yield
    finally:
        work.cancel()
        with suppress(asyncio.CancelledError):
            await work
        service.close()


async def lags(node: LiveNode) -> dict[str, Any]:
    status, found = await node.call("GET", "/v1/log/lags")
    assert status == 200, found
    return {one["kind"]: one for one in found["lags"]}


async def until(node: LiveNode, kind: str, state: str) -> dict[str, Any]:
    """That of a kind, once it is in a state; where it is late, once it was tried too."""
    async with asyncio.timeout(120):  # who was away is asked again after as long again
        while (found := (await lags(node))[kind])["state"] != state or (state == "late" and not found["attempts"]):
            await asyncio.sleep(0.05)
    return dict(found)


def metrics(node: LiveNode) -> dict[str, float]:
    bearer = {"Authorization": f"Bearer {node.keys.token}"}
    asked = urllib.request.Request(f"http://{node.config.management}/metrics", headers=bearer)
    with urllib.request.urlopen(asked) as answer:
        lines = answer.read().decode().splitlines()
    found = (line.rpartition(" ") for line in lines if not line.startswith("#"))
    return {name: float(figure) for name, _, figure in found}


async def test_while_all_are_away_nothing_is_lost_and_the_lag_ends_with_their_return(tmp_path: Path) -> None:
    tsa, folder = f"127.0.0.1:{free_port()}", tmp_path / "node"
    pem, witness = certificate(tmp_path / "tsa"), PublicWitness("witness-a", awake=False)
    make_node(folder, "Example", PROVIDER)
    with (folder / "node.yaml").open("a") as settings:
        settings.write(SETTINGS.format(tsa=tsa, certificates=pem, witness=witness.settings))
    async with witness.listening(), live_node(folder) as node:
        dataset = await node.publishes(postal(tmp_path / "one.csv"), OPEN)
        away = await until(node, "time-stamp", "late")
        assert (away["name"], away["reached"], away["reached_at"]) == ("tsa-one", 0, None)
        assert away["attempts"] > 0
        assert away["why"]
        refuses = await until(node, "witness", "late")
        assert (refuses["name"], refuses["why"]) == ("witness-a", "it answers 503")
        for number in range(5):
            await node.publishes(postal(tmp_path / f"{number}.csv"), OPEN)
        size = (await until(node, "publication", "up-to-date"))["entries"]
        behind = (await lags(node))["time-stamp"]
        assert (behind["entries"], behind["since"]) == (size, away["since"])
        assert behind["checkpoints"] >= 1
        told = await asyncio.to_thread(in_own_process, "node", "status", "--node", folder)
        assert told.code == 0
        assert "late" in told.out
        assert f"since {away['since']}  tsa-one: {behind['why']}"[:60] in told.out
        figures = await asyncio.to_thread(metrics, node)
        label = '{kind="time-stamp",name="tsa-one"}'
        assert figures[f"tegata_log_lag_entries{label}"] == size == figures["tegata_log_entries"]
        assert figures[f"tegata_log_late{label}"] == 1
        assert figures[f"tegata_log_lag_seconds{label}"] > 0.06

        async with authority(tmp_path / "tsa", tsa):
            reached = await until(node, "time-stamp", "up-to-date")
        assert (reached["reached"], reached["attempts"], reached["why"], reached["since"]) == (size, 0, "", None)
        made = await package(node, dataset)
        result = verify_package(made, {node.did: "node"}, clocks=pinned(load_certificates(pem)))
        assert {one.name: one.verdict for one in result.checks}["time"] == "passed"
        report = await node.node.store.read(lambda tx: check_evidence(tx, node.keys.key.history))
        assert (report.size, report.damages) == (size, ())
        assert (await asyncio.to_thread(metrics, node))[f"tegata_log_late{label}"] == 0


async def test_metrics_are_for_the_operator(provider: LiveNode) -> None:
    with pytest.raises(urllib.error.HTTPError, match="401"):
        await asyncio.to_thread(urllib.request.urlopen, f"http://{provider.config.management}/metrics")
