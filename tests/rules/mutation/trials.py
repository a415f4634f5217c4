"""What a pack has to pass: the tests of `tests/rules` that are about it, run in process on any pack in its place."""

from __future__ import annotations

import importlib
import inspect
import itertools
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from tegata.rules.pack import Pack
from tests.rules import test_record
from tests.rules.record import recorded

HERE = Path(__file__).parent.parent
FAILED = (Exception, pytest.fail.Exception)  # what `pytest.raises` raises is no Exception


@dataclass(frozen=True, slots=True)
class Trial:
    """One test function with one set of its parameters. `pack` is judged wherever the module says `PACK`."""

    module: ModuleType
    function: Any
    arguments: dict[str, Any]
    takes_pack: bool

    def passed(self, pack: Pack) -> bool:
        before, self.module.PACK = getattr(self.module, "PACK", None), pack  # type: ignore[attr-defined]
        try:
            self.function(**self.arguments, **({"pack": pack} if self.takes_pack else {}))
        except FAILED:
            return False
        except pytest.skip.Exception:  # a data set is not there
            return True
        finally:
            self.module.PACK = before  # type: ignore[attr-defined]
        return True


def trials(pack: Pack) -> list[Trial]:
    """The trials of a pack, the quickest first: most mutants meet only these."""
    found = [trial for module in _modules(pack.id) for trial in _trials(module)]
    found.append(Trial(test_record, test_record.check_examples, {}, takes_pack=True))
    if recorded(pack.id):
        found.append(Trial(test_record, test_record.check_record, {}, takes_pack=True))
    timed = []
    for trial in found:
        begin = time.perf_counter()
        if not trial.passed(pack):
            raise AssertionError(f"{trial.function.__name__} {trial.arguments} fails on {pack.id} as it is")
        timed.append((time.perf_counter() - begin, trial))
    return [trial for _, trial in sorted(timed, key=lambda pair: pair[0])]


def _modules(pack: str) -> Iterator[ModuleType]:
    for path in sorted(HERE.glob("test_*.py")):
        if "PACK = built_in(" in path.read_text("utf-8"):
            module = importlib.import_module(f"tests.rules.{path.stem}")
            if module.PACK.id == pack:
                yield module


def _trials(module: ModuleType) -> Iterator[Trial]:
    for name, function in vars(module).items():
        if not name.startswith("test_") or hasattr(function, "hypothesis"):
            continue
        wanted = set(inspect.signature(function).parameters)
        for arguments in _arguments(function):
            if wanted - arguments.keys() <= {"pack"}:  # no other fixture: nothing on the disk is changed
                yield Trial(module, function, arguments, "pack" in wanted)


def _arguments(function: Any) -> Iterator[dict[str, Any]]:
    """Every set of values that `pytest.mark.parametrize` gives a test."""
    marks = [mark for mark in getattr(function, "pytestmark", []) if mark.name == "parametrize"]
    for chosen in itertools.product(*(mark.args[1] for mark in marks)):
        arguments: dict[str, Any] = {}
        for mark, values in zip(marks, chosen, strict=True):
            names = mark.args[0]
            names = [name.strip() for name in names.split(",")] if isinstance(names, str) else names
            values = values.values if hasattr(values, "marks") else values
            arguments |= zip(names, values if len(names) > 1 else [values], strict=True)
        yield arguments
