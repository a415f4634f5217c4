"""PAdES: what is signed is the whole document; what is changed after it is told. Poppler: see `tests/trust/judge`."""

from __future__ import annotations

import dataclasses
import datetime as dt
import random
import re
import zlib
from io import BytesIO

import pytest

from tegata.model.errors import InputError
from tegata.trust.ades import cades, pades
from tegata.trust.ades.paths import Trust
from tegata.trust.cms import DATA, SIGNING_TIME
from tegata.trust.cms_sign import sign_data
from tegata.trust.der import sequence, time, tlv
from tests.trust.ades.samples import NOW, PASSED, TRUST, YEAR, answer, certified, crl, pdf, said, token, token_of
from tests.trust.ades.test_levels import KNOWS, LATER

pytest.importorskip("pyhanko")
PLAIN = pdf()
BARE = dataclasses.replace(LATER, lists=())


def signed(kind: str = "p256", document: bytes = PLAIN, at: dt.datetime | None = None) -> bytes:
    """With a time-stamp on the signature when `at` is given."""

    def raised(cms: bytes) -> bytes:
        return cades.with_stamp(cms, token(cades.stamped_value(cms), at)) if at else cms

    return pades.sign_pdf(document, certified(kind), NOW, raised)


def lasting() -> bytes:
    return pades.with_values(signed(at=NOW), [certified("p256", "timestamp", 21).certificate], [crl().der])


def archived() -> bytes:
    return pades.with_archive(lasting(), lambda digest: token_of(digest("sha256")))


def level(document: bytes, trust: Trust = LATER) -> str:
    return pades.verify_pdf(document, trust).checks[0].say.en.rpartition(" ")[2]


@pytest.mark.parametrize("kind", ["p256", "p384", "p521", "ed25519", "rsa"])
def test_every_kind_of_key(kind: str) -> None:
    assert said(pades.verify_pdf(signed(kind), TRUST)) == PASSED


def test_levels_and_what_they_are_good_for() -> None:
    assert [level(one) for one in (signed(), signed(at=NOW), lasting(), archived())] == ["B-B", "B-T", "B-LT", "B-LTA"]
    assert said(pades.verify_pdf(signed(), KNOWS)) == ("indeterminate", "REVOKED_NO_POE")
    assert said(pades.verify_pdf(signed(at=NOW), KNOWS)) == PASSED
    assert said(pades.verify_pdf(signed(at=NOW), BARE)) == ("indeterminate", "CERTIFICATE_CHAIN_GENERAL_FAILURE")
    assert said(pades.verify_pdf(lasting(), BARE)) == PASSED
    assert said(pades.verify_pdf(archived(), BARE)) == PASSED
    ended = dataclasses.replace(TRUST, at=YEAR.until + dt.timedelta(days=90))
    assert said(pades.verify_pdf(archived(), ended)) == ("indeterminate", "TRY_LATER")  # so have its clocks


def test_ocsp_answers_in_its_store() -> None:
    made = pades.with_values(signed(at=NOW), [], [], [answer(), answer(21, "timestamp")])
    assert said(pades.verify_pdf(made, BARE)) == PASSED
    assert level(made, BARE) == "B-LT"


def test_two_people_sign_one_after_the_other() -> None:
    both = signed("rsa", signed())
    result = pades.verify_pdf(both, TRUST)
    assert said(result) == PASSED
    assert [check.say.en for check in result.checks if check.name == "data"] == [
        "what was signed is there; signatures or form entries came later",
        "the content is the one that was signed",
    ]


def appended(document: bytes, body: bytes, number: int = 4) -> bytes:
    """An object written anew behind the end, as an editor saves."""
    start = int(re.findall(rb"startxref\s+(\d+)", document)[-1])
    size = int(re.findall(rb"/Size (\d+)", document)[-1])
    place = len(document)
    made = document + b"%d 0 obj\n%b\nendobj\n" % (number, body)
    table = b"xref\n%d 1\n%010d 00000 n \n" % (number, place)
    end = b"trailer\n<</Size %d/Root 1 0 R/Prev %d>>\nstartxref\n%d\n%%%%EOF\n" % (size, start, len(made))
    return made + table + end


def test_what_was_changed_after_it_was_signed_is_told() -> None:
    other = b"<</Length 36>>stream\nBT /F1 12 Tf 20 150 Td (Other) Tj ET\nendstream"
    result = pades.verify_pdf(appended(signed(), other), TRUST)
    assert said(result) in (("total-failed", "HASH_FAILURE"), ("total-failed", "FORMAT_FAILURE"))
    for document in (signed(), lasting()):
        for stray in (b"%", b"%%EOF\n", b"\n", b"1 0 obj\n<<>>\nendobj\n%%EOF\n"):
            assert said(pades.verify_pdf(document + stray, TRUST))[0] == "total-failed"


HIDDEN = b"0000000000 65535 f "


