"""The lines that a node shows are run as they stand: those of Polars here, all of them by `make judges-doors`."""

from __future__ import annotations

import asyncio
from typing import Any

import msgspec
import pytest

from tegata.doors.snippets import Snippet
from tests.doors.conftest import Opening
from tests.doors.judged import shown

pytestmark = pytest.mark.asyncio(loop_scope="session")


def lines(cities: Opening) -> dict[str, Snippet]:
    return {one.tool: one for one in msgspec.convert(cities.doors["snippets"], list[Snippet])}


async def test_every_tool_for_which_lines_are_shown_has_a_judge(cities: Opening) -> None:
    for one in lines(cities).values():
        for program in shown(one, "", True).values():
            compile(program.code, one.tool, "exec")


@pytest.mark.parametrize("tool", ["polars", "polars-s3"])
async def test_lines_run_as_they_stand(cities: Opening, tool: str) -> None:
    names: dict[str, Any] = {}
    await asyncio.to_thread(exec, lines(cities)[tool].code, names)
    assert names["table"]["people"].sum() == 4792487
