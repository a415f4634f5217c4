"""Archive time-stamps of ETSI TS 101 733: made here by its clauses, read like those of today."""

from __future__ import annotations

import datetime as dt
import hashlib
from collections.abc import Callable

import pytest

from tegata.trust import der
from tegata.trust.ades import cades
from tegata.trust.ades.cades_archive_v2 import ARCHIVE_TIME_STAMP_V2, ARCHIVE_TIME_STAMP_V3
from tegata.trust.cms import DATA, SignedData, read_signed
from tegata.trust.cms_sign import sign_data
from tegata.trust.content import digest_of
from tests.trust.ades.samples import CONTENT, NOW, PASSED, certified, crl, said, stamped, token, token_of
from tests.trust.ades.test_archive import stamps, told

FIRST_INDEX = "0.4.0.1733.2.5"
SIGNING_TIME = "1.2.840.113549.1.9.5"
ENVELOPING = stamped(
    cades, sign_data(DATA, CONTENT, certified(), {SIGNING_TIME: der.time(NOW)}, detached=False), NOW, crl().der
)
LASTING = read_signed(ENVELOPING)
HOUR = dt.timedelta(hours=1)


def sha256(data: bytes) -> bytes:
    return hashlib.sha256(data).digest()


BESIDE = LASTING._replace(content=None)


def fields_of(signed: SignedData) -> list[bytes]:
    """The elements of SignedData and of its one SignerInfo as they stand in the bytes."""
    outer = der.parts(der.parts(der.parts(der.read(signed.encode()))[1])[0])
    return [part.raw for part in (*outer[2:-1], *der.parts(der.parts(outer[-1])[0]))]


def archived_v2(signed: SignedData, at: dt.datetime = NOW, *, bare: bool = False) -> SignedData:
    """Clause 6.4.1, table of annex K: with tag and length of the unsigned attributes, or without as of old."""
    kind, *before, unsigned = fields_of(signed)
    outside = CONTENT if signed.content is None else b""
    covered = kind + outside + b"".join(before) + (der.read(unsigned).content if bare else unsigned)
    return signed.with_unsigned(ARCHIVE_TIME_STAMP_V2, token_of(sha256(covered), at))


def archived_first_index(signed: SignedData, *, stated: bool, at: dt.datetime = NOW) -> SignedData:
    """Clauses 6.4.2 and 6.4.3: an index of whole attributes, whose hash may go without saying."""
    parts = (signed.certificates, signed.revocations, signed.signers[0].unsigned_attributes)
    hashes = [der.sequence(*(der.octets(sha256(one)) for one in part)) for part in parts]
    algorithm = der.sequence(der.oid("2.16.840.1.101.3.4.2.1")) if stated else b""
    index = der.sequence(algorithm, *hashes)
    signer = der.parts(der.parts(der.parts(der.parts(der.read(signed.encode()))[1])[0])[-1])[0]
    fields = b"".join(part.raw for part in der.parts(signer)[:-1])
    made = token_of(sha256(der.oid(DATA) + sha256(CONTENT) + fields + index), at)
    return signed.with_unsigned(ARCHIVE_TIME_STAMP_V3, read_signed(made).with_unsigned(FIRST_INDEX, index).encode())


MAKERS: dict[str, Callable[[SignedData], SignedData]] = {
    "v2": archived_v2,
    "v2, as of old": lambda signed: archived_v2(signed, bare=True),
    "first index": lambda signed: archived_first_index(signed, stated=False),
    "first index, stated hash": lambda signed: archived_first_index(signed, stated=True),
}
EACH = pytest.mark.parametrize("made", MAKERS.values(), ids=MAKERS.keys())


@EACH
def test_it_holds_and_makes_the_level(made: Callable[[SignedData], SignedData]) -> None:
    result = told(made(LASTING).encode(), None)
    assert (said(result), stamps(result)) == (PASSED, ["passed", "passed"])
    assert result.checks[0].say.en.endswith("B-LTA")


@EACH
@pytest.mark.parametrize("less", [{"certificates": (certified().certificate,)}, {"revocations": ()}])
def test_what_it_is_over_must_be_there(
    made: Callable[[SignedData], SignedData], less: dict[str, tuple[bytes, ...]]
) -> None:
    assert "indeterminate" in stamps(told(made(LASTING)._replace(**less).encode(), None))


def test_version_2_covers_older_ones_and_not_younger_ones() -> None:
    twice = archived_v2(archived_v2(LASTING), NOW + HOUR)
    later = archived_first_index(twice, stated=True, at=NOW + 2 * HOUR)
    for document, count in ((twice, 3), (later, 4)):
        assert stamps(told(document.encode(), None)) == ["passed"] * count


def test_version_2_is_broken_by_what_is_added_to_it() -> None:
    assert stamps(told(archived_v2(LASTING).with_unsigned("1.2.3", der.NULL).encode(), None)).count("passed") == 1


def test_version_2_of_something_else() -> None:
    other = LASTING.with_unsigned(ARCHIVE_TIME_STAMP_V2, token(b"another"))
    assert stamps(told(other.encode(), None)) == ["passed", "indeterminate"]


@pytest.mark.parametrize("bare", [False, True])
def test_version_2_is_over_content_beside_it_too(bare: bool) -> None:
    document = archived_v2(BESIDE, bare=bare).encode()
    assert stamps(told(document)) == ["passed", "passed"]
    assert stamps(told(document, digest_of(b"other"))) == ["passed", "indeterminate"]
    assert stamps(told(document, None)) == ["passed", "indeterminate"]
