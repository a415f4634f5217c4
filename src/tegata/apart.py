"""Work on large data in a process of its own, which gives back all the memory it took when it ends.

The engine keeps what it once had: a process that looks through a large table and protects it afterwards holds the
memory of both, for as long as it runs. A process that ends costs 0.2 s to start, and nothing between its works. What it
is to do and with what, keys among it, goes through a pipe: never into its arguments or its environment.
"""

from __future__ import annotations

import asyncio
import os
import signal
import traceback
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from threading import Lock, Thread
from typing import TYPE_CHECKING, Any, Final, TypeVar, TypeVarTuple

from tegata.model.base import t
from tegata.model.errors import StoreError, TegataError

if TYPE_CHECKING:
    from multiprocessing.connection import Connection

T = TypeVar("T")
Ts = TypeVarTuple("Ts")
LEAST: Final = 64 << 20  # bytes of a source; of smaller ones the start would be felt
_MOST: Final = 2  # processes at a time, each with the memory of one pass over a table
_ENGINE, _OTHERS = (
    "_RJEM_MALLOC_CONF",
    "MALLOC_ARENA_MAX",
)  # settings of the engine's allocator, jemalloc, and of glibc's
_GIVES_BACK: Final = "dirty_decay_ms:50,muzzy_decay_ms:0"
"""Free memory goes back to the system after 0.05 s instead of 0.5: in a stream that is most of what a process has."""
_environment = Lock()


class LostError(StoreError):
    """A process was ended from outside before its work was done. Nothing came of it, and trying again may help."""


class Apart:
    """Does work on data of at least so many bytes in processes of their own, and what is smaller in a thread."""

    def __init__(self, least: int = LEAST, most: int = _MOST) -> None:
        self._least = least
        self._places = asyncio.Semaphore(most)

    async def do(self, size: int, work: Callable[[*Ts], T], *args: *Ts) -> T:
        """What `work` gives for `args`, both of which can be pickled. Whoever is cancelled while it waits has ended the
        process.

        Raises:
            LostError: the process was ended from outside. And whatever `work` raises.
        """
        if size < self._least:
            return await asyncio.to_thread(work, *args)
        async with self._places:
            process = _Process(work, args)
            try:
                return await asyncio.to_thread(process.result)  # type: ignore[arg-type]
            finally:
                process.kill()


class _Process:
    """One work. `result` is called in a thread of its own, `kill` whenever nobody wants it any more."""

    def __init__(self, work: Callable[..., object], args: tuple[object, ...]) -> None:
        self._work, self._args = work, args
        self._killed, self._lock = False, Lock()
        self._process: Any = None

    def result(self) -> object:
        ours = self._started()
        if ours is None:
            raise _lost(None)
        with ours:
            try:
                done, told = ours.recv()
            except EOFError:
                done, told = False, None
        self._process.join()
        if done:
            return told
        raise told or _lost(self._process.exitcode)

    def _started(self) -> Connection | None:
        from multiprocessing import get_context  # here: it takes 40 ms to load

        context = get_context("spawn")  # a copy of a process with threads may hang
        ours, theirs = context.Pipe(duplex=False)
        process = context.Process(target=_serve, args=(theirs, self._work, self._args), daemon=True)
        with theirs, self._lock:
            if self._killed:
                ours.close()
                return None
            with environment(_allocators):
                process.start()
            self._process = process
        return ours

    def kill(self) -> None:
        """Does nothing to one that has ended."""
        with self._lock:
            self._killed = True
            if self._process is not None:
                self._process.kill()


def _allocators() -> dict[str, str]:
    """What stands there already stays before ours, and the last word counts: as soon as the engine is loaded, its own
    defaults stand there. Of glibc two heaps are enough, not eight per processor."""
    said = os.environ.get(_ENGINE)
    return {_ENGINE: f"{said},{_GIVES_BACK}" if said else _GIVES_BACK, _OTHERS: os.environ.get(_OTHERS, "2")}


@contextmanager
def environment(told: Callable[[], Mapping[str, str]]) -> Iterator[None]:
    """What processes find that start meanwhile: the engine reads its settings when it is loaded."""
    with _environment:
        settings = told()
        before = {name: os.environ.pop(name, None) for name in settings}
        os.environ.update(settings)
        try:
            yield
        finally:
            for name, value in before.items():
                del os.environ[name]
                if value is not None:
                    os.environ[name] = value


def _serve(end: Connection, work: Callable[..., object], args: tuple[object, ...]) -> None:
    serve_parent()
    try:
        told = True, work(*args)
    except Exception as error:  # noqa: BLE001 - whoever asked for the work meets it
        if not isinstance(error, TegataError):
            error.add_note(traceback.format_exc())
        told = False, error
    end.send(told)


def serve_parent() -> None:
    """In a process that works for another: it leaves interruptions to that one, and does not outlive it."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    Thread(target=_leave_with_parent, daemon=True).start()


def _leave_with_parent() -> None:
    from multiprocessing import parent_process

    parent = parent_process()
    if parent is not None:
        parent.join()
        os._exit(1)


def _lost(code: int | None) -> LostError:
    how = "" if code is None else f" ({signal.Signals(-code).name})" if -code in set(signal.Signals) else f" ({code})"
    return LostError(
        t(
            "a process that worked on the data was ended from outside",
            "データを処理していたプロセスが外部から停止されました",
        ),
        why=t(
            f"usually the system had no memory left{how}; nothing came of it",
            f"多くの場合、メモリ不足が原因です{how}。処理結果は残っていません",
        ),
        hint=t(
            "free some memory and try again; a transfer tries again by itself",
            "メモリーを空けて、もう一度実行してください。転送は自動で再試行されます",
        ),
    )
