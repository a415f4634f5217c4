"""Where reading a table broke off: what stands before that can be told, what stands behind it is not known."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import TypeVar

from tegata.model.base import Progress
from tegata.model.errors import InputError

Item = TypeVar("Item")


class Tear:
    """What stopped reading, None as long as nothing has; and the bytes up to which it had come then, as far as told.

    Where it is not `allowed`, what stops reading is an error as always.
    """

    def __init__(self, *, allowed: bool = True) -> None:
        self.error: InputError | None = None
        self.reached = 0
        self._allowed, self._some = allowed, False

    def until(self, items: Iterable[Item]) -> Iterator[Item]:
        """The items up to where they break off. Where not one was ever given, the error is raised: nothing is known."""
        try:
            for item in items:
                self._some = True
                yield item
        except InputError as error:
            if not (self._allowed and self._some):
                raise
            self.error = self.error or error

    def watching(self, progress: Progress | None) -> Progress:
        """The same report of progress, from which it is known how far reading came."""

        def told(done: int, of: int) -> None:
            self.reached = done
            if progress is not None:
                progress(done, of)

        return told
