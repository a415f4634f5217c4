"""Whatever two peers do at the same time, they end alike: every interleaving, over the table that the product runs."""

from __future__ import annotations

from typing import Any

import pytest

from tegata.wire.dsp.machine import Machine
from tegata.wire.dsp.negotiation import NEGOTIATION
from tegata.wire.dsp.transfer import TRANSFER
from tests.world.explorer import Explorer, Fault, World

MOST = {NEGOTIATION.name: 3, TRANSFER.name: 3}
"""Own moves of each side."""


def explored(machine: Machine[Any, Any], fault: Fault, most: int = 0) -> tuple[Explorer, list[World], list[World]]:
    explorer = Explorer(machine, most or MOST[machine.name], fault)
    return explorer, explorer.silent_differences(), explorer.restless()


@pytest.mark.parametrize("machine", [NEGOTIATION, TRANSFER], ids=lambda machine: machine.name)
def test_no_two_peers_stay_in_different_states(machine: Machine[Any, Any]) -> None:
    explorer, different, restless = explored(machine, Fault.NOTHING)
    assert len(explorer.seen) > 900
    assert [explorer.path(world) for world in different[:1]] == []
    assert [explorer.path(world) for world in restless[:1]] == []


@pytest.mark.parametrize("fault", [fault for fault in Fault if fault is not Fault.NOTHING], ids=lambda f: f.name)
def test_each_control_is_needed(fault: Fault) -> None:
    found = [explored(machine, fault)[1:] for machine in (NEGOTIATION, TRANSFER)]
    assert any(different or restless for different, restless in found)


@pytest.mark.parametrize("state", ["ACCEPTED", "AGREED", "VERIFIED"])
def test_late_choices_are_the_only_ones_that_negotiations_settle_by_looking(state: str) -> None:
    """Without the moves that the state diagram does not draw, no refusal would ever hide a difference."""
    drawn = tuple(row for row in NEGOTIATION.table if row.drawn)
    diagram = Machine(NEGOTIATION.name, drawn, NEGOTIATION.rests, NEGOTIATION.endings)
    assert explored(diagram, Fault.TRUSTFUL)[1] == []
    with_late = tuple(row for row in NEGOTIATION.table if row.drawn or str(row.state) == state)
    late = Machine(NEGOTIATION.name, with_late, NEGOTIATION.rests, NEGOTIATION.endings)
    assert explored(late, Fault.NOTHING)[1] == []


@pytest.mark.soak
def test_transfers_may_go_back_and_forth() -> None:
    explorer, different, restless = explored(TRANSFER, Fault.NOTHING, most=5)
    assert len(explorer.seen) > 10_000
    assert (different, restless) == ([], [])
