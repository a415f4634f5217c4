"""`tegata verify --pdf`: the verdict for people, sealed by a node where that is wished."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest

from tegata.node import init_node
from tegata.trust import seal
from tests.cli.conftest import Tegata
from tests.trust.samples import DATA, KEY, sound

pytest.importorskip("reportlab", reason="reportlab is not installed")


@pytest.fixture
def files(tmp_path: Path) -> tuple[Path, Path]:
    passport, data = tmp_path / "passport.jws", tmp_path / "data.csv"
    passport.write_text(seal(sound(), KEY) + "\n")
    data.write_bytes(DATA)
    return passport, data


def test_the_verdict_on_paper(tegata: Tegata, files: tuple[Path, Path], tmp_path: Path) -> None:
    out = tmp_path / "verdict.pdf"
    told = tegata("verify", *files, "--trust", KEY.did, "--pdf", out)
    assert (told.code, told.out.startswith("valid")) == (0, True)
    first = out.read_bytes()
    assert tegata("verify", *files, "--trust", KEY.did, "--pdf", out).code == 2
    again = tegata("verify", *files, "--trust", KEY.did, "--pdf", out, "--force", "--json")
    assert again.document["verdict"] == "total-passed"
    assert out.read_bytes() == first
    failed = tmp_path / "failed.pdf"
    assert tegata("verify", files[0], files[0], "--pdf", failed).code == 1
    assert failed.read_bytes() != first


def test_the_seal_of_a_node(tegata: Tegata, files: tuple[Path, Path], tmp_path: Path) -> None:
    pytest.importorskip("pyhanko", reason="pyhanko is not installed")
    init_node(tmp_path / "node", name="Example Clinic", dsp_port=1, management_port=2, facts={})
    out = tmp_path / "verdict.pdf"
    told = tegata("verify", *files, "--trust", KEY.did, "--pdf", out, "--seal", tmp_path / "node", "--lang", "ja")
    assert told.code == 0
    anchor = out.with_name("verdict.pdf.pem")
    checked = tegata("verify", out, "--anchor", anchor, "--no-revocation", "--json").document
    assert checked["verdict"] == "total-passed"
    if shutil.which("pdfsig") is not None:
        shown = subprocess.run(["pdfsig", out], capture_output=True, text=True, check=False).stdout
        assert "Total document signed" in shown
    changed = out.read_bytes().replace(b"/Author (Tegata)", b"/Author (Nobody)", 1)
    assert changed != out.read_bytes()
    out.write_bytes(changed)
    assert tegata("verify", out, "--anchor", anchor, "--no-revocation").code == 1


def test_what_cannot_be_done_is_said_before(tegata: Tegata, files: tuple[Path, Path], tmp_path: Path) -> None:
    told = tegata("verify", *files, "--seal", tmp_path)
    assert (told.code, "--pdf FILE" in told.err) == (2, True)
    assert tegata("verify", *files, "--pdf", tmp_path / "x.pdf", "--seal", tmp_path / "absent").code == 2
    assert not (tmp_path / "x.pdf").exists()
