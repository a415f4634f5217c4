"""A progress bar that appears only when the work has taken a second."""

from __future__ import annotations

from types import TracebackType

from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeRemainingColumn

PATIENCE_S = 1.0


class Bar:
    """Context manager; `advance` is the `Progress` callback of the engines (done, total)."""

    def __init__(self, label: str) -> None:
        self._progress = Progress(
            TextColumn("{task.description}", markup=False),
            BarColumn(),
            TextColumn("{task.percentage:>3.0f} %"),
            TimeRemainingColumn(),
            console=Console(stderr=True),
            transient=True,
        )
        self._task = self._progress.add_task(label, total=None)
        self._shown = False

    def __enter__(self) -> Bar:
        return self

    def advance(self, done: int, total: int) -> None:
        self._progress.update(self._task, completed=done, total=total or None)
        if not self._shown and (self._progress.tasks[0].elapsed or 0.0) >= PATIENCE_S:
            self._progress.start()
            self._shown = True

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._shown:
            self._progress.stop()
