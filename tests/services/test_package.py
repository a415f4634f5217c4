"""The evidence package of a live node: whole, checkable by a stranger, and nothing else is taken for it."""

from __future__ import annotations

import base64
import io
import random
import zipfile
from pathlib import Path
from typing import Any

import pytest

from tegata.model.errors import VerificationError
from tegata.model.evidence import Verification
from tegata.trust import open_passport, verify_package
from tegata.trust.container import read_container, write_container
from tegata.trust.credential import verify_credential
from tegata.trust.package import is_package
from tests.nodes import LiveNode
from tests.services.conftest import ENTRUSTED, OPEN, patients, postal

STEPS = [
    *(
        "form",
        "issuer key",
        "signature",
        "issuer",
        "files",
        "inclusion",
        "checkpoint",
        "documents",
        "passports",
        "ml-dsa-44",
    ),
]


async def package(node: LiveNode, about: str, **days: str) -> bytes:
    status, document = await node.call("POST", "/v1/log/package", {"about": about, **days})
    assert status == 200, document
    return base64.b64decode(document["package"])


def not_passed(result: Verification) -> dict[str, str]:
    return {check.name: check.verdict for check in result.checks if check.verdict != "passed"}


async def test_everything_that_went_to_a_party(provider: LiveNode, consumer: LiveNode, tmp_path: Path) -> None:
    other = await provider.publishes(postal(tmp_path / "postal.csv"), OPEN)
    dataset = await provider.publishes(patients(tmp_path / "patients.csv"), ENTRUSTED)
    await consumer.acquires("Example Provider", dataset)
    await provider.empties("releases")  # then it has recorded that the people are gone too
    data = await package(provider, consumer.did)
    files = read_container(data)
    asked = {name: data for name, data in files.items() if not _is_of_a_key(name, files)}
    kinds = sorted(name.partition("/")[0] for name in asked if "/" in name)
    assert {kind: kinds.count(kind) for kind in kinds} == {
        "META-INF": 2,  # manifest and seal
        "documents": 2,  # the decision and the agreement
        "entries": 5,  # decision, agreement, people reserved, release, people gone
        "passports": 1,
        "proofs": 5,
    }
    assert other.encode() not in data
    trusted = {provider.did: "example provider"}
    result = verify_package(data, trusted)
    assert [check.name for check in result.checks] == STEPS
    assert result.verdict == "total-passed"
    assert not_passed(verify_package(data, {})) == {"issuer": "indeterminate"}
    assert is_package(data)
    await _check_credential(provider, files, trusted)
    _check_what_is_refused(files, trusted)
    _check_mutants(data, trusted)


def _is_of_a_key(name: str, files: dict[str, bytes]) -> bool:
    """Whether a file is there for the signatures of ML-DSA-44: of this node always, of the other where it was asked."""
    entry = files.get(name.replace("proofs", "entries").replace("tlog-proof", "json"), b"")
    return name.endswith(".note") or b'"key_endorsed"' in entry


async def _check_credential(provider: LiveNode, files: dict[str, bytes], trusted: dict[str, str]) -> None:
    """The same passport, for readers of W3C credentials."""
    passport = next(data for name, data in files.items() if name.startswith("passports/")).decode()
    transfer = open_passport(passport).transfer
    status, document = await provider.call("GET", f"/v1/log/credential?transfer={transfer}")
    assert status == 200, document
    result = verify_credential(document["credential"], None, trusted)
    assert result.passport == open_passport(passport)
    assert not_passed(result) == {"data": "indeterminate"}
    status, document = await provider.call("GET", "/v1/log/credential?transfer=urn:uuid:nothing")
    assert (status, "has no passport" in document["title"]) == (400, True)


def _check_what_is_refused(files: dict[str, bytes], trusted: dict[str, str]) -> None:
    """Each change of a file fails, and so does a file more or less."""
    for name in files:
        changed = {**files, name: files[name].replace(b"a", b"b", 1)}
        less = {other: data for other, data in files.items() if other != name}
        for wrong in (changed, less):
            assert wrong == files or verify_package(write_container(wrong), trusted).verdict == "total-failed"
    assert verify_package(write_container({**files, "more.txt": b""}), trusted).verdict == "total-failed"


def _check_mutants(data: bytes, trusted: dict[str, str]) -> None:
    dice = random.Random(7)
    for _ in range(400):
        mutant = bytearray(data)
        mutant[dice.randrange(len(data))] ^= 1 << dice.randrange(8)
        assert verify_package(bytes(mutant), trusted).verdict == "total-failed"
    for cut in range(0, len(data), 997):
        assert verify_package(data[:cut], trusted).verdict == "total-failed"


async def test_a_span_of_days_and_an_unknown_id(provider: LiveNode, tmp_path: Path) -> None:
    dataset = await provider.publishes(postal(tmp_path / "postal.csv"), OPEN)
    for question in ({"about": dataset, "until": "2020-01-01"}, {"about": "urn:uuid:nothing"}):
        status, document = await provider.call("POST", "/v1/log/package", question)
        assert (status, "holds nothing about" in document["title"]) == (400, True)
    files = read_container(await package(provider, dataset))
    assert len([name for name in files if name[:7] == "entries" and not _is_of_a_key(name, files)]) == 1


def _zip(*members: tuple[Any, bytes], compression: int = zipfile.ZIP_STORED) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", compression) as archive:
        for name, data in members:
            archive.writestr(name, data)
    return out.getvalue()


MIME = ("mimetype", b"application/vnd.etsi.asic-e+zip")
GOOD = write_container({"a.txt": b"a"})


@pytest.mark.parametrize(
    "data",
    [
        pytest.param(b"", id="empty"),
        pytest.param(b"PK\x03\x04", id="a beginning"),
        pytest.param(_zip(MIME, ("a.txt", b"a" * 10**6), compression=zipfile.ZIP_DEFLATED), id="compressed"),
        pytest.param(_zip(MIME, ("../a.txt", b"a")), id="a path that leads out"),
        pytest.param(_zip(MIME, ("/a.txt", b"a")), id="an absolute path"),
        pytest.param(_zip(("a.txt", b"a"), MIME), id="another order"),
        pytest.param(_zip(("mimetype", b"application/zip"), ("a.txt", b"a")), id="another kind"),
        pytest.param(b"#!/bin/sh\n" + GOOD, id="something in front"),
        pytest.param(GOOD + b"\0", id="something behind"),
        pytest.param(GOOD + GOOD, id="twice"),
        pytest.param(GOOD.replace(b"a.txt", b"b.txt", 1), id="two names for one file"),
    ],
)
def test_other_containers_are_refused(data: bytes) -> None:
    assert verify_package(data, {}).checks[-1].verdict == "failed"


def test_no_bit_of_a_container_can_be_another() -> None:
    for at in range(len(GOOD) * 8):
        changed = bytearray(GOOD)
        changed[at // 8] ^= 1 << at % 8
        try:
            assert read_container(bytes(changed)) != {"a.txt": b"a"}
        except VerificationError:
            continue


def test_the_writer_and_the_reader_agree() -> None:
    files = {"b/c.json": b"{}", "a.txt": b"a", "empty": b""}
    assert read_container(write_container(files)) == files
