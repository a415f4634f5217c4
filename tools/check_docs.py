"""Fails when the documents lie: shown output is compared with real output, and every command and exit code is named.

Checked are fenced blocks whose first line is `$ tegata ... --help`, and blocks under the comment `<!-- run -->`. In
both, lines that begin with `$ ` are commands and the lines that follow are what they print (stdout, then stderr).
`--write` puts the output of today into the documents.
"""

from __future__ import annotations

import os
import re
import shlex
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

from tegata.cli.main import COMMANDS
from tegata.model.decision import Outcome

ROOT = Path(__file__).parents[1]
READMES = ("README.md", "README.ja.md")
BLOCK = re.compile(r"(<!-- run -->\s*)?^```[a-z]*\n(.*?)^```$", re.MULTILINE | re.DOTALL)
EXIT_CODES = sorted({0, 1, 2} | {outcome.exit_code for outcome in Outcome})


def shown(text: str) -> Iterator[tuple[str, str]]:
    """Commands and the output that the document shows for them."""
    for mark, block in BLOCK.findall(text):
        first = block.split("\n", 1)[0]
        if mark or (first.startswith("$ tegata") and first.endswith("--help")):
            for part in re.split(r"^\$ ", block, flags=re.MULTILINE)[1:]:
                command, _, output = part.partition("\n")
                yield command, output.rstrip("\n")


def real(command: str, language: str) -> str:
    program, *arguments = shlex.split(command)
    if program != "tegata":
        return f"(only tegata is run here, not {program})"
    done = subprocess.run(  # noqa: S603 - our own program, no shell
        [sys.executable, "-m", "tegata.cli", *arguments],
        cwd=ROOT,
        env={**os.environ, "TEGATA_LANG": language, "NO_COLOR": "1"},
        capture_output=True,
        text=True,
        check=False,
    )
    return (done.stdout + done.stderr).rstrip("\n")


def faults(path: Path, *, complete: bool = False) -> Iterator[str]:
    """What is wrong with one document. `complete`: it has to name every command and every exit code."""
    text = path.read_text(encoding="utf-8")
    language = "ja" if path.name.endswith(".ja.md") else "en"
    for command, output in shown(text):
        if (printed := real(command, language)) != output:
            yield f"{path.name}: `{command}` prints\n{printed}\n--- but the document shows\n{output}"
    if complete:
        yield from (
            f"{path.name}: `tegata {name}` is not mentioned" for name in COMMANDS if f"tegata {name}" not in text
        )
        yield from (
            f"{path.name}: exit code {code} is not documented"
            for code in EXIT_CODES
            if not re.search(rf"^\| *`?{code}`? *\|", text, re.M)
        )


def renewed(path: Path) -> str:
    """The document with the output that its commands print now."""
    text, language = path.read_text(encoding="utf-8"), "ja" if path.name.endswith(".ja.md") else "en"
    for command, output in shown(text):
        text = text.replace(f"$ {command}\n{output}\n", f"$ {command}\n{real(command, language)}\n", 1)
    return text


def main(arguments: list[str]) -> int:
    """Check all documents; with `--write` put the output of today into them first."""
    documents = [ROOT / name for name in READMES] + sorted((ROOT / "docs").rglob("*.md"))
    if arguments == ["--write"]:
        for path in documents:
            path.write_text(renewed(path), encoding="utf-8")
    found = [fault for path in documents if path.exists() for fault in faults(path, complete=path.parent == ROOT)]
    found += [f"{name} is missing" for name in READMES if not (ROOT / name).exists()]
    for fault in found:
        print(fault, file=sys.stderr)  # noqa: T201 - a tool that talks
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
