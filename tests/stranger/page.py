"""The lines that the how-to for strangers shows, as they stand."""

from __future__ import annotations

import re
import subprocess
from collections.abc import Iterable, Mapping
from pathlib import Path

HOW_TO = Path(__file__).parents[2] / "docs" / "how-to" / "verify-a-passport.md"
FUNCTIONS = "What the shell lacks"
PASSPORT, PACKAGE, TOGETHER = "The passport", "The evidence package", "The passport in the package, and the time"
DSS, PROGRAM = "With EU DSS", "With one file in Python"
OPENSSL = (FUNCTIONS, PASSPORT, PACKAGE, TOGETHER)
_PART = re.compile(r"^#+ (?P<heading>[^\n]+)$|^```sh\n(?P<lines>.*?)^```$", re.MULTILINE | re.DOTALL)


def lines() -> dict[str, str]:
    """What stands in the shell block below each heading, in the order of the page."""
    found, heading = dict[str, str](), ""
    for part in _PART.finditer(HOW_TO.read_text("utf-8")):
        heading = part["heading"] or heading
        if part["lines"]:
            found[heading] = found.get(heading, "") + part["lines"]
    return found


def run(
    headings: Iterable[str], folder: Path, environment: Mapping[str, str] | None = None
) -> subprocess.CompletedProcess[str]:
    """One session of a shell in that folder, with the lines of these sections."""
    shown = lines()
    session = "\n".join(shown[heading] for heading in headings)
    return subprocess.run(
        ["sh", "-c", session], cwd=folder, capture_output=True, text=True, check=False, env=environment
    )


def confirmed(done: subprocess.CompletedProcess[str]) -> list[str]:
    """The checks that a session confirmed before it stopped."""
    return re.findall(r"^([a-z]+):", done.stdout, re.MULTILINE)
