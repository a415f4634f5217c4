"""Level B-LTA: a time-stamp over the signature and all that came with it holds only as long as all of it is there."""

from __future__ import annotations

import dataclasses
import datetime as dt
import hashlib
import json
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tegata.model.errors import VerificationError
from tegata.model.evidence import Verification
from tegata.trust import der
from tegata.trust.ades import asic, asice, cades, jades, jades_content
from tegata.trust.ades.cades_archive import HASH_INDEX
from tegata.trust.ades.cades_archive_v2 import ARCHIVE_TIME_STAMP_V3
from tegata.trust.ades.manifest import write_manifest
from tegata.trust.ades.verdict import judge
from tegata.trust.checks import OpenError
from tegata.trust.cms import SIGNATURE_TIME_STAMP, SignedData, read_signed
from tegata.trust.content import Content, DigestOf, digest_of
from tegata.trust.jws import base64url, unbase64url
from tests.trust.ades.samples import BESIDE, CONTENT, NOW, PASSED, certified, crl, said, stamped, token, token_of
from tests.trust.ades.test_asice import files_of, packed
from tests.trust.ades.test_levels import LATER, MADE

BARE = dataclasses.replace(LATER, lists=())
FILES = {"contract.json": CONTENT, "annex.csv": b"a,b\n"}
CLOCK = certified("p256", "timestamp", 21).certificate
LASTING = stamped(cades, MADE[cades], NOW, crl().der)


def at(time: dt.datetime = NOW) -> Callable[[DigestOf], bytes]:
    return lambda digest: token_of(digest("sha256"), time)


def archived(document: bytes = LASTING, time: dt.datetime = NOW) -> bytes:
    return cades.with_archive(document, digest_of(CONTENT), at(time))


def told(document: bytes, content: Content | None = BESIDE["contract.json"]) -> Verification:
    return judge(lambda: cades.read_cades(document, {"": content} if content else {}), BARE)


def stamps(verification: Verification) -> list[str]:
    """Of each time-stamp whether it holds; the archive's first where the others are gone."""
    return [check.verdict for check in verification.checks if check.name == "time-stamp"]


def test_it_is_made_and_renewed() -> None:
    twice = archived(archived(), NOW + dt.timedelta(hours=1))
    for document, count in ((LASTING, 1), (archived(), 2), (twice, 3)):
        assert (said(told(document)), stamps(told(document))) == (PASSED, ["passed"] * count)
    assert told(twice).checks[0].say.en.endswith("B-LTA")


def spoilt(change: Callable[[SignedData], SignedData]) -> list[str]:
    return stamps(told(change(read_signed(archived())).encode()))


def without(signed: SignedData, oid: str) -> SignedData:
    signer = signed.signers[0]
    kept = tuple(one for one in signer.unsigned_attributes if der.oid(oid) not in one[: 4 + len(der.oid(oid))])
    return signed._replace(signers=(signer._replace(unsigned_attributes=kept),))


def reindexed(signed: SignedData, index: bytes) -> SignedData:
    """With another index in the token of the archive."""
    (held,) = signed.signers[0].unsigned[ARCHIVE_TIME_STAMP_V3]
    token = without(read_signed(held), HASH_INDEX)
    if index:
        token = token.with_unsigned(HASH_INDEX, index)
    return without(signed, ARCHIVE_TIME_STAMP_V3).with_unsigned(ARCHIVE_TIME_STAMP_V3, token.encode())


EMPTY = der.sequence(der.sequence(der.oid("2.16.840.1.101.3.4.2.1")), *(der.sequence() for _ in range(3)))


@pytest.mark.parametrize(
    "change",
    [
        lambda signed: signed._replace(revocations=()),
        lambda signed: signed._replace(certificates=tuple(one for one in signed.certificates if one != CLOCK)),
        lambda signed: reindexed(signed, b""),
        lambda signed: reindexed(signed, der.NULL),
        lambda signed: reindexed(signed, EMPTY),
    ],
    ids=["list taken out", "certificate taken out", "no index", "no such index", "index of nothing"],
)
def test_what_it_is_over_must_be_there(change: Callable[[SignedData], SignedData]) -> None:
    assert "indeterminate" in spoilt(change)


def test_the_time_stamp_before_it_must_be_there() -> None:
    assert spoilt(lambda signed: without(signed, SIGNATURE_TIME_STAMP)) == ["indeterminate"]


def test_what_is_added_later_does_no_harm() -> None:
    assert spoilt(lambda signed: signed.with_unsigned("1.2.3.4", der.NULL)) == ["passed", "passed"]


def test_other_content_and_none() -> None:
    assert stamps(told(archived(), digest_of(b"other"))) == ["passed", "indeterminate"]
    assert stamps(told(archived(), None)) == ["passed", "indeterminate"]


def container(more: bool = True) -> bytes:
    made = asice.seal_asice(FILES, certified(), NOW, lambda document: stamped(cades, document, NOW, crl().der))
    return asice.with_archive(made, at()) if more else made


def test_a_container_is_stamped_as_a_whole_and_again() -> None:
    once = container()
    twice = asice.with_archive(once, at(NOW + dt.timedelta(hours=1)))
    for document, count in ((container(more=False), 1), (once, 2), (twice, 3)):
        result = asic.verify_container(document, BARE)
        assert (said(result), stamps(result)) == (PASSED, ["passed"] * count)
    with pytest.raises(VerificationError):
        asice.with_archive(b"PK", at())


