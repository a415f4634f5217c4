"""Tokens by agreement: each agreement has a vault of its own at the provider, which alone turns them back."""

from __future__ import annotations

import asyncio
import datetime as dt
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio
from msgspec.structs import replace

from tegata.evidence import recorded
from tegata.model.evidence import Entry
from tegata.node.config import NodeConfig
from tegata.store import Store
from tegata.tables.unpack import unpack
from tegata.transfer import provider as desk
from tegata.trust import open_passport
from tegata.vault.vaults import Keeping, Vaults
from tests.nodes import LiveNode, live_node, make_node
from tests.services.conftest import ENTRUSTED, make_ruled, patients, recipient
from tests.services.test_ledger import MovedClock
from tests.services.test_parts import clinic, rows
from tests.services.test_privacy_budget import met

AT = dt.datetime(2026, 1, 2, tzinfo=dt.UTC)
RULE = """
- id: tokens
  cite:
    - ref: Data policy, section 7
  outcome: allow_with_conditions
  when: leaves
  say: {en: Patients leave as tokens., ja: 患者はトークンで提供します。}
  conditions:
    - verb: tokenise
      params: {columns: [patient_id]}
      means: ["technique:tokenisation"]
      say: {en: Replace numbers of patients by tokens., ja: 患者番号をトークンに置き換える。}
"""


@pytest_asyncio.fixture
async def keeper(tmp_path: Path) -> AsyncIterator[LiveNode]:
    """Its house does not ask for pseudonyms, which tell less than tokens do, and so would win."""
    async with live_node(make_ruled(tmp_path / "keeper", RULE, without="house.minimise")) as node:
        yield node


def vault_of(keeper: LiveNode, got: dict[str, Any]) -> Keeping:
    agreement = open_passport(Path(got["passport"]).read_text()).agreement
    return Keeping(Vaults(keeper.folder / "vaults").path_of(agreement), AT)


def tokens_in(got: dict[str, Any]) -> list[str]:
    return [row["patient_id"] for row in rows(Path(got["data"]))]


async def test_the_provider_alone_turns_the_tokens_of_an_agreement_back(keeper: LiveNode, tmp_path: Path) -> None:
    source = patients(tmp_path / "patients.csv")
    dataset = await keeper.publishes(source, ENTRUSTED)
    async with met(keeper, tmp_path / "one", "One") as one, met(keeper, tmp_path / "two", "Two") as two:
        got, other = await one.acquires("Example Provider", dataset), await two.acquires("Example Provider", dataset)
    assert (got["phase"], got["verdict"], other["phase"]) == ("done", "total-passed", "done"), got["reasons"]
    made = tokens_in(got)
    assert not set(made) & set(tokens_in(other)), "nothing links what left under two agreements"
    with vault_of(keeper, got).open() as vault:
        found = vault.find(made, "case 1", AT)
        acts = vault.state().acts
    assert {one.token: one.value for one in found.entries} == dict(
        zip(made, (row["patient_id"] for row in rows(source)), strict=True)
    )
    passport = open_passport(Path(got["passport"]).read_text())
    assert passport.entry.body["vault"] == acts[1].chain, "the log holds the chain of what was done with the vault"
    assert acts[1].reason == passport.data_digest
    (told,) = (one for one in passport.obligations if one.condition.verb == "tokenise")
    assert "provider alone holds the vault" in told.how.en
    entries = await keeper.node.store.read(
        lambda tx: [one for one in recorded(tx) if one.subject == passport.agreement]
    )
    assert [one.kind for one in entries] == ["agreement", "vault_made"]


async def test_tokens_join_the_tables_of_a_data_set(keeper: LiveNode, tmp_path: Path) -> None:
    dataset = await keeper.publishes(clinic(tmp_path / "clinic"), ENTRUSTED)
    async with met(keeper, tmp_path / "one", "One") as one:
        got = await one.acquires("Example Provider", dataset)
    assert got["phase"] == "done", got["reasons"]
    unpack(Path(got["data"]), tmp_path / "got")
    people, visits = (
        [row["patient_id"] for row in rows(tmp_path / "got" / f"{n}.csv")] for n in ("patients", "visits")
    )
    assert set(visits) == set(people)
    with vault_of(keeper, got).open() as vault:
        assert [one.source for one in vault.state().releases] == ["patients.csv", "visits.csv"]
        assert vault.find(people, "case 2", AT).missing == 0


