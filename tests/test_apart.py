"""Work in a process of its own: what it gives and raises comes back, and it ends with whoever wanted it."""

from __future__ import annotations

import asyncio
import multiprocessing
import operator
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from bench.measure import resident_mb

from tegata.apart import Apart, LostError
from tegata.model.errors import InputError
from tegata.tables import digest_file

SECRET = "a key that nobody may read"


async def until(holds: Callable[[], bool]) -> None:
    for _ in range(600):
        if holds():
            return
        await asyncio.sleep(0.05)
    raise AssertionError("it never came to that")


async def test_small_work_stays_in_this_process_and_large_work_does_not() -> None:
    apart = Apart(least=10)
    assert await apart.do(9, os.getpid) == os.getpid()
    assert await apart.do(10, os.getpid) not in (os.getpid(), None)
    assert multiprocessing.active_children() == []


@pytest.mark.parametrize(
    ("name", "before", "there"),
    [
        ("_RJEM_MALLOC_CONF", "", "dirty_decay_ms:50,muzzy_decay_ms:0"),
        ("_RJEM_MALLOC_CONF", "narenas:1", "narenas:1,dirty_decay_ms:50,muzzy_decay_ms:0"),
        ("MALLOC_ARENA_MAX", "", "2"),
        ("MALLOC_ARENA_MAX", "1", "1"),
    ],
)
async def test_allocators_are_told_to_give_back(
    name: str, before: str, there: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """By the environment of that process alone."""
    monkeypatch.setenv(name, before) if before else monkeypatch.delenv(name, raising=False)
    apart = Apart(least=0)
    assert await asyncio.gather(*(apart.do(0, os.getenv, name) for _ in range(2))) == [there] * 2
    assert os.getenv(name, "") == before


def half_life_in_the_engine() -> float:
    """Seconds until half of 100 MB that are free have left the process."""
    import polars as pl

    before = resident_mb(os.getpid())
    held = [pl.int_range(0, 1 << 17, eager=True) for _ in range(100)]
    full = resident_mb(os.getpid())
    del held
    began = time.monotonic()
    while resident_mb(os.getpid()) - before > (full - before) / 2 and time.monotonic() < began + 2:
        for _ in range(100):  # the allocator looks at its clock once in so many calls
            pl.int_range(0, 100, eager=True)
    return time.monotonic() - began


async def test_the_engine_obeys() -> None:
    """Loaded here too, it has said its default, by which it takes 0.6 s. The least of several: others work too."""
    import polars  # noqa: F401

    assert min([await Apart(least=0).do(0, half_life_in_the_engine) for _ in range(3)]) < 0.3


async def test_what_the_work_says_is_wrong_comes_back_whole(tmp_path: Path) -> None:
    with pytest.raises(InputError) as found:
        await Apart(least=0).do(0, digest_file, tmp_path / "missing")
    with pytest.raises(InputError) as here:
        digest_file(tmp_path / "missing")
    assert [found.value.parts(language) for language in ("en", "ja")] == [
        here.value.parts(language) for language in ("en", "ja")
    ]


async def test_an_error_that_nobody_foresaw_says_where_it_was() -> None:
    with pytest.raises(ZeroDivisionError) as found:
        await Apart(least=0).do(0, operator.floordiv, 1, 0)
    assert "Traceback" in found.value.__notes__[0]


@pytest.mark.parametrize(("work", "how"), [(signal.raise_signal, "SIGKILL"), (os._exit, "(9)")])
async def test_a_process_that_is_ended_is_told_in_words(work: Callable[[int], None], how: str) -> None:
    with pytest.raises(LostError, match="ended from outside") as found:
        await Apart(least=0).do(0, work, 9)
    assert how in found.value.parts("en")[1]
    assert all(found.value.parts("ja"))


async def test_who_is_cancelled_has_ended_the_process() -> None:
    waiting = asyncio.create_task(Apart(least=0).do(0, time.sleep, 600))
    await until(lambda: bool(multiprocessing.active_children()))
    (child,) = multiprocessing.active_children()
    waiting.cancel()
    with pytest.raises(asyncio.CancelledError):
        await waiting
    await until(lambda: not child.is_alive())


async def test_only_so_many_work_at_a_time() -> None:
    apart = Apart(least=0, most=1)
    first = asyncio.create_task(apart.do(0, time.sleep, 600))
    await until(lambda: bool(multiprocessing.active_children()))
    second = asyncio.create_task(apart.do(0, os.getpid))
    await asyncio.sleep(0)
    assert len(multiprocessing.active_children()) == 1
    first.cancel()
    assert await second != os.getpid()


async def test_a_key_stands_neither_in_arguments_nor_in_the_environment() -> None:
    seen = await Apart(least=0).do(0, _what_others_see, SECRET)
    assert b"spawn_main" in seen
    assert SECRET.encode() not in seen


def _what_others_see(secret: str) -> bytes:
    return Path("/proc/self/cmdline").read_bytes() + Path("/proc/self/environ").read_bytes()


async def test_it_does_not_outlive_a_process_that_is_killed() -> None:
    program = (
        "import asyncio, multiprocessing, threading, time\n"
        "from tegata.apart import Apart\n"
        "def tell():\n"
        "    while not multiprocessing.active_children(): time.sleep(0.05)\n"
        "    print(multiprocessing.active_children()[0].pid, flush=True)\n"
        "threading.Thread(target=tell, daemon=True).start()\n"
        "asyncio.run(Apart(least=0).do(0, time.sleep, 600))\n"
    )
    parent = subprocess.Popen([sys.executable, "-c", program], stdout=subprocess.PIPE)
    with parent:
        child = int(parent.stdout.readline()) if parent.stdout else 0
        parent.kill()
    await until(lambda: not Path(f"/proc/{child}").exists())
