"""Packs of one's own stand beside those of the package: they add strictness, never take it away."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tegata.model.decision import Fact, Flow
from tegata.model.errors import PackError
from tegata.rules import builtin_packs, decide, load_pack, packs_beside
from tegata.rules.pack import TEMPLATE
from tests.rules.small_pack import rule, write
from tests.rules.some_flows import TODAY, stated

LAW = builtin_packs()
OUTCOMES = ("allow", "allow_with_conditions", "human_review", "deny")


@settings(max_examples=15, deadline=None)
@given(flow=stated(), outcome=st.sampled_from(OUTCOMES), default=st.sampled_from(OUTCOMES))
def test_no_pack_makes_an_answer_milder(
    tmp_path_factory: pytest.TempPathFactory, flow: dict[str, Any], outcome: str, default: str
) -> None:
    folder = write(
        tmp_path_factory.mktemp("own"),
        [rule("r", outcome, "data.personal")],
        {"id": "house.own", "default": default, "from": "2025-01-01"},
    )
    facts = Flow(facts={name: Fact(value=value) for name, value in flow.items()})
    own = packs_beside(LAW, [folder])[-1]
    before, after, alone = (
        decide(facts, packs, today=TODAY, search_paths=False) for packs in (LAW, [*LAW, own], [own])
    )
    assert after.outcome.severity == max(before.outcome.severity, alone.outcome.severity)
    assert after.per_pack[:-1] == before.per_pack
    assert {name: after.pack_digests[name] for name in before.pack_digests} == before.pack_digests


def test_no_pack_hides_another_by_its_id(tmp_path: Path) -> None:
    write(tmp_path / "own", [rule("r", "allow", "true")], {"id": LAW[0].id, "from": "2025-01-01"})
    with pytest.raises(PackError, match=f"there is a pack `{LAW[0].id}` already"):
        packs_beside(LAW, [tmp_path / "own"])
    with pytest.raises(PackError, match="already"):
        packs_beside(LAW, [TEMPLATE, TEMPLATE])


def test_no_pack_makes_a_day_without_known_law_look_like_one_without_law(tmp_path: Path) -> None:
    write(tmp_path / "own", [rule("r", "allow", "true")], {"id": "house.own", "from": "1900-01-01"})
    with pytest.raises(PackError, match="before"):
        packs_beside(LAW, [tmp_path / "own"])


def test_a_folder_may_hold_several_packs_but_not_none(tmp_path: Path) -> None:
    for name in ("a", "b"):
        shutil.copytree(TEMPLATE, tmp_path / "packs" / name)
        head = tmp_path / "packs" / name / "pack.yaml"
        head.write_text(head.read_text("utf-8").replace("house.own", f"house.{name}"), "utf-8")
    found = packs_beside(LAW, [tmp_path / "packs"])
    assert [pack.id for pack in found[len(LAW) :]] == ["house.a", "house.b"]
    assert found[-1].digest == load_pack(tmp_path / "packs" / "b").digest
    (tmp_path / "empty").mkdir()
    for nothing in (tmp_path / "empty", tmp_path / "nowhere"):
        with pytest.raises(PackError, match="is not a rule pack"):
            packs_beside(LAW, [nothing])
