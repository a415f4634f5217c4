"""XAdES of our own: over files beside it and inside XML, at every level; nothing can be wrapped around it."""

from __future__ import annotations

import base64
import dataclasses
import datetime as dt
from collections.abc import Callable

import pytest

from tegata.model.errors import UsageError, VerificationError
from tegata.model.evidence import Verification
from tegata.trust.ades import xades_sign
from tegata.trust.ades.paths import Trust
from tegata.trust.ades.reading import verify_signatures
from tegata.trust.ades.signature import Contents
from tegata.trust.checks import OpenError
from tegata.trust.content import DigestOf, digest_of
from tegata.trust.xmldsig import DS
from tests.trust.ades.samples import BESIDE, CONTENT, NOW, PASSED, TRUST, certified, crl, said, stamped, token_of
from tests.trust.ades.test_jades import DIGESTS
from tests.trust.ades.test_levels import LATER

pytest.importorskip("lxml")
BARE = dataclasses.replace(LATER, lists=())
DOCUMENT = b"<?pi it?><order xmlns='urn:example' xml:lang='ja'><item n='1'>\xe6\x8a\x98</item>\n<note/></order>"
FORM, HASH = ("total-failed", "FORMAT_FAILURE"), ("total-failed", "HASH_FAILURE")
OPEN = ("indeterminate", "SIGNED_DATA_NOT_FOUND")
WEAK = ("indeterminate", "CRYPTO_CONSTRAINTS_FAILURE_NO_POE")


def files(kind: str = "p256") -> bytes:
    return xades_sign.sign_files(DIGESTS, certified(kind), NOW)


def inside(kind: str = "p256") -> bytes:
    return xades_sign.sign_document(DOCUMENT, certified(kind), NOW)


MADE = {"files": files, "inside": inside}
BOTH = pytest.mark.parametrize("form", list(MADE))


def told(document: bytes, contents: Contents = BESIDE, trust: Trust = TRUST) -> Verification:
    return verify_signatures(document, contents, trust)


def at(time: dt.datetime = NOW) -> Callable[[DigestOf], bytes]:
    return lambda digest: token_of(digest("sha256"), time)


@BOTH
@pytest.mark.parametrize("kind", ["p256", "p384", "p521", "rsa"])
def test_every_kind_of_key(form: str, kind: str) -> None:
    assert said(told(MADE[form](kind))) == PASSED
    with pytest.raises(UsageError):
        MADE[form]("ed25519")


@BOTH
def test_every_level_and_renewed(form: str) -> None:
    made, levels = MADE[form](), []
    lasting = stamped(xades_sign, made, NOW, crl().der)
    once = xades_sign.with_archive(lasting, BESIDE, at())
    twice = xades_sign.with_archive(once, BESIDE, at(NOW + dt.timedelta(hours=1)))
    for document in (made, stamped(xades_sign, made), lasting, once, twice):
        result = told(document, trust=BARE if document not in (made, stamped(xades_sign, made)) else LATER)
        assert said(result) == PASSED
        stamps = [check.verdict for check in result.checks if check.name == "time-stamp"]
        levels.append((result.checks[0].say.en.rpartition(" ")[2], len(stamps), set(stamps) <= {"passed"}))
    assert levels == [("B-B", 0, True), ("B-T", 1, True), ("B-LT", 1, True), ("B-LTA", 2, True), ("B-LTA", 3, True)]


def test_what_an_archive_is_over_must_be_there() -> None:
    lasting = xades_sign.with_archive(stamped(xades_sign, files(), NOW, crl().der), BESIDE, at())
    start, end = lasting.index(b"<xades:CertificateValues"), lasting.index(b"<xades:RevocationValues")
    cut = lasting[:start] + lasting[end:]
    for document, contents in ((cut, BESIDE), (lasting, {"": digest_of(b"other")}), (lasting, {})):
        verdicts = [check.verdict for check in told(document, contents, BARE).checks if check.name == "time-stamp"]
        assert verdicts == ["passed", "indeterminate"]
    with pytest.raises(OpenError):
        xades_sign.with_archive(files(), {}, at())
    with pytest.raises(VerificationError):
        xades_sign.with_archive(files(), {"": digest_of(b"other")}, at())


def test_other_files_and_none() -> None:
    assert said(told(files(), {"": digest_of(b"{}")})) == HASH
    assert said(told(files(), {})) == OPEN


