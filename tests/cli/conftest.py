"""Runs the real command line, in this process or in its own."""

from __future__ import annotations

import dataclasses
import os
import subprocess
import sys
from collections.abc import Callable
from typing import Any

import msgspec
import pytest

from tegata.cli.language import VARIABLES
from tegata.cli.main import main


@dataclasses.dataclass(frozen=True)
class Ran:
    code: int
    out: str
    err: str

    @property
    def document(self) -> Any:
        """The one JSON document; fails when stdout holds anything else."""
        return msgspec.json.decode(self.out)


Tegata = Callable[..., Ran]


@pytest.fixture
def tegata(capsysbinary: pytest.CaptureFixture[bytes], monkeypatch: pytest.MonkeyPatch) -> Tegata:
    """`tegata("scan", path)`: the command line within this process."""
    for name in VARIABLES:
        monkeypatch.delenv(name, raising=False)

    def run(*arguments: object) -> Ran:
        with pytest.raises(SystemExit) as ended:
            main([str(argument) for argument in arguments])
        printed = capsysbinary.readouterr()
        return Ran(ended.value.code, printed.out.decode(), printed.err.decode())

    return run


def in_own_process(*arguments: object, **environment: str) -> Ran:
    """The command line as a shell runs it."""
    done = subprocess.run(
        [sys.executable, "-m", "tegata.cli", *map(str, arguments)],
        env={**os.environ, "TEGATA_LANG": "en", **environment},
        capture_output=True,
        check=False,
    )
    return Ran(done.returncode, done.stdout.decode(), done.stderr.decode())
