"""Labelled columns that others chose. Recognisers are tuned on the development part alone; both parts have floors.

A table belongs to the test part when the first byte of the SHA-256 of its name is divisible by three: all columns of
one table stand on the same side. Columns marked `certain=no` count neither as misses nor as false alarms.
"""

from __future__ import annotations

import hashlib
from collections import Counter

import polars as pl
import pytest

from tests.scan.making import categories, look
from tests.shared_data import shared_data


def is_test_part(table: str) -> bool:
    return hashlib.sha256(table.removesuffix(".csv").encode()).digest()[0] % 3 == 0


def folded(category: str) -> str:
    """The label's coarser names: people are contact data, special categories are one."""
    if category.startswith("person."):
        return "identifier.contact"
    return "special" if category.startswith("special.") else category


def judge(*, test_part: bool) -> Counter[tuple[str, str]]:
    """(label, verdict) -> columns."""
    folder = shared_data("columns")
    labels = pl.read_csv(folder / "labels.csv").filter(pl.col("certain") == "yes")
    confusion: Counter[tuple[str, str]] = Counter()
    for (table,), rows in labels.partition_by("table", as_dict=True).items():
        if is_test_part(str(table)) is test_part:
            found = categories(look(pl.read_csv(folder / str(table), infer_schema=False)))
            for column, label in rows.select("column", "category").iter_rows():
                confusion[folded(label), folded(found[column])] += 1
    return confusion


def macro_f1(confusion: Counter[tuple[str, str]]) -> float:
    scores = []
    for category in {label for label, _ in confusion}:
        hits = confusion[category, category]
        wrong = sum(n for (label, got), n in confusion.items() if (label == category) != (got == category))
        scores.append(2 * hits / (2 * hits + wrong))
    return sum(scores) / len(scores)


def recall(confusion: Counter[tuple[str, str]], category: str) -> float:
    return confusion[category, category] / sum(n for (label, _), n in confusion.items() if label == category)


@pytest.mark.parametrize(("test_part", "floor"), [(False, 0.98), (True, 0.93)], ids=["development", "test"])
def test_macro_f1_and_false_alarms(*, test_part: bool, floor: float) -> None:
    confusion = judge(test_part=test_part)
    assert macro_f1(confusion) >= floor
    assert recall(confusion, "ordinary") >= 0.99
    for category in ("identifier.government", "health"):
        assert recall(confusion, category) >= 0.97
    assert recall(confusion, "financial") >= 0.9


def test_nothing_is_found_inside_ordinary_columns() -> None:
    folder = shared_data("columns")
    labels = pl.read_csv(folder / "labels.csv").filter(
        (pl.col("certain") == "yes") & (pl.col("category") == "ordinary")
    )
    alarms = [
        (table, column.name, [find.recogniser for find in column.finds])
        for (table,), rows in labels.partition_by("table", as_dict=True).items()
        for column in look(pl.read_csv(folder / str(table), infer_schema=False)).columns
        if column.finds and column.name in rows.get_column("column")
    ]
    assert alarms == []
