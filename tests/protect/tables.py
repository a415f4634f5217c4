"""Small tables and profiles for the tests of protection."""

from __future__ import annotations

import csv
import io
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from tegata.model.base import t
from tegata.model.decision import Condition
from tegata.model.plan import ProtectionPlan, Release
from tegata.model.profile import ColumnProfile, Find, Profile, SourceFormat, SubjectCount
from tegata.model.step import Step
from tegata.protect import apply_plan
from tegata.tables import open_source

KEY = bytes(range(32))
Columns = Mapping[str, Sequence[str | None]]


def write(path: Path, columns: Columns) -> Path:
    """A CSV file; the first column is a numbered one, so that no record is empty and the header is sure."""
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file, quoting=csv.QUOTE_ALL)
        writer.writerow(["no of record", *columns])
        for number, row in enumerate(zip(*columns.values(), strict=True)):
            writer.writerow([f"r{number}", *(cell or "" for cell in row)])
    return path


def protect(folder: Path, columns: Columns, *steps: Step, **options: Any) -> tuple[dict[str, list[str]], Release]:
    """Cells per column that leave (without the numbers), and the release."""
    plan = ProtectionPlan(steps=steps, **{name: options.pop(name) for name in PLAN if name in options})
    out = folder / "out.csv"
    release = apply_plan(open_source(write(folder / "in.csv", columns)), plan, out, **{"key": KEY, **options})
    header, *rows = csv.reader(io.StringIO(out.read_text(encoding="utf-8"), newline=""))
    cells = {name: [row[place] for row in rows] for place, name in enumerate(header)}
    cells.pop("no of record", None)
    return cells, release


PLAN = ("rows", "otherwise", "cap_subjects", "subject_key", "because", "anonymity")


def profile(*columns: ColumnProfile, subjects: Sequence[SubjectCount] = ()) -> Profile:
    return Profile(
        source_digest="sha256:" + "0" * 64,
        source_bytes=1,
        source_format=SourceFormat(format="csv"),
        rows=10,
        columns=columns,
        categories=(),
        subjects=tuple(subjects),
    )


def column(name: str, category: str = "ordinary", recogniser: str = "", **fields: Any) -> ColumnProfile:
    return ColumnProfile(name=name, category=category, recogniser=recogniser, **fields)


def find(recogniser: str, category: str, cells: int) -> Find:
    return Find(recogniser=recogniser, category=category, cells=cells)


def condition(verb: str, rule: str = "r.1", **params: Any) -> Condition:
    return Condition(verb=verb, params=params, rule=rule, say=t("x", "x"))
