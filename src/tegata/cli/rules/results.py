"""What the tools for authors of packs find: the documents of `--json`."""

from __future__ import annotations

from tegata.model.base import Noun, Text
from tegata.rules.examples import ExampleRun


class PackFault(Noun, frozen=True, kw_only=True):
    """`column` counts from 1 within an expression; 0 where there is none."""

    file: str
    item: str
    column: int
    say: Text


class LintResult(Noun, frozen=True, kw_only=True):
    """`remarks` do not keep a pack from being loaded."""

    folder: str
    pack: str = ""
    faults: tuple[PackFault, ...] = ()
    remarks: tuple[Text, ...] = ()


class PackTest(Noun, frozen=True, kw_only=True):
    """`untried`: rules in force that hold in no example."""

    pack: str
    version: str
    examples: tuple[ExampleRun, ...]
    untried: tuple[str, ...] = ()
