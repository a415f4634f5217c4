"""Releases in other forms than the one in which they were made."""

from __future__ import annotations

from typing import Literal

import msgspec

from tegata.model.base import Noun, encode
from tegata.store.transaction import Transaction

ColumnType = Literal["string", "long", "double", "date", "boolean"]


class Column(Noun, frozen=True, kw_only=True):
    """A column whose every value is written as values of `type` are, so that nothing is lost by reading it so. `low`
    and `high` bound numbers and days (as ISO 8601); None for other types, and where there is no value."""

    name: str
    type: ColumnType
    nulls: int = 0
    low: int | float | str | None = None
    high: int | float | str | None = None


class Rendition(Noun, frozen=True, kw_only=True):
    """A file with the records of a release in another form. `digest` is that of its bytes, `release` of what it was
    made from."""

    transfer: str
    form: str
    path: str
    release: str
    digest: str
    size: int
    rows: int
    columns: tuple[Column, ...] = ()


_DECODER = msgspec.json.Decoder(Rendition)


def put(tx: Transaction, rendition: Rendition) -> None:
    """Keeps a rendition in place of an earlier one of that form.

    Raises:
        ConflictError: there is no release of such a transfer.
    """
    tx.rows("put_rendition", rendition.transfer, rendition.form, encode(rendition))


def get(tx: Transaction, transfer: str, form: str) -> Rendition | None:
    payload = tx.value("get_rendition", transfer, form)
    return _DECODER.decode(payload) if payload else None