FOREIGN = f'<ds:Signature xmlns:ds="{DS}"/>'.encode()


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        (b"\xe6\x8a\x98", b"other", HASH),
        (b'n="1"', b'n="2"', HASH),
        (b"<note/>", b"<note>x</note>", HASH),
        (b"</order>", b"x</order>", HASH),
        (b"</order>", b"<note/></order>", HASH),
        (b"<?pi it?>", b"<?pi other?>", HASH),
        (b"<item", b"<!-- said by nobody --><item", PASSED),
        (b"2026-11-25T12", b"2026-11-24T12", HASH),
        (b"<ds:SignedInfo>", b"<ds:SignedInfo> ", ("total-failed", "SIG_CRYPTO_FAILURE")),
        (b"</ds:SignedInfo>", b"</ds:SignedInfo><ds:Object>x</ds:Object>", FORM),
        (b"</order>", FOREIGN + b"</order>", FORM),
        (b"<note/>", b"<note Id='sig'/>", HASH),
        (b"<note/>", b"<note id='sig-properties'/>", FORM),
        (b'URI=""', b'URI="#sig"', FORM),
        (b'URI=""', b'URI="#sig-value"', FORM),
        (b'URI=""', b"", FORM),
        (b'URI=""', b'URI="other.xml"', FORM),
        (b"enveloped-signature", b"other", FORM),
        (b"xml-exc-c14n#", b"xml-exc-c14n#Other", FORM),
        (b"ecdsa-sha256", b"ecdsa-sha1", ("total-failed", "SIG_CRYPTO_FAILURE")),
        (b"xmldsig-more#ecdsa-sha256", b"xmldsig-more#rsa-md5", ("total-failed", "SIG_CRYPTO_FAILURE")),
        (b"2001/04/xmldsig-more#ecdsa-sha256", b"2000/09/xmldsig#dsa-sha1", WEAK),
        (b"xmldsig-more#ecdsa-sha256", b"xmldsig-more#rsa-sha256", ("total-failed", "SIG_CRYPTO_FAILURE")),
        (b"2001/04/xmldsig-more#ecdsa-sha256", b"2000/09/xmldsig#hmac-sha1", FORM),
        (b"<order", b"<!DOCTYPE order><order", FORM),
        (b"SignedProperties>", b"SignedProperties><xades:SignedProperties/>", FORM),
    ],
)  # fmt: skip
def test_a_document_changed_after_it_was_signed(old: bytes, new: bytes, expected: tuple[str, str]) -> None:
    whole = inside()
    spoilt = whole.replace(old, new, 1) if old != b"</order>" else new.join(whole.rsplit(old, 1))
    assert spoilt != whole
    assert said(told(spoilt)) == expected


def test_only_names_that_are_meant_must_stand_once() -> None:
    """Forms of others name their own parts twice, which is nothing to a signature over the whole document."""
    twice = DOCUMENT.replace(b"<note/>", b"<note id='n'/><note ID='n'/>")
    whole = xades_sign.sign_document(twice, certified(), NOW)
    assert said(told(whole)) == PASSED
    assert said(told(whole.replace(b'URI=""', b'URI="#n"'))) == FORM


def carrying(text: str = "signed") -> bytes:
    """A signature over what it carries, made here so that its references can be played with."""
    etree, digest = xades_sign.xml_library(), "sha256"
    root = etree.Element("signed", nsmap={"ds": DS})
    held = etree.SubElement(root, f"{{{DS}}}Object", Id="held")
    held.text = base64.b64encode(text.encode()).decode()
    stated = xades_sign.Signed("#held", digest, digest_of(text.encode())(digest), (f"{DS}base64",))
    xades_sign.add_signature(root, [stated], certified(), NOW)
    signature = root[-1]
    signature.append(held)
    return bytes(etree.tostring(signature))


def test_what_is_carried() -> None:
    whole = carrying()
    assert said(told(whole)) == PASSED
    assert said(told(whole.replace(b"c2lnbmVk", b"b3RoZXIh"))) == HASH
    fake = b"<ds:Object>b3RoZXIh</ds:Object></ds:Signature>"
    assert said(told(whole.replace(b"</ds:Signature>", fake))) == FORM
    assert said(told(whole.replace(b"</ds:Signature>", fake.replace(b"t>b3", b't Id="held">b3')))) == FORM
    assert said(told(whole.replace(b'Id="held"', b'Id="gone"'))) == FORM


@pytest.mark.parametrize(
    "wrapped",
    [
        b"<all><evil/>%b</all>",
        b"<all>evil %b</all>",
        b"<all><inner><evil/></inner>%b</all>",
        b"<all>%b<evil Id='sig-2'/></all>",
    ],
)
def test_what_is_put_around_a_signature(wrapped: bytes) -> None:
    bare = carrying()
    assert said(told(b"<all>%b</all>" % bare)) == PASSED  # it holds the signature, and nothing else
    assert said(told(wrapped % bare)) == FORM


