"""What a rule asks of the bytes is done between nodes: fields encrypted for who holds the key, people capped over all
tables."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest_asyncio

from tegata.cli.release_key import key_of_agreement
from tegata.protect.opening import open_fields
from tegata.tables import open_source
from tegata.tables.unpack import unpack
from tegata.trust import open_passport
from tests.nodes import LiveNode, live_node, make_node
from tests.services.conftest import ENTRUSTED, make_ruled, recipient
from tests.services.test_parts import clinic, rows

RULE = """
- id: few-and-sealed
  cite:
    - ref: Data policy, section 6
  outcome: allow_with_conditions
  when: leaves
  say: {en: Few people and sealed findings., ja: 少人数とし、所見は暗号化します。}
  conditions:
    - verb: cap_subjects
      params: {max: 7}
      means: ["technique:minimisation"]
      say: {en: At most seven people., ja: 最大 7 人。}
    - verb: encrypt
      params: {recognisers: [medical.icd10], deterministic: true, held_in: JP}
      means: ["technique:encryption"]
      say: {en: Findings are encrypted with keys held in Japan., ja: 所見は日本で保管する鍵で暗号化する。}
"""


@pytest_asyncio.fixture
async def sealing(tmp_path: Path) -> AsyncIterator[LiveNode]:
    async with live_node(make_ruled(tmp_path / "sealing", RULE)) as node:
        yield node


async def test_few_people_of_all_tables_and_fields_that_the_provider_can_open(
    sealing: LiveNode, tmp_path: Path
) -> None:
    dataset = await sealing.publishes(clinic(tmp_path / "clinic"), ENTRUSTED)
    make_node(tmp_path / "consumer", "Example Consumer")
    async with live_node(tmp_path / "consumer") as consumer:
        await sealing.knows(consumer, "Example Consumer", recipient("DE"))
        await consumer.knows(sealing, "Example Provider", {})
        got = await consumer.acquires("Example Provider", dataset)
    assert (got["phase"], got["verdict"]) == ("done", "total-passed"), got["reasons"]
    unpack(Path(got["data"]), tmp_path / "got")
    people, visits = (rows(tmp_path / "got" / name) for name in ("patients.csv", "visits.csv"))
    assert len(people) == 7
    assert {row["patient_id"] for row in visits} <= {row["patient_id"] for row in people}
    sealed = {row["icd10"] for row in (*people, *visits)}
    assert all(cell.startswith("e-") for cell in sealed)
    assert {row["icd10"] for row in visits} & {row["icd10"] for row in people}, "equal findings are equal in both"

    passport = open_passport(Path(got["passport"]).read_text())
    met = {one.condition.verb: one for one in passport.obligations}
    assert met["encrypt"].met
    assert met["encrypt"].condition.params["held_in"] == "JP"
    key = key_of_agreement(tmp_path / "sealing", passport.agreement)
    open_fields(open_source(tmp_path / "got" / "visits.csv"), key, tmp_path / "opened.csv")
    assert {row["icd10"] for row in rows(tmp_path / "opened.csv")} <= {f"E11.{n}" for n in range(9)}
