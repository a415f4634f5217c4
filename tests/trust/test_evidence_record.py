"""Evidence records: made, renewed in both ways, and the drill in which SHA-256 breaks; damage is found, order too."""

from __future__ import annotations

import datetime as dt
import hashlib
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tegata.model.evidence import Verification
from tegata.trust import der
from tegata.trust.certified import CertifiedKey
from tegata.trust.content import digest_of
from tegata.trust.evidence_record import (
    ArchiveTimeStamp,
    EvidenceRecord,
    hash_tree,
    read_record,
    renewed,
    root_of,
    to_rehash,
    to_renew,
)
from tegata.trust.private_key import PrivateKey
from tegata.trust.record_verification import Ends, verify_record
from tegata.trust.timestamp import Imprint, pinned, read_request, write_request
from tegata.trust.tsa import Issuer
from tests.trust.certificates import authority, certificate, certified, private

CONTENTS = [b"first", b"second", b"third", b"fourth", b"fifth"]
TRUST = pinned([authority()[1].x509])
BEGUN = dt.datetime(2026, 1, 1, tzinfo=dt.UTC)
YEAR = dt.timedelta(days=365)
BROKEN = {"sha256": BEGUN + 10 * YEAR}
NOW = BEGUN + 12 * YEAR


def token(digest: str, value: bytes, at: dt.datetime, key: CertifiedKey | None = None) -> bytes:
    issuer = Issuer(key or certified("p521"), "1.2.3", dt.timedelta(seconds=1))
    return issuer.token(read_request(write_request(Imprint(digest, value), nonce=None)), 1, at)


def begun(contents: list[bytes], digest: str = "sha256", at: dt.datetime = BEGUN) -> list[EvidenceRecord]:
    root, ways = hash_tree([hashlib.new(digest, one).digest() for one in contents], digest)
    made = token(digest, root, at)
    return [EvidenceRecord(((ArchiveTimeStamp(digest, way, made),),)) for way in ways]


def prolonged(record: EvidenceRecord, at: dt.datetime, key: CertifiedKey | None = None) -> EvidenceRecord:
    digest = record.last.digest
    return renewed(record, ArchiveTimeStamp(digest, (), token(digest, to_renew(record), at, key)))


def rehashed(record: EvidenceRecord, content: bytes, at: dt.datetime, digest: str = "sha512") -> EvidenceRecord:
    value = to_rehash(record, digest, digest_of(content))
    return renewed(record, ArchiveTimeStamp(digest, (), token(digest, value, at)))


def judged(record: EvidenceRecord, content: bytes | None, ends: Ends = {}, now: dt.datetime = NOW) -> Verification:  # noqa: B006
    return verify_record(record.encode(), digest_of(content) if content is not None else None, TRUST, now, ends)


def said(found: Verification) -> tuple[str, str]:
    return found.verdict, found.sub_indication


@given(st.lists(st.binary(min_size=32, max_size=32), min_size=1, max_size=40))
def test_every_way_of_a_tree_leads_to_its_root(hashes: list[bytes]) -> None:
    root, ways = hash_tree(hashes, "sha256")
    for own, way in zip(hashes, ways, strict=True):
        assert root_of(ArchiveTimeStamp("sha256", way, b""), own) == root
        assert len(way) <= max(len(hashes) - 1, 0).bit_length()


@pytest.mark.parametrize("count", [1, 2, 3, 5])
def test_one_token_proves_each_object(count: int) -> None:
    for content, record in zip(CONTENTS[:count], begun(CONTENTS[:count]), strict=True):
        assert read_record(record.encode()) == record
        assert said(judged(record, content)) == ("total-passed", "")
        assert said(judged(record, content + b".")) == ("total-failed", "HASH_FAILURE")
        assert said(judged(record, None)) == ("indeterminate", "SIGNED_DATA_NOT_FOUND")


def test_the_drill_in_which_sha256_breaks() -> None:
    """Records that were begun anew with SHA-512 in time go on to prove; all others do not."""
    content = CONTENTS[2]
    record = begun(CONTENTS)[2]
    assert said(judged(record, content)) == ("total-passed", "")
    no_longer = ("indeterminate", "CRYPTO_CONSTRAINTS_FAILURE_NO_POE")
    assert said(judged(record, content, BROKEN)) == no_longer
    assert said(judged(record, content, BROKEN, now=BEGUN + 9 * YEAR)) == ("total-passed", "")

    prolonged_only = prolonged(record, BEGUN + 9 * YEAR)
    assert said(judged(prolonged_only, content, BROKEN)) == no_longer

    in_time = rehashed(prolonged(record, BEGUN + 5 * YEAR), content, BEGUN + 9 * YEAR)
    assert [len(chain) for chain in in_time.chains] == [2, 1]
    assert said(judged(in_time, content, BROKEN)) == ("total-passed", "")
    assert said(judged(in_time, CONTENTS[1], BROKEN)) == ("total-failed", "HASH_FAILURE")
    assert said(judged(prolonged(in_time, BEGUN + 11 * YEAR), content, BROKEN)) == ("total-passed", "")

    too_late = rehashed(record, content, BEGUN + 11 * YEAR)
    assert said(judged(too_late, content, BROKEN)) == no_longer


