"""Data by agreement for the consumer's certificate: nobody else can open what waits, travels and arrives."""

from __future__ import annotations

import base64
import io
import shutil
import subprocess
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import msgspec
import pytest
import pytest_asyncio
from cryptography import x509
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.hashes import SHA256
from msgspec.structs import replace

from tegata.exchange import new_id
from tegata.model.errors import VerificationError
from tegata.node.config import SETTINGS, read_config
from tegata.transfer import making
from tegata.trust import open_passport, verify_passport
from tegata.trust.envelope import open_envelope
from tegata.wire.dsp import messages as m
from tests.nodes import LiveNode, live_node, make_node
from tests.relay import Trouble
from tests.services.conftest import ENTRUSTED, make_ruled, patients, recipient
from tests.services.stranger import Stranger
from tests.services.test_hostile_peers import agreed
from tests.services.test_privacy_budget import met
from tests.services.test_resume import Road, road  # noqa: F401
from tests.trust.test_envelope import CERTIFICATES, KEYS, certificate

RULE = """
- id: for-the-recipient-alone
  cite:
    - ref: Data policy, section 8
  outcome: allow_with_conditions
  when: leaves
  say: {en: Only the recipient can open it., ja: 受領者だけが開けます。}
  conditions:
    - verb: encrypt_for_recipient
      means: ["technique:encryption"]
      say: {en: Encrypt for the recipient's certificate., ja: 受領者の証明書の鍵で暗号化する。}
"""


def der(found: x509.Certificate) -> str:
    return base64.b64encode(found.public_bytes(serialization.Encoding.DER)).decode()


@pytest_asyncio.fixture
async def sealing(tmp_path: Path) -> AsyncIterator[LiveNode]:
    async with live_node(make_ruled(tmp_path / "sealing", RULE)) as node:
        yield node


def inside(got: dict[str, Any], key: Any) -> bytes:
    opened = io.BytesIO()
    with Path(got["data"]).open("rb") as file:
        open_envelope(file, opened, key)
    return opened.getvalue()


@pytest.mark.parametrize(("kind", "push"), [("rsa", False), ("p256", True)])
async def test_the_holder_of_the_key_alone_opens_what_came(
    sealing: LiveNode, tmp_path: Path, kind: str, push: bool
) -> None:
    dataset = await sealing.publishes(patients(tmp_path / "patients.csv"), ENTRUSTED)
    async with met(sealing, tmp_path / "one", "One") as one:
        got = await one.acquires("Example Provider", dataset, push=push, certificate=der(CERTIFICATES[kind]))
        trusted = {sealing.did: "Example Provider"}
    assert (got["phase"], got["verdict"]) == ("done", "total-passed"), got["reasons"]
    text = Path(got["passport"]).read_text()
    body, passport = open_passport(text).entry.body["envelope"], open_passport(text)
    data = inside(got, KEYS[kind])
    assert data.startswith(b"patient_id,")
    assert verify_passport(text, (body["data_digest"], len(data)), trusted).verdict == "total-passed"
    assert verify_passport(text, (body["data_digest"], len(data) + 1), trusted).verdict == "total-failed"
    assert passport.data_format == "p7m"
    assert body["certificate"] == f"sha256:{CERTIFICATES[kind].fingerprint(SHA256()).hex()}"
    (told,) = (one for one in passport.obligations if one.condition.verb == "encrypt_for_recipient")
    assert told.met
    with pytest.raises(VerificationError, match="not for this key"):
        inside(got, KEYS["p384"])


