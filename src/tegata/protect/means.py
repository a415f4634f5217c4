"""What the steps of a plan are carried out with."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import polars as pl

Operation = Callable[["pl.Series", "pl.DataFrame"], "pl.Series"]
"""What becomes of a column; it is told the records in which the column stands, as they were."""

Redacting = Callable[[Sequence[str], Sequence[str]], Operation]
"""What takes out of text values of these kinds, and those that stand in these columns of its record
(`scan.redaction.Redaction`)."""

Tokens = Callable[[str, "pl.Series"], "pl.Series"]
"""A token for each value of a domain, kept before it is told (`vault.handing.Handing.tokens`)."""


@dataclass(frozen=True)
class Admitted:
    """Who has left in the tables of a data set so far, and which table is next: a cap counts over all of them."""

    subjects: set[bytes]
    table: str


@dataclass(frozen=True)
class Means:
    """`salt`: drawn anew for each release. `frequent`: by column, values that are not rare (`rare.py`)."""

    key: bytes
    redacting: Redacting | None = None
    tokens: Tokens | None = None
    frequent: Mapping[str, pl.Series] = field(default_factory=dict)
    salt: bytes = b""
    admitted: Admitted | None = None