def of_body(text: bytes, times: int = 1, uri: str = "#body") -> bytes:
    """A message with a signature over one part of it, meant once or more often."""
    etree = xades_sign.xml_library()
    root = etree.fromstring(b"<message><body Id='body'>%b</body></message>" % text)
    octets = etree.tostring(root[0], method="c14n", exclusive=True, with_comments=False)
    part = xades_sign.Signed(uri, "sha256", digest_of(octets)("sha256"), (xades_sign.EXCLUSIVE,))
    xades_sign.add_signature(root, [part] * times, certified(), NOW)
    return bytes(etree.tostring(root))


def test_a_part_that_is_meant_over_and_over() -> None:
    """A small document must not become gigabytes that are digested and kept."""
    assert said(told(of_body(b"x" * 1_000_000, 8))) == PASSED
    assert said(told(of_body(b"x" * 1_000_000, 64))) == FORM


@pytest.mark.parametrize(
    ("uri", "expected"),
    [
        ("#xpointer(id('body'))", PASSED),
        ('#xpointer(id("body"))', FORM),
        ("#xpointer(//body)", FORM),
        ("#xpointer(id('body'))|id('other')", FORM),
    ],
)
def test_names_spelt_as_pointers(uri: str, expected: tuple[str, str]) -> None:
    """The one spelling that XML signatures know; no expression of a stranger is evaluated."""
    assert said(told(of_body(b"pay 1", uri=uri))) == expected


def test_a_part_that_was_moved() -> None:
    """The classic: the signed part moves aside, where its name is found, and another one takes its place."""
    whole = of_body(b"pay 1")
    assert said(told(whole)) == PASSED
    body = b'<body Id="body">pay 1</body>'
    assert body in whole
    for moved in (b"<body>pay 9</body><old>%b</old>" % body, b'<body Id="body">pay 9</body>%b' % body):
        assert said(told(whole.replace(body, moved))) == FORM
    inner = b"</ds:KeyInfo><ds:Object>%b</ds:Object>" % body
    aside = whole.replace(body, b"<body>pay 9</body>").replace(b"</ds:KeyInfo>", inner)
    assert said(told(aside)) == FORM


FORGED, SIGNED = b"<body%b>pay 9</body>", b'<body Id="body">pay 1</body>'
PLACES = {  # what stands at the place of the signed part, and what inside the signature
    "beside it": (b"%(forged)b%(signed)b", b""),
    "in front of it": (b"%(signed)b%(forged)b", b""),
    "around it": (b"%(forged_open)b%(signed)b</body>", b""),
    "inside it": (b'<body Id="body">%(forged)bpay 1</body>', b""),
    "behind a wrapper": (b"%(forged)b<wrapper>%(signed)b</wrapper>", b""),
    "in an object of the signature": (b"%(forged)b", b"<ds:Object>%(signed)b</ds:Object>"),
    "in an object, the forged one too": (b"", b"<ds:Object>%(forged)b%(signed)b</ds:Object>"),
    "in the key info": (b"%(forged)b", b"<ds:KeyInfo>%(signed)b</ds:KeyInfo>"),
}


@pytest.mark.parametrize("identifier", [b"", b' Id="other"', b' Id="body"', b' ID="body"', b' xml:id="body"'])
@pytest.mark.parametrize("place", PLACES)
def test_no_way_to_wrap_the_signed_part_holds(place: str, identifier: bytes) -> None:
    """The eight ways in which the signed part stays to be found while a forged one is read in its place."""
    whole, parts = of_body(b"pay 1"), {"forged": FORGED % identifier, "signed": SIGNED}
    parts["forged_open"] = parts["forged"].removesuffix(b"pay 9</body>") + b"pay 9"
    named = {key.encode(): value for key, value in parts.items()}
    instead, into = (template % named for template in PLACES[place])
    wrapped = whole.replace(SIGNED, instead).replace(b"</ds:Signature>", into + b"</ds:Signature>")
    assert wrapped != whole
    assert told(wrapped).verdict == "total-failed"


def test_contents_are_what_is_signed_last() -> None:
    with pytest.raises(VerificationError, match="signed already"):
        xades_sign.sign_document(inside(), certified(), NOW)
    with pytest.raises(VerificationError):
        xades_sign.sign_document(b"no XML", certified(), NOW)
    assert CONTENT not in files()