def test_a_second_content_of_the_same_weak_hash_does_not_pass_after_the_renewal() -> None:
    """What the renewal is for: whoever can make another object with the old hash cannot make it fit the new one."""
    content, forged = b"the contract", b"another contract"
    record = rehashed(begun([content])[0], content, BEGUN + 9 * YEAR)

    def collides(name: str) -> bytes:
        return hashlib.new(name, content if name == "sha256" else forged).digest()

    found = verify_record(record.encode(), collides, TRUST, NOW, BROKEN)
    assert said(found) == ("total-failed", "HASH_FAILURE")
    assert next(one for one in found.checks if one.name == "renewals").verdict == "failed"


def test_a_time_stamp_is_renewed_before_its_certificate_runs_out() -> None:
    root_key, root = authority()
    short = certificate(private("p384"), "short", root, signing_key=root_key, end=BEGUN + 2 * YEAR)
    key = CertifiedKey(PrivateKey(private("p384")), short)
    own = hashlib.sha256(b"x").digest()
    record = EvidenceRecord(((ArchiveTimeStamp("sha256", (), token("sha256", own, BEGUN, key)),),))
    assert said(judged(record, b"x")) == ("indeterminate", "OUT_OF_BOUNDS_NO_POE")
    assert said(judged(prolonged(record, BEGUN + 1 * YEAR), b"x")) == ("total-passed", "")
    assert said(judged(prolonged(record, BEGUN + 3 * YEAR), b"x")) == ("indeterminate", "OUT_OF_BOUNDS_NO_POE")


def test_what_came_before_cannot_be_exchanged_dropped_or_put_in_another_order() -> None:
    content = CONTENTS[0]
    record = rehashed(prolonged(begun(CONTENTS)[0], BEGUN + YEAR), content, BEGUN + 2 * YEAR)
    (first, second), (third,) = record.chains
    other = begun([content], at=BEGUN - YEAR)[0].last
    for chains in (
        ((first,), (third,)),
        ((second, first), (third,)),
        ((other, second), (third,)),
        ((third,), (first, second)),
        ((first, second, second), (third,)),
    ):
        assert judged(EvidenceRecord(chains), content).verdict == "total-failed"
    assert said(judged(prolonged(record, BEGUN), content)) == ("total-failed", "TIMESTAMP_ORDER_FAILURE")
    stranger = verify_record(record.encode(), digest_of(content), pinned([]), NOW, {})
    assert said(stranger) == ("indeterminate", "NO_CERTIFICATE_CHAIN_FOUND")


def test_no_mutant_of_a_record_proves_anything_else() -> None:
    content = CONTENTS[0]
    data = prolonged(begun(CONTENTS)[0], BEGUN + YEAR).encode()
    told = [one.say for one in judged(read_record(data), content).checks if one.name == "signature"]
    for at in range(0, len(data), 5):
        spoilt = data[:at] + bytes([data[at] ^ 1]) + data[at + 1 :]
        found = verify_record(spoilt, digest_of(content), TRUST, NOW, {})
        if found.verdict == "total-passed":
            assert [one.say for one in found.checks if one.name == "signature"] == told


def test_what_others_wrote_keeps_its_bytes_when_it_is_begun_anew() -> None:
    """Writers may say `NULL` behind the name of a digest; the hash of a renewal is over what stands there."""
    content, ours = CONTENTS[0], begun(CONTENTS)[0].last
    digest, tree, stamp = der.Fields(der.read(ours.encode())).rest()
    name = der.tlv(0xA0, digest.content + der.NULL)
    theirs = der.sequence(name, tree.raw, stamp.raw)
    record = read_record(der.sequence(der.integer(1), der.sequence(), der.sequence(der.sequence(theirs))))
    over = hashlib.sha512(content).digest() + hashlib.sha512(der.sequence(der.sequence(theirs))).digest()
    assert to_rehash(record, "sha512", digest_of(content)) == hashlib.sha512(over).digest()
    again = rehashed(record, content, BEGUN + YEAR)
    assert theirs in again.encode()
    assert said(judged(read_record(again.encode()), content)) == ("total-passed", "")


@pytest.mark.parametrize(
    "data",
    [b"", b"\x30\x00", der.sequence(der.integer(2)), der.sequence(der.integer(1), der.sequence(), der.sequence())],
)
def test_what_is_no_record(data: bytes) -> None:
    assert said(verify_record(data, None, TRUST, NOW, {})) == ("total-failed", "FORMAT_FAILURE")


def test_a_record_that_changes_its_digest_within_a_chain_is_refused(tmp_path: Path) -> None:
    record = begun([b"x"])[0]
    mixed = ArchiveTimeStamp("sha512", (), token("sha512", bytes(64), BEGUN + YEAR))
    spoilt = EvidenceRecord(((*record.chains[0], mixed),))
    assert said(judged(spoilt, b"x")) == ("total-failed", "FORMAT_FAILURE")