def test_a_time_stamp_over_a_manifest_of_another_name() -> None:
    """It counts (clause 4.4.4.2); and a file that is only time-stamped was signed by nobody."""

    def over(files: dict[str, bytes]) -> bytes:
        manifest = write_manifest(STAMP, {name: hashlib.sha256(data).digest() for name, data in files.items()})
        return packed(files | {"META-INF/ASiCManifest1.xml": manifest, STAMP: token(manifest, NOW)})

    made = files_of(container(more=False))
    result = asic.verify_container(over(made), BARE)
    assert (said(result), stamps(result)) == (PASSED, ["passed", "passed"])
    assert said(asic.verify_container(over(made | {"late.txt": b"x"}), BARE)) == ("total-failed", "FORMAT_FAILURE")


ARCHIVE, STAMP = "META-INF/ASiCArchiveManifest1.xml", "META-INF/timestamp1.tst"


@pytest.mark.parametrize(
    ("name", "data", "expected"),
    [
        ("annex.csv", b"x", ("total-failed", "HASH_FAILURE")),
        (ARCHIVE, None, ("total-failed", "FORMAT_FAILURE")),
        (STAMP, None, ("total-failed", "FORMAT_FAILURE")),
        ("META-INF/timestamp2.tst", b"x", ("total-failed", "FORMAT_FAILURE")),
        ("META-INF/ASiCArchiveManifest2.xml", b"<a/>", ("total-failed", "FORMAT_FAILURE")),
        (STAMP, token_of(bytes(32)), PASSED),
    ],
)
def test_a_container_that_was_tampered_with(name: str, data: bytes | None, expected: tuple[str, str]) -> None:
    files = files_of(container())
    files.pop(name, None)
    result = asic.verify_container(packed(files | ({name: data} if data else {})), BARE)
    assert said(result) == expected
    if expected == PASSED:
        assert stamps(result) == ["passed", "indeterminate"]


STAMPED = stamped(jades, MADE[jades], NOW, crl().der)


def in_jades(document: bytes, content: Content | None = BESIDE["contract.json"]) -> Verification:
    return judge(lambda: jades.read_jades(document, {"": content} if content else {}), BARE)


def lasting(document: bytes = STAMPED, time: dt.datetime = NOW) -> bytes:
    return jades.with_archive(document, BESIDE, at(time))


def test_jades_is_made_and_renewed() -> None:
    twice = lasting(lasting(), NOW + dt.timedelta(hours=1))
    for document, count in ((STAMPED, 1), (lasting(), 2), (twice, 3)):
        assert (said(in_jades(document)), stamps(in_jades(document))) == (PASSED, ["passed"] * count)
    assert in_jades(twice).checks[0].say.en.endswith("B-LTA")
    with pytest.raises(OpenError):
        jades.with_archive(STAMPED, {}, at())
    with pytest.raises(VerificationError):
        jades.with_archive(STAMPED, {"": digest_of(b"other")}, at())


def test_jades_with_its_payload_inside() -> None:
    made = stamped(jades, jades.sign_payload(CONTENT, certified(), NOW).encode(), NOW, crl().der)
    result = in_jades(jades.with_archive(made, {}, at()), None)
    assert (said(result), stamps(result)) == (PASSED, ["passed", "passed"])


def parts(change: Callable[[list[Any]], list[Any]]) -> list[str]:
    document = json.loads(lasting())
    document["header"]["etsiU"] = change(document["header"]["etsiU"])
    return stamps(in_jades(json.dumps(document).encode()))


def clear(part: str) -> Any:
    return json.loads(unbase64url(part))


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        (lambda held: held, ["passed", "passed"]),
        (lambda held: [*held[1:]], ["indeterminate"]),
        (lambda held: [held[0], *held[2:]], ["passed", "indeterminate"]),
        (lambda held: [held[1], held[0], *held[2:]], ["passed", "indeterminate"]),
        (lambda held: [base64url(b'{"x":1}'), *held], ["passed", "indeterminate"]),
        (lambda held: [*held, base64url(b'{"x":1}')], ["passed", "passed"]),
        (lambda held: [*held, {"x": 1}], ["passed"]),
        (lambda held: [*held[:-1], clear(held[-1])], ["passed"]),
        (lambda held: [*held[:-1], held[-1] + "=="], ["passed"]),
        (lambda held: [*held[:-1], _previous(held[-1])], ["passed"]),
    ],
)
def test_what_stands_beside_jades_must_be_what_was_stamped(
    change: Callable[[list[Any]], list[Any]], expected: list[str]
) -> None:
    assert parts(change) == expected


def _previous(part: str) -> str:
    held = clear(part)
    held["arcTst"]["timeStamped"] = "previousArcTst"
    return base64url(json.dumps(held).encode())


def test_other_content_of_jades_and_none() -> None:
    assert stamps(in_jades(lasting(), digest_of(b"other"))) == ["passed", "indeterminate"]
    assert stamps(in_jades(lasting(), None)) == ["passed", "indeterminate"]


@given(st.lists(st.binary(max_size=7), max_size=6))
def test_encoded_files_are_what_base64url_makes_of_them(blocks: list[bytes]) -> None:
    """However a file is read, in however small blocks."""
    header = {"sigD": jades_content.mentioned({"a": b""})}
    found = b"".join(jades_content.blocks(header, "", {"a": Content(lambda: blocks)}))
    assert found.decode() == base64url(b"".join(blocks))