async def test_nothing_that_waits_at_the_provider_is_plain(
    sealing: LiveNode, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    dataset = await sealing.publishes(patients(tmp_path / "patients.csv"), ENTRUSTED)
    lies, chunked = list[str](), making._chunked

    def looked(out: Path) -> Any:
        lies.extend(path.name for path in out.parent.iterdir())
        return chunked(out)

    monkeypatch.setattr(making, "_chunked", looked)
    async with met(sealing, tmp_path / "one", "One") as one:
        await one.acquires("Example Provider", dataset, certificate=der(CERTIFICATES["p256"]))
    assert lies == ["data.csv.p7m"]


async def test_terms_that_ask_for_a_certificate_are_told_before_anything_is_signed(
    sealing: LiveNode, tmp_path: Path
) -> None:
    dataset = await sealing.publishes(patients(tmp_path / "patients.csv"), ENTRUSTED)
    named = {"certificate": der(CERTIFICATES["rsa"])}
    async with met(sealing, tmp_path / "one", "One") as one:
        for more, said in (
            ({}, "no certificate is named"),
            ({"doors": True}, "does not stay behind doors"),
            ({"doors": True, **named}, "does not stay behind doors"),
            ({"certificate": "no base64"}, "this is no certificate"),
            ({"certificate": der(certificate("p256", "digital_signature"))}, "cannot be encrypted"),
        ):
            wish = {"peer": "Example Provider", "dataset": dataset, **more}
            status, problem = await one.call("POST", "/v1/acquisitions", wish)
            assert (status, said in problem["title"]) == (400, True), problem
        _, found = await one.call("POST", "/v1/find", {"peer": "Example Provider"})
    assert len(found["items"]) == 1


async def test_who_asks_without_one_or_for_doors_is_refused(sealing: LiveNode, tmp_path: Path) -> None:
    async with Stranger().listening() as stranger:
        await stranger.known_to(sealing, recipient("DE"))
        dataset = await sealing.publishes(patients(tmp_path / "patients.csv"), ENTRUSTED)
        _, agreement = await agreed(stranger, sealing, dataset)

        async def ask(**more: Any) -> tuple[int, str]:
            fields = {"consumer_pid": new_id(), "format": "HttpData-PULL", "callback_address": stranger.base}
            message = m.TransferRequestMessage(**(fields | {"agreement_id": agreement["agreement"]["@id"]} | more))
            answer = await stranger.post(sealing, "/transfers/request", message)
            return answer.status, answer.body.decode()

        expired = certificate("p256", until=certificate("p256").not_valid_before_utc.replace(hour=1))
        for more, said in (
            ({}, "no certificate is named"),
            ({"format": "Doors-PULL", "certificate": der(CERTIFICATES["rsa"])}, "behind doors"),
            ({"certificate": der(expired)}, "not valid today"),
            ({"certificate": base64.b64encode(b"\x30\x03abc").decode()}, "no certificate"),
            ({"certificate": "A" * 20_000}, "length"),
        ):
            status, body = await ask(**more)
            assert (status, said in body) == (400, True), body
        assert (await ask(certificate=der(CERTIFICATES["rsa"])))[0] == 201


async def test_the_settings_of_a_node_name_its_certificate(sealing: LiveNode, tmp_path: Path) -> None:
    """Openssl opens what came as well."""
    folder = tmp_path / "one"
    make_node(folder, "One")
    (folder / "own.pem").write_bytes(CERTIFICATES["p256"].public_bytes(serialization.Encoding.PEM))
    config = replace(read_config(folder), certificate="own.pem")
    (folder / SETTINGS).write_bytes(msgspec.yaml.encode(config))
    dataset = await sealing.publishes(patients(tmp_path / "patients.csv"), ENTRUSTED)
    async with live_node(folder) as one:
        await sealing.knows(one, "One", recipient("DE"))
        await one.knows(sealing, "Example Provider", {})
        got = await one.acquires("Example Provider", dataset)
    assert got["phase"] == "done", got["reasons"]
    data = inside(got, KEYS["p256"])
    if shutil.which("openssl"):
        pem = serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        (tmp_path / "key.pem").write_bytes(KEYS["p256"].private_bytes(*pem))
        words = ["openssl", "cms", "-decrypt", "-binary", "-inform", "DER", "-in", got["data"]]
        assert subprocess.run([*words, "-inkey", tmp_path / "key.pem"], capture_output=True, check=True).stdout == data


async def test_an_envelope_is_gone_on_with_behind_its_last_whole_chunk(road: Road) -> None:  # noqa: F811
    """It may also be asked for where no terms do."""
    road.wish = {"certificate": der(CERTIFICATES["p256"])}
    got = await road.comes(*(Trouble(after, "cut") for after in (200_000, 300_000)))
    assert (got["phase"], got["verdict"]) == ("done", "total-passed"), got
    assert inside(got, KEYS["p256"]) == road.source()
    assert (await road.kinds(road.provider)).count("release") == 1
    assert [asked for asked in road.relay.asked if not asked.endswith("=0-")], "it went on in the middle"
