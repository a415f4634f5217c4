"""A witness that others wrote, transparency-dev/witness, cosigns a log of ours.

make judge-witness (builds it with go, and runs both where no network is but the loopback)
"""

from __future__ import annotations

import asyncio
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from tegata.evidence.answer import Question
from tegata.evidence.cosigning import Cosigning
from tegata.evidence.package import make_package
from tegata.evidence.public_witness import public_witness
from tegata.log import ED25519_COSIGNATURE, write_vkey
from tegata.log.note import ED25519, key_id, to_base64
from tegata.outbound import Outbound, OutboundPolicy
from tegata.store import witnesses
from tegata.trust import SigningKey, verify_package
from tests.evidence.logs import KEY, KEYS, NOW, FixedClock, open_log

NAME, SEED = "witness.example/w1", b"w" * 32
WITNESS = SigningKey.generate(SEED)
VKEY = write_vkey(NAME, ED25519_COSIGNATURE, WITNESS.raw)
ADDRESS = "127.0.0.1:7380"

pytestmark = pytest.mark.soak


@pytest.fixture
def running(tmp_path: Path) -> Iterator[None]:
    """The witness, which knows our log by the key that `tegata node log witnesses` shows."""
    program = shutil.which("omniwitness")
    if program is None:
        pytest.skip("omniwitness is not installed: make judge-witness builds it")
    key, logs = tmp_path / "key", tmp_path / "logs.yaml"
    key.write_text(f"PRIVATE+KEY+{NAME}+{key_id(NAME, ED25519, WITNESS.raw).hex()}+{to_base64(ED25519 + SEED)}")
    ours = f"Origin: {KEY.did}\n    URL: http://127.0.0.1:9/\n    PublicKey: {write_vkey(KEY.did, ED25519, KEY.raw)}"
    logs.write_text(f"Logs:\n  - {ours}\n    Feeder: none\n")
    told = {"private_key_path": key, "additional_logs": logs, "listen": ADDRESS, "db_file": tmp_path / "witness.db"}
    flags = [f"--{name}={value}" for name, value in {**told, "metrics_listen": "127.0.0.1:7381"}.items()]
    with subprocess.Popen([program, *flags]) as process:
        yield
        process.terminate()


async def test_a_witness_of_others_cosigns_as_the_log_grows(running: None, tmp_path: Path) -> None:
    gate = Outbound(OutboundPolicy(allow_http=True, networks=("127.0.0.0/8",)))
    public = [public_witness(VKEY, f"http://{ADDRESS}")]
    async with open_log(tmp_path / "log") as log:
        cosigning = Cosigning(log.store, log.evidence, KEY.history, log.tiles, gate, FixedClock(), public)
        size = 0
        for count in (3, 300, 1):
            await log.add(count)
            size += count
            async with asyncio.timeout(30):
                while [one.size for one in await log.read(witnesses.cosigners)] != [size]:
                    await cosigning.begin()
                    await asyncio.sleep(0.1)
        await gate.close()
        question = Question(about="urn:uuid:2")
        made = await make_package(log.store, log.evidence, KEYS, question, NOW)
    told = {one.name: one.say.en for one in verify_package(made, {KEY.did: "us", VKEY: "omniwitness"}).checks}
    assert told["checkpoint"] == "the log signed this root, and `omniwitness` cosigned it"
