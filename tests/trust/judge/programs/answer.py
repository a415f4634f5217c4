"""What a program and we say of one document."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import NamedTuple


class Answer(NamedTuple):
    """Whether we accept a document, and whether the program does."""

    id: str
    ours: bool
    theirs: bool


class Program(NamedTuple):
    """`judges`: by what is judged, given a folder to work in. `absent`: why it cannot be asked here, or nothing."""

    name: str
    version: str
    absent: str
    judges: dict[str, Callable[[Path], Iterator[Answer]]]


def missing(*commands: str) -> str:
    absent = [command for command in commands if shutil.which(command) is None]
    return f"`{'`, `'.join(absent)}` not installed" if absent else ""


def said(folder: Path, *words: object) -> str:
    """What a command prints, and `exit N` when it fails."""
    done = subprocess.run([str(one) for one in words], cwd=folder, capture_output=True, check=False)
    printed = (done.stdout + done.stderr).decode("utf-8", "replace")
    return printed + (f"exit {done.returncode}" if done.returncode else "")
