"""Simulated worlds: whatever goes wrong, what a node promises holds; and taking a control away is found."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from unittest import mock

import pytest

from tegata.exchange.book import Book
from tegata.store import outbox
from tests.world.seeds import one

FOUND = (47, 102, 105, 1023)
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


@contextmanager
def without_outbox() -> Iterator[None]:
    """A message leaves from memory only: it is not committed with the state that it tells of."""
    real = outbox.add

    def add(tx: Any, message: Any, lease: Any) -> bool:
        first = real(tx, message, lease)
        tx.rows("postpone_in_outbox", 1 << 62, 0, message.id, lease.owner)
        return first

    with mock.patch.object(outbox, "add", add):
        yield


@contextmanager
def without_looking() -> Iterator[None]:
    """What the peer did not take is taken for said."""
    with mock.patch.object(Book, "_refused", return_value=None):
        yield


@pytest.mark.parametrize(("control", "seed"), [(without_outbox, 4), (without_looking, 5)])
def test_each_control_is_needed(control: Any, seed: int) -> None:
    assert one(seed).violations == []
    with control():
        assert one(seed).violations != []
