"""The search against trying every node, and hierarchies against what makes the search right."""

from __future__ import annotations

import itertools
from collections import Counter

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tegata.model.plan import Dates, Grid, Hierarchy, Prefixes, Ranges, Taxonomy
from tegata.protect import lattice
from tegata.protect.hierarchy import NOTHING, levels, raised
from tegata.protect.lattice import UNIT, Ladder, Table, search

HIERARCHIES: list[tuple[Hierarchy, list[str | None]]] = [
    (Ranges(widths=(5, 10, 50)), ["-7", "0", "4", "5", "49", "50", "1,234", "x", None, "3.5"]),
    (Dates(), ["1985-01-02", "1985/1/31", "昭和60年2月1日", "1986", "03/04/1985", "soon", None, "2001-01-01"]),
    (Prefixes(lengths=(5, 3, 1)), ["150-0001", "150-0002", "151-0001", "2", "900-0001", None]),
    (Grid(min_errors_m=(500, 5000, 50_000)), ["35.681", "35.684", "35.65", "35.649", "36.0", "139.7", "?", None]),
    (Taxonomy(parents={"Kyoto": "Kansai", "Osaka": "Kansai", "Tokyo": "Kanto", "Kansai": "Japan", "Kanto": "Japan",
                       "Oslo": "Norway"}), ["Kyoto", "Osaka", "Tokyo", "Oslo", "Kansai", "Mars", None]),
    (Taxonomy(), ["f", "m", None]),
]  # fmt: skip


@pytest.mark.parametrize(("hierarchy", "values"), HIERARCHIES)
def test_groups_only_grow_together_and_end_in_one(hierarchy: Hierarchy, values: list[str | None]) -> None:
    way = levels(hierarchy)
    cells = pl.Series("c", values, dtype=pl.String)
    made = [raised(cells, way[: top + 1]).to_list() for top in range(len(way))]
    assert made[0] == values
    assert set(made[-1]) == {NOTHING}
    for fine, coarse in itertools.pairwise(made):
        assert len(set(zip(fine, coarse, strict=True))) == len(set(fine)), "equal values stay equal one level up"
    assert len({level.words.en for level in way}) == len({level.words.ja for level in way}) == len(way)


def test_levels_say_what_they_leave() -> None:
    def at(top: int, hierarchy: Hierarchy, *values: str) -> list[str]:
        return raised(pl.Series("c", values), levels(hierarchy)[: top + 1]).to_list()

    ranges, towns = Ranges(widths=(10, 100)), HIERARCHIES[4][0]
    assert at(1, ranges, "1,234", "-5") == ["1230..1239", "-10..-1"]
    assert at(2, ranges, "1,234", "-5") == ["1200..1299", "-100..-1"]
    assert at(1, towns, "Kyoto", "Oslo") == ["Kansai", "Norway"]
    assert at(2, towns, "Kyoto", "Oslo") == ["Japan", "Norway"]


def every_node(
    rows: list[list[int]], counts: list[int], ways: list[list[list[int]]], k: int
) -> dict[tuple[int, ...], tuple[int, int]]:
    """Records left out and loss of each node, by the definitions."""
    costs = {}
    for node in itertools.product(*(range(len(way)) for way in ways)):
        coarse = [tuple(way[level][value] for way, level, value in zip(ways, node, row, strict=True)) for row in rows]
        sizes: Counter[tuple[int, ...]] = Counter()
        for group, count in zip(coarse, counts, strict=True):
            sizes[group] += count
        suppressed = sum(size for size in sizes.values() if size < k)
        loss = suppressed * len(ways) * UNIT
        for row, group, count in zip(rows, coarse, counts, strict=True):
            if sizes[group] >= k:
                for way, level, value in zip(ways, node, row, strict=True):
                    alike = way[level].count(way[level][value])
                    loss += count * ((alike - 1) * UNIT // max(1, len(way[0]) - 1))
        costs[node] = (suppressed, loss)
    return costs


@st.composite
def way(draw: st.DrawFn) -> list[list[int]]:
    """A hierarchy of random merges over up to six values: one list of groups per level."""
    made = [list(range(draw(st.integers(1, 6))))]
    for _ in range(draw(st.integers(0, 3))):
        groups = sorted(set(made[-1]))
        into = {group: draw(st.sampled_from(groups)) for group in groups}
        made.append([into[group] for group in made[-1]])
    return [*made, [0] * len(made[0])]


@settings(deadline=None, max_examples=150)
@given(
    data=st.data(),
    ways=st.lists(way(), min_size=1, max_size=3),
    k=st.integers(2, 12),
    share=st.floats(0, 0.9),
    heaps=st.sampled_from([1, 3, lattice._HEAPS]),
)
def test_no_node_that_holds_loses_less(
    data: st.DataObject, ways: list[list[list[int]]], k: int, share: float, heaps: int
) -> None:
    row = st.tuples(*(st.integers(0, len(one[0]) - 1) for one in ways))
    rows = [list(one) for one in data.draw(st.lists(row, min_size=1, max_size=12, unique=True))]
    counts = [data.draw(st.integers(1, 5)) for _ in rows]
    most = int(share * sum(counts))
    ladders = [Ladder([pl.Series([str(group) for group in level]) for level in one]) for one in ways]
    floor = tuple(data.draw(st.integers(0, len(one) - 1)) for one in ways)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(lattice, "_HEAPS", heaps)  # few: different groups fall into one heap
        found = search(Table(np.array(rows).T, np.array(counts), ladders), k, most, floor)
    holding = {
        node: loss
        for node, (left_out, loss) in every_node(rows, counts, ways, k).items()
        if left_out <= most and all(level >= least for level, least in zip(node, floor, strict=True))
    }
    if not holding:
        assert found is None
        assert sum(counts) < k
        return
    assert found is not None
    assert found.loss == min(holding.values())
    assert holding[found.node] == found.loss
    assert found.suppressed == every_node(rows, counts, ways, k)[found.node][0] <= most


def test_keys_of_many_wide_columns_do_not_run_over(monkeypatch: pytest.MonkeyPatch) -> None:
    columns = [np.array([0, 1, 2, 1, 5]), np.array([7, 7, 0, 7, 1]), np.array([0, 3, 3, 3, 0])]
    plain = lattice._combined(columns)
    monkeypatch.setattr(lattice, "_KEY_LIMIT", 20)
    tight = lattice._combined(columns)
    rows = list(zip(*(column.tolist() for column in columns), strict=True))
    for keys in (plain, tight):
        assert len(set(zip(keys.tolist(), rows, strict=True))) == len(set(keys.tolist())) == len(set(rows))
    assert tight.max() < 20
