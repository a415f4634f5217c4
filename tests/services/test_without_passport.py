"""Data of a peer that gives no passports, as other connectors do not: taken only where our operator has said so."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import msgspec
import pytest

from tegata.wire.dsp.address import HttpAddress, data_address
from tegata.wire.dsp.messages import DataAddress
from tests.nodes import LiveNode
from tests.services.conftest import OPEN, postal

Address = Callable[[HttpAddress], DataAddress]


def _without(pull: HttpAddress) -> DataAddress:
    return data_address(msgspec.structs.replace(pull, passport=""))


@pytest.fixture
def no_passports(monkeypatch: pytest.MonkeyPatch) -> None:
    """The provider names none."""
    monkeypatch.setattr("tegata.transfer.place.data_address", _without)


@pytest.mark.usefixtures("no_passports")
async def test_by_default_nothing_is_taken_without(provider: LiveNode, consumer: LiveNode, tmp_path: Path) -> None:
    got = await consumer.acquires("Example Provider", await provider.publishes(postal(tmp_path / "p.csv"), OPEN))
    assert (got["phase"], got["data"]) == ("failed", "")
    assert not list((consumer.folder / "received").rglob("*.*"))


@pytest.mark.usefixtures("no_passports")
async def test_it_is_taken_and_said_where_the_operator_allows_it(
    provider: LiveNode, consumer: LiveNode, tmp_path: Path
) -> None:
    await consumer.knows(provider, "Example Provider", {}, gives_passports=False)
    table = postal(tmp_path / "p.csv")
    got = await consumer.acquires("Example Provider", await provider.publishes(table, OPEN))
    assert (got["phase"], got["verdict"], got["passport"]) == ("done", "no-passport", "")
    assert Path(got["data"]).read_text().split() == table.read_text().split()


async def test_a_passport_that_is_given_must_hold_all_the_same(
    provider: LiveNode, consumer: LiveNode, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """One that is empty is a bad passport, not none."""
    await consumer.knows(provider, "Example Provider", {}, gives_passports=False)
    monkeypatch.setattr("tegata.transfer.provider.seal", lambda passport, key: "")
    got = await consumer.acquires("Example Provider", await provider.publishes(postal(tmp_path / "p.csv"), OPEN))
    assert (got["phase"], got["data"]) == ("failed", "")
