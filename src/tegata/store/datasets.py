"""Published data sets. Publishing the same id again adds a version; the newest is the one on offer.

The catalogue lists them in the order of their latest publication. A place in it is a number that is never used again,
so a reader that goes from place to place misses nothing that others publish meanwhile.
"""

from __future__ import annotations

import datetime as dt
from typing import Final, NamedTuple

import msgspec

from tegata.model.base import encode
from tegata.model.catalog import Dataset
from tegata.store.tokens import asked, folded, tokens, words
from tegata.store.transaction import Transaction, micros

_DECODER = msgspec.json.Decoder(Dataset)
_END: Final = 1 << 62  # behind every place


class Page(NamedTuple):
    """Part of the catalogue in its order. `previous` and `next` are the places before and after which to read on, None
    where nothing lies there that was asked for. A page can be empty and have a next one."""

    datasets: list[Dataset]
    previous: int | None
    next: int | None


class Wanted(NamedTuple):
    """Which data sets of the catalogue: those whose title, description or id hold every word of `text`, published at or
    after `since`."""

    text: str = ""
    since: dt.datetime | None = None


def put(tx: Transaction, dataset: Dataset) -> int:
    """Adds a version and returns its number, counted from 1."""
    version = int(tx.value("put_dataset", dataset.id, encode(dataset)))
    if version > 1:
        tx.rows("forget_words", tx.value("leave_catalogue", dataset.id))
    place = tx.value("enter_catalogue", dataset.id, version, micros(dataset.published_at))
    tx.rows("keep_words", place, " ".join(tokens(searched(dataset))))
    return version


def get(tx: Transaction, dataset_id: str) -> Dataset | None:
    """The newest version."""
    payload = tx.value("get_dataset", dataset_id)
    return _DECODER.decode(payload) if payload else None


def page(tx: Transaction, wanted: Wanted = Wanted(), *, after: int = 0, limit: int = 100) -> Page:  # noqa: B008
    """The first data sets behind a place."""
    first = _first(tx, wanted)
    rows, more = _rows(tx, ("page_after", "found_after"), wanted, max(after, first), _END, limit)
    earlier = rows[0][0] if rows and after > first else None
    return Page(_read(rows, wanted), earlier, rows[-1][0] if more else None)


def page_before(tx: Transaction, wanted: Wanted = Wanted(), *, before: int, limit: int = 100) -> Page:  # noqa: B008
    """The last ones before a place, in the order of the catalogue too: the page that a reader came from."""
    rows, more = _rows(tx, ("page_before", "found_before"), wanted, _first(tx, wanted), before, limit)
    rows.reverse()
    return Page(_read(rows, wanted), rows[0][0] if more else None, rows[-1][0] if rows else None)


def searched(dataset: Dataset) -> str:
    """What a data set is found by."""
    title, description = dataset.title, dataset.description
    return " ".join((title.en, title.ja, description.en, description.ja, dataset.id))


def _first(tx: Transaction, wanted: Wanted) -> int:
    """The place behind which everything lies that is wanted."""
    if wanted.since is None:
        return 0
    first: int | None = tx.value("first_modified_since", micros(wanted.since))
    return _END if first is None else first - 1


def _rows(
    tx: Transaction, queries: tuple[str, str], wanted: Wanted, low: int, high: int, limit: int
) -> tuple[list[tuple[int, bytes]], bool]:
    """Places and payloads between two places, and whether there are more. `queries`: for all, and for those that hold
    some tokens."""
    needed = " ".join(asked(wanted.text))
    query, values = (queries[1], (needed,)) if needed else (queries[0], ())
    rows = tx.rows(query, *values, low, high, limit + 1)
    return [(place, payload) for place, payload in rows[:limit]], len(rows) > limit


def _read(rows: list[tuple[int, bytes]], wanted: Wanted) -> list[Dataset]:
    """Two characters side by side can stand in other words: what is wanted is looked for in the text itself."""
    found, sought = [_DECODER.decode(payload) for _, payload in rows], words(wanted.text)
    if not sought:
        return found
    texts = (folded(searched(dataset)) for dataset in found)
    return [dataset for dataset, text in zip(found, texts, strict=True) if all(word in text for word in sought)]
