"""Numbers of people known within bounds."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from tegata.rules.counts import UNKNOWN, Counts, bounded, counted, exceeds, exceeds_lowest, plus

LIMITS = {"health": 10, "biometric": 5, "identifier": 20}


def test_a_category_that_is_held_but_was_not_counted_is_unknown() -> None:
    counts = counted({"health": 3}, ["health", "biometric"], absent_is_unknown=True)
    assert exceeds(counts, LIMITS) is None
    assert exceeds(counted({"health": 3, "biometric": 5}, ["health", "biometric"], True), LIMITS) is False
    assert exceeds(counted({"health": 11}, ["health", "biometric"], True), LIMITS) is True
    assert exceeds(counted({"health": 3}, None, True), LIMITS) is None
    assert exceeds(counted({}, None, absent_is_unknown=False), LIMITS) is False
    assert exceeds(counted(None, ["financial"], True), LIMITS) is False


def test_an_upper_bound_can_settle_what_the_split_leaves_open() -> None:
    unknown, few = counted(None, ["health"], True), counted({"health": 10}, ["health"], True)
    assert exceeds(unknown, LIMITS) is None
    assert exceeds(bounded(unknown, few), LIMITS) is False
    assert exceeds(bounded(unknown, counted({"health": 11}, ["health"], True)), LIMITS) is None


def test_people_over_several_identifiers_lie_between_the_largest_and_the_sum() -> None:
    held = ["identifier.contact", "identifier.device"]
    counts = counted({"identifier.contact": 15, "identifier.device": 15}, held, True)
    assert counts.of("identifier") == (15, 30)
    assert exceeds(counts, LIMITS) is None
    assert exceeds(counted({"identifier": 15}, held, True), LIMITS) is False
    assert exceeds(counted({"identifier.contact": 15}, held, True), LIMITS) is None


def test_combined_data_takes_the_lowest_limit_of_what_it_holds() -> None:
    counts = counted({"health": 8, "biometric": 1}, ["health", "biometric"], True)
    assert exceeds(counts, LIMITS) is False
    assert exceeds_lowest(counts, LIMITS, frozenset({"health", "biometric"})) is True
    assert exceeds_lowest(counts, LIMITS, frozenset({"health"})) is False
    assert exceeds_lowest(counts, LIMITS, None) is None
    assert exceeds_lowest(counts, LIMITS, frozenset()) is False


numbers = st.dictionaries(st.sampled_from(sorted(LIMITS)), st.integers(0, 30))


@given(numbers, numbers)
def test_exact_sums_agree_with_arithmetic_and_unknown_ones_never_contradict_it(
    now: dict[str, int], prior: dict[str, int]
) -> None:
    held = sorted(LIMITS)
    exact = plus(Counts({c: (now.get(c, 0),) * 2 for c in held}), counted(prior, held, absent_is_unknown=False))
    truth = any(now.get(c, 0) + prior.get(c, 0) > LIMITS[c] for c in held)
    assert exceeds(exact, LIMITS) is truth
    partial = Counts({c: (now[c], now[c]) if c in now else UNKNOWN for c in held})
    assert exceeds(plus(partial, counted(prior, held, False)), LIMITS) in (
        None,
        any(now[c] + prior.get(c, 0) > LIMITS[c] for c in now) or any(prior.get(c, 0) > LIMITS[c] for c in held),
    )