def hybrid(document: bytes, entry: bytes = HIDDEN, number: int = 6) -> bytes:
    """An object that the table calls free and a stream beside it (`/XRefStm`) knows, as office programs save."""
    start = int(re.findall(rb"startxref\s+(\d+)", document)[-1])
    size = int(re.findall(rb"/Size (\d+)", document)[-1])
    place = len(document)
    made = document + b"%d 0 obj\n<</Hidden true>>\nendobj\n" % number
    stream, row = len(made), b"\1" + place.to_bytes(4, "big") + b"\0"
    kept = max(size, number + 1)
    head = b"<</Type/XRef/W[1 4 1]/Index[%d 1]/Size %d/Root 1 0 R/Length 6>>" % (number, kept + 1)
    made += b"%d 0 obj\n%bstream\n%b\nendstream\nendobj\n" % (kept, head, row)
    table = b"xref\n%d 1\n%b\n%d 1\n%010d 00000 n \n" % (number, entry, kept, stream)
    told = b"trailer\n<</Size %d/Root 1 0 R/Prev %d/XRefStm %d>>\n" % (kept + 1, start, stream)
    return made + table + told + b"startxref\n%d\n%%%%EOF\n" % len(made)


def test_objects_hidden_from_old_readers() -> None:
    """What was there before the first signature is signed; later nothing may be hidden, nor stand in two places."""
    document = hybrid(PLAIN)
    assert said(pades.verify_pdf(signed(document=document), TRUST)) == PASSED
    assert said(pades.verify_pdf(signed("rsa", signed(document=document)), TRUST)) == PASSED
    other = b"<</Length 36>>stream\nBT /F1 12 Tf 20 150 Td (Other) Tj ET\nendstream"
    assert said(pades.verify_pdf(appended(signed(document=document), other), TRUST)) == ("total-failed", "HASH_FAILURE")
    assert (
        said(pades.verify_pdf(appended(signed(document=document), b"<</Hidden false>>", 6), TRUST))[0] == "total-failed"
    )
    for spoilt, why in (
        (hybrid(signed(), number=40), "objects are hidden in a version after the first signature"),
        (signed("rsa", hybrid(signed(), number=40)), "objects are hidden in a version after the first signature"),
        (signed(document=hybrid(PLAIN, b"%010d 00000 n " % PLAIN.index(b"5 0 obj"))), "a hidden object stands in two"),
        (signed(document=hybrid(PLAIN, b"0000000000 00001 f ")), "a hidden object stands in two places"),
    ):
        result = pades.verify_pdf(spoilt, TRUST)
        assert said(result) == ("total-failed", "FORMAT_FAILURE")
        assert why in str(result.checks[0].say.en)


def test_a_signature_moved_or_covering_less_is_none() -> None:
    """A hole in what is covered beside the signature itself: anything could stand there."""
    document = signed()
    stated = re.search(rb"/ByteRange \[(.*?)\]", document)
    assert stated is not None
    numbers = [int(one) for one in stated[1].split()]
    _, first, second, length = numbers
    for changed in ([0, first - 4, second, length], [0, first, second + 2, length - 2], [1, *numbers[1:]]):
        written = b" ".join(b"%d" % one for one in changed)
        spoilt = document.replace(stated[1], written.ljust(len(stated[1])))
        assert said(pades.verify_pdf(spoilt, TRUST))[0] == "total-failed"


def test_no_changed_byte_holds() -> None:
    chance, document = random.Random(7), bytearray(signed())
    gap = re.search(rb"<[0-9A-F]{1000,}>", document)
    assert gap is not None
    before = [chance.randrange(gap.start() + 1500) for _ in range(12)]
    for place in (*before, *(chance.randrange(gap.end(), len(document)) for _ in range(8))):
        changed = bytearray(document)
        changed[place] ^= 1 << chance.choice((0, 1, 2, 3, 4, 6, 7))  # 5 is the case of a hexadecimal digit
        assert pades.verify_pdf(bytes(changed), TRUST).verdict != "total-passed"


def test_its_time_stands_in_one_place() -> None:
    def stated(covered: bytes) -> bytes:
        return sign_data(DATA, covered, certified(), {SIGNING_TIME: time(NOW)}, detached=True)

    from tegata.trust.ades.pdf import place

    assert said(pades.verify_pdf(place(PLAIN, NOW, "sha256", stated), TRUST)) == ("total-failed", "FORMAT_FAILURE")


