"""A witness that is no participant: asked as C2SP tlog-witness says, and told of to whoever trusts its vkey."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from pathlib import Path
from typing import NamedTuple

import pytest

from tegata.evidence.answer import Question
from tegata.evidence.cosigning import Cosigning
from tegata.evidence.package import make_package
from tegata.evidence.public_witness import public_witness
from tegata.log import (
    ED25519_COSIGNATURE,
    ML_DSA_44,
    Signer,
    cosign,
    open_checkpoint,
    verify_consistency,
    write_vkey,
)
from tegata.log.checkpoint import decode_hash
from tegata.model.errors import InputError
from tegata.model.evidence import Checkpoint
from tegata.outbound import Outbound, OutboundPolicy
from tegata.outbound.gate import Answer
from tegata.store import witnesses
from tegata.trust import MlDsaKey, SigningKey, verify_package
from tegata.wire.tlog import read_submission
from tests.evidence.logs import KEY, KEYS, NOW, FixedClock, OpenLog, open_log

NAME, URL = "witness.example/w1", "https://witness.example/w1"
ED25519, ML_DSA = SigningKey.generate(b"w" * 32), MlDsaKey(b"w" * 32)


class Elsewhere(Outbound):
    """The witness of another operator, with one key, as its specification has it."""

    def __init__(self, key: Signer) -> None:
        super().__init__(OutboundPolicy())
        self.key, self.last, self.asked = key, Checkpoint(origin=KEY.did, size=0, root="", note=""), list[str]()

    async def request(
        self,
        method: str,
        url: str,
        *,
        headers: Mapping[str, str] | None = None,
        content: bytes = b"",
        max_bytes: int = 1 << 20,
    ) -> Answer:
        self.asked.append(f"{method} {url}")
        asked = read_submission(content)
        new = open_checkpoint(asked.note, KEY.public, KEY.did)
        if asked.old != self.last.size:
            return Answer(409, {"content-type": "text/x.tlog.size"}, f"{self.last.size}\n".encode())
        if asked.old:
            proof = [decode_hash(line) for line in asked.proof]
            verify_consistency(
                decode_hash(self.last.root), decode_hash(new.root), proof, old=self.last.size, new=new.size
            )
        self.last = new
        stranger = cosign(asked.note, "other.example/w2", SigningKey.generate(b"x" * 32), 5)
        return Answer(200, {}, f"{cosign(asked.note, NAME, self.key, 7)}{stranger}".encode())


class Watched(NamedTuple):
    log: OpenLog
    witness: Elsewhere
    cosigning: Cosigning
    vkey: str


@asynccontextmanager
async def watched(folder: Path, key: Signer, kind: bytes) -> AsyncIterator[Watched]:
    vkey, witness = write_vkey(NAME, kind, key.raw), Elsewhere(key)
    async with open_log(folder) as log:
        public = [public_witness(vkey, URL + "/")]
        cosigning = Cosigning(log.store, log.evidence, KEY.history, log.tiles, witness, FixedClock(), public)
        yield Watched(log, witness, cosigning, vkey)


@pytest.mark.parametrize(("key", "kind"), [(ED25519, ED25519_COSIGNATURE), (ML_DSA, ML_DSA_44)])
async def test_a_public_witness_cosigns_and_is_named_to_who_trusts_it(tmp_path: Path, key: Signer, kind: bytes) -> None:
    async with watched(tmp_path, key, kind) as here:
        for count in (3, 4):
            await here.log.add(count)
            await here.cosigning.begin()
        assert here.witness.last.size == 7
        assert set(here.witness.asked) == {f"POST {URL}/add-checkpoint"}
        assert [(one.peer, one.size) for one in await here.log.read(witnesses.cosigners)] == [(NAME, 7)]
        question = Question(about="urn:uuid:2")
        made = await make_package(here.log.store, here.log.evidence, KEYS, question, NOW)
        assert b"other.example" not in made
        told = verify_package(made, {KEY.did: "us", here.vkey: "an independent witness"})
        assert told.verdict == "total-passed"
        assert any("`an independent witness`" in one.say.en for one in told.checks)
        assert not any("independent" in one.say.en for one in verify_package(made, {KEY.did: "us"}).checks)


async def test_who_knows_more_than_this_log_tells_is_asked_from_there(tmp_path: Path) -> None:
    async with watched(tmp_path, ED25519, ED25519_COSIGNATURE) as here:
        await here.log.add(5)
        await here.cosigning.begin()
        await here.log.store.write(lambda tx: tx.rows("put_cosigner", 2, 0, 0, "", NAME))
        await here.log.add(1)
        await here.cosigning.ask_due()
        await here.cosigning.ask_due()
        assert here.witness.last.size == 6


@pytest.mark.parametrize(
    "vkey",
    [
        "",
        "witness.example",
        "a+b+c",
        write_vkey(NAME, b"\x01", ED25519.raw),
        write_vkey(NAME, ML_DSA_44, ED25519.raw),
        write_vkey(NAME, ED25519_COSIGNATURE, bytes(32)),
        write_vkey(KEY.did, ED25519_COSIGNATURE, ED25519.raw),
        write_vkey(NAME, ED25519_COSIGNATURE, ED25519.raw) + "A",
    ],
)
def test_what_is_no_witness_is_refused(vkey: str) -> None:
    with pytest.raises(InputError):
        public_witness(vkey, URL)
