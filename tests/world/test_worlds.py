"""Simulated worlds: whatever goes wrong, what a node promises holds; and taking a control away is found."""

from __future__ import annotations

from typing import Any

import pytest

from tests.world import controls
from tests.world.seeds import one

FOUND = (47, 117)
"""Seeds that showed a fault of the product once."""


@pytest.mark.parametrize("seed", [*FOUND, *range(1, 16)])
def test_a_world_comes_to_rest_and_keeps_its_promises(seed: int) -> None:
    outcome = one(seed)
    assert outcome.violations == [], f"make world SEED={seed}"


def test_a_seed_is_one_world() -> None:
    first, again, other = one(7), one(7), one(8)
    assert first.trace == again.trace
    assert first.digest == again.digest != other.digest


def test_at_least_fifteen_kinds_of_fault_happen() -> None:
    met = {fault for seed in range(1, 21) for fault in one(seed).faults}
    assert len(met) >= 15, met


@pytest.mark.parametrize(
    ("control", "seed", "what"),
    [
        (controls.without_outbox, 53, "still has a message under way"),
        (controls.without_looking, 5, "is stuck in"),
        (controls.without_recognition, 47, "is stuck in"),
        (controls.without_upload, 4, "was not foreseen"),
        (controls.without_patience, 12, "is stuck in"),
        (controls.without_version, 277, "went from SUSPENDED to COMPLETED"),
        (controls.without_memory, 33, "was answered with 200, then with 400"),
        (controls.without_entry_and_look, 57, "left before their entry"),
    ],
)
def test_each_control_is_needed(control: Any, seed: int, what: str) -> None:
    assert one(seed).violations == []
    with control():
        assert any(what in line for line in one(seed).violations)


def test_the_door_stays_shut_while_an_entry_is_not_there() -> None:
    with controls.without_entry():
        outcome = one(57)
    assert any("was released without an entry" in line for line in outcome.violations)
    assert not any("left before" in line for line in outcome.violations)
