"""`tegata trust` as a person meets it: a path judged, lists read, shown and searched."""

from __future__ import annotations

from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding

from tegata.trust.lists import write_json_list, write_xml_list
from tegata.trust.pki import Certificate
from tests.cli.conftest import Tegata, in_own_process
from tests.shared_data import shared_data
from tests.trust.lists.samples import AT, AUTHORITY, DAY, OPERATOR, STAMPS, certified
from tests.trust.lists.samples import UNLOGGED as LIST
from tests.trust.pki.authority import Party

pytest.importorskip("lxml", reason="lists in XML need the extra `lists`")
JUNE = ("--at", "2026-06-01")


def pem(path: Path, *certificates: Certificate) -> Path:
    path.write_bytes(b"".join(each.parsed.public_bytes(Encoding.PEM) for each in certificates))
    return path


@pytest.fixture
def files(tmp_path: Path) -> Path:
    pem(tmp_path / "stamps.pem", STAMPS.certificate)
    pem(tmp_path / "authority.pem", AUTHORITY.certificate)
    pem(tmp_path / "operator.pem", OPERATOR.certificate)
    (tmp_path / "authority.crl").write_bytes(AUTHORITY.revokes().der)
    (tmp_path / "list.xml").write_bytes(write_xml_list(LIST, certified(OPERATOR), AT))
    (tmp_path / "list.json").write_bytes(write_json_list(LIST))
    return tmp_path


def test_a_path_is_told_step_by_step(tegata: Tegata, files: Path) -> None:
    asked = ("trust", "path", files / "stamps.pem", "--anchor", files / "authority.pem", *JUNE)
    ran = tegata(*asked, "--crl", files / "authority.crl")
    assert (ran.code, ran.out.count(" ok ")) == (0, 9)
    unsure = tegata(*asked, "--json")
    assert (unsure.code, unsure.document["verification"]["sub_indication"]) == (12, "CERTIFICATE_CHAIN_GENERAL_FAILURE")
    assert tegata(*asked, "--no-revocation").code == 0
    armoured = x509.load_der_x509_crl((files / "authority.crl").read_bytes()).public_bytes(Encoding.PEM)
    (files / "authority.crl").write_bytes(armoured)
    assert tegata(*asked, "--crl", files / "authority.crl", "--lang", "ja").code == 0


def test_a_policy_is_asked_for(tegata: Tegata, files: Path) -> None:
    asked = ("trust", "path", files / "stamps.pem", "--anchor", files / "authority.pem", *JUNE, "--no-revocation")
    assert tegata(*asked, "--policy", "1.2.3", "--json").document["verification"]["sub_indication"] == (
        "CHAIN_CONSTRAINTS_FAILURE"
    )


def test_one_list_is_shown_and_checked(tegata: Tegata, files: Path) -> None:
    shown = tegata("trust", "lists", "show", files / "list.xml", "--signer", files / "operator.pem", *JUNE)
    assert shown.code == 0
    assert "suspended" in shown.out
    refused = tegata("trust", "lists", "show", files / "list.xml", "--signer", files / "stamps.pem")
    assert refused.code == 1
    assert "may not sign" in refused.err
    both = [
        tegata("trust", "lists", "show", files / f"list.{form}", "--json").document["list"] for form in ("xml", "json")
    ]
    assert both[0]["providers"] == both[1]["providers"]


def test_who_vouches_is_found(tegata: Tegata, files: Path) -> None:
    found = tegata("trust", "lists", "find", files / "stamps.pem", files / "list.json", "--at", "2026-05-01", "--json")
    assert found.code == 0
    assert found.document[0]["standing"]["status"].endswith("/granted")
    stranger = tegata("trust", "lists", "find", files / "operator.pem", files / "list.xml")
    assert (stranger.code, "nobody" in stranger.out) == (1, True)


def test_a_family_is_read(tegata: Tegata) -> None:
    folder = shared_data("trusted-lists")
    asked = ("trust", "lists", "read", folder / "eu-lotl.xml", folder, "--at", "2026-06-20")
    assert tegata(*asked).code == 2  # nobody is trusted unless named
    ran = tegata(*asked, "--anchor", folder / "pre-reanchor.cert.pem", "--json")
    assert ran.code == 1  # most of its members are not at hand
    assert [member["territory"] for member in ran.document["members"] if member["in_use"]] == ["BE"]


@pytest.mark.parametrize("content", [b"", b"<", b"{", b"\x00" * 40, b"<a>" * 9999, b"-----BEGIN CERTIFICATE-----\n"])
def test_bad_files_are_told_in_words(tegata: Tegata, files: Path, content: bytes) -> None:
    bad = files / "bad.xml"
    bad.write_bytes(content)
    for arguments in (
        ("path", bad, "--anchor", files / "authority.pem"),
        ("path", files / "stamps.pem", "--anchor", files / "authority.pem", "--crl", bad),
        ("path", files / "stamps.pem", "--anchor", files / "authority.pem", "--ocsp", bad),
        ("lists", "show", bad),
        ("lists", "read", bad, "--anchor", files / "authority.pem"),
        ("lists", "find", files / "stamps.pem", bad),
    ):
        ran = tegata("trust", *arguments)
        assert ran.code == 2
        assert "bad.xml" in ran.err


def test_without_the_extra_it_says_what_to_install(files: Path) -> None:
    (files / "lxml.py").write_text("raise ImportError('lxml')\n", "utf-8")
    ran = in_own_process("trust", "lists", "show", files / "list.xml", PYTHONPATH=str(files))
    assert ran.code != 0
    assert "tegata[lists]" in ran.err
    assert "Traceback" not in ran.err


AGREEMENT = """
territory: JP
location: https://trust.example/list.xml
equivalences:
  - id: seals
    terms:
      - enacted: true
        since: 2026-01-01T00:00:00Z
        here: [{kind: "http://uri.etsi.org/TrstSvc/Svctype/CA/QC"}]
        there: [{kind: "http://uri.etsi.org/TrstSvc/Svctype/CA/QC"}]
        valid:
          - here: ["http://uri.etsi.org/TrstSvc/TrustedList/Svcstatus/granted"]
            there: ["https://trust.example/scheme/Svcstatus/granted"]
"""


def test_recognition_is_told_step_by_step(tegata: Tegata, files: Path) -> None:
    """The service of the sample was general from March, granted from April, and is suspended from the end of May on."""
    (files / "agreement.yaml").write_text(AGREEMENT, "utf-8")
    (files / "empty.yaml").write_text("territory: JP\n", "utf-8")
    fresh = Party("time-stamping unit", AUTHORITY, authority=False, since=AT - 30 * DAY)
    pem(files / "fresh.pem", fresh.certificate)
    asked = ("trust", "recognise", files / "fresh.pem", files / "list.xml", "--agreement")
    granted = tegata(*asked, files / "agreement.yaml", "--at", "2026-05-20", "--json")
    assert (granted.code, granted.document["equivalence"]) == (0, "seals")
    assert not granted.document["qualified"]  # an agreement without certificate conditions makes none
    suspended = tegata(*asked, files / "agreement.yaml", "--at", "2026-06-01")
    assert (suspended.code, "counts as none here" in suspended.out) == (1, True)
    assert tegata(*asked, files / "empty.yaml").code == 2
    assert tegata(*asked, files / "list.xml").code == 2  # holds no agreement