async def test_a_vault_that_is_gone_is_never_made_anew(keeper: LiveNode, tmp_path: Path) -> None:
    """Its tokens would be others, and look alike."""
    dataset = await keeper.publishes(patients(tmp_path / "patients.csv"), ENTRUSTED)
    async with met(keeper, tmp_path / "one", "One") as one:
        wish = {"peer": "Example Provider", "dataset": dataset, "doors": True}
        _, asked = await one.call("POST", "/v1/acquisitions", wish)
        opened = await settled(one, asked["id"])
        assert opened["phase"] == "open", opened["reasons"]
        kept = vault_of(keeper, opened)
        with kept.open() as vault:
            vault.destroy(kept.path.with_name(f"{kept.path.name}.key"), "contract ended", AT)
        await one.call("POST", f"/v1/acquisitions/{asked['id']}/again", {})
        again = await settled(one, asked["id"])
    assert (again["phase"], again["code"]) == ("failed", "vault"), again
    assert "vault of this agreement is gone" in again["reasons"][0]["en"]
    assert list(kept.path.parent.iterdir()) == []


async def settled(node: LiveNode, acquisition: str) -> dict[str, Any]:
    async with asyncio.timeout(20):
        while True:
            _, found = await node.call("GET", f"/v1/acquisitions/{acquisition}")
            if found["phase"] not in ("negotiating", "preparing"):
                return dict(found)
            await asyncio.sleep(0.02)


async def test_no_token_leaves_that_the_vault_does_not_hold(
    keeper: LiveNode, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The power fails between the copy and the record of it: what was handed out is there, and the same afterwards."""
    dataset = await keeper.publishes(patients(tmp_path / "patients.csv"), ENTRUSTED)
    make, lost = desk.make_release, list[list[str]]()

    def cut(*args: Any) -> Any:
        made = make(*args)
        if not lost:
            lost.append([row["patient_id"] for row in rows(made.path)])
            raise desk.LostError("the power is cut")
        return made

    monkeypatch.setattr(desk, "make_release", cut)
    async with met(keeper, tmp_path / "one", "One") as one:
        got = await one.acquires("Example Provider", dataset, seconds=60)
    assert got["phase"] == "done", got["reasons"]
    assert tokens_in(got) == lost[0]
    with vault_of(keeper, got).open() as vault:
        assert vault.find(lost[0], "case 3", AT).missing == 0


async def test_a_node_whose_replicas_share_no_vaults_does_not_agree(
    keeper: LiveNode, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    shared = NodeConfig(name="n", dsp="", url="", management="", database="postgresql://db/tegata")
    assert shared.vaults_in(tmp_path) is None
    assert replace(shared, vaults="/srv/vaults").vaults_in(tmp_path) == Path("/srv/vaults")
    monkeypatch.setattr(keeper.node._contracts.provider, "_unable", ("tokenise",))
    dataset = await keeper.publishes(patients(tmp_path / "patients.csv"), ENTRUSTED)
    async with met(keeper, tmp_path / "one", "One") as one:
        got = await one.acquires("Example Provider", dataset)
    assert (got["phase"], got["code"]) == ("refused", "unprotectable"), got
    assert "not set up for `tokenise`" in got["reasons"][0]["en"]


async def test_a_vault_ends_when_the_agreement_says_so(tmp_path: Path) -> None:
    """In the log first: a sweep that was cut short behind that is finished by the next."""
    clock, rule = (
        MovedClock(),
        RULE.replace("{columns: [patient_id]}", "{columns: [patient_id], destroy_after_days: 30}"),
    )
    async with live_node(make_ruled(tmp_path / "keeper", rule, without="house.minimise"), clock) as keeper:
        dataset = await keeper.publishes(patients(tmp_path / "patients.csv"), ENTRUSTED)
        make_node(tmp_path / "one", "One")
        async with live_node(tmp_path / "one", clock) as one:
            await keeper.knows(one, "One", recipient("DE"))
            await one.knows(keeper, "Example Provider", {})
            wish = {"peer": "Example Provider", "dataset": dataset, "doors": True}
            _, asked = await one.call("POST", "/v1/acquisitions", wish)
            opened = await settled(one, asked["id"])
            assert opened["phase"] == "open", opened["reasons"]
            kept, vaults = vault_of(keeper, opened), keeper.node._transfers.vaults
            signed = clock.now()
            clock.move_to(signed + dt.timedelta(days=29, hours=23))
            await vaults.sweep()
            with kept.open() as vault:
                assert vault.state().values
            clock.move_to(signed + dt.timedelta(days=30, minutes=1))
            kept.path.with_name(f"{kept.path.name}.key").unlink()  # as if an earlier one had got so far
            await vaults.sweep()
            await vaults.sweep()
            assert list(kept.path.parent.iterdir()) == []
            await one.call("POST", f"/v1/acquisitions/{asked['id']}/again", {})
            again = await settled(one, asked["id"])
    assert (again["phase"], again["code"]) == ("failed", "vault"), again
    entries = [entry.kind for entry in await keeper_entries(tmp_path / "keeper")]
    assert entries.count("vault_destroyed") == 1


async def keeper_entries(folder: Path) -> list[Entry]:
    store = Store.open(folder / "state")
    try:
        return await store.read(lambda tx: list(recorded(tx)))
    finally:
        store.close()
