"""Servers that share the fate of whoever started them."""

from __future__ import annotations

import os
import signal
import sys
import threading

from tegata.cli.command import option
from tegata.model.base import t

tied_option = option(
    "--while-stdin-open",
    "tied",
    is_flag=True,
    about=t(
        "stop when standard input closes: when whoever started it is gone",
        "標準入力が閉じたら停止する（起動元と運命を共にする）",
    ),
)


def tie() -> None:
    """From here on this process is told to stop when standard input closes."""
    threading.Thread(target=_stop_at_end_of_input, daemon=True).start()


def _stop_at_end_of_input() -> None:
    """The kernel closes the pipe whichever way the parent ends, kill -9 included."""
    while os.read(sys.stdin.fileno(), 1024):
        pass
    os.kill(os.getpid(), signal.SIGTERM)
