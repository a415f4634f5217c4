"""The road between two nodes: what arrives, what is refused, and what stands in the evidence."""

from __future__ import annotations

import base64
import json
from pathlib import Path

from tegata.evidence import recorded
from tegata.model.base import digest
from tegata.model.decision import Flow, Outcome
from tegata.node.parts import packs_of
from tegata.rules import decide
from tegata.store import decisions
from tegata.tables import digest_file
from tegata.trust import open_passport, verify_passport
from tests.nodes import LiveNode
from tests.services.conftest import ENTRUSTED, OPEN, patients, postal, recipient


async def test_table_without_people_arrives_byte_for_byte(
    provider: LiveNode, consumer: LiveNode, tmp_path: Path
) -> None:
    source = postal(tmp_path / "postal.csv")
    dataset = await provider.publishes(source, OPEN)
    got = await consumer.acquires("Example Provider", dataset)
    assert got["phase"] == "done", got["reasons"]
    assert Path(got["data"]).read_text("utf-8").split() == source.read_text("utf-8").split()
    assert got["verdict"] == "total-passed"


async def test_people_arrive_protected_as_agreed(provider: LiveNode, consumer: LiveNode, tmp_path: Path) -> None:
    source = patients(tmp_path / "patients.csv")
    dataset = await provider.publishes(source, ENTRUSTED)
    got = await consumer.acquires("Example Provider", dataset)
    assert got["phase"] == "done", got["reasons"]
    received = Path(got["data"]).read_text("utf-8")
    assert "佐藤" not in received, "names are dropped by the house policy"
    assert "@example.org" not in received
    assert "P00001" not in received, "identifiers are pseudonymised"
    assert "E11" in received, "what the purpose needs stays"
    passport = open_passport(Path(got["passport"]).read_text())
    assert passport.outcome is Outcome.ALLOW_WITH_CONDITIONS
    assert all(obligation.met for obligation in passport.obligations)
    assert {rules.pack for rules in passport.packs} >= {"jp.appi", "house.minimise"}


async def test_passport_is_bound_to_scanned_and_received_bytes(
    provider: LiveNode, consumer: LiveNode, tmp_path: Path
) -> None:
    source = patients(tmp_path / "patients.csv")
    dataset = await provider.publishes(source, ENTRUSTED)
    got = await consumer.acquires("Example Provider", dataset)
    passport = open_passport(Path(got["passport"]).read_text())
    assert passport.source_digest == digest_file(source)
    assert passport.data_digest == digest_file(Path(got["data"]))
    assert passport.transfer != got["transfer"], "the passport names the provider's process"
    text, trusted = Path(got["passport"]).read_text(), {provider.did: "Example Provider"}
    damaged = (digest({"other": "bytes"}), passport.data_size)
    assert verify_passport(text, damaged, trusted).verdict == "total-failed"


async def test_unknown_participant_is_asked_for_facts_not_guessed(
    provider: LiveNode, consumer: LiveNode, tmp_path: Path
) -> None:
    await provider.knows(consumer, "Example Consumer", {})
    dataset = await provider.publishes(patients(tmp_path / "patients.csv"), ENTRUSTED)
    got = await consumer.acquires("Example Provider", dataset)
    assert (got["phase"], got["code"]) == ("refused", "needs_info")
    assert any(reason["en"].startswith("open: ") for reason in got["reasons"])


async def test_denied_participant_learns_rule_citation_and_path(
    provider: LiveNode, consumer: LiveNode, tmp_path: Path
) -> None:
    await provider.knows(consumer, "Example Consumer", recipient("CN"))
    dataset = await provider.publishes(patients(tmp_path / "patients.csv"), ENTRUSTED)
    got = await consumer.acquires("Example Provider", dataset)
    assert (got["phase"], got["code"]) == ("refused", "deny")
    said = " ".join(reason["en"] for reason in got["reasons"])
    assert "Art. 28" in said
    assert "path to yes" in said
    await consumer.empties("received")
    await provider.empties("releases")


async def test_recorded_decision_replays_to_the_same_bytes(
    provider: LiveNode, consumer: LiveNode, tmp_path: Path
) -> None:
    dataset = await provider.publishes(patients(tmp_path / "patients.csv"), ENTRUSTED)
    await consumer.acquires("Example Provider", dataset)
    _, made = await provider.call("GET", f"/v1/decisions?dataset={dataset}")
    kept = await provider.node.store.read(lambda tx: decisions.get(tx, made[0]["digest"]))
    assert kept is not None
    flow = Flow(facts=kept.facts, as_of=kept.as_of, known_on=kept.known_on)
    packs = packs_of(provider.config, provider.folder, kept.known_on)
    again = decide(flow, packs, today=kept.known_on, profile_digest=kept.profile_digest)
    assert digest(again) == made[0]["digest"]


async def _kinds(node: LiveNode) -> list[str]:
    """What happened, without the keys that are named when they are first met."""
    entries = await node.node.store.read(lambda tx: list(recorded(tx)))
    return [entry.kind for entry in entries if entry.kind != "key_endorsed"]


async def test_every_step_stands_in_a_whole_log(provider: LiveNode, consumer: LiveNode, tmp_path: Path) -> None:
    dataset = await provider.publishes(postal(tmp_path / "postal.csv"), OPEN)
    await consumer.acquires("Example Provider", dataset)
    assert await _kinds(provider) == ["dataset_published", "decision", "agreement", "release"]
    assert await _kinds(consumer) == ["agreement", "delivery"]
    status, report = await provider.call("POST", "/v1/log/check", {})
    assert (status, report["damages"]) == (200, [])
    assert report["size"] >= 5


async def test_no_value_of_the_source_stands_in_state_or_passport(
    provider: LiveNode, consumer: LiveNode, tmp_path: Path
) -> None:
    """Promise of the passport: digests and counts only. The same for the provider's database and log."""
    dataset = await provider.publishes(patients(tmp_path / "patients.csv"), ENTRUSTED)
    got = await consumer.acquires("Example Provider", dataset)
    payload = Path(got["passport"]).read_text().split(".")[1]
    passport = base64.urlsafe_b64decode(payload + "=" * (-len(payload) % 4)).decode()
    state = b"".join(file.read_bytes() for file in (provider.folder / "state").iterdir())
    for value in ("佐藤 花子", "user7@example.org", "P00007", "E11.3"):
        assert value not in passport
        assert json.dumps(value)[1:-1] not in passport
        assert value.encode() not in state


async def test_pseudonyms_do_not_link_across_agreements(provider: LiveNode, consumer: LiveNode, tmp_path: Path) -> None:
    dataset = await provider.publishes(patients(tmp_path / "patients.csv"), ENTRUSTED)
    first = await consumer.acquires("Example Provider", dataset)
    second = await consumer.acquires("Example Provider", dataset)
    column = [{row.split(",")[0] for row in Path(got["data"]).read_text().splitlines()[1:]} for got in (first, second)]
    assert len(column[0]) == len(column[1]) == 40
    assert not column[0] & column[1]
