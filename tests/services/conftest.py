"""A provider, a consumer, and tables with and without people."""

from __future__ import annotations

import shutil
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import msgspec
import pytest_asyncio
from msgspec.structs import replace

from tegata.admission import PackTrust
from tegata.node.config import SETTINGS, read_config
from tegata.rules.pack import TEMPLATE
from tests.nodes import LiveNode, live_node, make_node
from tests.services.stranger import Stranger

PROVIDER: dict[str, Any] = {
    "entity": "organisation",
    "organised_under": ["JP"],
    "principal_place": "JP",
    "located_in": "JP",
    "us_person": False,
    "appi_operator": True,
    "gdpr_subject": False,
    "role": "controller",
}
"""A Japanese company: APPI has a say, 28 CFR 202 and the GDPR do not."""


def recipient(country: str) -> dict[str, Any]:
    """An ordinary company of a country, entrusted with processing."""
    return {
        "entity": "organisation",
        "organised_under": [country],
        "principal_place": country,
        "located_in": country,
        "us_person": country == "US",
        "designated": False,
        "owned_by_covered_pct": 0,
        "handles_data": True,
        "appi_operator": False,
        "appi_equivalent_system": False,
        "cbpr": False,
        "role": "processor",
    }


ENTRUSTED: dict[str, Any] = {
    "relation": "none",
    "transaction.class": "vendor",
    "transaction.access": True,
    "transaction.act": "transfer",
    "transaction.evasion": False,
    "data.public_record": False,
    "basis.appi_27_exception": "none",
    "basis.appi_27_5": "entrustment",
    "basis.opt_out_filed": False,
    "consent.given": False,
    "consent.abroad_informed": False,
}
"""What the publisher states of a table with people: processing is entrusted, nobody was asked for consent."""

OPEN: dict[str, Any] = {"data.personal": False, "data.public_record": True}


def patients(path: Path, rows: int = 40) -> Path:
    """A small table with people: names, mail addresses, birth dates, diagnoses."""
    lines = ["patient_id,氏名,email,birth_date,icd10"]
    for n in range(rows):
        name = ("佐藤 花子", "鈴木 一郎", "高橋 美咲", "田中 健")[n % 4]
        lines.append(f"P{n:05d},{name},user{n}@example.org,19{40 + n % 50}-0{1 + n % 9}-1{n % 10},E11.{n % 9}")
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return path


def postal(path: Path) -> Path:
    """A small table without people."""
    path.write_text("postal_code,prefecture\n1000001,東京都\n0600000,北海道\n5300001,大阪府\n", encoding="utf-8")
    return path


def make_ruled(folder: Path, rules: str, without: str = "") -> Path:
    """A provider with rules of its own beside the packs of the package, but for one."""
    make_node(folder, "Example Provider", PROVIDER)
    shutil.copytree(TEMPLATE, folder / "packs" / "own")
    with (folder / "packs" / "own" / "rules.yaml").open("a", encoding="utf-8") as file:
        file.write(rules)
    config = read_config(folder)
    packs, trust = tuple(one for one in config.packs if one != without), PackTrust(unsigned="allow")
    config = replace(config, packs=packs, pack_folders=("packs",), pack_trust=trust)
    (folder / SETTINGS).write_bytes(msgspec.yaml.encode(config))
    return folder


@pytest_asyncio.fixture
async def provider(tmp_path: Path) -> AsyncIterator[LiveNode]:
    make_node(tmp_path / "provider", "Example Provider", PROVIDER)
    async with live_node(tmp_path / "provider") as node:
        yield node


@pytest_asyncio.fixture
async def consumer(tmp_path: Path, provider: LiveNode) -> AsyncIterator[LiveNode]:
    """A consumer in Germany; the two know each other."""
    make_node(tmp_path / "consumer", "Example Consumer")
    async with live_node(tmp_path / "consumer") as node:
        await provider.knows(node, "Example Consumer", recipient("DE"))
        await node.knows(provider, "Example Provider", {})
        yield node


@pytest_asyncio.fixture
async def stranger(provider: LiveNode) -> AsyncIterator[Stranger]:
    """Somebody in Germany whom the provider knows, and who need not be a node of ours."""
    async with Stranger().listening() as somebody:
        await somebody.known_to(provider, recipient("DE"))
        yield somebody
