"""Everything about one person: what a node can tell of its transfers without having kept who anybody is."""

from __future__ import annotations

import base64
import hashlib
from pathlib import Path
from typing import Any

import msgspec
import pytest

from tegata.evidence import answer, package
from tegata.trust import verify_package
from tegata.trust.container import read_container
from tests.nodes import LiveNode
from tests.services.conftest import ENTRUSTED, patients

ONE = {"column": "patient_id", "value": " P00003 "}


async def asked(node: LiveNode, person: dict[str, str], *, dry_run: bool = True) -> dict[str, Any]:
    wanted = {"person": person, "dry_run": dry_run}
    status, document = await node.call("POST", "/v1/log/package", wanted)
    assert status == 200, document
    return dict(document)


async def answers(node: LiveNode, **person: str) -> list[str]:
    return [one["answer"] for one in (await asked(node, {**ONE, **person}))["transfers"]]


async def test_a_person_is_looked_for_in_the_sources(provider: LiveNode, consumer: LiveNode, tmp_path: Path) -> None:
    path = patients(tmp_path / "patients.csv")
    dataset = await provider.publishes(path, ENTRUSTED)
    await consumer.acquires("Example Provider", dataset)
    told = await asked(provider, ONE)
    assert [one["answer"] for one in told["transfers"]] == ["may hold"]
    assert told["holds"]["entries"]["release"] == 1
    assert "package" not in told
    assert await answers(provider, value="P99999") == ["does not hold"]
    assert await answers(provider, column="nobody") == ["unknown"]
    await _check_package(provider, told["transfers"][0]["transfer"])
    path.write_text(path.read_text() + "P77777,佐藤 花子,x@example.org,1980-01-11,E11.1\n")
    for value in ("P00003", "P77777", "P99999"):
        assert await answers(provider, value=value) == ["unknown"]
    path.unlink()
    assert await answers(provider) == ["unknown"]
    for wrong in ({"person": {**ONE, "value": " "}}, {"about": "x", "person": ONE}, {}):
        assert (await provider.call("POST", "/v1/log/package", wrong))[0] == 400


async def _check_package(provider: LiveNode, transfer: str) -> None:
    made = base64.b64decode((await asked(provider, ONE, dry_run=False))["package"])
    assert b"P00003" not in made
    assert verify_package(made, {provider.did: "provider"}).verdict == "total-passed"
    files = read_container(made)
    person = msgspec.json.decode(files["question.json"])["person"]
    named = hashlib.sha256(f"{person['salt']}P00003".encode()).hexdigest()
    assert person == {"column": "patient_id", "salt": person["salt"], "digest": f"sha256:{named}"}
    assert [one["transfer"] for one in msgspec.json.decode(files["answer.json"])] == [transfer]
    assert msgspec.json.decode(files["verdict.json"])["verdict"] == "total-passed"
    status, document = await provider.call("POST", "/v1/log/package", {"person": {**ONE, "value": "P99999"}})
    assert (status, "no transfer holds this person" in document["title"]) == (400, True)


async def test_the_consent_register_tells_too(provider: LiveNode, consumer: LiveNode, tmp_path: Path) -> None:
    """Who did not stand in it was left out for certain; who stood may be in it, though the source is gone."""
    path = patients(tmp_path / "patients.csv")
    dataset = await provider.publishes(path, ENTRUSTED)
    people = [f"P{n:05d}" for n in range(10)]
    act = {"dataset": dataset, "act": "given", "column": "patient_id", "people": people}
    status, document = await provider.call("POST", "/v1/consent", act)
    assert status in (200, 201), document
    await consumer.acquires("Example Provider", dataset)
    expected = ["may hold", "does not hold"]
    assert [*await answers(provider), *await answers(provider, value="P00020")] == expected
    path.unlink()
    assert [*await answers(provider), *await answers(provider, value="P00020")] == expected


async def test_an_answer_that_is_too_large_is_refused_and_the_cut_one_is_whole(
    provider: LiveNode, consumer: LiveNode, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    dataset = await provider.publishes(patients(tmp_path / "patients.csv"), ENTRUSTED)
    await consumer.acquires("Example Provider", dataset)
    for module, name, most in ((answer, "MOST_ENTRIES", 2), (package, "_MOST_FILES", 5)):
        monkeypatch.setattr(module, name, most)
        status, document = await provider.call("POST", "/v1/log/package", {"about": consumer.did})
        assert (status, "fewer days" in document["hint"]) == (400, True)
        monkeypatch.undo()
    days = {"about": consumer.did, "since": "2000-01-01", "until": "2000-01-31"}
    assert (await provider.call("POST", "/v1/log/package", days))[0] == 400
    status, document = await provider.call("POST", "/v1/log/package", {**days, "dry_run": True})
    assert (status, document["holds"]["entries"]) == (200, {})
