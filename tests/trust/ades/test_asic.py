"""Simple containers (ASiC-S) and documents of OpenDocument: one file or all of them is signed, and nothing beside."""

from __future__ import annotations

import dataclasses
import datetime as dt
import hashlib
from collections.abc import Callable

import pytest

from tegata.model.evidence import Verification
from tegata.trust.ades import asics, cades
from tegata.trust.ades.asic import verify_container
from tegata.trust.ades.manifest import write_manifest
from tegata.trust.ades.paths import Trust
from tests.trust.ades.samples import CONTENT, NOW, PASSED, TRUST, certified, crl, said, stamped, token
from tests.trust.ades.test_asice import Files, packed
from tests.trust.ades.test_levels import KNOWS
from tests.trust.ades.test_xades import signature

FORM, HASH = ("total-failed", "FORMAT_FAILURE"), ("total-failed", "HASH_FAILURE")
SIMPLE = b"application/vnd.etsi.asic-s+zip"
XML, STAMP, ARCHIVE = "META-INF/signatures.xml", "META-INF/timestamp.tst", "META-INF/ASiCArchiveManifest.xml"
CMS = cades.sign_detached(CONTENT, certified(), NOW)
IN_CMS: Files = {"mimetype": SIMPLE, "contract.json": CONTENT, asics.SIGNATURE: CMS}
IN_XML: Files = {"mimetype": SIMPLE, "contract.json": CONTENT, XML: signature(files={"contract.json": CONTENT})}


def told(files: Files, trust: Trust = TRUST) -> Verification:
    return verify_container(packed(files), trust)


@pytest.mark.parametrize(("files", "form"), [(IN_CMS, "ASiC-S, CAdES"), (IN_XML, "ASiC-S, XAdES")])
def test_one_file_and_its_signature(files: Files, form: str) -> None:
    assert said(result := told(files)) == PASSED
    assert form in result.checks[0].say.en
    assert said(told(files | {"contract.json": b"{}"})) == HASH


@pytest.mark.parametrize("files", [IN_CMS, IN_XML])
@pytest.mark.parametrize(
    "change",
    [
        lambda f: f | {"other.json": b"x"},
        lambda f: {k: v for k, v in f.items() if k != "contract.json"},
        lambda f: {("folder/" + k if k == "contract.json" else k): v for k, v in f.items()},
        lambda f: {k: v for k, v in f.items() if k not in (XML, asics.SIGNATURE)},
        lambda f: f | {"mimetype": b"application/zip"},
    ],
)
def test_not_one_file_or_no_signature(files: Files, change: Callable[[Files], Files]) -> None:
    assert said(told(change(files))) == FORM


def test_a_container_without_files() -> None:
    """A signature over what only describes the container, or over what it carries itself, is none over files."""
    about = {"META-INF/manifest.xml": b"<manifest/>"}
    files = {"mimetype": b"application/vnd.etsi.asic-e+zip", **about, XML: signature(files=about)}
    assert said(told(files | {"contract.json": CONTENT})) == FORM
    assert said(told(files)) == FORM
    both = about | {"contract.json": CONTENT}
    assert said(told(files | both | {XML: signature(files=both)})) == PASSED


@pytest.mark.parametrize("name", ["META-INF/manifest.xml", "META-INF/signature2.p7s", STAMP, ARCHIVE])
def test_nothing_stands_beside_a_signature_in_cms(name: str) -> None:
    assert said(told(IN_CMS | {name: b"x"})) == FORM


def archived(*names: str) -> Files:
    files = IN_CMS | {asics.SIGNATURE: stamped(cades, CMS, NOW, crl().der)}
    manifest = write_manifest(STAMP, {name: hashlib.sha256(files[name]).digest() for name in names})
    return files | {ARCHIVE: manifest, STAMP: token(manifest, NOW)}


def test_a_time_stamp_over_the_container_counts_when_it_is_over_file_and_signature() -> None:
    bare = dataclasses.replace(TRUST, lists=(), at=NOW + dt.timedelta(minutes=1))
    stamps = {
        names: [one.verdict for one in told(archived(*names), bare).checks if one.name == "time-stamp"]
        for names in (("contract.json", asics.SIGNATURE), (asics.SIGNATURE,))
    }
    assert [*stamps.values()] == [["passed", "passed"], ["passed"]]


def test_a_key_that_was_taken_back_later() -> None:
    assert said(told(IN_CMS, KNOWS)) == ("indeterminate", "REVOKED_NO_POE")
    assert said(told(IN_CMS | {asics.SIGNATURE: stamped(cades, CMS)}, KNOWS)) == PASSED


ODF = "urn:oasis:names:tc:opendocument:xmlns:digitalsignature:1.0"
OF_DOCUMENT = "META-INF/documentsignatures.xml"
DOCUMENT: Files = {
    "mimetype": b"application/vnd.oasis.opendocument.text",
    "content.xml": b"<text/>",
    "META-INF/manifest.xml": b"<manifest/>",
}


def renamed(document: str) -> str:
    return document.replace("asic:XAdESSignatures", "document-signatures").replace(
        'xmlns:asic="http://uri.etsi.org/02918/v1.2.1#"', f'xmlns="{ODF}"'
    )


def signed(files: Files, change: Callable[[str], str] = str) -> Files:
    return DOCUMENT | {OF_DOCUMENT: signature(files=files, change=lambda one: change(renamed(one)))}


def test_a_document_is_signed_to_its_last_file() -> None:
    whole = signed(DOCUMENT)
    assert said(result := told(whole)) == PASSED
    assert "OpenDocument, XAdES" in result.checks[0].say.en
    for name in DOCUMENT:
        assert said(told(signed({one: data for one, data in DOCUMENT.items() if one != name}))) == FORM
        assert said(told(whole | {name: DOCUMENT[name] + b" "})) == HASH
    assert said(told(whole | {"META-INF/macrosignatures.xml": b"x"})) == FORM
    assert said(told(DOCUMENT)) == FORM


OBJECT = '<ds:Object Id="o"><note>made here</note></ds:Object>'
REFERENCE = (
    '<ds:Reference URI="#o"><ds:DigestMethod Algorithm="http://www.w3.org/2001/04/xmlenc#sha256"/>'
    "<ds:DigestValue>%s</ds:DigestValue></ds:Reference>"
)


def test_what_a_signature_carries_is_signed_too() -> None:
    """Writers of OpenDocument let it carry the time; what lies there without a reference nobody signed."""

    def carrying(document: str) -> str:
        return document.replace("</ds:KeyInfo>", f"</ds:KeyInfo>{OBJECT}")

    def unsigned(document: str) -> str:
        return carrying(document).replace("</ds:SignedInfo>", f"{REFERENCE % 'AAAA'}</ds:SignedInfo>")

    assert said(told(signed(DOCUMENT, carrying))) == FORM
    assert said(told(signed(DOCUMENT, unsigned))) == HASH