@pytest.mark.parametrize("kind", [b"/Sig", b"/Any"])
def test_a_time_stamp_is_one_by_what_it_is(kind: bytes) -> None:
    """Whatever its dictionary is called; and a signature that calls itself a time-stamp is judged as one more."""
    from tegata.trust.ades.pdf import place

    old, new = b"/Type /DocTimeStamp", b"/Type " + kind.ljust(13)
    made = place(lasting(), None, "sha256", lambda covered: token(covered.replace(old, new)))
    result = pades.verify_pdf(made.replace(old, new), BARE)
    assert said(result) == PASSED
    assert [one.verdict for one in result.checks if one.name == "time-stamp"] == ["passed", "passed"]
    hidden = signed("rsa", signed()).replace(b"/Type /Sig\n", b"/Type /DocTimeStamp\n")
    assert said(pades.verify_pdf(hidden, TRUST))[0] == "total-failed"


def test_cms_as_pdf_alone_has_it_states_its_time_inside() -> None:
    """`adbe.pkcs7.detached` (ISO 32000-1 clause 12.8.3.3.1): the signed time counts, not that of the dictionary."""
    from tegata.trust.ades.pdf import place

    old, new, later = b"/ETSI.CAdES.detached", b"/adbe.pkcs7.detached", NOW + dt.timedelta(hours=3)
    for times in ({SIGNING_TIME: time(NOW)}, {}):
        made = place(
            PLAIN,
            later,
            "sha256",
            lambda c, times=times: sign_data(DATA, c.replace(old, new), certified(), times, detached=True),  # type: ignore[misc]
        )
        result = pades.verify_pdf(made.replace(old, new), dataclasses.replace(TRUST, at=later))
        assert said(result) == PASSED
        assert result.checks[0].say.en == "it is one signature: CMS in PDF, B-B"
        hour = NOW if times else later
        assert f"{hour:%H:%M:%S}" in next(one.say.en for one in result.checks if one.name == "signing time")


@pytest.mark.parametrize(
    "held", [tlv(0xA0, sequence(crl().der)), tlv(0xA1, sequence(answer())), tlv(0xA2, sequence()), b"\0"]
)
def test_revocation_data_among_what_is_signed(held: bytes) -> None:
    """`adbe-revocationInfoArchival`, as the readers of PDF write it (ISO 32000-1 clause 12.8.3.3.2)."""
    from tegata.trust.ades.pdf import place

    told = {"1.2.840.113583.1.1.8": sequence(held)}
    made = place(PLAIN, NOW, "sha256", lambda c: sign_data(DATA, c, certified(), told, detached=True))
    result = said(pades.verify_pdf(made, dataclasses.replace(TRUST, lists=())))
    useful = held[0] in (0xA0, 0xA1)
    assert result == (PASSED if useful else ("indeterminate", "CERTIFICATE_CHAIN_GENERAL_FAILURE"))


def bomb() -> bytes:
    """An object stream that would unpack to a gigabyte."""
    packed = zlib.compress(bytes(1 << 26), 9)
    packed = zlib.compress(packed, 9)
    head = b"<</Type/ObjStm/N 1/First 4/Filter[/FlateDecode/FlateDecode]/Length %d>>stream\n" % len(packed)
    return PLAIN.replace(b"<</Type/Catalog/Pages 2 0 R>>", head + packed + b"\nendstream")


@pytest.mark.parametrize(
    "document",
    [
        PLAIN,
        b"%PDF-",
        b"%PDF-1.7\n" + b"[" * 100_000,
        b"%PDF-1.7\nstartxref\n9\n%%EOF\n",
        PLAIN[:-200],
        PLAIN.replace(b"/Root 1", b"/Root 9"),
        bomb(),
    ],
    ids=["unsigned", "nothing", "nested", "loop", "cut", "no root", "bomb"],
)
def test_what_is_no_signed_pdf(document: bytes) -> None:
    assert said(pades.verify_pdf(document, TRUST)) == ("total-failed", "FORMAT_FAILURE")
    if document is not PLAIN:
        with pytest.raises(InputError, match="cannot be signed"):
            signed(document=document[:-300])


def test_an_encrypted_document_is_refused() -> None:
    from pyhanko.pdf_utils.reader import PdfFileReader
    from pyhanko.pdf_utils.writer import copy_into_new_writer

    writer, output = copy_into_new_writer(PdfFileReader(BytesIO(PLAIN))), BytesIO()
    writer.encrypt("owner", "user")
    writer.write(output)
    with pytest.raises(InputError, match="cannot be signed"):
        signed(document=output.getvalue())
    assert said(pades.verify_pdf(output.getvalue(), TRUST)) == ("total-failed", "FORMAT_FAILURE")


def test_a_kind_of_signature_that_nobody_knows_is_refused_in_words() -> None:
    strange = signed().replace(b"/ETSI.CAdES.detached", b"/adbe.pkcs7.sha1    ")
    assert strange != signed()
    assert said(pades.verify_pdf(strange, TRUST)) == ("total-failed", "FORMAT_FAILURE")
    result = pades.verify_pdf(signed("rsa", strange), TRUST)  # and another one beside it does not make up for it
    assert said(result) == ("total-failed", "FORMAT_FAILURE")
    assert "of a kind that nobody knows" in result.checks[0].say.en
