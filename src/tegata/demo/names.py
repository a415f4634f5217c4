"""Common surnames and given names of which the synthetic register is composed; no pair stands for a person."""

from __future__ import annotations

import csv
from importlib.resources import files
from typing import NamedTuple


class Name(NamedTuple):
    kind: str  # surname, F or M
    written: str
    kana: str  # `` for names in Latin letters


def load_names() -> tuple[Name, ...]:
    lines = files(__package__).joinpath("names.csv").read_text(encoding="utf-8").splitlines()
    return tuple(Name(*row) for row in csv.reader(lines[1:]))


def choose(names: tuple[Name, ...], kind: str, *, japanese: bool) -> tuple[Name, ...]:
    return tuple(name for name in names if name.kind == kind and bool(name.kana) == japanese)
