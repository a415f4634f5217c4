"""The small verifier as a stranger has it: one file, and a Python whose only library is `cryptography`."""

from __future__ import annotations

import importlib.util
import json
import subprocess
import venv
from pathlib import Path
from typing import Any

import pytest
from tools.make_verifier import archive

LIBRARIES = ("cryptography", "cffi", "_cffi_backend", "pycparser")  # the other three are what the first is built upon

MANY = Path(__file__).with_name("many.py")


@pytest.fixture(scope="session")
def alone(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The interpreter."""
    place = tmp_path_factory.mktemp("alone")
    venv.create(place, symlinks=True, with_pip=False)
    packages = next(place.glob("lib/python*/site-packages"))
    for name in LIBRARIES:
        spec = importlib.util.find_spec(name)
        if spec is not None and spec.origin is not None:
            there = Path(spec.origin)
            there = there.parent if there.name == "__init__.py" else there
            (packages / there.name).symlink_to(there)
    return place / "bin" / "python"


@pytest.fixture(scope="session")
def program(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The program, outside of this project."""
    file = tmp_path_factory.mktemp("program") / "tegata-verify.pyz"
    file.write_bytes(archive())
    return file


def run(alone: Path, *words: object, given: str = "", folder: Path | None = None) -> subprocess.CompletedProcess[str]:
    """What that interpreter says, in an environment that says nothing."""
    command = [str(alone), "-I", *map(str, words)]
    return subprocess.run(
        command, input=given, capture_output=True, text=True, check=False, cwd=folder, env={"LC_ALL": "C.UTF-8"}
    )


def said_alone(alone: Path, program: Path, what: str, cases: list[dict[str, Any]]) -> list[Any]:
    """What the program says of cases, by a function of `many`."""
    done = run(alone, MANY, program, what, given=json.dumps(cases))
    assert done.returncode == 0, done.stderr
    said: list[Any] = json.loads(done.stdout)
    assert len(said) == len(cases)
    return said


def answered(alone: Path, program: Path, folder: Path, asked: list[tuple[str, ...]]) -> list[tuple[int, str, str]]:
    """Exit code, output and errors of the command for each of these words, in one process that begins in `folder`."""
    done = run(alone, "-c", ANSWERING, program, given=json.dumps(asked), folder=folder)
    assert done.returncode == 0, done.stderr
    return [(code, out, err) for code, out, err in json.loads(done.stdout)]


ANSWERING = """
import contextlib, io, json, sys
sys.path.insert(0, sys.argv[1])
from tegata.verifier.command import main
found = []
for words in json.load(sys.stdin):
    with contextlib.redirect_stdout(io.StringIO()) as out, contextlib.redirect_stderr(io.StringIO()) as err:
        code = main(words)
    found.append((code, out.getvalue(), err.getvalue()))
json.dump(found, sys.stdout)
"""
