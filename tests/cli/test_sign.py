"""`tegata sign` and `verify` on documents: signed by one, checked by another with no more than an anchor."""

from __future__ import annotations

import time
from pathlib import Path

import pytest

from tests.cli.conftest import Tegata
from tests.nodes import free_port
from tests.trust.ades.samples import pdf
from tests.trust.certificates import certified, private
from tests.tsa.test_commands import running, write_pem

SEAL = ("--organisation", "Example KK", "--country", "JP", "--corporate-number", "7000012050002")


@pytest.fixture
def room(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, tegata: Tegata) -> Path:
    """Keys of an authority and of acme, its anchor and revocation list, and two files to sign."""
    monkeypatch.chdir(tmp_path)
    for name, purpose in (("root", "ca"), ("acme", "seal")):
        assert tegata("keys", "new", name, "--purpose", purpose, "--no-passphrase").code == 0
    tegata("keys", "ca", "root", "--organisation", "Example Group", "--country", "JP")
    tegata("keys", "csr", "acme", *SEAL, "--out", "acme.csr")
    tegata("keys", "issue", "acme.csr", "--ca", "root", "--out", "acme.pem")
    tegata("keys", "install", "acme", "acme.pem")
    tegata("keys", "export", "root", "--out", "anchor.pem")
    tegata("keys", "crl", "root", "--out", "root.crl")
    Path("contract.json").write_text('{"contract": 1}')
    Path("annex.csv").write_text("a,b\n1,2\n")
    return tmp_path


KNOWN = ("--anchor", "anchor.pem", "--crl", "root.crl")


@pytest.mark.parametrize("form", ["jades", "cades", "asice"])
def test_signed_and_verified(tegata: Tegata, room: Path, form: str) -> None:
    told = tegata("sign", "contract.json", "--key", "acme", "--form", form, "--json").document
    assert told["level"] == "B-B"
    assert "NTRJP-7000012050002" in told["certificate"]
    data = () if form == "asice" else ("contract.json",)
    verify = ("verify", told["signature"], *data)
    assert tegata(*verify, *KNOWN, "--json").document["verdict"] == "total-passed"
    assert tegata(*verify, "--json").document["sub_indication"] == "NO_CERTIFICATE_CHAIN_FOUND"
    assert tegata(*verify, "--anchor", "anchor.pem", "--no-revocation").code == 0
    assert "有効" in tegata(*verify, *KNOWN, "--lang", "ja").out
    assert tegata(*verify, *KNOWN, "--at", "2050-01-01", "--json").document["sub_indication"] == "TRY_LATER"
    assert tegata("sign", "contract.json", "--key", "acme", "--form", form).code == 2  # it is there already


def test_a_signed_pdf(tegata: Tegata, room: Path) -> None:
    pytest.importorskip("pyhanko")
    Path("contract.pdf").write_bytes(pdf())
    assert tegata("sign", "contract.pdf", "--key", "acme", "--form", "pades").code == 0
    assert tegata("verify", "contract.signed.pdf", *KNOWN, "--json").document["verdict"] == "total-passed"
    assert tegata("sign", "contract.json", "--key", "acme", "--form", "pades").code == 2
    Path("contract.signed.pdf").write_bytes(Path("contract.signed.pdf").read_bytes() + b"%")
    assert tegata("verify", "contract.signed.pdf", *KNOWN).code == 1


def test_other_data_fail_and_a_renamed_file_holds(tegata: Tegata, room: Path) -> None:
    tegata("sign", "contract.json", "--key", "acme", "--out", "c.jades")
    Path("contract.json").rename("renamed.json")
    assert tegata("verify", "c.jades", "renamed.json", *KNOWN).code == 0
    ran = tegata("verify", "c.jades", "annex.csv", *KNOWN)
    assert (ran.code, "HASH_FAILURE" in ran.out) == (1, True)
    ran = tegata("verify", "c.jades", *KNOWN)
    assert (ran.code, "to check the data too" in ran.err) == (12, True)


def test_several_files_in_one_signature(tegata: Tegata, room: Path) -> None:
    for form, data in (("asice", ()), ("jades", ("annex.csv", "contract.json"))):
        tegata("sign", "contract.json", "annex.csv", "--key", "acme", "--form", form, "--out", f"both.{form}")
        assert tegata("verify", f"both.{form}", *data, *KNOWN).code == 0
    assert tegata("verify", "both.jades", "annex.csv", *KNOWN).code != 0


