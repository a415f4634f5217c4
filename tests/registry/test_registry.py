"""The registry in the log: every act an entry, the list with the proof that it is logged, nothing beside it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import msgspec
import pytest

from tegata.evidence.erasure import erase
from tegata.model.errors import UsageError
from tegata.model.trusted_list import TrustedList
from tegata.registry import draft, publish, record_act, recorded_acts
from tegata.trust.accreditation import list_digest, verify_listing
from tegata.trust.lists import (
    open_sealed_list,
    open_xml_list,
    read_json_list,
    write_json_list,
    write_sealed_list,
    write_xml_list,
)
from tests.evidence.logs import KEY, NOW, OpenLog, open_log
from tests.trust.accreditation.acts import ALL, GRANT, SUSPENSION, act
from tests.trust.lists.samples import OPERATOR, certified

SIGNERS = [OPERATOR.certificate.der]


async def take(log: OpenLog, *acts: dict[str, Any]) -> None:
    for each in acts:
        await log.store.write(lambda tx, each=each: record_act(tx, log.evidence, act(each), NOW))  # type: ignore[misc]


async def published(folder: Path) -> TrustedList:
    async with open_log(folder) as log:
        await log.add(3)
        await take(log, *ALL)
        return await log.store.write(lambda tx: publish(tx, log.evidence, NOW, 90))


async def test_acts_come_back_from_the_log(tmp_path: Path) -> None:
    async with open_log(tmp_path) as log:
        await log.add(2)
        await take(log, *ALL)
        found = await log.read(recorded_acts)
    assert [one.act for one in found] == [act(each) for each in ALL]
    assert [one.index for one in found] == list(range(2, 2 + len(ALL)))


async def test_what_may_not_follow_leaves_no_trace(tmp_path: Path) -> None:
    async with open_log(tmp_path) as log:
        await take(log, *ALL[:4])
        with pytest.raises(UsageError):
            await take(log, GRANT)
        assert len(await log.read(recorded_acts)) == 4


async def test_no_act_can_be_made_unreadable(tmp_path: Path) -> None:
    """The register rests on all of them: one that is gone would let another past appear."""
    async with open_log(tmp_path) as log:
        await take(log, *ALL)
        with pytest.raises(UsageError, match="accreditation registry"):
            await log.store.write(lambda tx: erase(tx, log.evidence, 3, "court order", NOW))
        assert len(await log.read(recorded_acts)) == len(ALL)


async def test_a_list_carries_its_own_proof_in_both_forms(tmp_path: Path) -> None:
    made = await published(tmp_path)
    forms = {
        "xml": open_xml_list(write_xml_list(made, certified(OPERATOR), NOW), SIGNERS),
        "jws": open_sealed_list(write_sealed_list(made, certified(OPERATOR), NOW), SIGNERS),
        "json": read_json_list(write_json_list(made)),
    }
    for read in forms.values():
        check = verify_listing(read)
        assert check.verdict == "passed", check.say
        assert KEY.did in check.say.en
        assert list_digest(read) == list_digest(made)


async def test_a_status_put_back_in_time_has_no_proof(tmp_path: Path) -> None:
    """Whoever signs lists could sign another past; the log cannot."""
    made = await published(tmp_path)
    service = made.providers[0].services[0]
    earlier = msgspec.structs.replace(service.standings[0], since=service.standings[1].since)
    changed = msgspec.structs.replace(service, standings=(earlier, *service.standings[1:]))
    provider = msgspec.structs.replace(made.providers[0], services=(changed,))
    forged = msgspec.structs.replace(made, providers=(provider,))
    signed = open_xml_list(write_xml_list(forged, certified(OPERATOR), NOW), SIGNERS)
    assert verify_listing(signed).verdict == "failed"


async def test_proofs_that_are_broken_are_told(tmp_path: Path) -> None:
    made = await published(tmp_path)
    for proof in (
        "{}",
        "[]",
        "x",
        made.proof.replace(KEY.did, KEY.did[:-1] + "x"),
        made.proof.replace('"list"', '"l"'),
    ):
        assert verify_listing(msgspec.structs.replace(made, proof=proof)).verdict == "failed"
    assert verify_listing(msgspec.structs.replace(made, proof="")).verdict == "indeterminate"


async def test_lists_are_numbered_and_a_draft_is_not(tmp_path: Path) -> None:
    async with open_log(tmp_path) as log:
        await take(log, *ALL[:7])
        first = await log.store.write(lambda tx: publish(tx, log.evidence, NOW, 90))
        drawn = await log.read(lambda tx: draft(tx, NOW, 90))
        await take(log, SUSPENSION)
        second = await log.store.write(lambda tx: publish(tx, log.evidence, NOW, 90))
    assert (first.sequence, drawn.sequence, drawn.proof, second.sequence) == (1, 2, "", 2)
