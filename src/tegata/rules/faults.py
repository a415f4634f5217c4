"""What is wrong with a pack, gathered: whoever writes one wants to see all of it at once."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from tegata.model.base import t
from tegata.model.errors import PackError


class DependsOnFaultError(Exception):
    """Something that cannot be checked because what it names is faulty itself: no fault of its own."""


class Faults:
    """`found` are the faults in the order in which they were met."""

    def __init__(self) -> None:
        self.found: list[PackError] = []

    @contextmanager
    def kept(self) -> Iterator[None]:
        """What fails within is kept, and the check goes on behind the block."""
        try:
            yield
        except PackError as fault:
            self.found.append(fault)
        except DependsOnFaultError:
            pass


def bad(file: str, where: str, en: str, ja: str, column: int = 0) -> PackError:
    """A fault of one item of a file; `column` counts from 1 within an expression."""
    what = t(f"`{where}` in `{file}` cannot be used", f"`{file}` の `{where}` を使えません")
    return PackError(what, why=t(en, ja), file=file, item=where, column=column)
