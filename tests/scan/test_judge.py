"""Labelled columns that others chose: both parts have floors."""

from __future__ import annotations

import polars as pl
import pytest

from tests.scan.labelled import ORDINARY, Confusion, folder, labels, ours
from tests.scan.making import look


@pytest.mark.parametrize(("test_part", "floor"), [(False, 0.98), (True, 0.93)], ids=["development", "test"])
def test_macro_f1_and_false_alarms(*, test_part: bool, floor: float) -> None:
    tables = {label.table for label in labels() if label.test_part is test_part}
    confusion = Confusion.of(ours(tables))
    assert confusion.macro_f1() >= floor
    assert confusion.recall(ORDINARY) >= 0.99
    for category in ("identifier.government", "health"):
        assert confusion.recall(category) >= 0.97
    assert confusion.recall("financial") >= 0.9


def test_nothing_is_found_inside_ordinary_columns() -> None:
    ordinary = {(label.table, label.column) for label in labels() if label.category == ORDINARY}
    alarms = [
        (table, column.name, [find.recogniser for find in column.finds])
        for table in {table for table, _ in ordinary}
        for column in look(pl.read_csv(folder() / table, infer_schema=False)).columns
        if column.finds and (table, column.name) in ordinary
    ]
    assert alarms == []
