"""The examples do what their page says."""

from __future__ import annotations

import re
import shlex
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
ROWS = re.findall(
    r"^\| `tegata (.+?)` \| (\d+) \|$", (ROOT / "examples" / "README.md").read_text("utf-8"), re.MULTILINE
)


@pytest.mark.parametrize(("command", "code"), ROWS)
def test_example(command: str, code: str) -> None:
    run = [sys.executable, "-m", "tegata.cli", *shlex.split(command)]
    done = subprocess.run(run, cwd=ROOT, capture_output=True, text=True)
    assert done.returncode == int(code), done.stdout + done.stderr


def test_every_example_is_on_the_page() -> None:
    page = (ROOT / "examples" / "README.md").read_text("utf-8")
    assert [
        file.name for file in (ROOT / "examples").iterdir() if file.name not in page and file.name != "README.md"
    ] == []
    assert len(ROWS) >= 5


def test_decision_saved_by_check_is_carried_out_by_protect(tmp_path: Path) -> None:
    """The two commands of the README, one after the other."""
    decision, out = tmp_path / "decision.json", tmp_path / "protected.csv"
    table, flow = "examples/register.csv", "examples/to-germany.yaml"
    tegata = [sys.executable, "-m", "tegata.cli"]
    checked = subprocess.run(
        [*tegata, "check", table, "--flow", flow, "--save", str(decision)], cwd=ROOT, capture_output=True
    )
    assert checked.returncode == 10
    protected = subprocess.run(
        [*tegata, "protect", table, "--decision", str(decision), "--out", str(out)], cwd=ROOT, capture_output=True
    )
    assert protected.returncode == 0, protected.stderr
    header = out.read_text("utf-8").splitlines()[0].split(",")
    assert "氏名" not in header
    assert "icd10" in header
