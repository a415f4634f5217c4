"""How far long requests have come, by the name that who asked gave them."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from tegata.model.base import Noun, Progress


class Far(Noun, frozen=True, kw_only=True):
    """`total` 0: nothing of this name is under way, or it has not begun to count."""

    done: int = 0
    total: int = 0


class Works:
    """Those that are under way; a request that has ended is forgotten. Threads may tell."""

    def __init__(self) -> None:
        self._under_way: dict[str, Far] = {}

    @contextmanager
    def begun(self, name: str) -> Iterator[Progress]:
        """Nobody asks about a request without a name."""

        def tell(done: int, total: int) -> None:
            self._under_way[name] = Far(done=done, total=total)

        try:
            yield tell
        finally:
            self._under_way.pop(name, None)

    def far(self, name: str) -> Far:
        return self._under_way.get(name, Far())