def test_a_revoked_seal_is_found(tegata: Tegata, room: Path) -> None:
    tegata("sign", "contract.json", "--key", "acme", "--out", "c.jades")
    tegata("keys", "revoke", "acme", "--reason", "key-compromise", "--apply")
    tegata("keys", "crl", "root", "--out", "later.crl")
    ran = tegata("verify", "c.jades", "contract.json", "--anchor", "anchor.pem", "--crl", "later.crl", "--json")
    assert (ran.code, ran.document["sub_indication"]) == (12, "REVOKED_NO_POE")
    assert "is revoked" in tegata("sign", "contract.json", "--key", "acme", "--out", "d.jades").err


def test_what_is_refused_says_what_to_do(tegata: Tegata, room: Path) -> None:
    tegata("keys", "new", "bare", "--purpose", "seal", "--no-passphrase")
    assert "keys csr bare" in tegata("sign", "contract.json", "--key", "bare").err
    assert "not for this" in tegata("sign", "contract.json", "--key", "root").err
    assert "--form asice" in tegata("sign", "contract.json", "annex.csv", "--key", "acme", "--form", "cades").err
    assert tegata("sign", "absent.json", "--key", "acme").code == 2
    Path("契約.json").write_text("{}")
    assert "copy it" in tegata("sign", "契約.json", "--key", "acme", "--form", "asice").err
    assert tegata("sign", "契約.json", "--key", "acme").code == 0
    assert tegata("verify", "契約.json.jades", "契約.json", *KNOWN).code == 0
    assert "no certificate in `acme.csr`" in tegata("verify", "契約.json.jades", "--anchor", "acme.csr").err
    assert tegata("verify", "契約.json.jades", "--anchor", "contract.json").code == 2
    assert tegata("verify", "契約.json.jades", "--crl", "anchor.pem").code == 2


def test_with_a_time_stamp_a_seal_outlives_its_revocation(tegata: Tegata, room: Path) -> None:
    key, certificate, authority = write_pem(room, certified("p384"), private("p384"))
    port = free_port()
    words = ("--listen", f"127.0.0.1:{port}", "--time-source", "unchecked", "--key", key, "--certificates", certificate)
    assert tegata("tsa", "init", "clock", "--policy", "1.2.3", *words).code == 0
    url = ("--url", f"http://127.0.0.1:{port}/tsr", "--tsa", authority, "--network", "127.0.0.0/8")
    sign, forms = ("sign", "contract.json", "--key", "acme"), ("jades", "cades", "asice", "xades")
    Path("plain.pdf").write_bytes(pdf())
    Path("plain.xml").write_text("<order><item/></order>")
    with running(room / "clock", url[1]):
        for form in forms:
            assert tegata(*sign, "--form", form, *url, "--out", f"t.{form}", "--json").document["level"] == "B-T"
            told = tegata(*sign, "--form", form, *url, "--crl", "root.crl", "--out", f"lt.{form}", "--json")
            assert told.document["level"] == "B-LT"
        long = ("--form", "pades", *url, "--crl", "root.crl", "--archive", "--json")
        for form in forms:
            told = tegata(*sign, "--form", form, *long[2:], "--out", f"lta.{form}")
            assert told.document["level"] == "B-LTA"
        told = tegata("sign", "plain.pdf", "--key", "acme", *long).document
        assert (told["level"], told["signature"]) == ("B-LTA", "plain.signed.pdf")
        told = tegata("sign", "plain.xml", "--key", "acme", "--form", "xml", *long[2:]).document
        assert (told["level"], told["signature"]) == ("B-LTA", "plain.signed.xml")
    assert "--crl" in tegata(*sign, *url, "--archive", "--out", "x").err
    assert tegata(*sign, "--crl", "root.crl", "--out", "x").code == 2
    assert "--tsa FILE" in tegata(*sign, "--url", url[1], "--out", "x").err
    assert tegata(*sign, *url, "--out", "x").code == 1  # nobody answers any more
    assert not Path("x").exists()
    time.sleep(2)  # the time-stamps are of a second's accuracy, and revocation is told in whole seconds
    tegata("keys", "revoke", "acme", "--apply")
    tegata("keys", "crl", "root", "--out", "later.crl")
    for form in forms:
        data = () if form == "asice" else ("contract.json",)
        known = ("--anchor", "anchor.pem", "--tsa", authority)
        kinds = [("t", "--crl", "later.crl"), ("lt",), ("lta",)]
        for verify in kinds:
            ran = tegata("verify", f"{verify[0]}.{form}", *data, *known, *verify[1:], "--json")
            assert ran.document["verdict"] == "total-passed", ran.document
        for name in ("plain.signed.pdf", "plain.signed.xml"):
            assert tegata("verify", name, *known, "--json").document["verdict"] == "total-passed"
        unknown = tegata("verify", f"t.{form}", *data, *known[:2], "--crl", "later.crl", "--json")
        assert unknown.document["sub_indication"] == "REVOKED_NO_POE"
