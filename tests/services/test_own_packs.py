"""A node judges by packs of its own beside those of the package."""

from __future__ import annotations

import datetime as dt
import shutil
from pathlib import Path

import pytest

from tegata.model.errors import PackError
from tegata.node.config import SETTINGS, read_config
from tegata.node.parts import packs_of
from tegata.rules import builtin_packs, load_pack
from tegata.rules.pack import TEMPLATE
from tegata.trust import SigningKey
from tegata.trust.pack_seal import PackStatement, seal_pack
from tests.nodes import live_node, make_node
from tests.services.conftest import ENTRUSTED, PROVIDER, patients, recipient

TODAY = dt.date(2026, 11, 25)
KEY = SigningKey.generate(b"c" * 32)


async def test_a_policy_of_its_own_refuses_what_the_law_lets_go(tmp_path: Path) -> None:
    folder = tmp_path / "provider"
    make_node(folder, "Example Provider", PROVIDER)
    make_node(tmp_path / "consumer", "Example Consumer")
    shutil.copytree(TEMPLATE, folder / "packs" / "own")
    countries = folder / "packs" / "own" / "parameters.yaml"
    countries.write_text(countries.read_text("utf-8").replace("[JP, DE, FR, GB]", "[JP]"), "utf-8")
    with (folder / SETTINGS).open("a") as settings:
        settings.write("pack_folders: [packs]\npack_trust: {unsigned: allow}\n")
    async with live_node(folder) as provider, live_node(tmp_path / "consumer") as consumer:
        await provider.knows(consumer, "Example Consumer", recipient("DE"))
        await consumer.knows(provider, "Example Provider", {})
        dataset = await provider.publishes(patients(tmp_path / "patients.csv"), ENTRUSTED)
        got = await consumer.acquires("Example Provider", dataset)
    assert got["phase"] == "refused"


def test_the_folders_start_at_the_nodes_own(tmp_path: Path) -> None:
    make_node(tmp_path, "Example")
    with (tmp_path / SETTINGS).open("a") as settings:
        settings.write(f"pack_folders: [own]\npack_trust: {{signers: {{{KEY.did}: Example Counsel}}}}\n")
    with pytest.raises(PackError, match="there is no"):
        packs_of(read_config(tmp_path), tmp_path, TODAY)
    shutil.copytree(TEMPLATE, tmp_path / "own")
    with pytest.raises(PackError, match="nobody has signed it"):
        packs_of(read_config(tmp_path), tmp_path, TODAY)
    pack = load_pack(tmp_path / "own")
    statement = PackStatement(
        pack=pack.id, version=pack.version, digest=pack.digest, signer=KEY.did, signed_on=TODAY, expires=TODAY
    )
    (tmp_path / "own" / "signature.jws").write_text(seal_pack(statement, KEY))
    found = {pack.id for pack in packs_of(read_config(tmp_path), tmp_path, TODAY)}
    assert "house.own" in found
    assert found - {"house.own"} <= {pack.id for pack in builtin_packs()}
