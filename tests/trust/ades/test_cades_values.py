"""Values that CMS brings count wherever its makers put them, and only for what their own issuers say."""

from __future__ import annotations

import dataclasses

import pytest

from tegata.model.evidence import Verification
from tegata.trust import der
from tegata.trust.ades import cades
from tegata.trust.ades.cades_values import CERTIFICATE_VALUES, OCSP, OTHER, REVOCATION_VALUES, Values, values_of
from tegata.trust.ades.verdict import judge
from tegata.trust.cms import SIGNATURE_TIME_STAMP, SignedData, read_signed
from tests.trust.ades.samples import BESIDE, NOW, PASSED, answer, certified, crl, said, token
from tests.trust.ades.test_levels import LATER, MADE

BARE = dataclasses.replace(LATER, lists=())
ROOT_RAW = certified().chain[0]
BASIC = "1.3.6.1.5.5.7.48.1.1"
ANSWERS = (answer(), answer(21, "timestamp"))


def basic(response: bytes) -> bytes:
    """The BasicOCSPResponse inside."""
    fields = der.Fields(der.read(response))
    fields.take()
    held = der.Fields(der.inside(fields.take(0xA0)))
    held.take()
    return held.take(der.OCTET_STRING).content


def revocation_values(lists: tuple[bytes, ...] = (), answers: tuple[bytes, ...] = ()) -> bytes:
    parts = ((0xA0, lists), (0xA1, tuple(map(basic, answers))))
    return der.sequence(*(der.tlv(tag, der.sequence(*held)) for tag, held in parts if held))


def stamped() -> SignedData:
    return read_signed(cades.with_stamp(MADE[cades], token(cades.stamped_value(MADE[cades]), NOW)))


def told(signed: SignedData) -> Verification:
    return judge(lambda: cades.read_cades(signed.encode(), {"": BESIDE["contract.json"]}), BARE)


def inside_the_stamp(signed: SignedData, value: bytes) -> SignedData:
    """Among the unsigned attributes of the token instead."""
    signer = signed.signers[0]
    (held,) = signer.unsigned[SIGNATURE_TIME_STAMP]
    more = read_signed(held).with_unsigned(REVOCATION_VALUES, value).encode()
    return signed._replace(signers=(signer._replace(unsigned_attributes=()),)).with_unsigned(SIGNATURE_TIME_STAMP, more)


@pytest.mark.parametrize("value", [revocation_values((crl().der,)), revocation_values(answers=ANSWERS)])
def test_revocation_values_count_beside_the_signature_and_in_its_time_stamp(value: bytes) -> None:
    signed = stamped()
    assert said(told(signed))[0] == "indeterminate"
    assert said(told(signed.with_unsigned(REVOCATION_VALUES, value))) == PASSED
    assert said(told(inside_the_stamp(signed, value))) == PASSED


def test_answers_are_read_in_both_kinds_of_revocation_values() -> None:
    whole = tuple(der.tlv(OTHER, der.oid(OCSP) + one) for one in ANSWERS)
    bare = tuple(der.tlv(OTHER, der.oid(BASIC) + basic(one)) for one in ANSWERS)
    strange = der.tlv(OTHER, der.oid("1.2.3") + der.sequence())
    for held in (whole, bare):
        assert said(told(stamped()._replace(revocations=(strange, *held)))) == PASSED


def test_certificate_values_are_links_like_any_other() -> None:
    signed = read_signed(MADE[cades])
    alone = signed._replace(certificates=(certified().certificate,))
    assert ROOT_RAW not in values_of(alone, alone.signers[0]).certificates
    more = alone.with_unsigned(CERTIFICATE_VALUES, der.sequence(ROOT_RAW, der.NULL))
    assert ROOT_RAW in values_of(more, more.signers[0]).certificates


@pytest.mark.parametrize("value", [der.NULL, der.sequence(der.tlv(0xA1, der.sequence(der.NULL))), b"\x30\x02\xa0\x00"])
def test_what_does_not_read_is_passed_over(value: bytes) -> None:
    good = stamped().with_unsigned(REVOCATION_VALUES, revocation_values((crl().der,)))
    assert said(told(good.with_unsigned(REVOCATION_VALUES, value).with_unsigned(CERTIFICATE_VALUES, value))) == PASSED


def test_values_of_two_places_are_each_once() -> None:
    assert Values((b"a",), (b"l",)) | Values((b"b", b"a"), (), (b"o",)) == Values((b"a", b"b"), (b"l",), (b"o",))
