"""What is no table between two nodes: it goes as it is where that is allowed and somebody says what it holds."""

from __future__ import annotations

import random
from pathlib import Path
from typing import Any

import pytest

from tegata.tables import digest_file
from tegata.transfer.parts import suffix_of
from tegata.trust import open_passport
from tests.nodes import LiveNode
from tests.services.conftest import ENTRUSTED, OPEN

PEOPLE: dict[str, Any] = ENTRUSTED | {"data.personal": True}


def picture(path: Path, size: int = 50_000) -> Path:
    path.write_bytes(b"\x89PNG\r\n\x1a\n" + random.Random(size).randbytes(size))
    return path


async def test_a_picture_arrives_as_it_is(provider: LiveNode, consumer: LiveNode, tmp_path: Path) -> None:
    source = picture(tmp_path / "町並み.PNG", 9 << 20)  # three chunks
    dataset = await provider.publishes(source, OPEN)
    got = await consumer.acquires("Example Provider", dataset)
    assert (got["phase"], got["verdict"]) == ("done", "total-passed"), got["reasons"]
    assert Path(got["data"]).name == "data.png"
    assert Path(got["data"]).read_bytes() == source.read_bytes()
    passport = open_passport(Path(got["passport"]).read_text())
    assert passport.source_digest == passport.data_digest == digest_file(source)
    assert passport.entry.body["chunk_bytes"]


async def test_it_can_be_brought_too(provider: LiveNode, consumer: LiveNode, tmp_path: Path) -> None:
    source = picture(tmp_path / "map.png")
    got = await consumer.acquires("Example Provider", await provider.publishes(source, OPEN), push=True)
    assert got["phase"] == "done", got["reasons"]
    assert Path(got["data"]).read_bytes() == source.read_bytes()


async def test_nobody_says_what_it_holds(provider: LiveNode, tmp_path: Path) -> None:
    request = {
        "path": str(picture(tmp_path / "map.png")),
        "title": {"en": "m", "ja": "m"},
        "description": {"en": "", "ja": ""},
    }
    status, document = await provider.call("POST", "/v1/datasets", request)
    assert status == 400
    assert "data.personal" in document["hint"]


async def test_unknown_categories_are_asked_for(provider: LiveNode, consumer: LiveNode, tmp_path: Path) -> None:
    dataset = await provider.publishes(picture(tmp_path / "x-ray.dcm"), PEOPLE)
    got = await consumer.acquires("Example Provider", dataset)
    assert (got["phase"], got["code"]) == ("refused", "needs_info")


async def test_what_would_have_to_be_protected_is_not_agreed_on(
    provider: LiveNode, consumer: LiveNode, tmp_path: Path
) -> None:
    facts = PEOPLE | {"data.categories": ["health", "identifier.contact"], "data.identifiers": ["contact"]}
    dataset = await provider.publishes(picture(tmp_path / "x-ray.dcm"), facts | {"data.form": "identified"})
    got = await consumer.acquires("Example Provider", dataset)
    assert (got["phase"], got["code"]) == ("refused", "unprotectable"), got["reasons"]
    assert any("cannot be protected" in reason["en"] for reason in got["reasons"])


async def test_other_bytes_than_were_spoken_of_do_not_leave(
    provider: LiveNode, consumer: LiveNode, tmp_path: Path
) -> None:
    source = picture(tmp_path / "map.png")
    dataset = await provider.publishes(source, OPEN)
    picture(source, 60_000)
    got = await consumer.acquires("Example Provider", dataset)
    assert (got["phase"], got["code"]) == ("failed", "verification")
    assert "has changed" in got["reasons"][0]["en"]
    assert not list((provider.folder / "releases").rglob("data*"))


@pytest.mark.parametrize("name", ["x", "a.b/../c", "x.", "x.tar.g z", "x.ПДФ", "a" * 300, "../../etc/passwd", ""])
def test_a_harmful_end_of_a_name_is_none(name: str) -> None:
    assert suffix_of(name) in ("bin", "x")


def test_the_end_of_a_name() -> None:
    assert [suffix_of(name) for name in ("a.PDF", "/b/c.tar.gz", "png")] == ["pdf", "gz", "png"]
