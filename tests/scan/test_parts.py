"""Parts of a pass: whoever made them, of whatever rows, in whatever order, they add up to the same profile."""

from __future__ import annotations

import random
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from itertools import pairwise
from pathlib import Path

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tegata.model.errors import InputError
from tegata.scan import Workers, builtin_recognisers, scan
from tegata.scan.pool import process_pool
from tegata.scan.run import Part, Run
from tegata.scan.scanning import Findings, scan_passes
from tegata.tables import csv, open_source, parquet
from tests.scan.making import card, my_number, ssn, table

ROWS = 1200


def register(rows: int = ROWS) -> pl.DataFrame:
    return table(
        {
            "氏名": [f"{'佐藤鈴木高橋'[n % 3 * 2 : n % 3 * 2 + 2]} {'太花健'[n % 3]}子" for n in range(rows)],
            "生年月日": [f"19{50 + n % 40}-0{1 + n % 9}-1{n % 7}" for n in range(rows)],
            "個人番号": [my_number(n % 700) if n % 3 else None for n in range(rows)],
            "lat": [f"{35 + n % 997 / 1000:.4f}" for n in range(rows)],
            "lon": [f"{139 + n % 991 / 1000:.4f}" for n in range(rows)],
            "note": [
                f"card {card(n)}, write to a{n % 9}@example.com" if n % 40 == 0 else f"day {n}" for n in range(rows)
            ],
            "record": [
                f'{{"ssn": "{ssn(n)}", "tags": [{n}]}}' if n % 2 else f'{{"ssn": "{ssn(n)}"}}' for n in range(rows)
            ],
        }
    )


class Regrouped:
    """A pass whose rows come as parts: of any cut, in any order, some of them added up before."""

    def __init__(self, frames: Sequence[pl.DataFrame], groups: int) -> None:
        self._frames, self._groups = frames, groups

    def first(self) -> tuple[pl.DataFrame, bool]:
        return self._frames[0], True

    def over(self, run: Run) -> None:
        run.gather(self._parts(run))

    def _parts(self, run: Run) -> Iterator[Part]:
        for number in range(self._groups):
            yield Run(run.classifier, run.plan, run.seed).part(self._frames[number :: self._groups])


def looked(frames: Sequence[pl.DataFrame], groups: int) -> Findings:
    return scan_passes(frames[0].columns, Regrouped(frames, groups), builtin_recognisers())


WHOLE = looked([register()], 1)


@settings(max_examples=8, deadline=None)
@given(st.lists(st.integers(1, ROWS - 1), min_size=1, max_size=6, unique=True), st.integers(1, 7), st.randoms())
def test_any_split_and_order_gives_the_same_profile(cuts: list[int], groups: int, order: random.Random) -> None:
    frame = register()
    places = [0, *sorted(cuts), ROWS]
    frames = [frame[a:b] for a, b in pairwise(places)]
    order.shuffle(frames)
    assert looked(frames, min(groups, len(frames))) == WHOLE


def test_the_table_of_these_tests_has_everything_that_parts_carry() -> None:
    assert {find.recogniser for column in WHOLE.columns for find in column.finds} >= {"contact.email", "us.ssn"}
    assert WHOLE.counted.finest
    assert len(WHOLE.counted.subjects) > 3
    assert any("record.ssn" in str(subject.key) for subject in WHOLE.counted.subjects)


@pytest.mark.parametrize("format", ["csv", "parquet"])
def test_processes_find_what_one_process_finds(tmp_path: Path, format: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(csv, "SHARE", 20_000)
    monkeypatch.setattr(csv, "BLOCK", 16_000)
    monkeypatch.setattr(parquet, "_SHARE_CELLS", 1500)
    path = tmp_path / f"t.{format}"
    if format == "csv":
        register().write_csv(path)
    else:
        register().write_parquet(path, row_group_size=150)
    told = []
    with process_pool(2) as workers:
        spread = scan(open_source(path), workers=workers, progress=lambda done, total: told.append((done, total)))
    assert spread == scan(open_source(path))
    assert len(told) > 3
    assert told == sorted(told)
    assert told[-1][0] <= told[-1][1] == path.stat().st_size


def test_share_that_changed_stops_the_scan(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The digest of a profile speaks of the bytes that were scanned, whoever scanned them."""
    monkeypatch.setattr(csv, "SHARE", 20_000)
    monkeypatch.setattr(csv, "BLOCK", 16_000)
    path = tmp_path / "t.csv"
    register().write_csv(path)

    class Late(ThreadPoolExecutor):
        def submit(self, work, *shares):  # type: ignore[no-untyped-def, override]
            if shares:
                path.write_bytes(path.read_bytes().replace(b"a7@example.com", b"b7@example.com"))
            return super().submit(work, *shares)

    with Late(1) as pool, pytest.raises(InputError, match="changed"):
        scan(open_source(path), workers=Workers(pool, 1))


def test_parts_of_another_engine_are_refused() -> None:
    """Its hashes would meet ours by accident only: everybody would be counted twice."""
    frame = register(50)

    class Foreign(Regrouped):
        def _parts(self, run: Run) -> Iterator[Part]:
            for part in super()._parts(run):
                yield Part(part.engine + 1, part.survey, part.matched, part.subjects, part.found)

    with pytest.raises(InputError, match="another version"):
        scan_passes(frame.columns, Foreign([frame], 1), builtin_recognisers())
