"""A folder of keys: versions, purposes, what is refused."""

from __future__ import annotations

import datetime as dt
import multiprocessing
from pathlib import Path

import pytest

from tegata.model.errors import InputError, TegataError, UsageError
from tegata.trust.age import encrypt
from tegata.trust.keyring import Keyring, Purpose
from tegata.trust.private_key import PrivateKey

NOW = dt.datetime(2026, 11, 25, 12, tzinfo=dt.UTC)


def never() -> str:
    raise AssertionError("nobody may be asked")


def add(ring: Keyring, name: str, number: int = 1, purpose: Purpose = "seal") -> PrivateKey:
    key = PrivateKey.generate("p256", bytes([number]) * 40)
    ring.add(name, purpose, key, key.pem(), NOW)
    return key


def test_the_last_version_signs_and_those_before_stay(tmp_path: Path) -> None:
    ring = Keyring(tmp_path)
    first, second = add(ring, "acme", 1), add(ring, "acme", 2)
    one, two = ring.records()
    assert [(one.version, one.status), (two.version, two.status)] == [(1, "retired"), (2, "active")]
    assert ring.in_use("acme", "seal") == two
    assert ring.private(two, never).public == second.public
    assert one.public == first.public


def test_a_key_signs_for_its_purpose_and_until_it_is_revoked(tmp_path: Path) -> None:
    ring = Keyring(tmp_path)
    add(ring, "root", purpose="ca")
    with pytest.raises(UsageError, match="not for this"):
        ring.in_use("root", "seal", "signature")
    ring.end(ring.newest("root"), "revoked", NOW, "key-compromise")
    with pytest.raises(UsageError, match="is revoked"):
        ring.in_use("root", "ca")


def test_a_retired_key_that_was_revoked_stays_so(tmp_path: Path) -> None:
    ring = Keyring(tmp_path)
    add(ring, "acme", 1)
    ring.end(ring.newest("acme"), "revoked", NOW, "key-compromise")
    add(ring, "acme", 2)
    assert [record.status for record in ring.records()] == ["revoked", "active"]


def test_an_envelope_opens_with_its_passphrase(tmp_path: Path) -> None:
    ring = Keyring(tmp_path)
    key = PrivateKey.generate("ed25519", bytes(40))
    record = ring.add("acme", "pack", key, encrypt(key.pem(), "correct horse", bytes(48), work=8), NOW)
    assert b"PRIVATE" not in (tmp_path / "acme.1.key").read_bytes()
    assert ring.private(record, lambda: "correct horse").as_signing_key().did == record.did
    with pytest.raises(InputError, match="passphrase is wrong"):
        ring.private(record, lambda: "another one")


def test_a_key_put_in_the_place_of_another_is_noticed(tmp_path: Path) -> None:
    ring = Keyring(tmp_path)
    add(ring, "acme", 1)
    add(ring, "other", 2)
    (tmp_path / "acme.1.key").unlink()
    (tmp_path / "other.1.key").rename(tmp_path / "acme.1.key")
    with pytest.raises(InputError, match="another one"):
        ring.private(ring.newest("acme"), never)


@pytest.mark.parametrize("name", ["", "A", "a.b", "../a", "a/b", "-a", "a" * 41, "鍵"])
def test_a_name_that_is_none(tmp_path: Path, name: str) -> None:
    with pytest.raises(UsageError):
        add(Keyring(tmp_path), name)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("record", [b"", b"{}", b"[]", b"\xff", b"[" * 100_000, b'{"name":"x","extra":1}'])
def test_a_broken_record_is_told(tmp_path: Path, record: bytes) -> None:
    (tmp_path / "acme.1.json").write_bytes(record)
    with pytest.raises(TegataError, match=r"acme\.1\.json"):
        Keyring(tmp_path).records()


def adding(folder: Path, number: int) -> None:
    ring = Keyring(folder)
    with ring.locked():
        add(ring, "acme", number)


def test_two_at_once_make_two_versions(tmp_path: Path) -> None:
    context = multiprocessing.get_context("spawn")
    both = [context.Process(target=adding, args=(tmp_path, number)) for number in (1, 2, 3)]
    for process in both:
        process.start()
    for process in both:
        process.join()
    records = Keyring(tmp_path).records()
    assert [record.version for record in records] == [1, 2, 3]
    assert [record.status for record in records] == ["retired", "retired", "active"]
