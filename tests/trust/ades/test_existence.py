"""By when a signature existed: a time-stamp counts past the end of its authority only under a later one that counts."""

from __future__ import annotations

import dataclasses
import datetime as dt
import functools
from collections.abc import Callable

import pytest
from cryptography.hazmat.primitives.serialization import Encoding

from tegata.model.evidence import Verification
from tegata.trust.ades import asice, cades, jades, pades, xades_sign
from tegata.trust.ades.reading import verify_signatures
from tegata.trust.authority import Validity, issue, make_crl, make_root
from tegata.trust.certified import CertifiedKey
from tegata.trust.content import DigestOf, digest_of
from tegata.trust.names import Subject
from tegata.trust.pki import Certificate, RevocationList
from tegata.trust.private_key import PrivateKey
from tegata.trust.timestamp import Imprint, read_request, write_request
from tegata.trust.tsa import Issuer
from tests.trust.ades.samples import (
    BESIDE,
    CONTENT,
    NOW,
    TRUST,
    YEAR,
    certified,
    crl,
    pdf,
    private,
    said,
    stamped,
    token_of,
)
from tests.trust.ades.test_archive import FILES
from tests.trust.ades.test_jades import DIGESTS
from tests.trust.ades.test_xades_own import MADE as XML

pytest.importorskip("lxml")
pytest.importorskip("pyhanko")
DAY = dt.timedelta(days=1)
LONG = Validity(since=NOW, until=NOW + 3000 * DAY)
LATER = YEAR.until + 90 * DAY  # the first authority has ended by then, as the signer has
OTHER_KEY = PrivateKey(private("p384"))
OTHER_ROOT = make_root(Subject(common_name="Lasting Root", country="JP"), OTHER_KEY, LONG, 1)
LIST = RevocationList.read(make_crl(OTHER_ROOT, OTHER_KEY, (), 1, LONG).public_bytes(Encoding.DER))
ANCHORS = (*TRUST.anchors, Certificate.read(OTHER_ROOT.public_bytes(Encoding.DER)))
READER = dataclasses.replace(TRUST, at=LATER, anchors=ANCHORS, lists=(*TRUST.lists, LIST))


@functools.cache
def clock() -> CertifiedKey:
    """An authority whose certificate lasts."""
    subject, key = Subject(common_name="Lasting", country="JP"), PrivateKey(private("p521"))
    made = issue("timestamp", subject, key.public, authority=OTHER_ROOT, key=OTHER_KEY, validity=LONG, serial=9)
    return CertifiedKey(key, made)


def lasting(at: dt.datetime) -> Callable[[DigestOf], bytes]:
    def stamp(digest: DigestOf) -> bytes:
        request = read_request(write_request(Imprint("sha256", digest("sha256")), nonce=None))
        return Issuer(clock(), "1.2.3", dt.timedelta(seconds=1)).token(request, 6, at)

    return stamp


def ending(digest: DigestOf) -> bytes:
    """By the authority that ends with the year."""
    return token_of(digest("sha256"), NOW + DAY)


Stamp = Callable[[DigestOf], bytes]


def in_cades(*more: Stamp) -> bytes:
    document = stamped(cades, cades.sign_detached(CONTENT, certified(), NOW), NOW, crl().der)
    for one in more:
        document = cades.with_archive(document, digest_of(CONTENT), one)
    return document


def in_jades(*more: Stamp) -> bytes:
    document = stamped(jades, jades.sign_digests(DIGESTS, certified(), NOW).encode(), NOW, crl().der)
    for one in more:
        document = jades.with_archive(document, BESIDE, one)
    return document


def in_xades(*more: Stamp) -> bytes:
    document = stamped(xades_sign, XML["inside"](), NOW, crl().der)
    for one in more:
        document = xades_sign.with_archive(document, {}, one)
    return document


def in_asice(*more: Stamp) -> bytes:
    document = asice.seal_asice(FILES, certified(), NOW, lambda cms: stamped(cades, cms, NOW, crl().der))
    for one in more:
        document = asice.with_archive(document, one)
    return document


def in_pades(*more: Stamp) -> bytes:
    raised = lambda cms: stamped(cades, cms)  # noqa: E731
    document = pades.with_values(pades.sign_pdf(pdf(), certified(), NOW, raised), [], [crl().der])
    for one in more:
        document = pades.with_archive(document, one)
    return document


FORMS = {"cades": in_cades, "jades": in_jades, "xades": in_xades, "asice": in_asice, "pades": in_pades}


def told(document: bytes) -> Verification:
    return verify_signatures(document, BESIDE | {"": BESIDE["contract.json"]}, READER)


def stamps(result: Verification) -> list[str]:
    return [check.verdict for check in result.checks if check.name == "time-stamp"]


@pytest.mark.parametrize("form", list(FORMS))
def test_the_walk_slides_from_the_latest_to_the_earliest(form: str) -> None:
    make, open_ended = FORMS[form], ("indeterminate", "TRY_LATER")  # so old are its lists as of today
    assert said(told(make())) == open_ended  # the signer ended, and so did who stamped it
    assert said(told(make(ending))) == open_ended  # renewed only by one that ended too
    for more in ((lasting(NOW + 2 * DAY),), (ending, lasting(NOW + 200 * DAY))):
        result = told(make(*more))
        assert (result.verdict, set(stamps(result))) == ("total-passed", {"passed"}), result
    late = told(make(lasting(YEAR.until + DAY)))  # made when the first had ended already
    assert said(late) == open_ended
    assert sorted(stamps(late)) == ["indeterminate", "passed"]


def test_a_token_put_in_later_is_covered_by_nothing() -> None:
    """With the key of the authority that ended, anybody could date it back; no archive time-stamp is over it."""
    bare = cades.sign_detached(CONTENT, certified(), NOW)
    held = cades.with_values(bare, [clock().certificate], [crl().der])
    under = cades.with_archive(held, digest_of(CONTENT), lasting(YEAR.until + DAY))
    added = cades.with_stamp(under, token_of(digest_of(cades.stamped_value(under))("sha256"), NOW))
    result = told(added)
    assert said(result) == ("indeterminate", "TRY_LATER")
    assert sorted(stamps(result)) == ["indeterminate", "passed"]
