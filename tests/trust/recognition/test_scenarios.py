"""The scenarios of the international pilot: each changes an agreement, and tells what the signature then counts as."""

from __future__ import annotations

import csv
import datetime as dt
from collections.abc import Iterator
from pathlib import Path

import pytest
from cryptography import x509

from tegata.model.errors import InputError
from tegata.model.recognition import Agreement
from tegata.model.trusted_list import ListedService
from tegata.trust import der
from tegata.trust.lists import read_xml_list
from tegata.trust.pki import Certificate
from tegata.trust.recognition import Recognition, read_agreements, recognise
from tests.shared_data import shared_data
from tests.trust.pki.authority import Party
from tests.trust.recognition.changes import changed

pytest.importorskip("lxml", reason="lists in XML need the extra `lists`")
NOW = dt.datetime(2026, 11, 1, tzinfo=dt.UTC)  # the certificates of the tests are valid from 2026-01-01
LISTS = "tsl-validation"

DIFFERENT = {
    "MRAWithCustomCertificateContentDeclarationPointedPartyQcType": (
        "the service here is for signatures; the origin turns it into one for seals by the certificate's type alone"
    ),
}
"""Where our answer is another, and why."""


def statements(*, legislation: str = "ZZ") -> x509.UnrecognizedExtension:
    def one(id_: str, *info: bytes) -> bytes:
        return der.sequence(der.oid(id_), *info)

    types = der.sequence(der.oid("0.4.0.1862.1.6.1"))
    country = der.sequence(der.tlv(0x13, legislation.encode()))
    content = der.sequence(
        one("0.4.0.1862.1.1"), one("0.4.0.1862.1.4"), one("0.4.0.1862.1.6", types), one("0.4.0.1862.1.7", country)
    )
    return x509.UnrecognizedExtension(x509.ObjectIdentifier("1.3.6.1.5.5.7.1.3"), content)


def signer(content: x509.UnrecognizedExtension) -> Certificate:
    """A person of the country ZZ: for commitments, under one policy, with a full name."""
    names = {
        x509.NameOID.COUNTRY_NAME: "ZZ",
        x509.NameOID.ORGANIZATIONAL_UNIT_NAME: "tests",
        x509.NameOID.COMMON_NAME: "x",
    }
    usage = x509.KeyUsage(False, True, False, False, False, False, False, False, False)
    policy = x509.PolicyInformation(x509.ObjectIdentifier("1.3.6.1.4.1.314159.1.2"), None)
    party = Party("signer", Party("zz authority"), authority=False)
    party.name = x509.Name([x509.NameAttribute(oid, value) for oid, value in names.items()])
    extensions = [(content, False), (usage, True), (x509.CertificatePolicies([policy]), False)]
    return party.certify(Party("zz authority"), authority=False, extensions=extensions)


SIGNER = signer(statements())


@pytest.fixture
def folder() -> Path:
    return shared_data("mra")


def service(folder: Path) -> ListedService:
    return read_xml_list((folder / LISTS / "mra-zz-tl.xml").read_bytes()).providers[0].services[0]


def agreement(folder: Path, name: str) -> Agreement:
    (found,) = read_agreements((folder / LISTS / name).read_bytes())
    return found


def kind(found: Recognition) -> str:
    """In the words of the scenarios."""
    if not found.qualified:
        return "ADESIG"
    return "QESIG" if found.device else "ADESIG_QC"


def answers(folder: Path) -> Iterator[tuple[dict[str, str], str]]:
    """Each scenario, and our answer."""
    with (folder / "scenarios.csv").open(encoding="utf-8", newline="") as file:
        rows = [row for row in csv.DictReader(file) if row["expected_indication"]]
    for row in rows:
        terms = changed(agreement(folder, row["base_list"]), row["change"], NOW)
        yield row, kind(recognise(terms, service(folder), SIGNER, NOW))


def test_every_scenario(folder: Path) -> None:
    found = list(answers(folder))
    assert len(found) == 48  # the 49th asks for a certificate alone: see below
    wrong = {row["scenario"]: (ours, row) for row, ours in found if ours != row["expected_signature_qualification"]}
    assert wrong.keys() == DIFFERENT.keys(), wrong


def test_each_step_is_told_in_words(folder: Path) -> None:
    found = recognise(agreement(folder, "mra-lotl.xml"), service(folder), SIGNER, NOW)
    assert [(check.name, check.verdict) for check in found.verification.checks] == [
        (name, "passed") for name in ("type", "time", "status", "content")
    ]
    assert (found.equivalence, found.purposes, found.device) == ("QCForESig", ("signature",), True)
    repealed = changed(agreement(folder, "mra-lotl.xml"), "TrustServiceEquivalenceStatus = repealed", NOW)
    checks = recognise(repealed, service(folder), SIGNER, NOW).verification.checks
    assert "was not enacted on 2026-01-01" in checks[-1].say.en


def test_a_certificate_of_another_land_counts_as_nothing_special(folder: Path) -> None:
    stranger = signer(statements(legislation="YY"))
    found = recognise(agreement(folder, "mra-lotl.xml"), service(folder), stranger, NOW)
    assert not found.qualified


@pytest.mark.parametrize("content", [b"", b"\x30\x80", b"\x30\x03\x02\x01\x01", b"\x30\x02\x30\x00"])
def test_statements_that_are_malformed_are_told(folder: Path, content: bytes) -> None:
    broken = signer(x509.UnrecognizedExtension(x509.ObjectIdentifier("1.3.6.1.5.5.7.1.3"), content))
    found = recognise(agreement(folder, "mra-lotl.xml"), service(folder), broken, NOW)
    assert (found.verification.verdict, found.verification.checks[-1].name) == ("total-failed", "content")


def test_agreements_that_are_malformed_are_refused_in_words(folder: Path) -> None:
    data = (folder / LISTS / "mra-lotl.xml").read_bytes()
    for old, new in (
        (b"mra/enacted", b"mra/maybe"),
        (b"2020-05-16T23:59:59Z", b"once"),
        (b'assert="all"', b'assert="some"'),
        (b"otherCriteriaList", b"criteriaOfNobody"),
    ):
        with pytest.raises(InputError):
            read_agreements(data.replace(old, new))
