"""Node processes in quick succession: forked from one that has loaded the program, so that a start takes no second.

`python -m tests.faults.nursery` reads lines "<folder> <page>" and answers each with the id of a process in which
the node of the folder runs, as `tegata node start` would run it, under the strikes of the page.
"""

from __future__ import annotations

import contextlib
import ctypes
import importlib
import os
import select
import signal
import subprocess
import sys
import threading
import traceback
from pathlib import Path

from tests.faults.strike import library


class Nursery:
    """The other end. Threads may share it.

    Args:
        control: `module:name` of what takes a control away from all of its nodes, a context.
    """

    def __init__(self, control: str = "") -> None:
        made = library()
        if made is None:
            raise FileNotFoundError("needs a C compiler (`cc`)")
        command = [sys.executable, "-m", __name__, *([control] if control else [])]
        pipe = subprocess.PIPE
        self._child = subprocess.Popen(
            command, stdin=pipe, stdout=pipe, text=True, env={**os.environ, "LD_PRELOAD": str(made)}
        )
        self._gate = threading.Lock()

    def start(self, folder: Path, page: Path) -> int:
        """The process in which a node begins to run."""
        asked, told = self._child.stdin, self._child.stdout
        if asked is None or told is None:
            raise AssertionError
        with self._gate:
            print(folder, page, file=asked, flush=True)
            return int(told.readline())

    def close(self) -> None:
        if self._child.stdin:
            self._child.stdin.close()
        self._child.wait()
        if self._child.stdout:
            self._child.stdout.close()


def ended(process: int, seconds: float) -> bool:
    """Wait until a process is gone."""
    try:
        handle = os.pidfd_open(process)
    except ProcessLookupError:
        return True
    try:
        return bool(select.select([handle], [], [], seconds)[0])
    finally:
        os.close(handle)


def signalled(process: int, number: signal.Signals) -> None:
    """Send a signal; nothing when it is gone."""
    with contextlib.suppress(ProcessLookupError):
        os.kill(process, number)


def _serve() -> None:
    import polars  # noqa: F401  loaded once for all of them

    import tegata.catalog
    import tegata.node.run
    import tegata.protect
    import tegata.tables  # noqa: F401

    signal.signal(signal.SIGCHLD, signal.SIG_IGN)
    while line := sys.stdin.readline():
        folder, page = line.split()
        process = os.fork()
        if process == 0:
            _live(Path(folder), page)
        print(process, flush=True)


def _live(folder: Path, page: str) -> None:
    """What the command line does, and nothing that a forked process would do on its way out."""
    from tegata.model.errors import TegataError
    from tegata.node.run import run

    code = 0
    try:
        signal.signal(signal.SIGCHLD, signal.SIG_DFL)
        log = os.open(folder / "node.log", os.O_WRONLY | os.O_APPEND | os.O_CREAT)
        os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
        os.dup2(log, 1)
        os.dup2(log, 2)
        if ctypes.CDLL(None).strike_attach(page.encode()):
            raise FileNotFoundError(page)
        run(folder)
    except TegataError as error:
        print(error, file=sys.stderr, flush=True)
        code = 1
    except BaseException:  # noqa: BLE001 - told, as the interpreter would tell it
        traceback.print_exc()
        code = 2
    os._exit(code)


def _without(control: str) -> contextlib.AbstractContextManager[None]:
    module, _, name = control.partition(":")
    taken: contextlib.AbstractContextManager[None] = getattr(importlib.import_module(module), name)()
    return taken


if __name__ == "__main__":
    with _without(sys.argv[1]) if sys.argv[1:] else contextlib.nullcontext():
        _serve()
