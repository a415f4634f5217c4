"""What is about to leave a node is looked at again: a scan that was outwitted does not let anybody out."""

from __future__ import annotations

import base64
import csv
from pathlib import Path

from tegata.evidence import recorded
from tests.nodes import LiveNode
from tests.services.conftest import ENTRUSTED, patients


def hidden_in(source: Path, every: int) -> Path:
    """A table of patients with an ordinary column more; each `every`th cell of it is the mail address in base64."""
    header, *rows = csv.reader(source.read_text(encoding="utf-8").splitlines())
    with source.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow([*header, "ward"])
        for n, row in enumerate(rows):
            writer.writerow(
                [*row, base64.b64encode(row[2].encode()).decode() if n % every == every - 1 else f"W{n % 5}"]
            )
    return source


async def test_what_a_scan_overlooked_ends_the_transfer_before_a_byte_leaves(
    provider: LiveNode, consumer: LiveNode, tmp_path: Path
) -> None:
    source = hidden_in(patients(tmp_path / "patients.csv"), every=5)
    dataset = await provider.publishes(source, ENTRUSTED)
    got = await consumer.acquires("Example Provider", dataset)
    assert (got["phase"], got["code"]) == ("failed", "exposure"), got
    assert "still holds what the plan removes" in got["reasons"][0]["en"]
    kinds = [entry.kind for entry in await provider.node.store.read(lambda tx: list(recorded(tx)))]
    assert "release" not in kinds, "nothing was even made ready to leave"
    await provider.empties("releases")
    await consumer.empties("received")


async def test_a_source_that_is_cleaned_up_may_leave(provider: LiveNode, consumer: LiveNode, tmp_path: Path) -> None:
    """The look falls on new bytes too: they are scanned and decided anew before anybody is accused."""
    source = hidden_in(patients(tmp_path / "patients.csv"), every=5)
    dataset = await provider.publishes(source, ENTRUSTED)
    hidden_in(patients(source), every=1000)
    got = await consumer.acquires("Example Provider", dataset)
    assert got["phase"] == "done", got["reasons"]
