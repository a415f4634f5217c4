"""Diagrams against the functions that they stand for: every combination of values, every partial knowledge of them."""

from __future__ import annotations

import itertools
import operator
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tegata.model.errors import PackError
from tegata.rules import fact_schema, load_pack
from tegata.rules.expression.diagram import FALSE, TERMINALS, TRUE, Builder, Graph, restricted
from tests.rules.small_pack import rule, write

ARITIES = (2, 3, 2, 4)

# A condition is ("var", variable, values for which it holds), ("not", c), ("and", c, c) or ("or", c, c).
leaves = st.integers(0, len(ARITIES) - 1).flatmap(
    lambda v: st.tuples(st.just("var"), st.just(v), st.frozensets(st.integers(0, ARITIES[v] - 1)))
)
conditions = st.recursive(
    leaves,
    lambda inner: st.one_of(st.tuples(st.just("not"), inner), st.tuples(st.sampled_from(("and", "or")), inner, inner)),
    max_leaves=10,
)


def built(builder: Builder, condition: Any) -> int:
    match condition:
        case ("var", variable, values):
            return builder.graph.node(variable, tuple(int(value in values) for value in range(ARITIES[variable])))
        case ("not", inner):
            return builder.choose(built(builder, inner), FALSE, TRUE)
        case ("and", one, other):
            return builder.choose(built(builder, one), built(builder, other), FALSE)
        case (_, one, other):
            return builder.choose(built(builder, one), TRUE, built(builder, other))


def truth(condition: Any, world: tuple[int, ...]) -> bool:
    match condition:
        case ("var", variable, values):
            return world[variable] in values
        case ("not", inner):
            return not truth(inner, world)
        case (op, one, other):
            return (operator.and_ if op == "and" else operator.or_)(truth(one, world), truth(other, world))
    raise AssertionError(condition)


def worlds(known: dict[int, int]) -> Iterator[tuple[int, ...]]:
    return itertools.product(*([known[v]] if v in known else range(arity) for v, arity in enumerate(ARITIES)))


def variables_in(graph: Graph, root: int) -> set[int]:
    return set(graph.variable) if root >= TERMINALS else set()


@given(conditions, st.dictionaries(st.integers(0, 3), st.integers(0, 1)))
def test_what_is_left_is_the_function_and_the_variables_on_which_it_depends(
    condition: Any, known: dict[int, int]
) -> None:
    builder = Builder()
    root = built(builder, condition)
    graph, left = restricted(builder.graph, root, known.get)
    for world in worlds(known):
        _, value = restricted(graph, left, world.__getitem__)
        assert value == truth(condition, world)
    telling = {
        v
        for v in range(len(ARITIES))
        if v not in known
        and any(
            truth(condition, world) != truth(condition, (*world[:v], value, *world[v + 1 :]))
            for world in worlds(known)
            for value in range(ARITIES[v])
        )
    }
    assert variables_in(graph, left) == telling


@given(conditions, conditions)
def test_equal_functions_are_one_node(one: Any, other: Any) -> None:
    builder = Builder()
    same = all(truth(one, world) == truth(other, world) for world in worlds({}))
    assert (built(builder, one) == built(builder, other)) is same


def test_rules_without_a_short_form_are_refused_in_words_and_in_time(tmp_path: Path) -> None:
    names = [spec.name for spec in fact_schema().specs if spec.type.kind == "bool"]
    half = len(names) // 2
    firsts, seconds = names[:half], names[half:]
    in_order = " and ".join([*firsts, *seconds])  # fixes the order in which the pairs below are worst
    pairs = " or ".join(f"({a} and {b})" for a, b in zip(firsts, seconds, strict=False))
    with pytest.raises(PackError, match="too many facts in too many ways"):
        load_pack(write(tmp_path, [rule("order", "deny", in_order), rule("pairs", "human_review", pairs)]))
