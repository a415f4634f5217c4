"""`tegata record`: one request for many files, both renewals, and what stops a renewal; against a real authority."""

from __future__ import annotations

from pathlib import Path

from tests.cli.conftest import Tegata, tegata
from tests.nodes import free_port
from tests.trust.certificates import certified, private, write_pem
from tests.tsa.test_commands import running

__all__ = ["tegata"]


def test_records_are_begun_renewed_and_outlive_sha256(tegata: Tegata, tmp_path: Path) -> None:
    key, certificate, root = write_pem(tmp_path, certified("p521"), private("p521"))
    port = free_port()
    words = ("--listen", f"127.0.0.1:{port}", "--time-source", "unchecked", "--key", key, "--certificates", certificate)
    assert tegata("tsa", "init", tmp_path / "a", "--policy", "1.2.3", *words).code == 0
    url = f"http://127.0.0.1:{port}/tsr"
    at = ("--url", url, "--tsa", root, "--network", "127.0.0.0/8")
    files = [tmp_path / f"{number}.csv" for number in range(3)]
    for file in files:
        file.write_text(f"{file}\n")
    record = tmp_path / "0.csv.ers"
    with running(tmp_path / "a", url):
        assert tegata("record", "new", *files, *at).code == 0
        assert tegata("record", "new", *files, *at).code == 2  # there already
        assert tegata("tsa", "check", tmp_path / "a", "--json").document["tokens"] == 1
        assert tegata("record", "renew", record, *at).code == 0
        assert tegata("record", "renew", record, "--digest", "sha512", *at).code == 2  # the file is needed
        assert tegata("record", "renew", record, files[2], "--digest", "sha512", *at).code == 2  # and no other
        before = record.read_bytes()
        assert tegata("record", "renew", record, files[0], "--digest", "sha512", *at).code == 0
    assert record.read_bytes() != before
    assert tegata("record", "renew", record, *at).code == 1  # nobody is there
    assert tegata("verify", record, files[0], "--tsa", root, "--json").document["verdict"] == "total-passed"
    drill = ("--broken", "sha256=2039-01-01", "--at", "2039-06-01", "--tsa", root, "--json")
    assert tegata("record", "verify", record, files[0], *drill).document["verdict"] == "total-passed"
    left = tegata("record", "verify", tmp_path / "1.csv.ers", files[1], *drill).document
    assert left["sub_indication"] == "CRYPTO_CONSTRAINTS_FAILURE_NO_POE"
    assert tegata("record", "verify", record, "--broken", "sha256").code == 2
    assert tegata("record", "verify", files[0], files[0]).code == 1
