from __future__ import annotations

from pathlib import Path

import pytest

from tegata.identity import peers
from tegata.model.catalog import Participant
from tegata.model.decision import Fact
from tegata.model.errors import VerificationError
from tegata.store import Store
from tegata.trust import SigningKey

DID = SigningKey.generate(b"\x01" * 32).did


async def test_facts_of_the_register_say_that_they_are_the_registers(tmp_path: Path) -> None:
    store = Store.open(tmp_path)
    fact = Fact(value="JP", source="scan", asserted_by="example authority")
    participant = Participant(id=DID, name="example clinic", facts={"located_in": fact})
    entered = await store.write(lambda tx: peers.admit(tx, participant))
    assert entered.facts["located_in"] == Fact(
        value="JP", source="participant-register", asserted_by="example authority"
    )
    assert await store.read(lambda tx: peers.find(tx, DID)) == entered
    assert await store.read(peers.trusted) == {DID: "example clinic"}
    store.close()


async def test_of_a_stranger_nothing_is_known(tmp_path: Path) -> None:
    store = Store.open(tmp_path)
    assert await store.read(lambda tx: peers.find(tx, DID)) == Participant(id=DID, name=DID)
    assert await store.read(peers.trusted) == {}
    store.close()


@pytest.mark.parametrize("did", ["", "did:web:peer.example", "did:key:z", DID[:-1], DID + " ", DID.upper()])
async def test_an_id_that_holds_no_key_is_not_entered(tmp_path: Path, did: str) -> None:
    store = Store.open(tmp_path)
    with pytest.raises(VerificationError):
        await store.write(lambda tx: peers.admit(tx, Participant(id=did, name="x")))
    assert await store.read(peers.trusted) == {}
    store.close()
