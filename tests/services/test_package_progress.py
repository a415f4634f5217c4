"""A long export tells how far it has come, to whoever asked for it."""

from __future__ import annotations

import asyncio
import contextlib
import secrets
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from tegata.cli.client import NodeClient
from tegata.cli.node.watched import post_watched
from tegata.cli.terminal import Terminal
from tegata.evidence import answer, package
from tegata.evidence.answer import Question, gather
from tegata.model.base import Text, t
from tests.evidence.logs import open_log
from tests.nodes import LiveNode
from tests.services.conftest import OPEN, postal


async def test_both_passes_are_told_and_never_go_back(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(answer, "_BATCH", 10)
    told: list[tuple[int, int]] = []
    async with open_log(tmp_path) as log:
        await log.add(95)
        question = Question(about="did:key:zExample")
        found = await log.read(lambda tx: gather(tx, question, (), lambda *far: told.append(far)))
    assert len(found) == 95
    assert told == [(10 * n, 190) for n in range(10)] + [(95 + 10 * n, 190) for n in range(10)]


class Watching(Terminal):
    """Somebody watches; what the bar would show is kept."""

    def __init__(self) -> None:
        super().__init__()
        self.shown: list[tuple[int, int]] = []
        self.seen = threading.Event()

    @contextlib.contextmanager
    def progress(self, label: Text) -> Iterator[Callable[[int, int], None]]:
        def show(done: int, total: int) -> None:
            self.shown.append((done, total))
            if total:
                self.seen.set()

        yield show


async def test_who_asked_sees_it_and_nobody_else(
    provider: LiveNode, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The reading stands still in its middle until the bar has shown it."""
    terminal = Watching()
    monkeypatch.setattr(secrets, "token_hex", lambda _: "ours")
    real = answer.gather

    def still(tx: Any, question: Any, ids: Any, progress: Any) -> Any:
        progress(3, 8)
        assert terminal.seen.wait(20)
        return real(tx, question, ids, progress)

    monkeypatch.setattr(package, "gather", still)
    dataset = await provider.publishes(postal(tmp_path / "postal.csv"), OPEN)
    ours = NodeClient(provider.folder)
    asked = asyncio.create_task(
        asyncio.to_thread(post_watched, ours, terminal, t("x", "x"), "/v1/log/package", {"about": dataset})
    )
    async with asyncio.timeout(20):
        while (await provider.call("GET", "/v1/log/work?name=ours"))[1]["total"] != 8:
            await asyncio.sleep(0.02)
    assert (await provider.call("GET", "/v1/log/work?name=theirs"))[1] == {"done": 0, "total": 0}
    assert "package" in await asked
    assert (3, 8) in terminal.shown
    assert (await provider.call("GET", "/v1/log/work?name=ours"))[1] == {"done": 0, "total": 0}
